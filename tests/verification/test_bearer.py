"""The adapters answer a client exactly as RFC 6750 says, and nothing more."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import unquote

import pytest

from cases import for_each
from osdu_auth import SeveralIssuers
from osdu_auth.errors import ConfigurationError
from osdu_auth.verification.services import asgi, wsgi
from osdu_auth.verification.services.aws_lambda import Unauthorized, Undecided, authorizer
from osdu_auth.verification.services.bearer import BearerGuard, HttpRefusal
from osdu_auth.verification.services.gateway import VerifyEndpoint
from verification.key_server import FakeClock, KeyServer, fetching_verifier
from verification.minting import NOW, claims, mint, pool_verifier
from verification.test_silence import rejected

NO_CREDENTIALS = (401, 'Bearer realm="osdu"')
MALFORMED = (400, 'Bearer realm="osdu", error="invalid_request"')
BAD = (401, 'Bearer realm="osdu", error="invalid_token"')

REQUESTS: dict[str, tuple[list[str], tuple[int, str]]] = {
    "no credentials": ([], NO_CREDENTIALS),
    "another scheme": (["Basic dXNlcjpwYXNz"], NO_CREDENTIALS),
    "a scheme that begins the same": (["BearerX abc"], NO_CREDENTIALS),
    "nothing": ([""], NO_CREDENTIALS),
    "a token without a scheme": ([mint()], NO_CREDENTIALS),
    "a scheme without a token": (["Bearer"], MALFORMED),
    "a scheme and a blank": (["Bearer "], MALFORMED),
    "two tokens": ([f"Bearer {mint()} {mint()}"], MALFORMED),
    "two tokens with a comma": ([f"Bearer {mint()}, Bearer {mint()}"], MALFORMED),
    "two headers": ([f"Bearer {mint()}"] * 2, MALFORMED),
    "a blank after": ([f"Bearer {mint()} "], MALFORMED),
    "a tab": ([f"Bearer\t{mint()}"], MALFORMED),
    "a colon": ([f"Bearer: {mint()}"], MALFORMED),
    "a comma": ([f"Bearer, {mint()}"], MALFORMED),
    "an equals sign": ([f"Bearer={mint()}"], MALFORMED),
    "another scheme with a hyphen": ([f"Bearer-Of {mint()}"], NO_CREDENTIALS),
    "quotes": ([f'Bearer "{mint()}"'], MALFORMED),
    "parameters": ([f"Bearer {mint()}; a=b"], MALFORMED),
    "a line break": (["Bearer a\r\nSet-Cookie: x"], MALFORMED),
    "a letter with an accent": (["Bearer \u00e9"], MALFORMED),
    "padding within": (["Bearer a=b"], MALFORMED),
    "no token of ours": (["Bearer abc"], BAD),
    "an opaque token": (["Bearer AbC-._~+/=="], BAD),
    "an expired one": ([f"Bearer {mint(payload=claims(exp=NOW))}"], BAD),
}


def asgi_scope(authorization: list[str], path: str = "/", kind: str = "http") -> dict[str, Any]:
    headers = [(b"Authorization", value.encode("latin-1")) for value in authorization]
    return {"type": kind, "method": "GET", "path": path, "headers": [(b"host", b"x"), *headers]}


def ask(app: Any, scope: dict[str, Any]) -> tuple[int, dict[str, str]]:
    """Call an ASGI application, and return its status and headers."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b""}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    headers = [(name.decode(), value.decode()) for name, value in sent[0].get("headers", [])]
    assert len(dict(headers)) == len(headers)
    return sent[0].get("status", 0), dict(headers)


def messages_of(app: Any, kind: str, authorization: list[str]) -> list[dict[str, Any]]:
    """Open a connection of another type, and return the messages that an application sends."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": f"{kind}.connect"}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(app(asgi_scope(authorization, "/verify", kind), receive, send))
    return sent


async def behind(scope: Any, receive: Any, send: Any) -> None:
    """An application that answers with the token's subject."""
    headers = [(b"subject", scope[asgi.TOKEN].subject.encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})


def told(refusal: Any) -> tuple[int, str]:
    assert isinstance(refusal, HttpRefusal)
    return refusal.status, refusal.challenge


@for_each("case", REQUESTS)
def test_a_request_is_refused_as_rfc_6750_says(case: str) -> None:
    authorization, expected = REQUESTS[case]
    guard = BearerGuard(pool_verifier())
    assert told(guard.check(authorization)) == expected
    assert told(asyncio.run(guard.acheck(authorization))) == expected


