"""The tour: runs each scenario, shows its requests, and checks the result."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from osdu_auth.demo.output import show
from osdu_auth.demo.responder import HIDDEN, Responder
from osdu_auth.demo.scenarios import scenarios
from osdu_auth.demo.sequence_diagram import POOL, TOKENS, draw, exchanges_of, request_label
from osdu_auth.errors import OsduAuthError
from osdu_auth.fixes import Command
from osdu_auth.profiles.profile import Profile
from osdu_auth.secret import Secret
from osdu_auth.session import Session
from osdu_auth.stores.memory import MemoryStore

if TYPE_CHECKING:
    from osdu_auth.demo.scenarios import Scenario
    from osdu_auth.sandbox import LoggedRequest, Sandbox, User

_GAP = 40
_ALLOWED = (
    "ALLOW_USER_SRP_AUTH",
    "ALLOW_USER_PASSWORD_AUTH",
    "ALLOW_USER_AUTH",
    "ALLOW_CUSTOM_AUTH",
    "ALLOW_REFRESH_TOKEN_AUTH",
)


def run_tour(sandbox: Sandbox) -> bool:
    """Run all scenarios, and return whether all had the expected result.

    Args:
        sandbox: a running sandbox; its pool's settings are changed.
    """
    profile = _profile(sandbox)
    show(f"A user pool runs at {sandbox.endpoint_url}. These are its challenges:")
    failures = 0
    for number, scenario in enumerate(scenarios(), 1):
        show(f"\n{number}. {scenario.name}: {scenario.meaning}\n")
        failures += not _show(sandbox, scenario, number, profile)
    if failures:
        show(f"\n✗ {failures} of the scenarios did not have the expected result.")
        return False
    show("\n✓ Every scenario had the expected result.")
    show(f"\nNext: {Command('osdu-auth', 'init')}, then {Command('osdu-auth', 'login')}")
    return True


def _show(sandbox: Sandbox, scenario: Scenario, number: int, profile: Profile) -> bool:
    """Run a scenario, show it, and return whether it had the expected result."""
    user = scenario.new_account(sandbox, number)
    session = Session(replace(profile, **scenario.profile), store=MemoryStore())
    responder = Responder(sandbox, scenario, user)
    sandbox.requests.clear()
    began, ending = sandbox.clock.now(), ""
    for _ in range(scenario.sign_ins):
        ending = _sign_in(session, scenario, user, responder)
    requests = list(sandbox.requests)
    exchanges = exchanges_of(requests, began, scenario.name if ending else TOKENS)
    diagram = draw("osdu-auth", [POOL], exchanges, gap=_GAP)
    show("\n" + "\n".join("   " + line for line in diagram.splitlines()))
    succeeded = ending == scenario.refused_with and _has_expected_requests(scenario, requests)
    show(
        f"   {'✓' if succeeded else '✗'} {_result_in_words(scenario, ending, succeeded=succeeded)}"
    )
    return succeeded


def _sign_in(session: Session, scenario: Scenario, user: User, responder: Responder) -> str:
    """Sign in once, and return the code of the error; "" for a sign-in that succeeds."""
    password = None
    if scenario.gives_password:
        responder.say(f"Password: {HIDDEN}")
        password = Secret(user.password)
    try:
        session.sign_in(user.email, password, responder.answer, responder.say)
    except OsduAuthError as error:
        responder.say_error(error)
        return error.code
    return ""


def _has_expected_requests(scenario: Scenario, requests: list[LoggedRequest]) -> bool:
    """Return whether the expected requests were sent, in that order."""
    labels = iter([request_label(request) for request in requests])
    return all(expected in labels for expected in scenario.expected_requests)


def _result_in_words(scenario: Scenario, ending: str, *, succeeded: bool) -> str:
    if not succeeded:
        return f"not the expected result: {ending or 'signed in'}"
    return f"refused, as expected [{ending}]" if scenario.refused_with else "signed in"


def _profile(sandbox: Sandbox) -> Profile:
    app_client = sandbox.pool.add_app_client("tour", explicit_auth_flows=_ALLOWED)
    return Profile(
        name="tour",
        region=sandbox.region,
        client_id=app_client.client_id,
        client_secret=f"clear:{app_client.client_secret}",
        user_pool_id=sandbox.user_pool_id,
        endpoint_url=sandbox.endpoint_url,
    )
