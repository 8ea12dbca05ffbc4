"""Whatever fails, and however its error is shown, the error contains no secret.

The row H-03 of the list of abuse and faults.
"""

from __future__ import annotations

import io
import os
import shlex
import signal
import sys
import threading
import traceback
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import pytest
from botocore.config import Config

from canaries import register, register_tokens, shows_a_secret
from forced import (
    SCENARIOS,
    SignedInUser,
    large_numbers_in,
    places_of_secrets,
    shown_by,
    signed_in_user,
    ways_to_fail,
)
from osdu_auth import Secret, Session, answers_from
from osdu_auth.errors import ConfigurationError, OsduAuthError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from osdu_auth.profiles.profile import Profile
    from osdu_auth.sandbox import Sandbox


@pytest.fixture(params=["direct", "boto3"])
def world(
    request: pytest.FixtureRequest, sandbox: Sandbox, profile: Profile
) -> Iterator[SignedInUser]:
    boto3 = None
    if request.param == "boto3":
        boto3 = pytest.importorskip("boto3").client(
            "cognito-idp", region_name=sandbox.region, endpoint_url=sandbox.endpoint_url,
            aws_access_key_id="x", aws_secret_access_key="y",
            config=Config(retries={"total_max_attempts": 1}),
        )  # fmt: skip
    made = signed_in_user(sandbox, profile, boto3)
    register_tokens(made.saved)
    yield made
    sandbox.faults.clear()


def failures(world: SignedInUser, scenario: str) -> Iterator[tuple[str, OsduAuthError]]:
    """Make a scenario fail in every way, and give the errors."""
    target, act = SCENARIOS[scenario]
    for way in ways_to_fail(world, target, echo_of(world, scenario)):
        try:
            act(world)
        except OsduAuthError as error:
            yield way, error
        world.restore()


def echo_of(world: SignedInUser, scenario: str) -> str:
    """The secrets in the request of this scenario, as its server gets them."""
    tokens = world.saved.tokens
    assert tokens.refresh_token
    return {
        "SRP, first step": world.sandbox.client_secret[:0],
        "SRP, proof": "",
        "password": world.sandbox.password,
        "new password": world.new_password.reveal(),
        "code": world.code.reveal(),
        "renewal": tokens.refresh_token.reveal(),
        "sign-out": tokens.refresh_token.reveal(),
        "change password": world.new_password.reveal(),
        "reset password": world.new_password.reveal(),
        "confirm sign-up": world.code.reveal(),
        "its first code": world.code.reveal(),
    }.get(scenario, tokens.access_token.reveal())


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_failure_shows_no_secret_by_any_way_to_look_at_it(
    world: SignedInUser, scenario: str
) -> None:
    count = 0
    for way, error in failures(world, scenario):
        count += 1
        # The output contains the secret, so the assertion must not show it.
        is_shown = shows_a_secret(shown_by(error))
        assert not is_shown, f"{way}: {error.code}: {places_of_secrets(error)}"
        assert large_numbers_in(error) == [], f"{way}: {error.code}"
    assert count >= 10


def in_ipython(error: BaseException) -> str:
    ultratb = pytest.importorskip("IPython.core.ultratb")
    shown: str = ultratb.VerboseTB(include_vars=True).text(type(error), error, error.__traceback__)
    return shown


def in_rich(error: BaseException) -> str:
    pytest.importorskip("rich")
    from rich.console import Console
    from rich.traceback import Traceback

    page = io.StringIO()
    trace = Traceback.from_exception(
        type(error), error, error.__traceback__, show_locals=True, locals_max_string=100_000
    )
    Console(file=page, width=10_000).print(trace)
    return page.getvalue()


@pytest.mark.parametrize("scenario", ["password", "OSDU"])
@pytest.mark.parametrize("shown_in", [in_ipython, in_rich])
def test_a_notebook_and_a_crash_reporter_with_locals_show_no_secret(
    world: SignedInUser, scenario: str, shown_in: Any
) -> None:
    _, error = next(failures(world, scenario))
    shown = shown_in(error)
    assert type(error).__name__ in shown
    assert not shows_a_secret(shown)


def test_an_interrupted_call_shows_no_secret(world: SignedInUser) -> None:
    world.sandbox.faults.latency("InitiateAuth", 5)
    former = signal.signal(signal.SIGINT, signal.default_int_handler)
    timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    try:
        with pytest.raises(KeyboardInterrupt) as raised:
            SCENARIOS["password"][1](world)
    finally:
        timer.join()
        signal.signal(signal.SIGINT, former)
    trace = traceback.TracebackException.from_exception(raised.value, capture_locals=True)
    assert not shows_a_secret("".join(trace.format()))


def test_an_error_that_the_caller_handles_keeps_its_locals(world: SignedInUser) -> None:
    def work() -> None:
        looked_for = "the caller's own"
        raise LookupError(looked_for[:3])

    def deal_with_it() -> None:
        try:
            work()
        except LookupError:
            SCENARIOS["renewal"][1](world)

    world.sandbox.faults.reply("GetTokensFromRefreshToken", body="<html>")
    with pytest.raises(OsduAuthError) as raised:
        deal_with_it()
    shown = shown_by(raised.value)
    assert "the caller's own" in shown
    assert not shows_a_secret(shown)


SHOWS = (
    f"{shlex.quote(sys.executable)} -c "
    "'print(open({path!r}, encoding=\"latin-1\").read()); exit({end})'"
)
PLACES = {
    "wide": (b"%s", 0o644, "file:{path}"),
    "no text": (b"%s\xff", 0o600, "file:{path}"),
    "command fails": (b"%s", 0o600, "command:" + SHOWS.replace("{end}", "3")),
    "command prints no text": (b"%s", 0o600, "command:sh -c 'cat {path}; printf \\377'"),
}


@pytest.mark.parametrize("place", PLACES)
def test_a_client_secret_that_cannot_be_read_is_not_shown(
    place: str, profile: Profile, sandbox: Sandbox, tmp_path: Path
) -> None:
    content, mode, reference = PLACES[place]
    register("Canary-client-secret-7")
    path = tmp_path / "secret"
    path.write_bytes(content % b"Canary-client-secret-7")
    path.chmod(mode)
    chosen = replace(profile, client_secret=reference.format(path=str(path)))
    with pytest.raises(ConfigurationError) as raised:
        Session(chosen).sign_in(sandbox.username, Secret(sandbox.password), answers_from())
    path.unlink()
    assert not shows_a_secret(shown_by(raised.value))


def test_a_saved_session_shows_no_secret(world: SignedInUser) -> None:
    for value in (world.saved, asdict(world.saved), world.session, vars(world.session), world):
        assert not shows_a_secret(f"{value} {value!r}")
