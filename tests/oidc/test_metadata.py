"""An issuer's metadata: whose it is, and which addresses it may name (`security.md`, I rows)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.recording_server import Reply, recording_server
from osdu_auth import ConfigurationError, OsduAuthError, Unreachable, UnusableReply
from osdu_auth.oidc.metadata import metadata_of, read_metadata
from osdu_auth.profiles.openid_checks import check_endpoint_hosts

if TYPE_CHECKING:
    from pathlib import Path

ISSUER = "https://login.example.com/realms/osdu"
SANDBOX_POOL = "http://127.0.0.1:8411/us-east-1_Ab12Cd34E"
UPDATED_POOL = "https://issuer-cognito-idp.us-east-1.amazonaws.com/us-east-1_Ab12Cd34E"
POOL = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Ab12Cd34E"


def published(issuer: str = ISSUER, base: str | None = None, **other: Any) -> dict[str, Any]:
    base = base or issuer
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{base}/authorize",
        "token_endpoint": f"{base}/token",
        "jwks_uri": f"{issuer}/jwks",
        **other,
    }


def test_endpoints_on_the_issuer_s_own_host_are_accepted() -> None:
    value = published(
        token_endpoint_auth_methods_supported=["client_secret_post", 7],
        authorization_response_iss_parameter_supported=True,
        revocation_endpoint=f"{ISSUER}/revoke",
    )
    metadata = read_metadata(ISSUER, value)
    assert metadata.token_endpoint == f"{ISSUER}/token"
    assert metadata.auth_methods == ("client_secret_post",)
    assert (metadata.sends_issuer, metadata.revocation_endpoint) == (True, f"{ISSUER}/revoke")


@pytest.mark.parametrize(
    ("issuer", "base"),
    [
        (POOL, "https://acme.auth.us-east-1.amazoncognito.com/oauth2"),
        ("https://accounts.google.com", "https://oauth2.googleapis.com"),
        (
            "https://sts.windows.net/11111111-1111-1111-1111-111111111111/",
            "https://login.microsoftonline.com/11111111-1111-1111-1111-111111111111/oauth2",
        ),
    ],
)
def test_endpoints_of_a_known_pair_are_accepted(issuer: str, base: str) -> None:
    assert read_metadata(issuer, published(issuer, base)).token_endpoint == f"{base}/token"


@pytest.mark.parametrize(
    ("issuer", "base"),
    [
        (ISSUER, "https://attacker.example"),
        (ISSUER, "https://login.example.com.attacker.example"),
        (POOL, "https://acme.auth.eu-west-1.amazoncognito.com"),
        (POOL, "https://acme.auth.us-east-1.amazoncognito.com.attacker.example"),
        (POOL, "https://a.b.auth.us-east-1.amazoncognito.com"),
    ],
)
def test_an_endpoint_on_a_foreign_host_is_refused_and_named(issuer: str, base: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        read_metadata(issuer, published(issuer, base))
    assert refused.value.code == "OA-B701"
    assert "--endpoint-hosts" in refused.value.fix


def test_a_host_that_the_profile_lists_is_accepted() -> None:
    value = published(POOL, "https://login.acme.com")
    assert read_metadata(POOL, value, ("login.acme.com",)).token_endpoint.startswith(
        "https://login.acme.com/"
    )


@pytest.mark.parametrize("named", [f"{ISSUER}/", "https://login.example.com", ISSUER.upper(), None])
def test_metadata_with_another_issuer_is_refused(named: str | None) -> None:
    with pytest.raises(UnusableReply) as refused:
        read_metadata(ISSUER, published() | {"issuer": named})
    assert refused.value.code == "OA-B602"


@pytest.mark.parametrize(
    ("issuer", "endpoints"),
    [
        (POOL, "https://cognito-idp.us-east-1.amazonaws.com/oauth2"),
        (POOL, f"{POOL}/oauth2"),
        (UPDATED_POOL, "https://cognito-idp.us-east-1.amazonaws.com/oauth2"),
        (UPDATED_POOL, f"{UPDATED_POOL}/oauth2"),
        (SANDBOX_POOL, f"{SANDBOX_POOL}/oauth2"),
    ],
)
def test_a_user_pool_without_a_domain_is_an_error(issuer: str, endpoints: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        read_metadata(issuer, published(issuer, endpoints))
    assert refused.value.code == "OA-B702"
    assert "no sign-in domain" in refused.value.what


@pytest.mark.parametrize(
    ("issuer", "endpoints"),
    [
        ("https://login.example.com/realms/my_realm", "https://login.example.com/realms/my_realm"),
        (SANDBOX_POOL, "http://127.0.0.1:8411/oauth2"),
    ],
)
def test_endpoints_below_another_issuer_or_next_to_a_pool_are_usable(
    issuer: str, endpoints: str
) -> None:
    read = read_metadata(issuer, published(issuer, endpoints))
    assert read.token_endpoint.startswith(endpoints)


@pytest.mark.parametrize(
    "change",
    [
        {"token_endpoint": None},
        {"token_endpoint": "http://login.example.com/token"},
        {"token_endpoint": "https://login.example.com/token#x"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"jwks_uri": ["https://login.example.com/jwks"]},
        {"token_endpoint": "https://user@login.example.com/token"},
        {"token_endpoint": ""},
        # They are printed, given to a program and sent, so they may have no other content.
        *(
            {name: f"https://login.example.com/{odd}"}
            for odd in (
                "\n",
                "\r\nHost: x",
                "\x1b]0;x\x07",
                "a b",
                "\\x",
                "\xe9",
                '"x',
                "`x`",
                "<x>",
            )
            for name in ("authorization_endpoint", "end_session_endpoint")
        ),
    ],
)
def test_an_address_that_is_not_https_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(OsduAuthError):
        read_metadata(ISSUER, published() | change)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "10.0.0.5", "::1", "login.example.com.", "my_idp.corp", "localhost"]
)
def test_the_error_names_a_foreign_host_as_the_profile_can_list_it(host: str) -> None:
    written = f"[{host}]" if ":" in host else host
    value = published() | {"token_endpoint": f"https://{written}:8443/token"}
    with pytest.raises(ConfigurationError) as refused:
        read_metadata(ISSUER, value)
    assert str(refused.value.fix).endswith(f"--endpoint-hosts {host}")
    read_metadata(ISSUER, value, (check_endpoint_hosts(host),))


@pytest.mark.parametrize("host", ["Login.example.com", "a/b", "a:80", "[::1]", "a@b", "-"])
def test_a_text_that_cannot_be_a_host_is_refused(host: str) -> None:
    with pytest.raises(ConfigurationError, match="OA-B738"):
        check_endpoint_hosts(f"login.example.com {host} x")


def test_an_unused_or_missing_endpoint_fails_no_sign_in() -> None:
    elsewhere = {"userinfo_endpoint": "https://api.example.org/me", "revocation_endpoint": ""}
    assert read_metadata(ISSUER, published() | elsewhere).revocation_endpoint is None


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from([*published(), "x"]), JSON_VALUES))
def test_any_metadata_is_accepted_or_an_error_of_ours(change: dict[str, Any]) -> None:
    try:
        metadata = read_metadata(ISSUER, published() | change)
    except OsduAuthError:
        return
    assert metadata.token_endpoint.startswith("https://login.example.com/")


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("OSDU_AUTH_STATE_DIR", str(tmp_path / "state"))
    return tmp_path / "state"


def test_the_last_good_copy_survives_an_outage(state: Path) -> None:
    with recording_server() as issuer:
        outage = [Reply(503), Reply(429), Reply(body=b"<html>"), Reply(403), Reply(302)]
        answers = [Reply(body=json.dumps(published(issuer.url)).encode()), *outage]
        issuer.answer = lambda _: answers[min(len(issuer.seen), len(answers)) - 1]
        first = metadata_of(issuer.url)
        assert [metadata_of(issuer.url) for _ in outage] == [first] * len(outage)
        gone = issuer.url
    assert metadata_of(gone) == first
    [copy] = state.glob("issuer-*.json")
    assert copy.stat().st_mode & 0o077 == 0


@pytest.mark.usefixtures("state")
def test_without_a_copy_an_outage_is_an_error() -> None:
    with pytest.raises(Unreachable):
        metadata_of("http://127.0.0.1:9")


@pytest.mark.usefixtures("state")
def test_an_issuer_that_cannot_answer_now_is_asked_when_it_says() -> None:
    with recording_server() as issuer:
        issuer.answer = lambda _: Reply(503, {"Retry-After": "7"})
        with pytest.raises(Unreachable) as raised:
            metadata_of(issuer.url)
        assert (raised.value.code, raised.value.retry_after) == ("OA-B603", 7)
        assert raised.value.fix == "Try again in 7 s."
        issuer.answer = lambda _: Reply(503)
        with pytest.raises(Unreachable, match="503") as raised:
            metadata_of(issuer.url)
        assert raised.value.fix == "Try again in a minute."


def test_a_changed_copy_goes_through_the_same_checks(state: Path) -> None:
    with recording_server() as issuer:
        issuer.answer = lambda _: Reply(body=json.dumps(published(issuer.url)).encode())
        metadata_of(issuer.url)
        gone = issuer.url
    [copy] = state.glob("issuer-*.json")
    copy.write_text(json.dumps(published(gone, "https://attacker.example")))
    with pytest.raises(ConfigurationError) as refused:
        metadata_of(gone)
    assert refused.value.code == "OA-B701"


@pytest.mark.usefixtures("state")
@pytest.mark.parametrize(
    "answer", [Reply(404), Reply(302, {"Location": "/x"}), Reply(body=b"<html>"), Reply(body=b"[]")]
)
def test_an_answer_that_is_not_metadata_is_an_error_of_ours(answer: Reply) -> None:
    with recording_server() as issuer:
        issuer.answer = lambda _: answer
        with pytest.raises(UnusableReply):
            metadata_of(issuer.url)
