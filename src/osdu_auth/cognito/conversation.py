"""Conversation: what is known during a sign-in, and how the pool and the person are asked.

A sign-in is begun (`flows`), goes from challenge to challenge (`steps`), and ends with tokens
(`sign_in`). What one of them finds out and a later one needs is here, and nothing else is.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Literal, NamedTuple

from osdu_auth.cognito.app_client import require_text, secret_hash
from osdu_auth.cognito.service_errors import (
    CODE_EXPIRED,
    CODE_USED,
    DEVICE_UNKNOWN,
    SESSION_EXPIRED,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from osdu_auth.cognito.api import UserPoolApi
    from osdu_auth.cognito.app_client import AppClient
    from osdu_auth.cognito.challenges.values import (
        Answer,
        Answers,
        Challenge,
        SendPasswordQuestion,
    )
    from osdu_auth.cognito.device import Device
    from osdu_auth.cognito.replies import AuthenticationResult, ChallengeReply
    from osdu_auth.cognito.srp import SrpExchange
    from osdu_auth.errors import ChallengeUnanswered, SignInRefused
    from osdu_auth.secret import Secret

# How long a pool waits for an answer at least (AuthSessionValidity in the service model).
SHORTEST_SESSION = 180.0  # seconds
CODE_LIFE = 30.0  # seconds that an authenticator app shows a code (RFC 6238, section 5.2)
_BY_COMMAND = frozenset({"SOFTWARE_TOKEN_MFA", "EMAIL_OTP", "SMS_OTP"})


class SignInOptions(NamedTuple):
    """How a user wants to sign in.

    Args:
        flow: a Cognito `AuthFlow`; None for SRP where it is possible.
        user_pool_id: the user pool's; SRP needs it.
        preferred_factor: which factor to choose, and in `USER_AUTH` to begin with; None for none.
        code_command: finds a code without asking anybody; None for none.
        device: what the pool is to know this computer as, from an earlier sign-in.
        device_name: what the pool is told that this computer is called.
        wait: lets a number of seconds pass, until the command has another code.
    """

    flow: str | None = None
    user_pool_id: str | None = None
    preferred_factor: str | None = None
    code_command: Callable[[], Secret] | None = None
    device: Device | None = None
    device_name: str = "osdu-auth"
    wait: Callable[[float], None] = time.sleep

    @property
    def pool_name(self) -> str | None:
        """What follows the underscore in the user pool's id."""
        return self.user_pool_id.partition("_")[2] if self.user_pool_id else None


