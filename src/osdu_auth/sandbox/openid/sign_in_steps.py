"""The steps of a sign-in on the pages: the pool checks the answers and asks its challenges.

A wrong password or code counts towards the lockout, as it does at the pool's API.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from osdu_auth.sandbox.pool import new_password_required, next_challenge
from osdu_auth.sandbox.pool.challenge_sessions import PendingSignIn
from osdu_auth.sandbox.pool.code_challenges import MEDIA, SOFTWARE_TOKEN_MFA
from osdu_auth.sandbox.pool.errors import PoolError
from osdu_auth.sandbox.pool.respond_to_auth_challenge import CHALLENGES
from osdu_auth.sandbox.pool.sign_in_checks import check_account, check_password, user_signing_in
from osdu_auth.sandbox.pool.users import UserStatus

if TYPE_CHECKING:
    from osdu_auth.sandbox.openid.browsers import SignInAttempt
    from osdu_auth.sandbox.openid.parameters import Parameters
    from osdu_auth.sandbox.pool.challenge_sessions import Reply
    from osdu_auth.sandbox.pool.user_pool import UserPool

NEW_PASSWORD = new_password_required.NAME
CHOICE = next_challenge.SELECT_MFA_TYPE
CODES = frozenset({SOFTWARE_TOKEN_MFA, *MEDIA})
"""The challenges that a code answers. They, `NEW_PASSWORD` and `CHOICE` have a page."""


def submit_password(pool: UserPool, attempt: SignInAttempt, form: Parameters) -> None:
    """Check a user name and a password, and note the next challenge.

    Raises:
        PoolError: the user may not sign in with them.
    """
    app_client = attempt.authorization.callback.app_client
    user = user_signing_in(pool, app_client, form.get("username") or "")
    check_password(user, form.get("password") or "", pool.clock.now())
    check_account(user, pool.clock.now())
    attempt.pending = PendingSignIn(app_client.client_id, user)
    attempt.challenge = _next_challenge(pool, attempt.pending)


def submit_answer(pool: UserPool, attempt: SignInAttempt, form: Parameters) -> None:
    """Check the answer to the pool's challenge, and note the next challenge.

    Raises:
        PoolError: the answer is refused. If no other answer is possible, the sign-in starts again.
    """
    asked, pending = attempt.challenge, attempt.pending
    if asked is None or pending is None:
        raise AssertionError("there is no challenge to answer")
    challenge = asked["ChallengeName"]
    if challenge not in {NEW_PASSWORD, CHOICE, *CODES}:
        raise PoolError("OperationNotEnabledException", f"The sandbox has no page for {challenge}.")
    try:
        session = pool.challenge_sessions.read(
            asked["Session"],
            client_id=pending.client_id,
            challenge=challenge,
            now=pool.clock.now(),
        )
        further = CHALLENGES[challenge](pool, session, _responses(challenge, form))
    except PoolError:
        opened = pool.challenge_sessions.find(asked["Session"])
        if opened is None or opened.used or pool.clock.now() >= opened.expires:
            attempt.pending = attempt.challenge = None
        raise
    session.used = True
    attempt.challenge = further or _next_challenge(pool, pending)


def _next_challenge(pool: UserPool, pending: PendingSignIn) -> Reply | None:
    if pending.user.status is UserStatus.FORCE_CHANGE_PASSWORD:
        return new_password_required.ask(pool, pending)
    if pending.second_factor_proven:
        return None
    return next_challenge.ask_second_factor(pool, pending)


def _responses(challenge: str, form: Parameters) -> dict[str, str]:
    """Return a form's fields as the `ChallengeResponses` of a challenge."""
    if challenge == NEW_PASSWORD:
        given = {"NEW_PASSWORD": form.get("new_password"), **form.named("userAttributes.")}
    elif challenge == CHOICE:
        given = {"ANSWER": form.get("factor")}
    else:
        given = {f"{challenge}_CODE": form.get("code")}
    return {name: value for name, value in given.items() if value is not None}
