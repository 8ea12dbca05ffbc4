"""Fetching an issuer's key set: one HTTPS call, or two if the metadata has to be read first.

Invariants: the address comes from the caller or from the issuer's own metadata, never from a token;
no redirect is followed; plain http is used only for this machine; and one deadline and one size
limit hold for the whole fetch (`wire`).
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from osdu_auth.errors import ConfigurationError, KeysUnavailable, OsduAuthError
from osdu_auth.text import printable
from osdu_auth.verification.arguments import has_visible_character
from osdu_auth.verification.keys.key_set import KEY_SET_LIMIT
from osdu_auth.wire import send
from osdu_auth.wire.http_call import read_target
from osdu_auth.wire.json_reader import strict_value

if TYPE_CHECKING:
    from collections.abc import Mapping

FETCH_DEADLINE = 10.0  # seconds for the whole fetch

_CONNECT_TIMEOUT = 3.0
_METADATA_PATH = "/.well-known/openid-configuration"
_OK = 200


@dataclass(frozen=True)
class KeySetAddress:
    """Where an issuer's key set is.

    Args:
        issuer: the issuer, exactly as tokens name it.
        jwks_uri: the key set's URL; None to read it from the issuer's metadata each time.

    Raises:
        ConfigurationError: OA-C777: it is not an https URL (http is for this machine only).
    """

    issuer: str
    jwks_uri: str | None = None

    def __post_init__(self) -> None:
        issuer: object = self.issuer
        if not (
            isinstance(issuer, str) and has_visible_character(issuer) and self._is_an_address()
        ):
            raise ConfigurationError(
                f'The keys of "{_shown(str(self.issuer), 80)}" cannot be fetched.',
                code="OA-C777",
                why="An issuer and the address of its key set have to be https URLs.",
                fix="Write the issuer as its tokens name it, or give its keys: "
                "keys=KeySet.from_file(…)",
            )

    def _is_an_address(self) -> bool:
        if self.jwks_uri is None and "?" in self.issuer:
            return False  # the issuer is a URL without a query (RFC 8414, section 2)
        try:
            read_target(self._metadata_uri if self.jwks_uri is None else self.jwks_uri)
        except (ConfigurationError, TypeError, AttributeError):  # the latter for another type
            return False
        return True

    def fetch(self) -> dict[str, Any]:
        """Return the published key set, from strictly parsed JSON.

        Raises:
            KeysUnavailable: OA-N670: no answer; OA-N671: the status is not 200; OA-N672: the answer
                is not a JSON object; OA-N673: the metadata is another issuer's, or names no key
                set.
        """
        began = time.monotonic()
        jwks_uri = self.jwks_uri or self._look_up()
        return self._get(jwks_uri, FETCH_DEADLINE - (time.monotonic() - began))

    @property
    def _metadata_uri(self) -> str:
        """Where the metadata is (OpenID Connect Discovery 1.0, section 4)."""
        return self.issuer.removesuffix("/") + _METADATA_PATH

    def _look_up(self) -> str:
        metadata = self._get(self._metadata_uri, FETCH_DEADLINE)
        jwks_uri = metadata.get("jwks_uri")
        if metadata.get("issuer") != self.issuer or not isinstance(jwks_uri, str):
            raise self._unavailable("OA-N673", "Its metadata names another issuer, or no key set.")
        # http is allowed for this machine, but not if an answer from the network asks for it.
        if self.issuer.startswith("https:") and not jwks_uri.startswith("https:"):
            raise self._unavailable("OA-N673", "The address of its key set is not an https URL.")
        return jwks_uri

    def _get(self, url: str, seconds: float) -> dict[str, Any]:
        try:
            reply = send(
                "GET",
                url,
                {"Accept": "application/json"},
                limit=KEY_SET_LIMIT,
                connect_timeout=_CONNECT_TIMEOUT,
                total_timeout=max(seconds, 0.0),
            )
        except OsduAuthError as error:
            raise self._unavailable("OA-N670", f"{error.what} [{error.code}]") from None
        if reply.status != _OK:
            raise self._unavailable("OA-N671", f"It answered with the status {reply.status}.")
        return self._object(reply.body, reply.headers)

    def _object(self, body: bytes, headers: Mapping[str, str]) -> dict[str, Any]:
        value = None
        if headers.get("content-encoding", "identity").lower() == "identity":
            try:
                value = strict_value(body)
            except ValueError:
                value = None
        if not isinstance(value, dict):
            raise self._unavailable("OA-N672", "Its answer is not a strict JSON object.")
        return value

    def _unavailable(self, code: str, why: str) -> KeysUnavailable:
        return unavailable(self.issuer, code, why)


def unavailable(issuer: str, code: str, why: str) -> KeysUnavailable:
    """Return the error for keys that are not available.

    Args:
        issuer: the issuer of the keys.
        code: OA-N670 to OA-N675.
        why: one sentence.
    """
    return KeysUnavailable(
        f"The keys of {_shown(issuer, 100)} are not available.",
        code=code,
        why=why,
        fix="Check that this machine can reach the issuer, or give the keys yourself: "
        "keys=KeySet.from_file(PATH) in code, --key-set PATH on the command line.",
    )


def _shown(issuer: str, limit: int) -> str:
    """Return an issuer without a user name and password that its URL may have."""
    before, at, after = issuer.rpartition("@")
    return printable(f"{'…' if before else ''}{at}{after}", limit)
