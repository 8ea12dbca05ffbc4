"""A real FastAPI service, and a real nginx in front of one."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
import socket
import subprocess
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import httpx
import pytest

from cases import for_each
from osdu_auth.verification.claims.verified_token import VerifiedToken
from osdu_auth.verification.services.gateway import VerifyEndpoint, identity_headers
from verification.minting import NOW, claims, mint, pool_verifier
from verification.test_bearer import REQUESTS, asgi_scope

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

uvicorn = pytest.importorskip("uvicorn", reason="uvicorn is not installed")

CONFIGURATION = Path(__file__).parents[2] / "docs/gateway/nginx.conf"
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")


@contextlib.contextmanager
def served(app: Any) -> Iterator[int]:
    """Serve an ASGI application on loopback, and yield its port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        deadline = time.monotonic() + 60
        while not server.started and time.monotonic() < deadline:
            time.sleep(0.01)
        yield listener.getsockname()[1]
        server.should_exit = True
        thread.join(60)


@pytest.fixture(scope="module")
def fastapi_app() -> Any:
    fastapi = pytest.importorskip("fastapi", reason="FastAPI is not installed")
    from osdu_auth.verification.services.fastapi import BearerToken

    bearer = BearerToken(pool_verifier())
    writer = BearerToken(pool_verifier(scope="osdu/write"))
    app = fastapi.FastAPI()

    async def wells(token: Any) -> dict[str, Any]:
        return {"subject": token.subject, "groups": token.groups}

    wells.__annotations__ = {"token": Annotated[VerifiedToken, fastapi.Depends(bearer)]}
    app.get("/wells")(wells)

    def write(token: Any) -> str:
        return str(token.subject)

    write.__annotations__ = {"token": Annotated[VerifiedToken, fastapi.Depends(writer)]}
    app.get("/write")(write)

    def scoped(needed: list[str]) -> Any:
        def endpoint(token: Any) -> str:
            return str(token.subject)

        security = fastapi.Security(bearer, scopes=needed)
        endpoint.__annotations__ = {"token": Annotated[VerifiedToken, security]}
        return endpoint

    app.get("/scoped/read")(scoped(["osdu/read"]))
    app.get("/scoped/both")(scoped(["osdu/read", "x"]))

    async def socket_of(websocket: Any, token: Any) -> None:
        await websocket.accept()
        await websocket.send_text(token.subject)

    socket_of.__annotations__ = {
        "websocket": fastapi.WebSocket,
        "token": Annotated[VerifiedToken, fastapi.Depends(bearer)],
    }
    app.websocket("/socket")(socket_of)
    return app


@pytest.fixture(scope="module")
def fastapi_service(fastapi_app: Any) -> Iterator[str]:
    with served(fastapi_app) as port:
        yield f"http://127.0.0.1:{port}"


def get(url: str, authorization: list[str]) -> httpx.Response:
    headers = [("Authorization", value) for value in authorization]
    with httpx.Client(trust_env=False) as client:
        return client.get(url, headers=headers)


# A header that an HTTP client or server refuses does not arrive.
SENDABLE = {
    case: wanted
    for case, wanted in REQUESTS.items()
    if case not in {"a line break", "a letter with an accent", "nothing", "a blank after"}
    and case != "a scheme and a blank"
}


def test_a_fastapi_service_gets_the_verified_token(fastapi_service: str) -> None:
    reply = get(f"{fastapi_service}/wells", [f"Bearer {mint()}"])
    assert (reply.status_code, reply.json()) == (
        200,
        {"subject": claims()["sub"], "groups": ["users", "operators"]},
    )


@for_each("case", SENDABLE)
def test_a_fastapi_service_refuses_as_rfc_6750_says(fastapi_service: str, case: str) -> None:
    authorization, (status, challenge) = SENDABLE[case]
    reply = get(f"{fastapi_service}/wells", authorization)
    assert reply.status_code == status
    assert reply.headers["www-authenticate"] == challenge
    assert reply.json()["detail"] in {"Unauthorized", "Bad Request"}


def test_a_fastapi_service_says_which_scope_is_needed(fastapi_service: str) -> None:
    reply = get(f"{fastapi_service}/write", [f"Bearer {mint()}"])
    assert reply.status_code == 403
    assert reply.headers["www-authenticate"].endswith(
        'error="insufficient_scope", scope="osdu/write"'
    )


def test_a_fastapi_endpoint_gets_the_scopes_that_it_asks_for(fastapi_service: str) -> None:
    """`Security(bearer, scopes=…)` was accepted and ignored: the scopes were not checked."""
    assert get(f"{fastapi_service}/scoped/read", [f"Bearer {mint()}"]).status_code == 200
    reply = get(f"{fastapi_service}/scoped/both", [f"Bearer {mint()}"])
    assert reply.status_code == 403
    challenge = 'Bearer realm="osdu", error="insufficient_scope", scope="osdu/read x"'
    assert reply.headers["www-authenticate"] == challenge
    expired = mint(payload=claims(exp=NOW))
    assert get(f"{fastapi_service}/scoped/both", [f"Bearer {expired}"]).status_code == 401


