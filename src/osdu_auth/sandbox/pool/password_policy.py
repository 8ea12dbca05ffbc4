"""The pool's password policy: Amazon Cognito's default, and its sentences."""

from __future__ import annotations

from dataclasses import dataclass

from osdu_auth.sandbox.pool.errors import PoolError
from osdu_auth.sandbox.pool.member_checks import check_password_form

_SYMBOLS = frozenset("^$*.[]{}()?\"!@#%&/\\,><':;|_~`=+- ")


@dataclass(frozen=True)
class PasswordPolicy:
    """What a new password must hold.

    Attributes:
        shortest: The least length, in characters.
        needs_uppercase: Whether it needs an upper-case Latin letter.
        needs_lowercase: Whether it needs a lower-case Latin letter.
        needs_number: Whether it needs a digit.
        needs_symbol: Whether it needs one of Cognito's symbols.
    """

    shortest: int = 8
    needs_uppercase: bool = True
    needs_lowercase: bool = True
    needs_number: bool = True
    needs_symbol: bool = True

    def check(self, password: str) -> None:
        """Refuse a password that does not conform.

        Raises:
            PoolError: `InvalidPasswordException` with the first rule that is broken, or
                `InvalidParameterException` for a password no policy allows.
        """
        check_password_form(password)
        for broken, words in self._rules(password):
            if broken:
                raise PoolError(
                    "InvalidPasswordException",
                    f"Password did not conform with policy: Password {words}",
                )

    def _rules(self, password: str) -> tuple[tuple[bool, str], ...]:
        latin = [character for character in password if character.isascii()]
        upper = any(character.isupper() for character in latin)
        lower = any(character.islower() for character in latin)
        number = any(character.isdigit() for character in latin)
        symbol = not _SYMBOLS.isdisjoint(password)
        return (
            (len(password) < self.shortest, "not long enough"),
            (self.needs_uppercase and not upper, "must have uppercase characters"),
            (self.needs_lowercase and not lower, "must have lowercase characters"),
            (self.needs_number and not number, "must have numeric characters"),
            (self.needs_symbol and not symbol, "must have symbol characters"),
        )
