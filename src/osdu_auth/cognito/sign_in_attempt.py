"""SignInAttempt: the state of one sign-in, its requests to the pool, its questions to the person.

A sign-in begins (`flows`), goes from challenge to challenge (`steps`), and ends with tokens
(`sign_in`). This object contains only what one of these modules finds out and a later one needs.
"""

from __future__ import annotations

import time

from osdu_auth.cognito.app_client import require_text, secret_hash
from osdu_auth.cognito.service_errors import (
    CODE_EXPIRED,
    CODE_USED,
    DEVICE_UNKNOWN,
    SESSION_EXPIRED,
)
from osdu_auth.light_typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Literal

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

# The shortest time that a pool waits for an answer (AuthSessionValidity in the service model).
SHORTEST_SESSION = 180.0  # seconds
CODE_LIFE = 30.0  # seconds that an authenticator app shows a code (RFC 6238, section 5.2)
_CODES_OF_COMMAND = frozenset({"SOFTWARE_TOKEN_MFA", "EMAIL_OTP", "SMS_OTP"})


class SignInOptions(NamedTuple):
    """How a user wants to sign in.

    Args:
        flow: a Cognito `AuthFlow`; None for SRP where it is possible.
        user_pool_id: the id of the user pool; SRP needs it.
        preferred_factor: the factor to choose, and in `USER_AUTH` to begin with; None for none.
        code_command: returns a code without asking a person; None for none.
        device: this computer as the pool remembers it from an earlier sign-in.
        device_name: the name of this computer that the pool is given.
        wait: waits a number of seconds, until the command has a new code.
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
        """The part of the user pool's id after the underscore."""
        return self.user_pool_id.partition("_")[2] if self.user_pool_id else None


