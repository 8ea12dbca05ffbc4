"""The journey from stop to stop: each is shown as it happens, and judged."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from osdu_auth.cli.sequence_diagram import draw
from osdu_auth.cli.tour.exchanges import POOL, TOKENS, exchanges_of, question_of
from osdu_auth.cli.tour.stops import stops
from osdu_auth.cli.tour.visitor import HIDDEN, Visitor
from osdu_auth.errors import OsduAuthError
from osdu_auth.profiles.profile import Profile
from osdu_auth.secret import Secret
from osdu_auth.session import Session
from osdu_auth.stores.memory import MemoryStore

if TYPE_CHECKING:
    from osdu_auth.cli.tour.stops import Stop
    from osdu_auth.sandbox import LoggedRequest, Sandbox, User

_GAP = 40
_ALLOWED = (
    "ALLOW_USER_SRP_AUTH",
    "ALLOW_USER_PASSWORD_AUTH",
    "ALLOW_USER_AUTH",
    "ALLOW_CUSTOM_AUTH",
    "ALLOW_REFRESH_TOKEN_AUTH",
)


def travel(sandbox: Sandbox) -> int:
    """Go through all stops, and return the exit code: 0 only if all did what they should.

    Args:
        sandbox: a running one; its pool's settings are changed.
    """
    profile = _profile(sandbox)
    click.echo(f"A user pool runs at {sandbox.endpoint_url}; this is every way in which it asks.")
    failures = 0
    for number, stop in enumerate(stops(), 1):
        click.echo(f"\n{number}. {stop.name}: {stop.meaning}\n")
        failures += not _visit(sandbox, stop, number, profile)
    if failures:
        click.echo(f"\n✗ {failures} of the stops did not do what they should.")
        return 1
    click.echo("\n✓ Every stop did what it should.")
    return 0


def _visit(sandbox: Sandbox, stop: Stop, number: int, profile: Profile) -> bool:
    """Sign in as a stop says, show it, and say whether it did what it should."""
    user = stop.account_on(sandbox, number)
    session = Session(replace(profile, **stop.profile), store=MemoryStore())
    visitor = Visitor(sandbox, stop, user)
    sandbox.requests.clear()
    began, ending = sandbox.clock.now(), ""
    for _ in range(stop.sign_ins):
        ending = _sign_in(session, stop, user, visitor)
    requests = list(sandbox.requests)
    exchanges = exchanges_of(requests, began, stop.name if ending else TOKENS)
    diagram = draw("osdu-auth", [POOL], exchanges, gap=_GAP)
    click.echo("\n" + "\n".join("   " + line for line in diagram.splitlines()))
    good = ending == stop.refused_with and _met(stop, requests)
    click.echo(f"   {'✓' if good else '✗'} {_verdict(stop, ending, good=good)}")
    return good


def _sign_in(session: Session, stop: Stop, user: User, visitor: Visitor) -> str:
    """Sign in once, and return the code of the error it ended with, "" for tokens."""
    password = None
    if stop.gives_password:
        visitor.say(f"Password  {HIDDEN}")
        password = Secret(user.password)
    try:
        session.sign_in(user.email, password, visitor.answer, visitor.say)
    except OsduAuthError as error:
        visitor.complain(error)
        return error.code
    return ""


def _met(stop: Stop, requests: list[LoggedRequest]) -> bool:
    """Whether all that a stop is to meet was met, in that order."""
    questions = iter([question_of(request) for request in requests])
    return all(expected in questions for expected in stop.meets)


def _verdict(stop: Stop, ending: str, *, good: bool) -> str:
    if not good:
        return f"not as it should be: {ending or 'signed in'}"
    return f"refused in words that help [{ending}]" if stop.refused_with else "signed in"


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
