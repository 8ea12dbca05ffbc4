"""KeySet: an issuer's public keys (RFC 7517, section 5), parsed, by their ids."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from osdu_auth.errors import ConfigurationError
from osdu_auth.input_text import NotText, json_text, odd_character_around
from osdu_auth.secret import without_locals
from osdu_auth.verification.keys.algorithms import ALGORITHMS, USUAL_ALGORITHMS, check_algorithms
from osdu_auth.verification.keys.json_web_key import key_from_jwk
from osdu_auth.verification.keys.verification_key import VerificationKey
from osdu_auth.wire.json_reader import strict_value

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    from typing_extensions import Self

KEY_SET_LIMIT = 1024 * 1024  # bytes


class KeySet:
    """Public keys by their ids. If two keys have the same id, neither is used.

    Args:
        keys: typed keys, such as those of `VerificationKey.from_pem`.
        ambiguous: ids that more than one key has.

    Raises:
        ConfigurationError: OA-C776: there is no key, or a value is not a `VerificationKey`.
    """

    def __init__(self, keys: Iterable[VerificationKey], ambiguous: Iterable[str] = ()) -> None:
        offered: object = keys
        if not isinstance(offered, Iterable):
            raise _unusable("A key set is made from a list of VerificationKey values.")
        given = list(keys)
        if not all(isinstance(key, VerificationKey) for key in given):
            raise _unusable("A key set is made from VerificationKey values, never from text.")
        counts = Counter(key.kid for key in given)
        refused = {*ambiguous, *(kid for kid, count in counts.items() if count > 1)}
        self._usable = [key for key in given if key.kid not in refused]
        if not self._usable:
            raise _unusable("It has no key that can be used to verify tokens.")
        self._by_kid = {key.kid: key for key in self._usable}
        self._only = given[0] if len(given) == 1 and not refused else None

    @classmethod
    @without_locals
    def from_dict(cls, jwks: object, algorithms: Sequence[str] = USUAL_ALGORITHMS) -> Self:
        """Return the usable keys of a JSON Web Key Set that is parsed already.

        Args:
            jwks: an object with a list called `keys`.
            algorithms: the allowed ones; every key is used with one of them.

        Raises:
            ConfigurationError: OA-C772, OA-C776: there is no usable key in it.
        """
        allowed = check_algorithms(algorithms)
        members = jwks.get("keys") if isinstance(jwks, dict) else None
        if not isinstance(members, list):
            raise _unusable('It is not an object with a list called "keys".')
        kids = Counter(kid for kid in map(_kid, members) if kid is not None)
        ambiguous = {kid for kid, count in kids.items() if count > 1}
        keys = _keys_in(members, allowed)
        if not keys:
            _refuse_other_algorithms(members)
        return cls(keys, ambiguous)

    @classmethod
    @without_locals
    def from_json(cls, text: bytes, algorithms: Sequence[str] = USUAL_ALGORITHMS) -> Self:
        """Return the usable keys of a JSON Web Key Set, parsed strictly.

        Args:
            text: bytes in UTF-8, at most 1 MiB.
            algorithms: the allowed ones; every key is used with one of them.

        Raises:
            ConfigurationError: OA-C772, OA-C776: there is no usable key in it.
        """
        given: object = text
        if not isinstance(given, bytes):
            raise _unusable("It is not bytes; encode a text as UTF-8 first.")
        try:
            value = strict_value(text) if len(text) <= KEY_SET_LIMIT else None
        except ValueError:
            if text[:3] == BOM_UTF8:
                raise _unusable("It begins with a byte-order mark, which is not JSON.") from None
            value = None
        return cls.from_dict(value, algorithms)

    @classmethod
    @without_locals
    def from_file(
        cls, path: str | os.PathLike[str], algorithms: Sequence[str] = USUAL_ALGORITHMS
    ) -> Self:
        """Return the usable keys of a file that holds a JSON Web Key Set.

        A byte-order mark and UTF-16 are accepted, as Windows PowerShell writes them.

        Raises:
            ConfigurationError: OA-C772, OA-C776: it cannot be read, or has no usable key.
        """
        if isinstance(path, int):  # `open` accepts the number of an open file, too
            raise _unusable("The file cannot be read: that is not a path.")
        try:
            with open(path, "rb") as file:
                text = _json_text_of(file.read(KEY_SET_LIMIT + 1))
        except (OSError, ValueError, TypeError) as error:  # a NUL in the path, or another type
            reason = getattr(error, "strerror", None) or "that is not a path"
            odd = odd_character_around(path) if isinstance(path, str) else ""
            raise _unusable(f"The file cannot be read: {reason}. {odd}".strip()) from None
        return cls.from_json(text, algorithms)

    @property
    def keys(self) -> tuple[VerificationKey, ...]:
        """The keys that can be used."""
        return tuple(self._usable)

    def find(self, kid: str | None) -> VerificationKey | None:
        """Return the key with an id; for None the set's only key (RFC 7515, section 4.1.4)."""
        return self._only if kid is None else self._by_kid.get(kid)


def _json_text_of(content: bytes) -> bytes:
    """Return the JSON text of a file in UTF-8, without a mark before it."""
    try:
        return json_text(content)
    except NotText as error:
        reason = str(error)
    raise _unusable(reason)


def _kid(member: object) -> str | None:
    kid: Any = member.get("kid") if isinstance(member, dict) else None
    return kid if isinstance(kid, str) else None


def _keys_in(members: list[object], algorithms: Sequence[str]) -> list[VerificationKey]:
    keys = (key_from_jwk(member, algorithms) for member in members)
    return [key for key in keys if key is not None]


def _refuse_other_algorithms(members: list[object]) -> None:
    """Check whether a set without a key for an allowed algorithm has keys for other algorithms.

    Raises:
        ConfigurationError: OA-C776: it has; the error names them.
    """
    other_algorithms = dict.fromkeys(key.algorithm for key in _keys_in(members, ALGORITHMS))
    if other_algorithms:
        raise ConfigurationError(
            "The key set has no key for an allowed algorithm.",
            code="OA-C776",
            why=f"Its keys are for {' and '.join(other_algorithms)}.",
            fix="To allow these algorithms: "
            f"KeySet.from_file(PATH, algorithms={tuple(other_algorithms)!r})",
        )


def _unusable(why: str) -> ConfigurationError:
    return ConfigurationError(
        "The key set cannot be used.",
        code="OA-C776",
        why=why,
        fix="Save the issuer's own key set: curl -o jwks.json ISSUER/.well-known/jwks.json",
    )
