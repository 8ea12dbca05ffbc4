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
from typing import TYPE_CHECKING, NamedTuple

from osdu_auth.errors import ConfigurationError
from osdu_auth.fixes import Unset
from osdu_auth.input_text import oddity_around
from osdu_auth.text import printable

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping

_SETTINGS = (("AWS_CA_BUNDLE",), ("REQUESTS_CA_BUNDLE",), ("SSL_CERT_FILE", "SSL_CERT_DIR"))
_ALL_IN_ONE = "ca-certificates.crt"  # as Debian and others call it
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
        context = _context_of({name: environment[name] for name in settings})
    else:
        import truststore

        context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def setting_to_trust_by(environment: Mapping[str, str]) -> str:
    """Return the variable that a file of authorities has to be put into to count."""
    return next(iter(_settings_in_force(environment)), "SSL_CERT_FILE")


class AuthoritiesFile(NamedTuple):
    """The authorities that `tls_context` trusts, as a file for a library that takes no context.

    Args:
        path: of the PEM file.
        kept: what keeps a file that was put together; it goes with that.
    """

    path: str
    kept: object = None


def authorities_file(
    environment: Mapping[str, str], otherwise: Mapping[str, str]
) -> AuthoritiesFile | None:
    """Return the authorities that are trusted as one file.

    Args:
        environment: the environment variables.
        otherwise: what counts where no variable is set: a file, by what it is called.

    Returns:
        None where this system keeps them in no file, as macOS and Windows do (not tried).

    Raises:
        ConfigurationError: as of `tls_context`.
    """
    import ssl

    named = {name: environment[name] for name in _settings_in_force(environment)} or otherwise
    if named:
        _context_of(named)  # which looks at each
        places = [place for name, text in named.items() for place in _places(name, text)]
    else:
        system = ssl.get_default_verify_paths()
        whole = Path(system.capath or "", _ALL_IN_ONE)  # what that folder holds one by one
        place = system.cafile or (whole if whole.is_file() else system.capath)
        places = [Path(place)] if place else []
    if len(places) == 1 and places[0].is_file():
        return AuthoritiesFile(str(places[0]))
    return _put_together(places)


def _put_together(places: list[Path]) -> AuthoritiesFile | None:
    from contextlib import suppress
    from tempfile import NamedTemporaryFile

    paths = [path for place in places for path in (place.iterdir() if place.is_dir() else [place])]
    certificates = set()
    for path in paths:
        with suppress(OSError):
            certificates.add(path.read_bytes())
    found = [text for text in certificates if b"-----BEGIN CERTIFICATE-----" in text]
    if not found:
        return None
    file = NamedTemporaryFile(prefix="osdu-auth-", suffix=".pem")  # noqa: SIM115 - it is kept
    file.write(b"\n".join(found))
    file.flush()
    return AuthoritiesFile(file.name, file)


def _context_of(named: Mapping[str, str]) -> ssl.SSLContext:
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    for name, location in named.items():
        _trust(context, name, location)
    return context


def _settings_in_force(environment: Mapping[str, str]) -> list[str]:
    for group in _SETTINGS:
        named = [name for name in group if environment.get(name)]
        if named:
            return named
    return []


def _trust(context: ssl.SSLContext, name: str, location: str) -> None:
    import ssl

    try:
        if any(place.is_dir() for place in _places(name, location)):
            context.load_verify_locations(capath=location)
        else:
            context.load_verify_locations(cafile=location)
    except ssl.SSLError:
        raise _unusable(name, location, "OA-C724", "It holds no PEM certificate") from None
    except OSError as error:
        raise _unusable(name, location, "OA-C723", error.strerror or "It is unreadable") from None
    except ValueError:  # a NUL character in the path
        raise _unusable(name, location, "OA-C723", "It is no path") from None


def _places(name: str, location: str) -> list[Path]:
    return [Path(place) for place in (location.split(os.pathsep) if name == _LIST else [location])]


def _unusable(name: str, location: str, code: str, reason: str) -> ConfigurationError:
    return ConfigurationError(
        f"The certificate authorities of {name}={printable(location, 200)} cannot be used.",
        code=code,
        why=f"{oddity_around(location)} {printable(reason, 100)}.".strip(),
        fix="Set it to a readable PEM file, or trust what this system trusts: " + Unset(name)
        if name.isupper()
        else f"Set {name} to a readable PEM file, or remove it.",
    )
