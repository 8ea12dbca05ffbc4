"""A connection to a URL: name lookup, TCP, a proxy's tunnel, TLS, all within the deadline."""

from __future__ import annotations

from osdu_auth.light_typing import TYPE_CHECKING
from osdu_auth.wire import network_errors
from osdu_auth.wire.channel import HEAD_LIMIT, Channel, Deadline, TooLarge
from osdu_auth.wire.http_reply import EndedEarly, NotHttp, ReplyReader

if TYPE_CHECKING:
    import socket
    import ssl
    from collections.abc import Mapping
    from typing import Any

    from osdu_auth.errors import Unreachable
    from osdu_auth.url import Url
    from osdu_auth.wire.proxies import Proxy

# A lost first packet is sent again after one second (RFC 6298, section 2), so a shorter wait could
# fail for one lost packet.
_SHORTEST_ATTEMPT = 1.5
# X509_V_ERR_* of OpenSSL's x509_vfy.h.
_OUT_OF_DATE = {9, 10}
_OF_ANOTHER_HOST = {62, 64}
_UNTRUSTED = {2, 18, 19, 20, 21}
_LOOPBACK_ADDRESSES = ("127.0.0.1", "::1")


def connect(
    target: Url, environment: Mapping[str, str], connect_timeout: float, deadline: Deadline
) -> socket.socket:
    """Return a connection to `target`, directly or through a proxy.

    Args:
        target: the URL that is called.
        environment: the environment variables.
        connect_timeout: seconds for name lookup and TCP together.
        deadline: when the call has to end.

    Raises:
        ConfigurationError: the proxy or the certificate authorities are set wrongly.
        Unreachable: OA-N601 to OA-N623.
        OSError: the connection broke.
    """
    proxy = None if target.is_loopback else _proxy(target, environment)
    place = proxy or target
    try:
        connection = _connect_tcp(
            place.host, place.port, Deadline(deadline.remaining(connect_timeout))
        )
    except OSError as error:
        if proxy:
            raise _proxy_error(network_errors.PROXY_UNREACHABLE, proxy, target) from error
        raise network_errors.network_error(_connect_error(error), target.origin) from error
    try:
        if proxy:
            _open_tunnel(connection, proxy, target, deadline)
        if target.scheme == "https":
            return _with_tls(connection, target, environment, deadline)
    except BaseException:
        connection.close()
        raise
    return connection


def _proxy(target: Url, environment: Mapping[str, str]) -> Proxy | None:
    from osdu_auth.wire.proxies import proxy_for

    return proxy_for(target, environment)


def _connect_tcp(host: str, port: int, deadline: Deadline) -> socket.socket:
    """Connect to the first address that answers; each gets an equal share of the time left."""
    addresses = _addresses(host, port, deadline)
    failures: list[OSError] = []
    for tried, address in enumerate(addresses):
        try:
            share = deadline.remaining() / (len(addresses) - tried)
            return _connect_to_address(address, deadline.remaining(max(share, _SHORTEST_ATTEMPT)))
        except OSError as error:
            failures.append(error)
    raise failures[0]


def _connect_to_address(address_info: Any, seconds: float) -> socket.socket:
    import socket

    family, kind, protocol, _, address = address_info
    connection = socket.socket(family, kind, protocol)
    try:
        connection.settimeout(seconds)
        connection.connect(address)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except BaseException:
        connection.close()
        raise
    return connection


def _addresses(host: str, port: int, deadline: Deadline) -> list[Any]:
    """Look up the addresses of a host.

    `localhost` is this machine by definition (RFC 6761, section 6.3) and is not looked up. The
    system's lookup cannot be interrupted, so it runs in a thread, which may still run after the
    deadline.
    """
    import socket

    if host == "localhost":
        found = [_numeric_addresses(address, port) for address in _LOOPBACK_ADDRESSES]
        return [address for addresses in found for address in addresses]
    try:
        return _numeric_addresses(host, port)
    except (socket.gaierror, UnicodeError):
        return _looked_up_addresses(host, port, deadline)


def _numeric_addresses(address: str, port: int) -> list[Any]:
    import socket

    # As bytes, because a text would need the IDNA codec, which is slow to import.
    return socket.getaddrinfo(
        address.encode("ascii"), port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST
    )


