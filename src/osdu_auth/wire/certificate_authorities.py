"""The trusted certificate authorities.

The first of these that is set counts:

1. `AWS_CA_BUNDLE`, as the AWS tools read it
2. `REQUESTS_CA_BUNDLE`, as `requests` reads it: a file or a directory
3. `SSL_CERT_FILE` and `SSL_CERT_DIR`, as OpenSSL reads them
4. the authorities that the operating system trusts, with those that a company has installed

The first three replace the fourth and do not add to it, as in the tools that they come from.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from osdu_auth.errors import ConfigurationError
from osdu_auth.fixes import Unset
from osdu_auth.input_text import odd_character_around
from osdu_auth.text import printable

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping

_SETTINGS = (("AWS_CA_BUNDLE",), ("REQUESTS_CA_BUNDLE",), ("SSL_CERT_FILE", "SSL_CERT_DIR"))
_BUNDLE = "ca-certificates.crt"  # the name on Debian and others
_DIRECTORIES_VARIABLE = "SSL_CERT_DIR"  # may name several directories, as PATH does


def tls_context(environment: Mapping[str, str]) -> ssl.SSLContext:
    """Return a TLS 1.2+ client context that verifies the certificate and the host name.

    Args:
        environment: the environment variables.

    Raises:
        ConfigurationError: OA-C723: a named file cannot be read; OA-C724: it contains no
            certificate.
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


def variable_for_authorities(environment: Mapping[str, str]) -> str:
    """Return the variable in which a file of authorities takes effect."""
    return next(iter(_settings_in_force(environment)), "SSL_CERT_FILE")


class AuthoritiesFile(NamedTuple):
    """The authorities that `tls_context` trusts, as a file, for a library that takes no context.

    Args:
        path: the path of the PEM file.
        kept: the open temporary file, which exists until this object is deleted; None without one.
    """

    path: str
    kept: object = None


def authorities_file(
    environment: Mapping[str, str], default: Mapping[str, str]
) -> AuthoritiesFile | None:
    """Return the trusted authorities as one file.

    Args:
        environment: the environment variables.
        default: the file that counts where no variable is set, by the name of its setting.

    Returns:
        The file; None where this system has no such file, as on macOS and Windows (not tried).

    Raises:
        ConfigurationError: see `tls_context`.
    """
    import ssl

    named = {name: environment[name] for name in _settings_in_force(environment)} or default
    if named:
        _context_of(named)  # checks each file
        places = [place for name, text in named.items() for place in _places(name, text)]
    else:
        system = ssl.get_default_verify_paths()
        whole = Path(system.capath or "", _BUNDLE)  # all certificates of that folder
        place = system.cafile or (whole if whole.is_file() else system.capath)
        places = [Path(place)] if place else []
    if len(places) == 1 and places[0].is_file():
        return AuthoritiesFile(str(places[0]))
    return _as_one_file(places)


def _as_one_file(places: list[Path]) -> AuthoritiesFile | None:
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
        raise _unusable_error(name, location, "OA-C724", "It contains no PEM certificate") from None
    except OSError as error:
        raise _unusable_error(
            name, location, "OA-C723", error.strerror or "It is unreadable"
        ) from None
    except ValueError:  # a NUL character in the path
        raise _unusable_error(name, location, "OA-C723", "It is not a path") from None


def _places(name: str, location: str) -> list[Path]:
    return [
        Path(place)
        for place in (location.split(os.pathsep) if name == _DIRECTORIES_VARIABLE else [location])
    ]


def _unusable_error(name: str, location: str, code: str, reason: str) -> ConfigurationError:
    return ConfigurationError(
        f"The certificate authorities of {name}={printable(location, 200)} cannot be used.",
        code=code,
        why=f"{odd_character_around(location)} {printable(reason, 100)}.".strip(),
        fix="Set it to a readable PEM file, or trust what this system trusts: " + Unset(name)
        if name.isupper()
        else f"Set {name} to a readable PEM file, or remove it.",
    )
