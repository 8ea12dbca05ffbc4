"""How an app client authenticates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cases import for_each
from osdu_auth import ConfigurationError, Secret
from osdu_auth.oidc.client import OidcClient
from osdu_auth.oidc.refusals import refusal
from osdu_auth.oidc.step import Step

if TYPE_CHECKING:
    from osdu_auth.oidc.client import ClientAuth

# Known answers: AppAuth-Android, issue 337.
AWKWARD = ("1PpG/Q 1", "z/tZ9VwFZqApmIQ+ZH1I5pLk/uB4ud:X2/8bL+wfFTt1rFw=")
AWKWARD_BASIC = (
    "MVBwRyUyRlErMTp6JTJGdFo5VndGWnFBcG1JUSUyQlpIMUk1cExrJTJGdUI0dWQlM0FYMiUyRjhiTCUyQndmRlR0MX"
    "JGdyUzRA=="
)


def test_basic_form_encodes_id_and_secret_before_it_joins_them() -> None:
    client = OidcClient(AWKWARD[0], Secret(AWKWARD[1]), "basic")
    assert client.headers() == {"Authorization": f"Basic {AWKWARD_BASIC}"}
    assert client.fields() == {}


def test_unreserved_characters_are_not_changed() -> None:
    client = OidcClient("a-b.c_d~e", Secret("x-y.z_~"), "basic")
    assert client.headers()["Authorization"] == "Basic YS1iLmNfZH5lOngteS56X34="


def test_post_sends_id_and_secret_in_the_form_and_a_public_client_its_id() -> None:
    assert OidcClient("a", Secret("b"), "post").fields() == {"client_id": "a", "client_secret": "b"}
    assert OidcClient("a").fields() == {"client_id": "a"}
    assert OidcClient("a").headers() == {}


@for_each(
    ("secret", "wanted", "offered", "way"),
    [
        (None, None, (), "none"),
        (None, None, ("client_secret_basic",), "none"),
        ("s", None, (), "basic"),
        ("s", None, ("client_secret_post", "client_secret_basic"), "post"),
        ("s", None, ("none", "client_secret_basic"), "basic"),
        ("s", None, ("private_key_jwt",), "basic"),
        ("s", "post", ("client_secret_basic",), "post"),
    ],
)
def test_the_method_is_the_profile_s_or_the_first_that_is_offered(
    secret: str | None, wanted: str | None, offered: tuple[str, ...], way: str
) -> None:
    given = Secret(secret) if secret else None
    client = OidcClient.chosen("a", given, wanted, offered)  # type: ignore[arg-type]
    assert client.auth == way


@pytest.mark.parametrize("wanted", ["basic", "post"])
def test_a_client_that_needs_a_secret_and_has_none_is_an_error(wanted: ClientAuth) -> None:
    with pytest.raises(ConfigurationError) as refused:
        OidcClient.chosen("a", None, wanted, ())
    assert refused.value.code == "OA-B703"
    assert "osdu-auth init" in refused.value.fix


def test_a_secret_is_not_sent_if_client_auth_is_none() -> None:
    client = OidcClient.chosen("a", Secret("s"), "none", ("client_secret_basic",))
    assert (client.headers(), client.fields()) == ({}, {"client_id": "a"})
    assert not client.sends_secret


def test_the_fix_for_a_secret_that_is_not_sent_is_to_send_it() -> None:
    client = OidcClient.chosen("a", Secret("s"), "none", ())
    refused = refusal(Step.EXCHANGE, {"error": "invalid_client"}, None, client)
    assert refused.code == "OA-B711"
    assert refused.fix == "Send the secret: osdu-auth init --client-auth basic"


def test_keycloak_s_refusal_of_a_secret_is_recognised() -> None:
    answer = {
        "error": "unauthorized_client",
        "error_description": "Invalid client or Invalid client credentials",
    }
    assert refusal(Step.RENEW, answer, None, OidcClient("a", Secret("b"), "post")).code == "OA-B713"
    assert refusal(Step.RENEW, answer, None, OidcClient("a")).code == "OA-B716"
    del answer["error_description"]
    assert refusal(Step.RENEW, answer, None, OidcClient("a", Secret("b"), "post")).code == "OA-B716"
