"""Credential: the port through which a session gets its tokens, and the values of that port."""

from __future__ import annotations

from osdu_auth.light_typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from osdu_auth.cognito.challenges import Answers
    from osdu_auth.fixes import Fix
    from osdu_auth.oidc.questions import BrowserAnswers
    from osdu_auth.secret import Secret
    from osdu_auth.tokens import TokenSet


# How long an issuer has to answer while the access token is still good, in seconds.
HURRIED_TIMEOUT = 5.0


class SignInInput(NamedTuple):
    """What a person gives to begin a sign-in.

    Args:
        username: as the user types it; an e-mail address if the issuer allows it.
        password: the user's password; None to be asked for it if the issuer wants it.
        answer: answers the questions of the issuer.
    """

    username: str
    password: Secret | None
    answer: Answers | BrowserAnswers


class IssuedTokens(NamedTuple):
    """What an issuer gave at a sign-in or a renewal.

    Args:
        tokens: the tokens.
        account: the user's name as it is shown.
        subject: the issuer's stable name of the user; None if the tokens do not have it.
        issuer_address: the address that issued them; None if that is not known.
        renewal_data: what a renewal needs besides the tokens, as a JSON object of texts that only
            the credential understands; None if it needs nothing.
        notes: notes for the user about a request that succeeded, each of a sentence or two; they
            are not saved.
    """

    tokens: TokenSet
    account: str
    subject: str | None = None
    issuer_address: str | None = None
    renewal_data: Secret | None = None
    notes: tuple[str | Fix, ...] = ()


class Credential(Protocol):
    """How tokens are got; it is immutable and keeps no token.

    A secret is read again in each call, as it may have been replaced.
    """

    @property
    def binding(self) -> str:
        """All settings that change the tokens, as one text."""

    @property
    def needs_person(self) -> bool:
        """Whether a person has to sign in; otherwise a session begins when it is first used."""

    def obtain(self, given: SignInInput | None, before: IssuedTokens | None) -> IssuedTokens:
        """Sign in.

        Args:
            given: what the person gave; None if no person is needed.
            before: the tokens of the last session of the same binding; None if there is none.

        Raises:
            SignInRefused: the issuer refused the sign-in.
            ChallengeUnanswered: a question was not answered, or cannot be answered.
            ConfigurationError: the profile or the app client is set wrongly.
            Unreachable: the issuer did not answer.
        """

    def renew(self, issued: IssuedTokens, *, hurried: bool = False) -> IssuedTokens:
        """Get new tokens for the newest ones of a session.

        Args:
            issued: the newest tokens.
            hurried: whether to ask only once, and to wait only a few seconds for the answer, as the
                access token is still good.

        Raises:
            SessionEnded: the issuer refused to renew this session.
            NothingSent: OA-C728: the request would go to another server than the issuer.
            Unreachable: the issuer did not answer; the session has not changed.
        """

    def revoke(self, issued: IssuedTokens) -> None:
        """Have the issuer end a session.

        Raises:
            NothingSent: OA-C728: the request would go to another server than the issuer.
            OsduAuthError: the issuer did not end it.
        """

    def moved_to(self) -> str | None:
        """Return to which other address requests go instead of the profile's, and why.

        Returns:
            A clause such as `127.0.0.1:4566, as AWS_ENDPOINT_URL says`; None if requests go to the
            profile's address.

        Raises:
            NothingSent: there is no address for requests.
        """

    def require_issuer_of(self, issued: IssuedTokens) -> None:
        """Refuse tokens if requests would now go to another server than their issuer.

        Raises:
            NothingSent: OA-C728; or there is no address for requests.
        """
