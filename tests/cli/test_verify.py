"""`osdu-auth verify` and `decode`: a token is verified and shown."""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING, Any

import pytest

from cases import for_each
from verification.key_server import KeyServer
from verification.minting import CLIENT, ISSUER, POOL, id_claims, jwks, mint

if TYPE_CHECKING:
    from pathlib import Path

    from cli.conftest import Shell
    from osdu_auth.sandbox import Sandbox


@pytest.fixture
def token(sandbox: Sandbox) -> str:
    issued: str = sandbox.issue_tokens()["AccessToken"]
    return issued


def checks(stdout: str) -> dict[str, str]:
    """Return the mark of each check."""
    told = stdout.partition("Checks\n")[2]
    return {name: mark for mark, name in re.findall(r"^  (\S) (\S+)", told, re.MULTILINE)}


def test_a_valid_token_is_verified_with_the_profile_s_values(configured: Shell, token: str) -> None:
    outcome = configured.run("verify", stdin=token + "\n")
    assert outcome.code == 0, outcome.stderr
    assert re.search(r"^  exp +\d{4}-\d\d-\d\dT[\d:]+Z  in 5\d min$", outcome.stdout, re.MULTILINE)
    assert re.search(r"^  iat +\S+Z  \d+ s ago$", outcome.stdout, re.MULTILINE)
    assert "unverified" not in outcome.stdout
    found = checks(outcome.stdout)
    assert set(found.values()) == {"✓"}
    assert {"form", "signature", "iss", "client_id", "token_use", "exp", "iat"} <= set(found)
    assert "valid until" in outcome.stderr


@for_each("before", ["Bearer ", "bearer ", "BEARER\t", "Authorization: bEaReR ", "  "])
def test_bearer_before_the_token_is_ignored(configured: Shell, token: str, before: str) -> None:
    assert configured.run("verify", stdin=before + token).code == 0
    assert configured.run("verify", before + token).code == 0
    assert configured.run("decode", "-", stdin=before + token).code == 0


@for_each("command", ["verify", "decode"])
@for_each(
    "before", [["Bearer"], ["bearer"], ["Authorization:", "Bearer"], ["authorization: BEARER"]]
)
def test_bearer_before_the_token_needs_no_quotes(
    configured: Shell, token: str, command: str, before: list[str]
) -> None:
    outcome = configured.run(command, *before, token, "--json")
    assert outcome.code == 0, outcome.stderr
    assert json.loads(outcome.stdout)["claims"]["token_use"] == "access"


@for_each("command", ["verify", "decode"])
@for_each(
    "words", [["Bearer"], ["bearer "], ["Authorization:", "Bearer"], ["Authorization:"], [""]]
)
def test_bearer_alone_is_no_token(shell: Shell, command: str, words: list[str]) -> None:
    for outcome in (shell.run(command, *words), shell.run(command, stdin=" ".join(words) + "\n")):
        assert outcome.code == 2
        assert "OA-U204" in outcome.stderr


def test_a_token_is_verified_by_flags_alone(shell: Shell, sandbox: Sandbox, token: str) -> None:
    pool = ("--user-pool-id", sandbox.user_pool_id, "--endpoint-url", sandbox.endpoint_url)
    outcome = shell.run("verify", *pool, stdin=token)
    assert outcome.code == 0, outcome.stderr
    assert (
        "client_id" in outcome.stdout.partition("not checked: no --client-id")[0].splitlines()[-1]
    )
    other = shell.run("verify", *pool, "--client-id", "other", stdin=token)
    assert other.code == 5
    assert checks(other.stdout)["client_id"] == "✗"
    assert "OA-V522" in other.stderr


def test_a_profile_without_a_pool_and_a_missing_value_have_different_errors(
    configured: Shell, token: str
) -> None:
    settings = configured.config / "config.toml"
    settings.write_text(re.sub("user_pool_id.*\n", "", settings.read_text()))
    outcome = configured.run("verify", stdin=token)
    assert (outcome.code, "OA-C768" in outcome.stderr) == (7, True)
    assert "osdu-auth verify -p acme --user-pool-id" in outcome.stderr


def test_each_failed_check_is_shown_and_the_claims_are_unverified(
    configured: Shell, sandbox: Sandbox, token: str
) -> None:
    forged = token[:-9] + ("A" if token[-9] != "A" else "B") + token[-8:]
    outcome = configured.run("verify", "--token-use", "id", stdin=forged)
    assert outcome.code == 5
    assert checks(outcome.stdout)["token_use"] == "✗"
    assert "Claims, unverified" in outcome.stdout
    only_forged = configured.run("verify", stdin=forged)
    assert checks(only_forged.stdout)["signature"] == "✗"
    assert "OA-V512" in only_forged.stderr
    assert sandbox.user_pool_id in only_forged.stdout


