"""What is reached, by which way, and who answers there."""

from __future__ import annotations

import os
import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from osdu_auth.doctor.finding import Fact, Finding, Kind, Level, failed, found, noticed, skipped
from osdu_auth.errors import OsduAuthError, SessionEnded, UnusableReply
from osdu_auth.url import read_url
from osdu_auth.wire.channel import Deadline
from osdu_auth.wire.connection import connect
from osdu_auth.wire.exchange import send
from osdu_auth.wire.proxies import proxy_for

if TYPE_CHECKING:
    from osdu_auth.doctor.checked_profile import CheckedProfile
    from osdu_auth.url import Url

_CONNECT, _TOTAL = 4.0, 8.0  # seconds
_NOTABLE_OFFSET = 30.0  # seconds between two clocks
_GOOD = 200


def proxy(checked: CheckedProfile) -> Finding:
    """Say by which proxy the user pool and the platform are called."""
    addresses = [checked.profile.platform_url]
    if checked.lacks("pool") is None:
        addresses.append(checked.pool_address)
    try:
        proxies = {
            shown.shown
            for address in addresses
            if address is not None
            and (shown := proxy_for(read_url(address), os.environ)) is not None
        }
    except OsduAuthError as error:
        return failed("proxy", error)
    if not proxies:
        return found("proxy", "No proxy is used.")
    names = ", ".join(sorted(proxies))
    return found("proxy", f"Calls go by {names}.", Fact("proxy", names, Kind.HOST))


def pool_connection(checked: CheckedProfile) -> Finding:
    """Connect to the user pool: name, way, certificate."""
    return connection("pool-connection", checked.pool_address)


def platform_connection(checked: CheckedProfile) -> Finding:
    """Connect to the platform: name, way, certificate."""
    return connection("platform-connection", checked.profile.platform_url or "")


def connection(check_id: str, address: str) -> Finding:
    """Connect to an address, and say who answers there.

    Args:
        check_id: of the check.
        address: `https://…`, or `http://…` on this machine.
    """
    target = read_url(address)
    begin = time.perf_counter()
    host = Fact("host", target.authority, Kind.HOST)
    try:
        with connect(target, os.environ, _CONNECT, Deadline(_TOTAL)) as opened:
            taken = f"{(time.perf_counter() - begin) * 1e3:.0f} ms"
            if target.scheme == "http":
                return found(check_id, f"{target.origin} answers ({taken}), in clear.", host)
            signer, until = _certificate(opened)
    except OsduAuthError as error:
        return failed(check_id, error, host)
    except OSError as error:
        return failed(check_id, _broken(target, error), host)
    facts = (host, Fact("certificate_issuer", signer), Fact("certificate_until", until))
    told = (
        f"{target.origin} answers ({taken}); {signer} signed its certificate, good until {until}."
    )
    return found(check_id, told, *facts)


def _certificate(opened: object) -> tuple[str, str]:
    """Return who signed the certificate, and until when it is good."""
    certificate = opened.getpeercert()  # type: ignore[attr-defined]
    names = dict(pair for part in certificate.get("issuer", ()) for pair in part)
    signer = names.get("organizationName") or names.get("commonName") or "an unnamed authority"
    return signer, str(certificate.get("notAfter", "an unknown day"))


def _broken(target: Url, error: OSError) -> OsduAuthError:
    from osdu_auth.wire import faults

    timed_out = isinstance(error, TimeoutError)
    code = faults.DEADLINE_PASSED if timed_out else faults.CONNECTION_BROKEN
    return faults.fault(code, target.origin)


def key_set(checked: CheckedProfile) -> Finding:
    """Read the user pool's key set, by which others check its tokens."""
    from osdu_auth.wire import strict_json

    pool_id = checked.pool.user_pool_id
    if pool_id is None:
        return skipped("key-set", "the profile names no user pool id")
    address = f"{checked.pool_address}/{pool_id}/.well-known/jwks.json"
    try:
        reply = send("GET", address, {}, connect_timeout=_CONNECT, total_timeout=_TOTAL)
        keys = strict_json(reply.body).get("keys") if reply.status == _GOOD else None
    except OsduAuthError as error:
        return failed("key-set", error)
    except AttributeError:
        keys = None
    if not isinstance(keys, list) or not keys:
        return failed(
            "key-set",
            UnusableReply(
                "The user pool has no key set at its address.",
                code="OA-N651",
                why=f"It answered {reply.status}. The user pool id of the profile may be wrong.",
                fix="Compare the user pool id with the one of your platform's sign-in page.",
            ),
        )
    return found("key-set", f"The user pool has {len(keys)} keys.", Fact("keys", str(len(keys))))


def app_client(checked: CheckedProfile) -> Finding:
    """Ask the user pool to renew a token that is none: how it refuses tells of the app client."""
    from osdu_auth.cognito.renewal import renew
    from osdu_auth.credentials.user_pool import UserPoolCredential
    from osdu_auth.secret import Secret
    from osdu_auth.tokens import TokenSet

    no_session = TokenSet(Secret("none"), 0.0, 0.0, refresh_token=Secret("osdu-auth-doctor"))
    try:
        with UserPoolCredential(checked.pool, None, time.time).open(hurried=True) as (pool, client):
            renew(pool, client, no_session)
    except SessionEnded:
        return found("app-client", "The user pool knows the app client, and its secret is right.")
    except OsduAuthError as error:
        return failed("app-client", error)
    return noticed("app-client", "The user pool renewed what is no token.", "Ask its operators.")


def clock(checked: CheckedProfile) -> Finding:
    """Compare this machine's clock with the user pool's."""
    address = checked.pool_address
    try:
        reply = send("GET", f"{address}/", {}, connect_timeout=_CONNECT, total_timeout=_TOTAL)
        there = parsedate_to_datetime(reply.headers["date"]).timestamp()
    except OsduAuthError as error:
        return failed("clock", error)
    except (KeyError, ValueError, TypeError):
        return skipped("clock", "the user pool does not say what time it is")
    offset = time.time() - there
    told = Fact("offset_seconds", f"{offset:.0f}")
    if abs(offset) <= _NOTABLE_OFFSET:
        return found("clock", "This machine's clock and the user pool's agree.", told)
    side = "ahead of" if offset > 0 else "behind"
    return Finding(
        "clock",
        Level.WARN,
        f"This machine's clock is {abs(offset):.0f} s {side} the user pool's. Tokens are used by "
        "their own length all the same; others may refuse them.",
        "Set the clock, by NTP at best.",
        facts=(told,),
    )
