"""`osdu-auth demo`: its tour of all challenges of a user pool, and its diagram."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import TYPE_CHECKING

from osdu_auth.demo.runner import run_tour
from osdu_auth.demo.scenarios import scenarios
from osdu_auth.sandbox import Sandbox

if TYPE_CHECKING:
    import pytest

    from cli.conftest import Shell


def test_the_tour_succeeds_and_shows_every_scenario(shell: Shell) -> None:
    began = time.monotonic()
    outcome = shell.run("demo", "--tour")
    assert outcome.code == 0, outcome.stdout
    assert time.monotonic() - began < 25, "it waited for an app's next code, which takes 30 s"
    assert not re.search(r"eyJ[\w-]{10,}", outcome.stdout)
    for scenario in scenarios():
        assert f". {scenario.name}: " in outcome.stdout
    assert outcome.stdout.count("✓ signed in") == len(scenarios()) - 1
    assert not shell.config.exists()
    assert not shell.state.exists()


def test_the_tour_has_each_challenge_that_can_be_answered() -> None:
    from osdu_auth.cognito.challenges import CodeRequired, FactorChoiceRequired
    from osdu_auth.prompts.challenges import QUESTIONS

    seen = {scenario.name for scenario in scenarios()}
    several = {CodeRequired, FactorChoiceRequired}
    names = {getattr(kind, "name", "") for kind in QUESTIONS if kind not in several}
    # Two others come within a scenario: at SELECT_CHALLENGE, and when a computer can be remembered.
    assert names - {"PASSWORD", "ConfirmDevice"} <= seen
    assert {"SMS_MFA", "SOFTWARE_TOKEN_MFA", "EMAIL_OTP", "SMS_OTP"} <= seen
    assert {"SELECT_MFA_TYPE", "SELECT_CHALLENGE"} <= seen


def test_the_tour_counts_the_scenarios_that_failed(capsys: pytest.CaptureFixture[str]) -> None:
    with Sandbox() as sandbox:
        sandbox.faults.error("RespondToAuthChallenge", "NotAuthorizedException", "No.", times=None)
        assert not run_tour(sandbox)
    shown = capsys.readouterr().out
    failures = len(scenarios()) - 1  # a passkey is refused before any answer
    assert shown.count("✗ not the expected result") == failures
    assert f"✗ {failures} of the scenarios" in shown


def test_the_diagram_in_the_docs_is_what_demo_svg_prints(shell: Shell) -> None:
    drawn = shell.run("demo", "--svg")
    assert drawn.code == 0, drawn.stderr
    assert "GetTokensFromRefreshToken: a new access token" in drawn.stderr
    of_the_docs = Path(__file__).parents[2] / "docs/flow.svg"
    assert drawn.stdout == of_the_docs.read_text(), "run `osdu-auth demo --svg > docs/flow.svg`"


def test_demo_svg_prints_nothing_if_a_step_failed(capsys: pytest.CaptureFixture[str]) -> None:
    from osdu_auth.demo.story import draw_as_svg

    with Sandbox() as sandbox:
        sandbox.faults.refuse("/api/search", "firewall")
        assert draw_as_svg(sandbox) is None
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "✗ POST search/v2/query" in shown.err