def test_a_refusal_is_available_as_json(configured: Shell, token: str) -> None:
    good = json.loads(configured.run("verify", "--json", stdin=token).stdout)
    assert good["good"] is True
    bad = configured.run("verify", "--json", "--client-id", "other", stdin=token)
    told = json.loads(bad.stdout)
    assert (bad.code, told["good"]) == (5, False)
    assert [check["check"] for check in told["checks"] if check["outcome"] == "failed"] == [
        "client_id"
    ]


def test_without_keys_the_json_result_is_neither_valid_nor_invalid(
    configured: Shell, sandbox: Sandbox, token: str
) -> None:
    pool = ("--user-pool-id", sandbox.user_pool_id, "--endpoint-url", "http://127.0.0.1:9")
    issuer = ("--issuer", "http://127.0.0.1:9", "--audience", "x")
    assert configured.run("verify", *pool, stdin=token).code == 5  # another address, another issuer
    outcome = configured.run("verify", *issuer, stdin=token)
    assert outcome.code == 5
    assert checks(outcome.stdout)["signature"] == "-"


@for_each(
    ("fault", "code"),
    [
        ({"status": 503}, "OA-N671"),
        ({"body": b"<html>Sign in to this network</html>"}, "OA-N672"),
        ({"body": b'{"keys":[]}'}, "OA-N672"),
        ({}, "OA-N670"),
    ],
)
def test_without_keys_verify_exits_6_with_the_reason(
    shell: Shell, fault: dict[str, Any], code: str
) -> None:
    with KeyServer() as server:
        for name, value in fault.items():
            setattr(server, name, value)
        now = int(time.time())
        token = mint(payload=server.claims(iat=now - 60, exp=now + 3600))
        pool = ("--user-pool-id", POOL, "--client-id", CLIENT, "--endpoint-url", server.url)
        if not fault:
            server.stop()
        told = shell.run("verify", *pool, "--json", stdin=token)
        explained = shell.run("verify", *pool, stdin=token)
    assert (told.code, explained.code) == (6, 6)
    assert code in explained.stderr
    assert f"The keys of {server.issuer} are not available." in explained.stderr
    assert "--key-set PATH" in explained.stderr
    assert "Claims, unverified" in explained.stdout
    found = checks(explained.stdout)
    assert found.pop("signature") == "-"
    assert set(found.values()) == {"✓"}
    assert json.loads(told.stdout)["good"] is None


@for_each("text", ["x", "a.b.c", "ey", "\x1b[31m", "eyJhbGciOiJub25lIn0.e30."])
def test_text_that_is_no_token_is_refused_with_a_reason(configured: Shell, text: str) -> None:
    for command in ("verify", "decode"):
        outcome = configured.run(command, stdin=text)
        assert outcome.code == 5
        assert "[OA-V501]" in outcome.stderr
        assert "\x1b[31m" not in outcome.stdout + outcome.stderr


@pytest.mark.parametrize("command", ["verify", "decode"])
def test_a_missing_token_is_a_usage_error(shell: Shell, command: str) -> None:
    outcome = shell.run(command, stdin=" \n")
    assert outcome.code == 2
    assert "OA-U204" in outcome.stderr
    assert f"Next: osdu-auth token | osdu-auth {command}\n" in outcome.stderr


def test_a_profile_without_its_pool_says_what_to_type(
    shell: Shell, init_arguments: list[str], token: str
) -> None:
    place = init_arguments.index("--user-pool-id")
    shell.run(*init_arguments[:place], *init_arguments[place + 2 :])
    outcome = shell.run("verify", stdin=token)
    assert outcome.code == 7
    assert "--user-pool-id" in outcome.stderr


FLAGS = (
    *("--profile", "--user-pool-id", "--client-id", "--endpoint-url"),
    *("--issuer", "--audience", "--key-set"),
)


@for_each("value", ["", " "], ids=repr)
@for_each("flag", FLAGS)
def test_a_flag_without_a_value_is_a_usage_error(
    configured: Shell, token: str, flag: str, value: str
) -> None:
    """`--client-id "$CLIENT_ID"` of an unset variable once accepted tokens of all app clients."""
    outcome = configured.run("verify", flag, value, stdin=token)
    assert (outcome.code, outcome.stdout) == (2, "")
    assert f"{flag} was given without a value.  [OA-U240]" in outcome.stderr
    assert "Next: " in outcome.stderr


