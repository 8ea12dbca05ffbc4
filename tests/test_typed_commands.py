"""What a person is told to type names the profile it is for, once, and stays a command."""

from __future__ import annotations

import pytest

from osdu_auth.typed_commands import commands_of_profile


@pytest.mark.parametrize(
    ("told", "named"),
    [
        (
            "osdu-auth token renews it; if that fails: osdu-auth login",
            "osdu-auth token -p acme renews it; if that fails: osdu-auth login -p acme",
        ),
        (
            "osdu-auth login -p other, or osdu-auth init",
            "osdu-auth login -p other, or osdu-auth init -p acme",
        ),
        (
            "osdu-auth token | osdu-auth verify",
            "osdu-auth token -p acme | osdu-auth verify -p acme",
        ),
        ("osdu-auth account confirm-sign-up", "osdu-auth account confirm-sign-up -p acme"),
        (
            "osdu-auth account forgot-password, or osdu-auth account resend-code",
            "osdu-auth account forgot-password -p acme, or osdu-auth account resend-code -p acme",
        ),
        (
            "osdu-auth init --client-secret REF, with the secret",
            "osdu-auth init -p acme --client-secret REF, with the secret",
        ),
        (
            "Name one with -p NAME: osdu-auth login",
            "Name one with -p NAME: osdu-auth login -p acme",
        ),
    ],
)
def test_each_command_gets_the_profile(told: str, named: str) -> None:
    assert commands_of_profile(told, "acme") == named
    assert commands_of_profile(named, "acme") == named


@pytest.mark.parametrize(
    "text",
    [
        "osdu-auth account confirm-sign-up --help",
        "osdu-auth login --help",
        "osdu-auth --help",
        "osdu-auth login --profile other",
        "osdu-auth decode",
        "osdu-auth keeps it, and osdu-auth logins are rare",
    ],
)
def test_what_names_a_profile_asks_for_help_or_takes_none_stays(text: str) -> None:
    assert commands_of_profile(text, "acme") == text