@pytest.mark.parametrize(
    ("authorization", "opening"),
    [
        ([f"Bearer {mint()}"], ["websocket.accept", "websocket.send"]),
        ([], ["websocket.close"]),
        (["Bearer x"], ["websocket.close"]),
    ],
    ids=["a good token", "no token", "a bad token"],
)
def test_a_fastapi_web_socket_opens_only_for_a_valid_token(
    fastapi_app: Any, authorization: list[str], opening: list[str]
) -> None:
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = asgi_scope(authorization, "/socket", "websocket") | {"query_string": b""}
    scope["headers"] = [(name.lower(), value) for name, value in scope["headers"]]
    asyncio.run(fastapi_app(scope, receive, send))
    assert [message["type"] for message in sent][: len(opening)] == opening
    closes = [message.get("code") for message in sent if opening == ["websocket.close"]]
    assert closes == ([1008] if opening == ["websocket.close"] else [])


def test_a_fastapi_service_shows_a_bearer_scheme(fastapi_service: str) -> None:
    schema = get(f"{fastapi_service}/openapi.json", []).json()
    assert schema["components"]["securitySchemes"]["BearerToken"] == {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
    }


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


async def service(scope: Any, receive: Any, send: Any) -> None:
    """The service behind nginx, which answers with the headers that it got."""
    headers = {name.decode(): value.decode() for name, value in scope["headers"]}
    start = {"type": "http.response.start", "status": 200, "headers": []}
    await send(start)
    await send({"type": "http.response.body", "body": json.dumps(headers).encode()})


@contextlib.contextmanager
def nginx(folder: Path, verifier_port: int, service_port: int) -> Iterator[str]:
    """Run nginx on loopback with the configuration of the documentation."""
    port = free_port()
    text = CONFIGURATION.read_text()
    for documented, actual in ((9400, verifier_port), (9401, service_port), (9402, port)):
        text = text.replace(f"127.0.0.1:{documented}", f"127.0.0.1:{actual}")
    (folder / "site.conf").write_text(text)
    paths = "".join(
        f"{name}_temp_path {folder}/{name};"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/pid; error_log {folder}/error.log; worker_processes 1;"
        f"events {{}} http {{ access_log off; {paths} include {folder}/site.conf; }}"
    )
    process = subprocess.Popen(
        [str(NGINX), "-p", str(folder), "-c", str(folder / "nginx.conf")],
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.02)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(60)


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if NGINX is None:
        pytest.skip("nginx is not installed: apt-get install nginx-light")
    folder = tmp_path_factory.mktemp("nginx")
    folder.chmod(0o755)
    verify = VerifyEndpoint(pool_verifier(scope="osdu/read"))
    with (
        served(verify) as verifier_port,
        served(service) as service_port,
        nginx(folder, verifier_port, service_port) as url,
    ):
        yield url


def test_nginx_accepts_a_valid_token_and_passes_the_identity_on(gateway: str) -> None:
    reply = get(f"{gateway}/api/wells", [f"Bearer {mint()}"])
    assert reply.status_code == 200
    seen = reply.json()
    assert seen["x-auth-subject"] == claims()["sub"]
    assert seen["x-auth-groups"] == "users,operators"


@for_each(
    "spell",
    [str.lower, str.title, str.upper, lambda name: name.replace("-", "_")],
    ids=["as it is", "in title case", "in capitals", "with underscores"],
)
@for_each("lacking", [(), ("username", "cognito:groups")], ids=["every claim", "few claims"])
def test_nginx_does_not_let_a_client_set_its_identity(
    gateway: str, spell: Callable[[str], str], lacking: tuple[str, ...]
) -> None:
    """Only the verifier can set the identity headers of the service."""
    token = mint(payload=claims(**dict.fromkeys(lacking)))
    genuine = dict(identity_headers(pool_verifier().verify(token)))
    forged = {spell(name): "forged" for name in genuine}
    with httpx.Client(trust_env=False) as client:
        headers = {"Authorization": f"Bearer {token}", **forged}
        seen = client.get(gateway, headers=headers).json()
    assert "forged" not in seen.values()
    assert {name: seen.get(name, "") for name in genuine} == genuine


@for_each("case", [case for case in SENDABLE if case != "two headers"])
def test_nginx_refuses_as_rfc_6750_says(gateway: str, case: str) -> None:
    authorization, (status, challenge) = SENDABLE[case]
    reply = get(gateway, authorization)
    assert reply.status_code == status
    assert reply.headers.get_list("www-authenticate") == [challenge]


def test_nginx_says_which_scope_is_needed(gateway: str) -> None:
    reply = get(gateway, [f"Bearer {mint(payload=claims(scope='other'))}"])
    assert reply.status_code == 403
    challenge = 'Bearer realm="osdu", error="insufficient_scope", scope="osdu/read"'
    assert reply.headers.get_list("www-authenticate") == [challenge]


def test_nginx_does_not_offer_the_verifier_itself(gateway: str) -> None:
    assert get(f"{gateway}/verify", [f"Bearer {mint()}"]).status_code == 404
    assert get(gateway, [f"Bearer {mint(payload=claims(exp=NOW))}"]).status_code == 401
