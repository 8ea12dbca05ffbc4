"""The secret hash, compared with values that other programs computed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from osdu_auth.cognito.app_client import AppClient, require_text, secret_hash
from osdu_auth.errors import ConfigurationError
from osdu_auth.secret import Secret

VECTORS = Path(__file__).parents[2].parent / "shared/vectors/srp/cognito_srp_kat.json"


def hash_of(client_secret: str, client_id: str, username: str) -> str:
    app_client = AppClient(client_id, Secret(client_secret))
    return secret_hash(app_client, username)["SECRET_HASH"].reveal()


@pytest.mark.parametrize(
    ("client_secret", "client_id", "username", "expected"),
    [
        ("secret456", "client123", "alice", "dJvqw3lrkM+IvyZ7RbqSFQq1wPZAIknd40wLRgNun+A="),
        ("clientSecret", "123abd", "test", "LoIX/oPJWZzFYv8liJYRo+CHv16FNDY10JlZEDjL3Vg="),
        ("secret", "age", "Mess", "qnR8UCqJggD55PohusaBNviGoOJ67HC6Btry4qXLVZc="),
    ],
)
def test_the_secret_hash_is_the_one_that_other_programs_compute(
    client_secret: str, client_id: str, username: str, expected: str
) -> None:
    assert hash_of(client_secret, client_id, username) == expected


@pytest.mark.skipif(not VECTORS.exists(), reason="the vectors are not next to this checkout")
def test_the_secret_hash_is_the_one_of_the_published_vectors() -> None:
    for row in json.loads(VECTORS.read_text())["secret_hash"]:
        answer = hash_of(row["client_secret"], row["client_id"], row["username"])
        assert answer == row["secret_hash"]


def test_a_public_app_client_sends_no_secret_hash() -> None:
    assert secret_hash(AppClient("client123"), "alice") == {}


def test_bytes_that_are_not_text_are_refused_and_not_shown() -> None:
    with pytest.raises(ConfigurationError, match="OA-C756") as raised:
        hash_of("secret", "client", "al\udcffice")
    assert "al" not in raised.value.what.replace("also", "")
    assert raised.value.__suppress_context__
    require_text("Grüße 😀 \x00", "password")
