"""What a person answers on the way: the pool's own checks and questions, behind the pages.

The wrong passwords and codes of a page count as those of the API do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from osdu_auth.sandbox.pool import new_password_required, second_factors
from osdu_auth.sandbox.pool.code_challenges import MEDIA
from osdu_auth.sandbox.pool.conversations import Conversation
from osdu_auth.sandbox.pool.errors import PoolError
from osdu_auth.sandbox.pool.password_sign_in import check_account, check_password, who_signs_in
from osdu_auth.sandbox.pool.respond_to_auth_challenge import CHALLENGES
from osdu_auth.sandbox.pool.software_token_mfa import NAME as SOFTWARE_TOKEN
from osdu_auth.sandbox.pool.users import UserStatus

if TYPE_CHECKING:
    from osdu_auth.sandbox.openid.browsers import SignInUnderWay
    from osdu_auth.sandbox.openid.parameters import Parameters
    from osdu_auth.sandbox.pool.questions import Reply
    from osdu_auth.sandbox.pool.user_pool import UserPool

NEW_PASSWORD = new_password_required.NAME
CHOICE = second_factors.SELECT_MFA_TYPE
CODES = frozenset({SOFTWARE_TOKEN, *MEDIA})
"""The questions that have a page: a new password, which factor, the code of one."""


def take_password(pool: UserPool, under_way: SignInUnderWay, form: Parameters) -> None:
    """Check a user name and a password, and note what is asked next.

    Raises:
        PoolError: Whatever forbids the sign-in.
    """
    app_client = under_way.asked.callback.app_client
    user = who_signs_in(pool, app_client, form.get("username") or "")
    check_password(user, form.get("password") or "", pool.clock.now())
    check_account(user, pool.clock.now())
    under_way.conversation = Conversation(app_client.client_id, user)
    under_way.question = _next_question(pool, under_way.conversation)


def take_answer(pool: UserPool, under_way: SignInUnderWay, form: Parameters) -> None:
    """Check the answer to the pool's open question, and note what is asked next.

    Raises:
        PoolError: If it is refused; where it cannot be tried again, the sign-in begins anew.
    """
    question, conversation = under_way.question, under_way.conversation
    if question is None or conversation is None:
        raise AssertionError("there is no question to answer")
    challenge = question["ChallengeName"]
    if challenge not in {NEW_PASSWORD, CHOICE, *CODES}:
        raise PoolError("OperationNotEnabledException", f"The sandbox has no page for {challenge}.")
    try:
        session = pool.challenge_sessions.read(
            question["Session"],
            client_id=conversation.client_id,
            challenge=challenge,
            now=pool.clock.now(),
        )
        further = CHALLENGES[challenge](pool, session, _responses(challenge, form))
    except PoolError:
        opened = pool.challenge_sessions.find(question["Session"])
        if opened is None or opened.used or pool.clock.now() >= opened.expires:
            under_way.conversation = under_way.question = None
        raise
    session.used = True
    under_way.question = further or _next_question(pool, conversation)


def _next_question(pool: UserPool, conversation: Conversation) -> Reply | None:
    if conversation.user.status is UserStatus.FORCE_CHANGE_PASSWORD:
        return new_password_required.ask(pool, conversation)
    if conversation.second_factor_proven:
        return None
    return second_factors.ask(pool, conversation)


def _responses(challenge: str, form: Parameters) -> dict[str, str]:
    """Return a form's fields as the `ChallengeResponses` of a challenge."""
    if challenge == NEW_PASSWORD:
        given = {"NEW_PASSWORD": form.get("new_password"), **form.named("userAttributes.")}
    elif challenge == CHOICE:
        given = {"ANSWER": form.get("factor")}
    else:
        given = {f"{challenge}_CODE": form.get("code")}
    return {name: value for name, value in given.items() if value is not None}
