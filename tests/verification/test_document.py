"""`docs/verifying.md`: each example does what the document says, run as it stands there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from verification.minting import mint, pool_verifier
from verification.test_bearer import ARN, asgi_scope, ask

DOCUMENT = Path(__file__).parents[2] / "docs/verifying.md"


def run(name: str, **given: Any) -> dict[str, Any]:
    """Run an example, and return the names that it gives."""
    text = DOCUMENT.read_text()
    found = re.search(rf"<!-- {name} -->\n```python\n(.*?)```\n<!-- end -->", text, re.DOTALL)
    assert found, f"the document has no example {name}"
    names = {"verifier": pool_verifier(), "__name__": "example"} | given
    exec(compile(found[1], name, "exec", dont_inherit=True), names)
    return names


BEARER = [f"Bearer {mint()}"]


def status_of(app: Any, path: str, authorization: list[str], **members: Any) -> int:
    scope = asgi_scope(authorization, path) | {"query_string": b""} | members
    scope["headers"] = [(name.lower(), value) for name, value in scope["headers"]]
    return ask(app, scope)[0]


def test_the_verifier_is_made_as_the_document_says() -> None:
    verifier = run("verifier")["verifier"]
    assert verifier.policies[0].issuer.endswith("/us-east-1_Ab12Cd34E")
    assert run("sharing")["keys"].issuer == verifier.policies[0].issuer


def test_the_fastapi_example_serves() -> None:
    pytest.importorskip("fastapi", reason="FastAPI is not installed")
    app = run("fastapi")["app"]
    assert status_of(app, "/wells", BEARER) == 200
    assert status_of(app, "/wells", []) == 401
    assert status_of(app, "/wells", BEARER, method="PUT") == 403


@pytest.mark.parametrize(("name", "path"), [("asgi", "/"), ("gateway", "/verify")])
def test_the_asgi_examples_serve(name: str, path: str) -> None:
    app = run(name)["app"]
    assert status_of(app, path, BEARER) == 200
    assert status_of(app, path, []) == 401


def test_the_wsgi_example_serves() -> None:
    app = run("wsgi")["app"]
    statuses: list[str] = []

    def start_response(status: str, _headers: Any) -> Any:
        statuses.append(status)

    assert b"".join(app({"HTTP_AUTHORIZATION": BEARER[0]}, start_response))
    app({}, start_response)
    assert statuses == ["200 OK", "401 Unauthorized"]


def test_the_lambda_examples_answer() -> None:
    names = run("lambda")
    event = {"version": "2.0", "routeArn": ARN, "headers": {"authorization": BEARER[0]}}
    assert names["handler"](event, None)["isAuthorized"] is True
    assert names["policy_handler"](event, None)["policyDocument"]
