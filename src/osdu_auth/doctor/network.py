"""The checks on the network: proxy, connections, certificates, key set, app client, clock."""

from __future__ import annotations

import os
import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from osdu_auth.doctor.finding import Fact, FactKind, Finding, Level, failed, passed, skipped, warned
from osdu_auth.errors import OsduAuthError, SessionEnded, UnusableReply
from osdu_auth.url import read_url
from osdu_auth.wire.channel import Deadline
from osdu_auth.wire.connection import connect
from osdu_auth.wire.http_call import send
from osdu_auth.wire.proxies import proxy_for

if TYPE_CHECKING:
    from osdu_auth.doctor.checked_profile import CheckedProfile
    from osdu_auth.url import Url

_CONNECT, _TOTAL = 4.0, 8.0  # seconds
_NOTABLE_OFFSET = 30.0  # seconds between two clocks
_OK = 200


def proxy(checked: CheckedProfile) -> Finding:
    """Return the proxies for calls to the issuer and to the platform."""
    try:
        addresses = [checked.profile.platform_url, checked.issuer_address]
        proxies = {
            used.shown
            for address in addresses
            if address is not None
            and (used := proxy_for(read_url(address), os.environ)) is not None
        }
    except OsduAuthError as error:
        return failed("proxy", error)
    if not proxies:
        return passed("proxy", "No proxy is used.")
    names = ", ".join(sorted(proxies))
    return passed("proxy", f"Calls go through {names}.", Fact("proxy", names, FactKind.HOST))


def pool_connection(checked: CheckedProfile) -> Finding:
    """Connect to the user pool, or the other issuer: name, route, certificate."""
    return connection("pool-connection", checked.issuer_address)


def platform_connection(checked: CheckedProfile) -> Finding:
    """Connect to the platform: name, route, certificate."""
    return connection("platform-connection", checked.profile.platform_url or "")


def connection(check_id: str, address: str) -> Finding:
    """Connect to an address, and return who signed the certificate there.

    Args:
        check_id: the check's id.
        address: `https://…`, or `http://…` on this machine.
    """
    target = read_url(address)
    begin = time.perf_counter()
    host = Fact("host", target.authority, FactKind.HOST)
    try:
        with connect(target, os.environ, _CONNECT, Deadline(_TOTAL)) as opened:
            duration = f"{(time.perf_counter() - begin) * 1e3:.0f} ms"
            if target.scheme == "http":
                return passed(check_id, f"{target.origin} answers ({duration}), without TLS.", host)
            signer, until = _certificate(opened)
    except OsduAuthError as error:
        return failed(check_id, error, host)
    except OSError as error:
        return failed(check_id, _broken(target, error), host)
    facts = (host, Fact("certificate_issuer", signer), Fact("certificate_until", until))
    what = (
        f"{target.origin} answers ({duration}); {signer} signed its certificate, valid until "
        f"{until}."
    )
    return passed(check_id, what, *facts)


def _certificate(opened: object) -> tuple[str, str]:
    """Return who signed the certificate, and until when it is valid."""
    certificate = opened.getpeercert()  # type: ignore[attr-defined]
    names = dict(pair for part in certificate.get("issuer", ()) for pair in part)
    signer = names.get("organizationName") or names.get("commonName") or "an unnamed authority"
    return signer, str(certificate.get("notAfter", "an unknown day"))


def _broken(target: Url, error: OSError) -> OsduAuthError:
    from osdu_auth.wire import network_errors

    timed_out = isinstance(error, TimeoutError)
    code = network_errors.DEADLINE_PASSED if timed_out else network_errors.CONNECTION_BROKEN
    return network_errors.network_error(code, target.origin)