STRANGERS = {
    "--audience": (),
    "--profile": ("--issuer", "https://login.example.com"),
    "--user-pool-id": ("--issuer", "https://login.example.com"),
    "--client-id": ("--issuer", "https://login.example.com", "--audience", "x"),
    "--token-use": ("--issuer", "https://login.example.com"),
    "--endpoint-url": ("--issuer", "https://login.example.com"),
}


@for_each("flag", STRANGERS)
def test_a_flag_that_no_check_would_use_is_a_usage_error(
    configured: Shell, token: str, flag: str
) -> None:
    outcome = configured.run("verify", *STRANGERS[flag], flag, "access", stdin=token)
    assert (outcome.code, outcome.stdout) == (2, "")
    assert f"{flag} would be left unchecked.  [OA-U241]" in outcome.stderr
    assert "Next: " in outcome.stderr


def test_an_unchecked_claim_is_never_shown_as_passed(
    shell: Shell, sandbox: Sandbox, tmp_path: Path
) -> None:
    path = tmp_path / "jwks.json"
    path.write_text(json.dumps(jwks()))
    now = int(time.time())
    times = {"iat": now - 60, "exp": now + 3600}
    issuer = ("--issuer", ISSUER, "--key-set", str(path))
    pool = ("--user-pool-id", POOL, "--key-set", str(path))
    for flags, claim in ((issuer, "aud"), (pool, "client_id")):
        outcome = shell.run("verify", *flags, stdin=mint(payload=id_claims(**times)))
        assert outcome.code == 0, outcome.stderr
        told = outcome.stdout.partition("Checks\n")[2]
        assert re.findall(r"^  (\S) aud\b", told, re.MULTILINE) == ["-"] * (claim == "aud")
        assert re.search(rf"^  - {claim} +not checked: no --", told, re.MULTILINE)


@pytest.mark.parametrize(("use", "compared"), [("access", "client_id"), ("id", "aud")])
def test_the_claim_that_was_compared_is_shown_as_passed(
    shell: Shell, tmp_path: Path, use: str, compared: str
) -> None:
    path = tmp_path / "jwks.json"
    path.write_text(json.dumps(jwks()))
    now = int(time.time())
    both = {"aud": CLIENT, "client_id": CLIENT, "token_use": use}
    token = mint(payload=id_claims(iat=now - 60, exp=now + 3600, **both))
    flags = ("--user-pool-id", POOL, "--client-id", CLIENT, "--key-set", str(path))
    outcome = shell.run("verify", *flags, stdin=token)
    assert outcome.code == 0, outcome.stderr
    assert {"aud", "client_id"} & set(checks(outcome.stdout)) == {compared}


@for_each(
    "words",
    [
        *([], ["token"], ["verify", "--token-use"], ["verify", "--profile"], ["status", "-p"]),
        *(["verify", "--key-set"], ["verify", "--issuer"], ["verify", "--user-pool-id"]),
        *(["verify", "--endpoint-url"], ["token", "--min-ttl"], ["exec", "--"], ["login", "-p"]),
    ],
    ids=" ".join,
)
def test_no_error_shows_a_text_that_looks_like_a_token(
    shell: Shell, token: str, words: list[str]
) -> None:
    typed = token if words else token[:50]  # a part of one is not to be seen either
    outcome = shell.run(*words, typed, stdin=token if "verify" in words else "")
    assert outcome.code not in {0, 1}
    assert "eyJ" not in outcome.stderr
    assert not any(part[:30] in outcome.stderr for part in typed.split("."))


def test_decode_needs_nothing_and_says_unverified(shell: Shell, token: str) -> None:
    outcome = shell.run("decode", stdin=token)
    assert outcome.code == 0
    assert outcome.stdout.startswith("UNVERIFIED")
    assert "Claims, unverified" in outcome.stdout
    assert json.loads(shell.run("decode", "--json", stdin=token).stdout)["verified"] is False


def test_keys_may_be_given_in_a_file(
    shell: Shell, sandbox: Sandbox, token: str, tmp_path: Path
) -> None:
    from urllib.request import urlopen

    path = tmp_path / "jwks.json"
    with urlopen(f"{sandbox.issuer}/.well-known/jwks.json") as reply:
        path.write_bytes(reply.read())
    issuer = ("--issuer", sandbox.issuer, "--key-set", str(path))
    assert shell.run("verify", *issuer, stdin=token).code == 0
    assert shell.run("verify", *issuer, "--key-set", "nowhere", stdin=token).code == 7
