"""Credential: the port by which a session gets its tokens, and the values that pass through it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from osdu_auth.cognito.challenges import Answers
    from osdu_auth.fixes import Fix
    from osdu_auth.oidc.questions import BrowserAnswers
    from osdu_auth.secret import Secret
    from osdu_auth.tokens import TokenSet


class SignInInput(NamedTuple):
    """What a person gives to begin a sign-in.

    Args:
        username: as the user types it; an e-mail address where the issuer allows it.
        password: the user's; None to be asked for it if it comes to that.
        answer: answers what the issuer asks on the way.
    """

    username: str
    password: Secret | None
    answer: Answers | BrowserAnswers


class IssuedTokens(NamedTuple):
    """What an issuer gave at a sign-in or a renewal.

    Args:
        tokens: the tokens.
        account: the name of the user that is shown.
        subject: the issuer's own stable name of the user; None where the tokens do not say it.
        issuer_address: the address that issued them; None where that is not known.
        renewal_data: what a renewal takes besides the tokens, as a JSON object of texts that only
            the credential understands; None where it takes nothing.
        notes: what the user should know although it worked, a sentence or two each; not kept.
    """

    tokens: TokenSet
    account: str
    subject: str | None = None
    issuer_address: str | None = None
    renewal_data: Secret | None = None
    notes: tuple[str | Fix, ...] = ()


class Credential(Protocol):
    """How tokens are got; it is immutable, holds no token and remembers nothing.

    Secrets are resolved within each call: one that was replaced would never be read otherwise.
    """

    @property
    def binding(self) -> str:
        """All settings that change what the tokens are good for, as one text."""

    @property
    def needs_person(self) -> bool:
        """Whether a sign-in begins with a person; otherwise a session begins when it is used."""

    def obtain(self, given: SignInInput | None, before: IssuedTokens | None) -> IssuedTokens:
        """Sign in.

        Args:
            given: what the person gave; None where no person is needed.
            before: what the same binding had before; None where it had nothing.

        Raises:
            SignInRefused: the issuer said no.
            ChallengeUnanswered: it asked something that was not, or cannot be, answered.
            ConfigurationError: the profile or the app client is set wrongly.
            Unreachable: the issuer did not answer.
        """

    def renew(self, issued: IssuedTokens, *, hurried: bool = False) -> IssuedTokens:
        """Get new tokens for the newest ones of a session.

        Args:
            issued: the newest ones.
            hurried: whether to ask only once, and to wait only a few seconds for the answer, as the
                access token is still good.

        Raises:
            SessionEnded: the issuer will not renew this session.
            NothingSent: OA-C728: another server would be asked than the one that issued it.
            Unreachable: the issuer did not answer; the session is as good as before.
        """

    def revoke(self, issued: IssuedTokens) -> None:
        """Have the issuer end a session.

        Raises:
            NothingSent: OA-C728: another server would be asked than the one that issued it.
            OsduAuthError: the issuer did not; the session still lives there.
        """

    def moved_to(self) -> str | None:
        """Say where the issuer is asked instead of at the profile's own address, and why.

        Returns:
            A clause such as `127.0.0.1:4566, as AWS_ENDPOINT_URL says`; None where it is asked at
            the profile's own address.

        Raises:
            NothingSent: there is no address to ask.
        """

    def require_issuer_of(self, issued: IssuedTokens) -> None:
        """Refuse tokens that another server issued than the one that would be asked now.

        Raises:
            NothingSent: OA-C728; or there is no address to ask.
        """
