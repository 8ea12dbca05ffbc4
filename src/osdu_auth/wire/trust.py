"""Which certificate authorities are trusted.

In this order, the first that is set:

1. `AWS_CA_BUNDLE`, as the AWS tools read it
2. `REQUESTS_CA_BUNDLE`, as `requests` reads it: a file or a directory
3. `SSL_CERT_FILE` and `SSL_CERT_DIR`, as OpenSSL reads them
4. what the operating system trusts, a company's own authorities included

The first three replace the fourth rather than add to it, as they do in the tools they come from.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from osdu_auth.errors import ConfigurationError
from osdu_auth.input_text import oddity_around
from osdu_auth.text import printable

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping

_SETTINGS = (("AWS_CA_BUNDLE",), ("REQUESTS_CA_BUNDLE",), ("SSL_CERT_FILE", "SSL_CERT_DIR"))
_LIST = "SSL_CERT_DIR"  # may name several directories, as PATH does


def tls_context(environment: Mapping[str, str]) -> ssl.SSLContext:
    """Return a TLS 1.2+ client context that verifies the certificate and the host name.

    Args:
        environment: the environment variables.

    Raises:
        ConfigurationError: OA-C723 a named file cannot be read; OA-C724 it holds no certificate.
    """
    import ssl

    settings = _settings_in_force(environment)
    if settings:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        for name in settings:
            _trust(context, name, environment[name])
    else:
        import truststore

        context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _settings_in_force(environment: Mapping[str, str]) -> list[str]:
    for group in _SETTINGS:
        named = [name for name in group if environment.get(name)]
        if named:
            return named
    return []


def _trust(context: ssl.SSLContext, name: str, location: str) -> None:
    import ssl

    places = [Path(place) for place in location.split(os.pathsep)] if name == _LIST else []
    try:
        if any(place.is_dir() for place in places or [Path(location)]):
            context.load_verify_locations(capath=location)
        else:
            context.load_verify_locations(cafile=location)
    except ssl.SSLError:
        raise _unusable(name, location, "OA-C724", "It holds no PEM certificate") from None
    except OSError as error:
        raise _unusable(name, location, "OA-C723", error.strerror or "It is unreadable") from None
    except ValueError:  # a NUL character in the path
        raise _unusable(name, location, "OA-C723", "It is no path") from None


def _unusable(name: str, location: str, code: str, reason: str) -> ConfigurationError:
    return ConfigurationError(
        f"The certificate authorities of {name}={printable(location, 200)} cannot be used.",
        code=code,
        why=f"{oddity_around(location)} {printable(reason, 100)}.".strip(),
        fix=f"Set {name} to a readable PEM file, or unset it to trust what this system trusts.",
    )
