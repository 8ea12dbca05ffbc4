"""Relative paths in settings are found, and `init` makes them absolute."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cases import for_each
from osdu_auth.profiles.profile import ServiceProfile
from osdu_auth.profiles.relative_paths import made_absolute, relative_settings

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

# A reference, and what it becomes in the folder {here}.
REFERENCES = [
    ("file:secret", "file:{here}/secret"),
    ("file:./a b", "file:{here}/a b"),
    ("file:../a", "file:{here}/../a"),
    ("command:./print it", "command:{here}/print it"),
    ("command:bin/print ./a", "command:{here}/bin/print {here}/a"),
    ("file:/run/secret", None),
    ("file:~/secret", None),
    ("command:print a/b", None),
    ("command:print 'a", None),
    ("env:SECRET", None),
    ("keyring:./a", None),
]


@for_each("reference, absolute", REFERENCES)
def test_a_relative_reference_is_named_and_is_made_absolute(
    reference: str, absolute: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    expected = reference if absolute is None else absolute.format(here=tmp_path)
    settings = {"client_secret": reference, "client_id": "./a", "mfa_command": "./code -n"}
    made = made_absolute(settings)
    assert made == {
        "client_secret": expected,
        "client_id": "./a",
        "mfa_command": f"{tmp_path}/code -n",
    }
    if reference.startswith(("file:", "env:")):
        profile = ServiceProfile(
            "ci", client_id="a", token_endpoint="https://a.example/token", client_secret=reference
        )
        assert relative_settings(profile) == (() if absolute is None else ("client_secret",))