class Conversation:
    """One sign-in, from its beginning to its tokens.

    Args:
        pool: the user pool.
        app_client: which app client signs in.
        typed_username: as the user types it.
        password: the user's; None if nobody gave one yet.
        answer: meets what the pool asks.
        now: this machine's clock, in seconds since 1970.
        options: how the user wants to sign in.
    """

    def __init__(
        self,
        pool: UserPoolApi,
        app_client: AppClient,
        typed_username: str,
        password: Secret | None,
        answer: Answers,
        now: Callable[[], float],
        options: SignInOptions,
    ) -> None:
        self.pool = pool
        self.app_client = app_client
        self.username = self.typed_username = typed_username
        self.password = password
        self.answer = answer
        self.now = now
        self.options = options
        self.device = self.options.device
        self.flow = self.options.flow
        # Whose public value the pool was sent, until it is answered with; never used twice.
        self.exchange: SrpExchange | None = None
        self.device_exchange: SrpExchange | None = None
        # Whether the plain password is what was chosen, knowingly.
        self.password_may_be_sent = self.flow == "USER_PASSWORD_AUTH"
        self._refusal: SignInRefused | None = None
        self._has_restarted = False
        self._waited = False
        self._given: dict[str, Answer] = {}
        self._recalled: dict[str, Answer] = {}
        self._replied_at = 0.0

    def known_password(self) -> Secret:
        """Return the password, asked for if nobody gave one.

        Raises:
            ChallengeUnanswered: nobody answered.
            ConfigurationError: OA-C756: it is no text.
        """
        if self.password is None:
            from osdu_auth.cognito.challenges.values import Password, PasswordRequired

            given = self.ask(PasswordRequired(self.username))
            if isinstance(given, Password):
                self.password = given.password
        if self.password is None:
            raise TypeError("a Password holds a password")
        require_text(self.password.reveal(), "password")
        return self.password

    def ask(self, challenge: Challenge, tries_left: int = 1) -> Answer:
        """Return an answer that fits: one given before a new beginning, a command's, or a person's.

        Args:
            challenge: what is asked.
            tries_left: how often it is still asked, this time included.

        Raises:
            ChallengeUnanswered: nobody answered, or not fittingly.
        """
        from osdu_auth.cognito.challenges.kinds import checked_answer, kind_of
        from osdu_auth.cognito.challenges.values import CodeRequired

        if isinstance(challenge, CodeRequired):
            challenge = replace(
                challenge,
                tries_left=tries_left,
                expires_at=self._replied_at + SHORTEST_SESSION,
                clock_offset=self.clock_offset,
            )
        given = self._recalled.pop(challenge.name, None) or self._answer_of_command(challenge)
        given = checked_answer(challenge, given or self.answer(challenge))
        if kind_of(challenge).lasts:
            self._given[challenge.name] = given
        return given

    def require_password_allowed(
        self, setting: Literal["auth_flow", "preferred_factor"], value: str
    ) -> None:
        """Ask whether the password itself may be sent, which the profile does not say.

        Args:
            setting: the setting of a profile that would say so.
            value: with which value.

        Raises:
            ChallengeUnanswered: OA-S337: it may not.
        """
        from osdu_auth.cognito.challenges.values import SendPassword, SendPasswordQuestion

        question = SendPasswordQuestion(self.typed_username, self.pool.host, setting, value)
        if self.ask(question) != SendPassword(send=True):
            raise _password_kept_here(question)

    def begin(
        self, flow: str, parameters: dict[str, str | Secret]
    ) -> AuthenticationResult | ChallengeReply:
        """Begin, under the name that the user typed, which may be an alias.

        Raises:
            OsduAuthError: one of the table of refusals, or of the transport.
        """
        self.username = self.typed_username
        require_text(self.username, "user name")
        identity = self._identity(by_device=True)
        reply = self.pool.begin_sign_in(self.app_client, flow, {**parameters, **identity})
        self._replied_at = self.now()
        return reply

    def respond(
        self,
        received: ChallengeReply,
        responses: dict[str, str | Secret],
        *,
        by_device: bool = False,
    ) -> AuthenticationResult | ChallengeReply:
        """Answer a challenge, under the name that the pool gave the user: it refuses an alias now.

        Args:
            received: the challenge.
            responses: the answer.
            by_device: whether the pool is told which device answers.

        Raises:
            OsduAuthError: one of the table of refusals, or of the transport.
        """
        identity = self._identity(by_device=by_device)
        reply = self.pool.answer_challenge(self.app_client, received, {**responses, **identity})
        self._replied_at = self.now()
        return reply

    def restarts_after(self, refusal: SignInRefused) -> bool:
        """Say whether all is to be begun anew after a refusal, and make ready for it.

        A session that ran out begins anew once; a device that the pool forgot is left out.
        """
        if refusal.code == DEVICE_UNKNOWN and self.device is not None:
            self.device = None
        elif refusal.code in {SESSION_EXPIRED, CODE_EXPIRED} and not self._has_restarted:
            self._has_restarted = True
            self._refusal = refusal
        else:
            return False
        self._recalled, self._given = self._given, {}
        self.exchange = self.device_exchange = None
        return True

    def accept_new_password(self, password: Secret) -> None:
        """Go by a new password from now on, as the pool has taken it."""
        self.password = password
        self._given.clear()

    def take_restart_reason(self) -> SignInRefused | None:
        """Return why all was begun anew, for the first who is asked after it; None otherwise."""
        refusal, self._refusal = self._refusal, None
        return refusal

    @property
    def clock_offset(self) -> float | None:
        """How many seconds our clock is ahead of the pool's; None where that is not known."""
        from osdu_auth.cognito.pool_clock import clock_offset

        return clock_offset(self.pool.date, self._replied_at)

    def pool_time(self) -> float:
        """Return the time by the pool's clock, as far as we know it, in seconds since 1970."""
        return self.now() - (self.clock_offset or 0.0)

    def _identity(self, *, by_device: bool) -> dict[str, str | Secret]:
        proof = secret_hash(self.app_client, self.username)
        identity: dict[str, str | Secret] = {"USERNAME": self.username, **proof}
        if by_device and self.device is not None:
            identity["DEVICE_KEY"] = self.device.key
        return identity

    def _answer_of_command(self, challenge: Challenge) -> Answer | None:
        command = self.options.code_command
        if command is None or challenge.name not in _BY_COMMAND:
            return None
        from osdu_auth.cognito.challenges.values import Code

        if challenge.refusal is not None:
            # The command would give the same code again; only one that was used already, by the job
            # before this one, is followed by another.
            if challenge.refusal.code != CODE_USED or self._waited:
                return None
            self._waited = True
            self.options.wait(CODE_LIFE - self.pool_time() % CODE_LIFE)
        return Code(command())


def _password_kept_here(question: SendPasswordQuestion) -> ChallengeUnanswered:
    from osdu_auth.errors import ChallengeUnanswered
    from osdu_auth.fixes import Run
    from osdu_auth.profiles.setting_places import flag_of
    from osdu_auth.text import printable

    why = "It was chosen as the first factor; by SRP (PASSWORD_SRP) it would stay on this computer."
    if question.setting == "auth_flow":
        why = "It says that this app client may not sign in by SRP, which keeps the password here."
    return ChallengeUnanswered(
        f"The password itself is not to be sent to {printable(question.host)}.",
        code="OA-S337",
        why=why,
        fix="Ask the user pool's administrator to enable ALLOW_USER_SRP_AUTH for the app client. "
        "Or, if that host may have the password itself: in a program, "
        "answers_from(send_password=True); for good, "
        + Run("init", flag_of(question.setting), question.value),
    )