@for_each("scheme", ["Bearer", "bearer", "BEARER", "bEaReR"])
@for_each("blanks", [" ", "   "])
def test_the_scheme_is_accepted_in_any_case_of_letters(scheme: str, blanks: str) -> None:
    checked = BearerGuard(pool_verifier()).check([f"{scheme}{blanks}{mint()}"])
    assert not isinstance(checked, HttpRefusal)


def test_v_08_no_answer_reveals_which_check_failed() -> None:
    guard = BearerGuard(pool_verifier())
    answers = {
        told(guard.check([f"Bearer {token}"]))
        for name, token in rejected().items()
        if name != "form"
    }
    assert answers == {BAD}


def test_a_missing_scope_is_403_and_names_what_is_needed() -> None:
    guard = BearerGuard(pool_verifier(scope=["osdu/read", "osdu/write"]))
    expected = 'Bearer realm="osdu", error="insufficient_scope", scope="osdu/read osdu/write"'
    assert told(guard.check([f"Bearer {mint()}"])) == (403, expected)
    # A token with another fault is not answered as a valid token without a scope.
    assert told(guard.check([f"Bearer {mint(payload=claims(exp=NOW))}"])) == BAD


def test_a_missing_group_is_403_and_is_not_named() -> None:
    guard = BearerGuard(pool_verifier(groups="admins"))
    expected = 'Bearer realm="osdu", error="insufficient_scope"'
    assert told(guard.check([f"Bearer {mint()}"])) == (403, expected)


def test_no_value_changes_the_form_of_a_challenge() -> None:
    for realm in ('a"b', "a\\b", "a\r\nb", "", "\u00e9"):
        with pytest.raises(ConfigurationError, match="OA-C771"):
            BearerGuard(pool_verifier(), realm)
    guard = BearerGuard(pool_verifier(scope='a"b'))
    assert told(guard.check([f"Bearer {mint()}"])) == (
        403,
        'Bearer realm="osdu", error="insufficient_scope"',
    )


def test_a_challenge_names_the_scope_if_it_is_the_same_for_all_issuers() -> None:
    other = pool_verifier(scope="a", user_pool_id="eu-west-1_Zz99Yy88X")
    for second, named in (
        (other, True),
        (pool_verifier(user_pool_id="eu-west-1_Zz99Yy88X"), False),
    ):
        several = SeveralIssuers(pool_verifier(scope="a"), second, clock=lambda: NOW)
        refusal = told(BearerGuard(several).check([f"Bearer {mint()}"]))
        assert refusal[0] == 403
        assert ('scope="a"' in refusal[1]) == named


def test_without_keys_the_answer_is_503_with_retry_after() -> None:
    with KeyServer() as server:
        server.status = 500
        verifier = fetching_verifier(server, FakeClock())
        bearer = [f"Bearer {mint(payload=server.claims())}"]
        status, headers = ask(asgi.BearerMiddleware(behind, verifier), asgi_scope(bearer))
        assert (status, headers["retry-after"]) == (503, "10")
        assert "www-authenticate" not in headers
        with pytest.raises(Undecided):
            authorizer(verifier)({"type": "TOKEN", "authorizationToken": bearer[0]}, None)


