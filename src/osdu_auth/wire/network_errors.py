"""Network errors: no connection, no TLS, no proxy, no complete reply.

Each error is a row: its code, what happened, why, and what to do. `{place}` is the origin that was
called, or the proxy before it.
"""

from __future__ import annotations

import os

from osdu_auth.errors import Unreachable
from osdu_auth.fixes import Blank, Export, Fix, Run
from osdu_auth.light_typing import TYPE_CHECKING
from osdu_auth.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

NAME_UNKNOWN = "OA-N601"
REFUSED = "OA-N602"
NO_ROUTE = "OA-N603"
CONNECT_TIMEOUT = "OA-N604"
DEADLINE_PASSED = "OA-N605"
CONNECTION_BROKEN = "OA-N606"
ENDED_EARLY = "OA-N607"
TLS_FAILED = "OA-N608"
CERTIFICATE_UNTRUSTED = "OA-N610"
CERTIFICATE_OUT_OF_DATE = "OA-N611"
CERTIFICATE_OF_ANOTHER_HOST = "OA-N612"
CERTIFICATE_BAD = "OA-N613"
PROXY_UNREACHABLE = "OA-N620"
PROXY_REQUIRES_SIGN_IN = "OA-N621"
PROXY_REFUSES = "OA-N622"
PROXY_UNUSABLE = "OA-N623"
PROXY_REFUSES_SIGN_IN = "OA-N646"
PROXY_REQUIRES_OTHER_SIGN_IN = "OA-N647"

# The request was not sent, so a retry cannot do anything twice.
NEVER_SENT = frozenset({NAME_UNKNOWN, REFUSED, NO_ROUTE, CONNECT_TIMEOUT, PROXY_UNREACHABLE})
# The request may have been carried out; its reply was lost.
REPLY_LOST = frozenset({CONNECTION_BROKEN, ENDED_EARLY})

_NETWORK_FIX = "Check the network connection, and HTTPS_PROXY if you are behind a proxy; try again."


def _trust_fix(_: Mapping[str, str]) -> Fix:
    from osdu_auth.wire.certificate_authorities import variable_for_authorities

    return (
        "If your company inspects TLS, have its root certificate installed, or save it as a PEM "
        "file and: " + Export(variable_for_authorities(os.environ), Blank("/path/to/root.pem"))
    )


def _no_proxy_fix(words: Mapping[str, str]) -> Fix:
    from osdu_auth.wire.proxies import no_proxy_command

    return no_proxy_command(words["host"], os.environ)


def _proxy_fix(words: Mapping[str, str]) -> Fix:
    return f"Check {words['setting']}, or exempt the host: " + _no_proxy_fix(words)


def _with_password(words: Mapping[str, str]) -> Fix:
    return Export(words["setting"], Blank(f"http://USER:PASSWORD@{words['place']}"))


_ROWS: dict[str, tuple[str, str, str | Fix | Callable[[Mapping[str, str]], Fix]]] = {
    NAME_UNKNOWN: (
        "The name of {place} cannot be found.",
        "The network is down, or the region or the URL is misspelt.",
        _NETWORK_FIX,
    ),
    REFUSED: (
        "{place} refuses connections.",
        "No program listens at that port, or a firewall refuses the connection.",
        _NETWORK_FIX,
    ),
    NO_ROUTE: ("{place} cannot be reached.", "The network has no route to it.", _NETWORK_FIX),
    CONNECT_TIMEOUT: (
        "{place} did not accept a connection in time.",
        "The network is slow, or a firewall drops the packets.",
        _NETWORK_FIX,
    ),
    DEADLINE_PASSED: (
        "{place} did not answer in time.",
        "The network or the service is slow.",
        "Try again.",
    ),
    CONNECTION_BROKEN: (
        "The connection to {place} broke.",
        "The server, or a proxy or firewall before it, closed it.",
        "Try again.",
    ),
    ENDED_EARLY: (
        "The answer of {place} ended before it was complete.",
        "The server, or a proxy or firewall before it, closed the connection.",
        "Try again.",
    ),
    TLS_FAILED: (
        "No secure connection to {place} could be made.",
        "The server does not support TLS 1.2 or later, or a firewall changes the connection.",
        _NETWORK_FIX,
    ),
    CERTIFICATE_UNTRUSTED: (
        "The certificate of {place} is not trusted.",
        "This system does not trust its issuer{issuer}.",
        _trust_fix,
    ),
    CERTIFICATE_OUT_OF_DATE: (
        "The certificate of {place} is out of date.",
        "It has expired or is not valid yet, or this computer's clock is wrong{issuer}.",
        "Check the clock of this computer: date",
    ),
    CERTIFICATE_OF_ANOTHER_HOST: (
        "The certificate of {place} is for another host.",
        "The URL is wrong, or another server answers instead of the right one{issuer}.",
        "Check the URL: " + Run("init") + "; on a guest network, sign in to it in a browser first.",
    ),
    CERTIFICATE_BAD: (
        "The certificate of {place} is not acceptable.",
        "{detail}{issuer}.",
        _trust_fix,
    ),
    PROXY_UNREACHABLE: (
        "The proxy {place} cannot be reached.",
        "No program listens at that port, or this network has no route to the proxy.",
        _proxy_fix,
    ),
    PROXY_REQUIRES_SIGN_IN: (
        "The proxy {place} requires a user name and a password.",
        "It answered 407.",
        _with_password,
    ),
    PROXY_REFUSES_SIGN_IN: (
        "The proxy {place} refuses the user name and password of {setting}.",
        "It answered 407. In a URL, characters such as @ : / % have to be encoded: @ is %40.",
        _with_password,
    ),
    PROXY_REQUIRES_OTHER_SIGN_IN: (
        "The proxy {place} requires a kind of sign-in that osdu-auth does not support.",
        "It answered 407 and offers {detail}; a user name and a password in a URL work for Basic.",
        lambda words: (
            f"Ask its administrator to allow {words['host']}:443 without a sign-in, or use a proxy "
            "on this computer that signs in to it, such as px or cntlm: "
            + Export(words["setting"], Blank("http://127.0.0.1:PORT"))
        ),
    ),
    PROXY_REFUSES: (
        "The proxy {place} refuses to connect to {host}.",
        "It answered {detail}.",
        lambda words: (
            f"Ask the proxy's administrator to allow {words['host']}:443, or: "
            + _no_proxy_fix(words)
        ),
    ),
    PROXY_UNUSABLE: (
        "The proxy {place} does not answer as an HTTP proxy does.",
        "Its address or port may belong to another service.",
        _proxy_fix,
    ),
}


def network_error(
    code: str,
    place: str,
    *,
    host: str = "",
    detail: str = "",
    issuer: str = "",
    setting: str = "HTTPS_PROXY",
) -> Unreachable:
    """Return the network error of a code.

    Args:
        code: the code, such as `OA-N602`.
        place: the origin that was called, or the proxy's host and port.
        host: the host behind the proxy.
        detail: a detail, such as a status.
        issuer: the issuer of the certificate that the server sent.
        setting: the variable that names the proxy.
    """
    words = {
        "place": printable(place, 100),
        "host": printable(host, 100),
        "detail": printable(detail, 100),
        "setting": setting,
        "issuer": f' (it was issued by "{printable(issuer, 100)}")' if issuer else "",
    }
    what, why, fix = _ROWS[code]
    return Unreachable(
        what.format_map(words),
        code=code,
        why=why.format_map(words),
        fix=fix(words) if callable(fix) else fix,
    )
