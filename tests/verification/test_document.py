"""`docs/verifying.md`: each example is run as it is written, and does what the page says.

The examples name a user pool of AWS. Here they are run against the sandbox: its ids stand in the
place of theirs, and its address is given where the document says that a sandbox's is.
"""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from documents.blocks import text_of
from osdu_auth import Secret, Session, TokenRejected
from verification.test_bearer import ARN, asgi_scope, ask

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from osdu_auth import Profile
    from osdu_auth.sandbox import Sandbox

DOCUMENT = "docs/verifying.md"


@pytest.fixture
def run(sandbox: Sandbox, tmp_path: Path) -> Callable[..., dict[str, Any]]:
    """Runs examples one after the other, like a reader, and returns the names that they define."""
    address = f'"{sandbox.user_pool_id}", endpoint_url="{sandbox.endpoint_url}"'
    here = {
        '"us-east-1_Ab12Cd34E"': address,
        "1h57kf5cpq17m0eml12EXAMPLE": sandbox.client_id,
        "/var/lib/my-service": str(tmp_path),
    }

    def run_all(*names: str) -> dict[str, Any]:
        given: dict[str, Any] = {"__name__": "example"}
        for name in names:
            code = text_of(DOCUMENT, name)
            for there, ours in here.items():
                code = code.replace(there, ours)
            exec(compile(code, f"{DOCUMENT}: {name}", "exec", dont_inherit=True), given)
        return given

    return run_all


@pytest.fixture
def token(profile: Profile, sandbox: Sandbox) -> str:
    """The token of `osdu-auth login`: from a sign-in by the user pool's API."""
    from osdu_auth import MemoryStore

    session = Session(profile, store=MemoryStore())
    session.sign_in(sandbox.username, Secret(sandbox.password))
    return session.token().reveal()


def status_of(app: Any, path: str, authorization: list[str], **members: Any) -> int:
    scope = asgi_scope(authorization, path) | {"query_string": b""} | members
    scope["headers"] = [(name.lower(), value) for name, value in scope["headers"]]
    return ask(app, scope)[0]


def test_the_first_example_accepts_tokens_of_the_sandbox(
    run: Callable[..., dict[str, Any]], token: str
) -> None:
    verifier = run("verifier")["verifier"]
    assert verifier.verify(token).subject
    with pytest.raises(TokenRejected):
        verifier.verify(token[:-4] + "AAAA")


def test_a_verifier_is_tried_on_a_sandbox_as_the_document_says(
    run: Callable[..., dict[str, Any]],
) -> None:
    assert run("verifier", "sandbox")["token"].scopes == ("aws.cognito.signin.user.admin",)


def test_only_tokens_of_the_sign_in_page_have_your_own_scopes(
    run: Callable[..., dict[str, Any]], sandbox: Sandbox, token: str
) -> None:
    readers = run("verifier", "scopes")["readers"]
    with pytest.raises(TokenRejected) as refused:
        readers.verify(token)
    assert refused.value.insufficient_scope
    for scopes in (("osdu/read",), ("osdu/admin", "openid")):
        assert readers.verify(sandbox.issue_tokens(scopes=scopes)["AccessToken"]).scopes == scopes


def test_keys_are_shared_as_the_document_says(
    run: Callable[..., dict[str, Any]], sandbox: Sandbox, token: str
) -> None:
    from osdu_auth import UserPoolVerifier

    keys = run("sharing")["keys"]
    verifier = UserPoolVerifier(
        user_pool_id=sandbox.user_pool_id,
        client_id=sandbox.client_id,
        token_use="access",
        endpoint_url=sandbox.endpoint_url,
        keys=keys,
    )
    assert verifier.verify(token).client_id == sandbox.client_id


def test_the_log_names_the_failed_check_at_info_with_the_setup_of_the_document() -> None:
    program = """
from osdu_auth.verification.services.bearer import BearerGuard
from osdu_auth import UserPoolVerifier
verifier = UserPoolVerifier(user_pool_id="us-east-1_Ab12Cd34E", client_id="a", token_use="access")
BearerGuard(verifier).check(["Bearer abc"])
"""
    said = []
    for set_up in ("", text_of(DOCUMENT, "logging")):
        command = [sys.executable, "-c", set_up + program]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        said.append(done.stderr)
    assert said[0] == ""
    assert said[1].startswith("INFO:osdu_auth:A request was refused: ")
    assert "V501" in said[1]


def test_the_fastapi_example_serves(run: Callable[..., dict[str, Any]], token: str) -> None:
    text_of(
        DOCUMENT, "fastapi"
    )  # notes that the block has a test, even on a Python without FastAPI
    pytest.importorskip("fastapi", reason="FastAPI is not installed")
    app = run("verifier", "fastapi")["app"]
    bearer = [f"Bearer {token}"]
    assert status_of(app, "/wells", bearer) == 200
    assert status_of(app, "/wells", []) == 401
    assert status_of(app, "/wells", bearer, method="PUT") == 403


@pytest.mark.parametrize(("name", "path"), [("asgi", "/"), ("gateway", "/verify")])
def test_the_asgi_examples_serve(
    run: Callable[..., dict[str, Any]], token: str, name: str, path: str
) -> None:
    app = run("verifier", name)["app"]
    assert status_of(app, path, [f"Bearer {token}"]) == 200
    assert status_of(app, path, []) == 401


def test_the_wsgi_example_serves(run: Callable[..., dict[str, Any]], token: str) -> None:
    app = run("verifier", "wsgi")["app"]
    statuses: list[str] = []

    def start_response(status: str, _headers: Any) -> Any:
        statuses.append(status)

    assert b"".join(app({"HTTP_AUTHORIZATION": f"Bearer {token}"}, start_response))
    app({}, start_response)
    assert statuses == ["200 OK", "401 Unauthorized"]


def test_the_lambda_examples_answer(run: Callable[..., dict[str, Any]], token: str) -> None:
    names = run("verifier", "lambda")
    headers = {"authorization": f"Bearer {token}"}
    event = {"version": "2.0", "routeArn": ARN, "headers": headers}
    assert names["handler"](event, None)["isAuthorized"] is True
    assert names["policy_handler"](event, None)["policyDocument"]