def key_set(checked: CheckedProfile) -> Finding:
    """Read the issuer's key set, with which services verify tokens."""
    from osdu_auth.wire import strict_json

    noun, pool_id = checked.issuer_noun, checked.profile.get("user_pool_id")
    try:
        if checked.profile.get("token_endpoint") is not None:
            return skipped("key-set", "the profile names only a token endpoint")
        if checked.profile.get("token_api") == "GetClientToken":
            address = f"{checked.issuer_address}/.well-known/jwks.json"
        elif checked.uses_openid:
            address = _key_set_address(checked)
        elif pool_id is None:
            return skipped("key-set", "the profile names no user pool id")
        else:
            address = f"{checked.pool_address}/{pool_id}/.well-known/jwks.json"
        reply = send("GET", address, {}, connect_timeout=_CONNECT, total_timeout=_TOTAL)
        keys = strict_json(reply.body).get("keys") if reply.status == _OK else None
    except OsduAuthError as error:
        return failed("key-set", error)
    except AttributeError:
        keys = None
    if not isinstance(keys, list) or not keys:
        return failed(
            "key-set",
            UnusableReply(
                f"The {noun} has no key set at its address.",
                code="OA-N651",
                why=f"It answered {reply.status}. The profile may name a wrong {noun}.",
                fix=f"Compare the {noun} with the {noun} on your platform's sign-in page.",
            ),
        )
    return passed("key-set", f"The {noun} has {len(keys)} keys.", Fact("keys", str(len(keys))))


def _key_set_address(checked: CheckedProfile) -> str:
    """Return the address of the key set in the issuer's metadata; errors as for `metadata_of`."""
    from osdu_auth.oidc.metadata import metadata_of

    profile = checked.profile
    hosts = tuple((profile.get("endpoint_hosts") or "").split())
    is_user_pool = profile.get("issuer") is None
    return metadata_of(
        checked.issuer_address,
        hosts,
        is_user_pool=is_user_pool,
        for_service_account=not profile.needs_person,
        keeps_copy=False,
    ).jwks_uri


def app_client(checked: CheckedProfile) -> Finding:
    """Check the app client: ask the pool to renew an invalid token, and read its refusal."""
    from osdu_auth.cognito.renewal import renew
    from osdu_auth.credentials.user_pool import UserPoolCredential
    from osdu_auth.secret import Secret
    from osdu_auth.tokens import TokenSet

    no_session = TokenSet(Secret("none"), 0.0, 0.0, refresh_token=Secret("osdu-auth-doctor"))
    try:
        with UserPoolCredential(checked.user_pool_profile, None, time.time).open(hurried=True) as (
            pool,
            client,
        ):
            renew(pool, client, no_session)
    except SessionEnded:
        return passed("app-client", "The user pool knows the app client, and its secret is right.")
    except OsduAuthError as error:
        return failed("app-client", error)
    return warned(
        "app-client",
        "The user pool renewed an invalid token.",
        "Ask the operators of the user pool.",
    )


def clock(checked: CheckedProfile) -> Finding:
    """Compare this machine's clock with the user pool's, or the other issuer's."""
    address, noun = read_url(checked.issuer_address).origin, checked.issuer_noun
    try:
        reply = send("GET", f"{address}/", {}, connect_timeout=_CONNECT, total_timeout=_TOTAL)
        there = parsedate_to_datetime(reply.headers["date"]).timestamp()
    except OsduAuthError as error:
        return failed("clock", error)
    except (KeyError, ValueError, TypeError):
        return skipped("clock", f"the {noun} does not send its time")
    offset = time.time() - there
    fact = Fact("offset_seconds", f"{offset:.0f}")
    if abs(offset) <= _NOTABLE_OFFSET:
        return passed("clock", f"This machine's clock and the {noun}'s agree.", fact)
    side = "ahead of" if offset > 0 else "behind"
    return Finding(
        "clock",
        Level.WARN,
        f"This machine's clock is {abs(offset):.0f} s {side} the {noun}'s. osdu-auth corrects for "
        "that; other programs may refuse tokens.",
        "Set the clock, if possible with NTP.",
        facts=(fact,),
    )
