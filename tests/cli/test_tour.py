"""`osdu-auth demo --tour`: every way in which a user pool asks, answered by itself."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from osdu_auth.cli.tour.journey import travel
from osdu_auth.cli.tour.stops import stops
from osdu_auth.sandbox import Sandbox

if TYPE_CHECKING:
    import pytest

    from cli.conftest import Shell


def test_the_tour_succeeds_and_shows_every_stop(shell: Shell) -> None:
    began = time.monotonic()
    outcome = shell.run("demo", "--tour")
    assert outcome.code == 0, outcome.stdout
    assert time.monotonic() - began < 5
    assert not re.search(r"eyJ[\w-]{10,}", outcome.stdout)
    for stop in stops():
        assert f". {stop.name}: " in outcome.stdout
    assert outcome.stdout.count("✓ signed in") == len(stops()) - 1
    assert not shell.config.exists()
    assert not shell.state.exists()


def test_every_challenge_that_can_be_answered_is_on_the_tour() -> None:
    from osdu_auth.cognito.challenges import CodeRequired, FactorChoiceRequired
    from osdu_auth.questions.challenges import QUESTIONS

    seen = {stop.name for stop in stops()}
    several = {CodeRequired, FactorChoiceRequired}
    names = {getattr(kind, "name", "") for kind in QUESTIONS if kind not in several}
    # These two are asked on the way: at SELECT_CHALLENGE, and once a computer can be remembered.
    assert names - {"PASSWORD", "ConfirmDevice"} <= seen
    assert {"SMS_MFA", "SOFTWARE_TOKEN_MFA", "EMAIL_OTP", "SMS_OTP"} <= seen
    assert {"SELECT_MFA_TYPE", "SELECT_CHALLENGE"} <= seen


def test_what_goes_wrong_on_the_tour_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    with Sandbox() as sandbox:
        sandbox.faults.error("RespondToAuthChallenge", "NotAuthorizedException", "No.", times=None)
        assert travel(sandbox) == 1
    shown = capsys.readouterr().out
    failures = len(stops()) - 1  # a passkey is refused before any answer
    assert shown.count("✗ not as it should be") == failures
    assert f"✗ {failures} of the stops" in shown