def _looked_up_addresses(host: str, port: int, deadline: Deadline) -> list[Any]:
    import socket
    from threading import Thread

    found: list[Any] = []
    failures: list[Exception] = []

    def look_up() -> None:
        try:
            found.extend(socket.getaddrinfo(host.encode("ascii"), port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            failures.append(error)

    thread = Thread(target=look_up, name="osdu-auth name lookup", daemon=True)
    try:
        thread.start()
    except RuntimeError:  # no thread can start: the interpreter ends, or a limit is reached
        look_up()
    else:
        thread.join(deadline.remaining())
    if failures:
        raise socket.gaierror(str(failures[0])) from failures[0]
    if not found:
        raise TimeoutError("the name lookup took too long")
    return found


def _connect_error(error: OSError) -> str:
    import socket

    if isinstance(error, socket.gaierror):
        return network_errors.NAME_UNKNOWN
    if isinstance(error, TimeoutError):
        return network_errors.CONNECT_TIMEOUT
    if isinstance(error, ConnectionRefusedError):
        return network_errors.REFUSED
    return network_errors.NO_ROUTE


def _open_tunnel(connection: socket.socket, proxy: Proxy, target: Url, deadline: Deadline) -> None:
    """Have the proxy connect to the target (RFC 9110, section 9.3.6)."""
    lines = [f"CONNECT {target.authority} HTTP/1.1", f"Host: {target.authority}"]
    if proxy.authorization:
        lines.append(f"Proxy-Authorization: {proxy.authorization.reveal()}")
    channel = Channel(connection, deadline, HEAD_LIMIT)
    try:
        channel.send("\r\n".join([*lines, "", ""]).encode("ascii"))
        status, headers = ReplyReader(channel).read_head()
    except (NotHttp, TooLarge):
        raise _proxy_error(network_errors.PROXY_UNUSABLE, proxy, target) from None
    except (EndedEarly, OSError):
        raise _proxy_error(network_errors.PROXY_UNREACHABLE, proxy, target) from None
    if status == 407:  # noqa: PLR2004 - Proxy Authentication Required
        raise _proxy_sign_in_error(headers.get("proxy-authenticate", ""), proxy, target)
    if not 200 <= status <= 299:  # noqa: PLR2004 - HTTP's range of success
        raise _proxy_error(network_errors.PROXY_REFUSES, proxy, target, str(status))


def _proxy_sign_in_error(challenge: str, proxy: Proxy, target: Url) -> Unreachable:
    from osdu_auth.wire.proxies import schemes_of

    offered = schemes_of(challenge)
    if offered and "basic" not in {scheme.lower() for scheme in offered}:
        offers = " and ".join(offered)
        return _proxy_error(network_errors.PROXY_REQUIRES_OTHER_SIGN_IN, proxy, target, offers)
    code = (
        network_errors.PROXY_REFUSES_SIGN_IN
        if proxy.authorization
        else network_errors.PROXY_REQUIRES_SIGN_IN
    )
    return _proxy_error(code, proxy, target)


def _proxy_error(code: str, proxy: Proxy, target: Url, detail: str = "") -> Unreachable:
    return network_errors.network_error(
        code, proxy.shown, host=target.host, detail=detail, setting=proxy.setting
    )


def _with_tls(
    connection: socket.socket, target: Url, environment: Mapping[str, str], deadline: Deadline
) -> ssl.SSLSocket:
    """Return the connection with TLS, after verifying the certificate for the target's host."""
    import ssl

    from osdu_auth.wire.certificate_authorities import tls_context

    context = tls_context(environment)
    connection.settimeout(deadline.remaining())
    wrapped = context.wrap_socket(
        connection, server_hostname=target.host, do_handshake_on_connect=False
    )
    try:
        wrapped.do_handshake()
    except ssl.SSLCertVerificationError as error:
        refused = _certificate_error(error, wrapped, target)
        wrapped.close()
        raise refused from None
    except ssl.SSLError as error:
        wrapped.close()
        raise network_errors.network_error(network_errors.TLS_FAILED, target.origin) from error
    except BaseException:
        wrapped.close()
        raise
    return wrapped


def _certificate_error(
    error: ssl.SSLCertVerificationError, connection: ssl.SSLSocket, target: Url
) -> Unreachable:
    number = error.verify_code
    code = network_errors.CERTIFICATE_BAD
    if number in _OUT_OF_DATE:
        code = network_errors.CERTIFICATE_OUT_OF_DATE
    elif number in _OF_ANOTHER_HOST:
        code = network_errors.CERTIFICATE_OF_ANOTHER_HOST
    elif number in _UNTRUSTED:
        code = network_errors.CERTIFICATE_UNTRUSTED
    detail = error.verify_message or "The verification failed"
    return network_errors.network_error(
        code, target.origin, detail=detail, issuer=_issuer(connection)
    )


def _issuer(connection: ssl.SSLSocket) -> str:
    """Return the issuer of a refused certificate; "" where Python does not give it.

    Before Python 3.13 there is no public access to a refused certificate, and since then only to
    its bytes. The inner object has had this method since 3.10. Here it only adds a name to an
    error.
    """
    inner: Any = getattr(connection, "_sslobj", None)
    try:
        issuer = inner.get_unverified_chain()[0].get_info()["issuer"]
        names = dict(pair for relative_name in issuer for pair in relative_name)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError, OSError):
        return ""
    return next((names[kind] for kind in ("commonName", "organizationName") if names.get(kind)), "")
