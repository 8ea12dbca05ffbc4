"""A TLS handshake with a deadline, and the errors of certificates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from osdu_auth.wire import network_errors

if TYPE_CHECKING:
    import socket
    import ssl
    from collections.abc import Mapping

    from osdu_auth.errors import Unreachable
    from osdu_auth.url import Url
    from osdu_auth.wire.channel import Deadline

# X509_V_ERR_* of OpenSSL's x509_vfy.h.
_OUT_OF_DATE = {9, 10}
_OF_ANOTHER_HOST = {62, 64}
_UNTRUSTED = {2, 18, 19, 20, 21}


def with_tls(
    connection: socket.socket, target: Url, environment: Mapping[str, str], deadline: Deadline
) -> ssl.SSLSocket:
    """Return the connection with TLS, after verifying the certificate for the target's host.

    Raises:
        ConfigurationError: the certificate authorities are set wrongly.
        Unreachable: OA-N608, OA-N610 to OA-N613.
        OSError: the connection broke.
    """
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
