"""The tour, from scenario to scenario: each is shown as it happens, and judged."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from osdu_auth.demo.exchanges import POOL, TOKENS, exchanges_of, question_of
from osdu_auth.demo.lines import show
from osdu_auth.demo.responder import HIDDEN, Responder
from osdu_auth.demo.scenarios import scenarios
from osdu_auth.demo.sequence_diagram import draw
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
    """Go through all scenarios, and say whether all did what they should.

    Args:
        sandbox: a running one; its pool's settings are changed.
    """
    profile = _profile(sandbox)
    show(f"A user pool runs at {sandbox.endpoint_url}; this is every way in which it asks.")
    failures = 0
    for number, scenario in enumerate(scenarios(), 1):
        show(f"\n{number}. {scenario.name}: {scenario.meaning}\n")
        failures += not _show(sandbox, scenario, number, profile)
    if failures:
        show(f"\n✗ {failures} of the scenarios did not do what they should.")
        return False
    show("\n✓ Every scenario did what it should.")
    show(f"\nNext: {Command('osdu-auth', 'init')}, then {Command('osdu-auth', 'login')}")
    return True


def _show(sandbox: Sandbox, scenario: Scenario, number: int, profile: Profile) -> bool:
    """Sign in as a scenario says, show it, and say whether it did what it should."""
    user = scenario.account_on(sandbox, number)
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
    good = ending == scenario.refused_with and _met(scenario, requests)
    show(f"   {'✓' if good else '✗'} {_verdict(scenario, ending, good=good)}")
    return good


def _sign_in(session: Session, scenario: Scenario, user: User, responder: Responder) -> str:
    """Sign in once, and return the code of the error it ended with, "" for tokens."""
    password = None
    if scenario.gives_password:
        responder.say(f"Password: {HIDDEN}")
        password = Secret(user.password)
    try:
        session.sign_in(user.email, password, responder.answer, responder.say)
    except OsduAuthError as error:
        responder.complain(error)
        return error.code
    return ""


def _met(scenario: Scenario, requests: list[LoggedRequest]) -> bool:
    """Whether all that a scenario is to meet was met, in that order."""
    questions = iter([question_of(request) for request in requests])
    return all(expected in questions for expected in scenario.meets)


def _verdict(scenario: Scenario, ending: str, *, good: bool) -> str:
    if not good:
        return f"not as it should be: {ending or 'signed in'}"
    return f"refused in words that help [{ending}]" if scenario.refused_with else "signed in"


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