class SignInAttempt:
    """One sign-in, from its beginning to its tokens.

    Args:
        pool: the user pool.
        app_client: the app client that signs in.
        typed_username: the user name as the user types it.
        password: the user's password; None if it was not given yet.
        answer: answers the pool's challenges.
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
        # The exchange whose public value the pool was sent; it is used for one answer only.
        self.exchange: SrpExchange | None = None
        self.device_exchange: SrpExchange | None = None
        # Whether the profile or the person chose to send the password itself.
        self.password_may_be_sent = self.flow == "USER_PASSWORD_AUTH"
        self._refusal: SignInRefused | None = None
        self._has_restarted = False
        self._waited = False
        self._lasting_answers: dict[str, Answer] = {}
        self._answers_before_restart: dict[str, Answer] = {}
        self._replied_at = 0.0

    def known_password(self) -> Secret:
        """Return the password; ask for it if it was not given.

        Raises:
            ChallengeUnanswered: there was no answer.
            ConfigurationError: OA-C756: it is not text.
        """
        if self.password is None:
            from osdu_auth.cognito.challenges.values import Password, PasswordRequired

            given = self.ask(PasswordRequired(self.username))
            if isinstance(given, Password):
                self.password = given.password
        if self.password is None:
            raise TypeError("the answer to PasswordRequired has to be a Password")
        require_text(self.password.reveal(), "password")
        return self.password

    def ask(self, challenge: Challenge, tries_left: int = 1) -> Answer:
        """Return an answer: one from before a restart, one of the command, or a person's.

        Args:
            challenge: the challenge to answer.
            tries_left: how many tries are left, this one included.

        Raises:
            ChallengeUnanswered: there was no answer, or it does not answer this challenge.
        """
        from osdu_auth.cognito.challenges.kinds import checked_answer, kind_of
        from osdu_auth.cognito.challenges.values import CodeRequired

        if isinstance(challenge, CodeRequired):
            from dataclasses import replace

            challenge = replace(
                challenge,
                tries_left=tries_left,
                expires_at=self._replied_at + SHORTEST_SESSION,
                clock_offset=self.clock_offset,
            )
        given = self._answers_before_restart.pop(challenge.name, None) or self._answer_of_command(
            challenge
        )
        given = checked_answer(challenge, given or self.answer(challenge))
        if kind_of(challenge).is_reused:
            self._lasting_answers[challenge.name] = given
        return given

    def require_password_allowed(
        self, setting: Literal["auth_flow", "preferred_factor"], value: str
    ) -> None:
        """Ask whether the password itself may be sent, because the profile does not allow it.

        Args:
            setting: the setting of a profile that would allow it.
            value: the value of that setting.

        Raises:
            ChallengeUnanswered: OA-S337: the answer is no.
        """
        from osdu_auth.cognito.challenges.values import SendPassword, SendPasswordQuestion

        question = SendPasswordQuestion(self.typed_username, self.pool.host, setting, value)
        if self.ask(question) != SendPassword(send=True):
            raise _password_not_sent(question)

    def begin(
        self, flow: str, parameters: dict[str, str | Secret]
    ) -> AuthenticationResult | ChallengeReply:
        """Begin the sign-in, with the name that the user typed, which may be an alias.

        Raises:
            OsduAuthError: an error of the table of service errors, or of the transport.
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
        """Answer a challenge, with the name that the pool gave the user; it refuses an alias now.

        Args:
            received: the challenge as it came.
            responses: the answer.
            by_device: whether the answer contains the key of the device.

        Raises:
            OsduAuthError: an error of the table of service errors, or of the transport.
        """
        identity = self._identity(by_device=by_device)
        reply = self.pool.answer_challenge(self.app_client, received, {**responses, **identity})
        self._replied_at = self.now()
        return reply

    def restarts_after(self, refusal: SignInRefused) -> bool:
        """Say whether the sign-in has to start again after a refusal, and prepare that.

        After an expired session it starts again once; after an unknown device it starts again
        without the device.
        """
        if refusal.code == DEVICE_UNKNOWN and self.device is not None:
            self.device = None
        elif refusal.code in {SESSION_EXPIRED, CODE_EXPIRED} and not self._has_restarted:
            self._has_restarted = True
            self._refusal = refusal
        else:
            return False
        self._answers_before_restart, self._lasting_answers = self._lasting_answers, {}
        self.exchange = self.device_exchange = None
        return True

    def accept_new_password(self, password: Secret) -> None:
        """Use a new password from now on, because the pool has accepted it."""
        self.password = password
        self._lasting_answers.clear()

    def take_restart_reason(self) -> SignInRefused | None:
        """Return the refusal that caused a restart, once, to show it with the next question."""
        refusal, self._refusal = self._refusal, None
        return refusal

    @property
    def clock_offset(self) -> float | None:
        """How many seconds this machine's clock is ahead of the pool's; None where unknown."""
        from osdu_auth.cognito.pool_clock import clock_offset

        return clock_offset(self.pool.date, self._replied_at)

    def pool_time(self) -> float:
        """Return the time of the pool's clock, in seconds since 1970; an estimate."""
        return self.now() - (self.clock_offset or 0.0)

    def _identity(self, *, by_device: bool) -> dict[str, str | Secret]:
        proof = secret_hash(self.app_client, self.username)
        identity: dict[str, str | Secret] = {"USERNAME": self.username, **proof}
        if by_device and self.device is not None:
            identity["DEVICE_KEY"] = self.device.key
        return identity

    def _answer_of_command(self, challenge: Challenge) -> Answer | None:
        command = self.options.code_command
        if command is None or challenge.name not in _CODES_OF_COMMAND:
            return None
        from osdu_auth.cognito.challenges.values import Code

        if challenge.refusal is not None:
            # The command would return the same code again. There is one exception: if the code was
            # used already, for example by an earlier job, this waits for the next code.
            if challenge.refusal.code != CODE_USED or self._waited:
                return None
            self._waited = True
            self.options.wait(CODE_LIFE - self.pool_time() % CODE_LIFE)
        return Code(command())


def _password_not_sent(question: SendPasswordQuestion) -> ChallengeUnanswered:
    from osdu_auth.errors import ChallengeUnanswered
    from osdu_auth.fixes import Run
    from osdu_auth.profiles.setting_places import flag_of
    from osdu_auth.text import printable

    why = (
        "PASSWORD was chosen as the first factor; PASSWORD_SRP keeps the password on this computer."
    )
    if question.setting == "auth_flow":
        why = (
            "The pool says that this app client may not use SRP, which would not send the password."
        )
    return ChallengeUnanswered(
        f"The password itself may not be sent to {printable(question.host)}.",
        code="OA-S337",
        why=why,
        fix="Ask the user pool's administrator to enable ALLOW_USER_SRP_AUTH for the app client. "
        "Or, if that host may get the password itself: in a program, "
        "answers_from(send_password=True); in the profile, "
        + Run("init", flag_of(question.setting), question.value),
    )