def test_the_service_s_log_has_the_reason_and_not_the_token(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO", "osdu_auth")
    token = mint(payload=claims(client_id="some\r\nother\x1b[31m"))
    BearerGuard(pool_verifier()).check([f"Bearer {token}"])
    with KeyServer() as server:
        server.status = 500
        keyless = fetching_verifier(server, FakeClock())
        BearerGuard(keyless).check([f"Bearer {mint(payload=server.claims())}"])
    refused, undecided = caplog.records
    assert (refused.levelname, undecided.levelname) == ("INFO", "WARNING")
    assert "client_id: expected" in refused.getMessage()
    assert "OA-V522" in refused.getMessage()
    assert "OA-N671" in undecided.getMessage()
    for segment in token.split("."):
        assert segment not in caplog.text
    assert refused.getMessage().isprintable()


def test_the_services_log_names_the_failure_whose_code_it_has(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO", "osdu_auth")
    token = mint(payload=claims(client_id="other", exp=1))
    BearerGuard(pool_verifier()).check([f"Bearer {token}"])
    (refused,) = caplog.records
    assert "client_id: expected" in refused.getMessage()
    assert "OA-V522" in refused.getMessage()


def test_the_service_s_log_says_that_an_endpoint_s_scopes_are_missing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO", "osdu_auth")
    guard = BearerGuard(pool_verifier())
    token = pool_verifier().verify(mint(payload=claims(scope="a")))
    assert guard.require(token, ["a"]) is token
    assert not caplog.records
    assert isinstance(guard.require(token, ["a", "b", "c"]), HttpRefusal)
    (refused,) = caplog.records
    assert "lacks 2 of the scopes" in refused.getMessage()


# --- ASGI ---


def test_asgi_accepts_a_valid_token_and_refuses_all_others() -> None:
    app = asgi.BearerMiddleware(behind, pool_verifier())
    status, headers = ask(app, asgi_scope([f"Bearer {mint()}"]))
    assert (status, headers["subject"]) == (200, claims()["sub"])
    for authorization, expected in REQUESTS.values():
        status, headers = ask(app, asgi_scope(authorization))
        assert (status, headers["www-authenticate"]) == expected
        assert headers["cache-control"] == "no-store"


def test_asgi_reads_a_token_only_from_the_authorization_header() -> None:
    app = asgi.BearerMiddleware(behind, pool_verifier())
    scope = asgi_scope([])
    scope["query_string"] = b"access_token=" + mint().encode()
    scope["headers"].append((b"cookie", b"access_token=" + mint().encode()))
    scope["headers"].append((b"x-authorization", b"Bearer " + mint().encode()))
    scope[asgi.TOKEN] = "forged"
    assert ask(app, scope)[0] == 401


def test_asgi_closes_a_web_socket_before_it_opens_and_passes_lifespan_on() -> None:
    reached: list[str] = []

    async def inner(scope: Any, receive: Any, send: Any) -> None:
        reached.append(scope["type"])

    app = asgi.BearerMiddleware(inner, pool_verifier())
    closed = [{"type": "websocket.close", "code": 1008}]
    assert messages_of(app, "websocket", []) == closed
    assert messages_of(app, "websocket", [f"Bearer {mint()}"]) == []
    assert messages_of(app, "lifespan", []) == []
    assert reached == ["websocket", "lifespan"]


# --- WSGI ---


@pytest.mark.parametrize("case", [case for case in REQUESTS if case != "two headers"])
def test_wsgi_refuses_as_rfc_6750_says(case: str) -> None:
    authorization, (status, challenge) = REQUESTS[case]
    answered: list[Any] = []

    def start_response(line: str, headers: list[tuple[str, str]], *_: Any) -> Any:
        answered.append((line, dict(headers)))

    def inner(environ: Any, start: Any) -> list[bytes]:
        return [environ[wsgi.TOKEN].subject.encode()]

    app = wsgi.BearerMiddleware(inner, pool_verifier())
    environ = {"HTTP_AUTHORIZATION": authorization[0]} if authorization else {}
    assert b"".join(app(environ, start_response)) == b""
    line, headers = answered[0]
    assert line.startswith(f"{status} ")
    assert headers["www-authenticate"] == challenge
    good = {"HTTP_AUTHORIZATION": f"Bearer {mint()}"}
    assert b"".join(app(good, start_response)) == claims()["sub"].encode()


# --- AWS Lambda ---

ARN = "arn:aws:execute-api:us-east-1:123456789012:abcdef/prod/GET/wells/7"
ROUTE_ARN = "arn:aws:execute-api:us-east-1:123456789012:abcdef/$default/GET/wells"


def events(authorization: str) -> dict[str, dict[str, Any]]:
    """The three kinds of events that API Gateway sends."""
    return {
        "TOKEN": {"type": "TOKEN", "authorizationToken": authorization, "methodArn": ARN},
        "REQUEST": {
            "type": "REQUEST",
            "headers": {"Authorization": authorization},
            "methodArn": ARN,
        },
        "HTTP": {
            "version": "2.0",
            "type": "REQUEST",
            "routeArn": ROUTE_ARN,
            "identitySource": [authorization],
            "headers": {"authorization": authorization},
        },
    }


def test_a_lambda_authorizer_answers_each_kind_of_event() -> None:
    handler = authorizer(pool_verifier())
    good = events(f"Bearer {mint()}")
    for kind in ("TOKEN", "REQUEST"):
        answer = handler(good[kind], None)
        assert answer["principalId"] == claims()["sub"]
        assert answer["policyDocument"]["Statement"] == [
            {
                "Action": "execute-api:Invoke",
                "Effect": "Allow",
                "Resource": "arn:aws:execute-api:us-east-1:123456789012:abcdef/prod/*",
            }
        ]
        assert all(isinstance(value, (str, int)) for value in answer["context"].values())
    assert handler(good["HTTP"], None)["isAuthorized"] is True
    for authorization in ("", "Bearer", "Basic x", f"Bearer {mint(payload=claims(exp=NOW))}"):
        bad = events(authorization)
        for kind in ("TOKEN", "REQUEST"):
            with pytest.raises(Unauthorized, match=r"\AUnauthorized\Z"):
                handler(bad[kind], None)
        assert handler(bad["HTTP"], None) == {"isAuthorized": False}


def test_a_lambda_authorizer_denies_a_token_of_too_little_scope() -> None:
    handler = authorizer(pool_verifier(scope="osdu/write"))
    answer = handler(events(f"Bearer {mint()}")["TOKEN"], None)
    assert answer["policyDocument"]["Statement"][0]["Effect"] == "Deny"
    assert "context" not in answer


def test_a_lambda_authorizer_answers_an_http_api_without_simple_responses_by_a_policy() -> None:
    handler = authorizer(pool_verifier(), simple_responses=False)
    answer = handler(events(f"Bearer {mint()}")["HTTP"], None)
    assert answer["principalId"] == claims()["sub"]
    assert answer["policyDocument"]["Version"] == "2012-10-17"
    stage = "arn:aws:execute-api:us-east-1:123456789012:abcdef/$default/*"
    for authorization, effect in (
        (f"Bearer {mint()}", "Allow"),
        ("", "Deny"),
        ("Bearer x", "Deny"),
    ):
        answer = handler(events(authorization)["HTTP"], None)
        assert answer["policyDocument"]["Statement"] == [
            {"Action": "execute-api:Invoke", "Effect": effect, "Resource": stage}
        ]
    # An API with payload format 1.0 sends the same events as a REST API.
    old = {**events(f"Bearer {mint()}")["REQUEST"], "version": "1.0"}
    assert handler(old, None)["policyDocument"]["Statement"][0]["Effect"] == "Allow"


def test_a_lambda_authorizer_gives_the_service_the_caller_s_identity() -> None:
    groups = ["users", "a,b", "caf\u00e9"]
    bearer = f"Bearer {mint(payload=claims(**{'cognito:groups': groups}))}"
    for kind in ("TOKEN", "REQUEST", "HTTP"):
        told = authorizer(pool_verifier())(events(bearer)[kind], None)["context"]
        assert told == {
            "subject": claims()["sub"],
            "username": claims()["username"],
            "client_id": claims()["client_id"],
            "scope": "aws.cognito.signin.user.admin osdu/read",
            "groups": "users,a%2Cb,caf%C3%A9",
            "expires_at": NOW + 3540,
        }


def test_a_lambda_authorizer_refuses_two_headers() -> None:
    handler = authorizer(pool_verifier())
    twice = {"multiValueHeaders": {"Authorization": [f"Bearer {mint()}"] * 2}, "methodArn": ARN}
    with pytest.raises(Unauthorized):
        handler(twice, None)


@for_each(
    "event",
    [
        *(None, [], "x", {}, {"headers": None}, {"headers": []}, {"headers": "Authorization"}),
        *({"headers": [["Authorization", "x"]]}, {"headers": {None: "x"}}),
        *({"multiValueHeaders": {"Authorization": None}}, {"multiValueHeaders": ["x"]}),
        *({"multiValueHeaders": {"Authorization": 5}}, {"type": "TOKEN"}),
    ],
    ids=repr,
)
def test_a_lambda_authorizer_treats_other_objects_as_requests_without_credentials(
    event: Any,
) -> None:
    handler = authorizer(pool_verifier())
    with pytest.raises(Unauthorized):
        handler(event, None)
    if isinstance(event, dict):
        assert handler(event | {"version": "2.0"}, None) == {"isAuthorized": False}


# --- GET /verify ---


def test_verify_answers_with_the_caller_s_identity() -> None:
    app = VerifyEndpoint(pool_verifier())
    for path in ("/verify", "/verify/api/wells"):
        status, headers = ask(app, asgi_scope([f"Bearer {mint()}"], path))
        assert status == 200
        assert headers["x-auth-subject"] == claims()["sub"]
        assert headers["x-auth-groups"] == "users,operators"
        assert headers["x-auth-scope"] == "aws.cognito.signin.user.admin osdu/read"
    for authorization, expected in REQUESTS.values():
        status, headers = ask(app, asgi_scope(authorization, "/verify"))
        assert (status, headers["www-authenticate"]) == expected


def test_no_claim_can_become_a_header_of_verify() -> None:
    hostile = 'a\r\nX-Auth-Groups: admins\0"\u00e9\u202e'
    payload = claims(sub=hostile, username=hostile, **{"cognito:groups": ["a,b", "c\n"]})
    status, headers = ask(
        VerifyEndpoint(pool_verifier()), asgi_scope([f"Bearer {mint(payload=payload)}"], "/verify")
    )
    assert status == 200
    assert [unquote(group) for group in headers["x-auth-groups"].split(",")] == ["a,b", "c\n"]
    assert unquote(headers["x-auth-subject"]) == unquote(headers["x-auth-username"]) == hostile
    assert all(value.isascii() and value.isprintable() for value in headers.values())


@for_each(
    "value",
    [" admin", "admin ", "  admin  ", " ", "a b", "\tadmin", "%20admin", "a%2Cb", "caf\u00e9"],
)
def test_each_value_of_verify_is_decoded_by_decoding_it_once(value: str) -> None:
    """Servers remove spaces around a header's value, and made "admin" from " admin"."""
    groups = ["users", value]
    payload = claims(sub=value, username=value, **{"cognito:groups": groups})
    bearer = [f"Bearer {mint(payload=payload)}"]
    _, headers = ask(VerifyEndpoint(pool_verifier()), asgi_scope(bearer, "/verify"))
    told = {name: text.strip(" \t") for name, text in headers.items()}
    assert unquote(told["x-auth-subject"]) == unquote(told["x-auth-username"]) == value
    assert [unquote(group) for group in told["x-auth-groups"].split(",")] == groups


@for_each(
    ("root", "path", "status"),
    [
        ("/auth", "/auth/verify", 200),
        ("/auth", "/auth/verify/wells", 200),
        ("/auth", "/verify", 200),  # a server whose path does not have the root
        ("/auth", "/authverify", 404),
        ("/auth", "/auth/other", 404),
        ("/", "/verify", 200),
        ("/verify", "/verify", 200),
    ],
)
def test_verify_may_be_mounted_within_another_application(
    root: str, path: str, status: int
) -> None:
    scope = asgi_scope([f"Bearer {mint()}"], path) | {"root_path": root}
    assert ask(VerifyEndpoint(pool_verifier()), scope)[0] == status
    assert ask(VerifyEndpoint(pool_verifier()), asgi_scope([], path))[0] in {401, 404}


def test_verify_serves_nothing_else() -> None:
    app = VerifyEndpoint(pool_verifier())
    good = [f"Bearer {mint()}"]
    for path in ("/", "/verifyx", "/x/verify", "/VERIFY"):
        assert ask(app, asgi_scope(good, path))[0] == 404
    posted = asgi_scope(good, "/verify") | {"method": "POST"}
    assert ask(app, posted)[0] == 405


def test_verify_closes_a_web_socket_before_it_opens() -> None:
    """A server answers the opening with 403; it answered 500, with a traceback in its log."""
    sent = messages_of(VerifyEndpoint(pool_verifier()), "websocket", [f"Bearer {mint()}"])
    assert sent == [{"type": "websocket.close", "code": 1008}]


@for_each("kind", ["webtransport", "http.response", ""])
@for_each("has_token", [False, True])
def test_a_connection_of_another_type_does_not_reach_the_application(
    kind: str, has_token: bool
) -> None:
    """As ASGI requires, an error tells the server that the type is not supported."""
    bearer = [f"Bearer {mint()}"] if has_token else []
    reached: list[str] = []

    async def inner(scope: Any, receive: Any, send: Any) -> None:
        reached.append(scope["type"])

    verifier = pool_verifier()
    for app in (VerifyEndpoint(verifier), asgi.BearerMiddleware(inner, verifier)):
        for scope in (asgi_scope(bearer, kind=kind), {"type": kind}):
            with pytest.raises(ValueError, match="only HTTP and web sockets"):
                asyncio.run(app(scope, nothing_comes, nothing_goes))
    assert reached == []


async def nothing_comes() -> Any:
    raise AssertionError("it was read")


async def nothing_goes(message: Any) -> None:
    raise AssertionError(f"it was answered: {message}")
