"""Many clients at the same time: operations do not mix."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from sandbox.raw_client import FLOWS, PASSWORD, renew, sign_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from osdu_auth.sandbox import AppClient, Sandbox, User


def _at_once(count: int, work: Callable[[], Any]) -> list[Any]:
    with ThreadPoolExecutor(count) as threads:
        return [done.result() for done in [threads.submit(work) for _ in range(count)]]


def test_twenty_requests_at_once_exchange_a_rotated_token_once(
    sandbox: Sandbox, user: User
) -> None:
    rotating = sandbox.pool.add_app_client("rotating", explicit_auth_flows=FLOWS, rotation=True)
    token = sign_in(sandbox, rotating, user.email, PASSWORD).result["RefreshToken"]
    replies = _at_once(20, lambda: renew(sandbox, rotating, token))
    assert Counter(reply.status for reply in replies)[200] == 1
    refused = Counter(reply.refusal[0] for reply in replies if reply.status == 400)
    assert refused == {"RefreshTokenReuseException": 1, "NotAuthorizedException": 18}


def test_wrong_passwords_at_the_same_time_count_as_one_attempt(
    sandbox: Sandbox, app_client: AppClient, user: User
) -> None:
    user.lockout.failures = 13
    replies = _at_once(20, lambda: sign_in(sandbox, app_client, user.email, "wrong"))
    said = Counter(reply.refusal[1] for reply in replies)
    assert said == {"Incorrect username or password.": 1, "Password attempts exceeded": 19}


def test_two_hundred_sign_ins_at_once_all_succeed(
    sandbox: Sandbox, public_client: AppClient, user: User
) -> None:
    replies = _at_once(200, lambda: sign_in(sandbox, public_client, user.email, PASSWORD))
    assert {reply.status for reply in replies} == {200}
    assert len({reply.result["AccessToken"] for reply in replies}) == 200
