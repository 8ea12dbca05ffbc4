"""No network error, and no reply except a refusal of the session itself, ends a session.

The server chooses the fault by the app client's id, so hundreds of sessions can meet
their faults at the same time: most of a fault is waiting.

The rows I-05, R-13 of the list of abuse and faults.
"""

from __future__ import annotations

import json
import re
import socket
import threading
import time
from base64 import urlsafe_b64encode
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest
import trustme

from osdu_auth import Profile, Secret, Session
from osdu_auth.errors import (
    ConfigurationError,
    OsduAuthError,
    ServiceBusy,
    SessionEnded,
    Unreachable,
    UnusableReply,
)
from osdu_auth.stores.file import FileStore
from osdu_auth.stores.saved_session import SavedSession
from osdu_auth.tokens import TokenSet
from stored import store_session, stored
from wire.scripted_server import ScriptedServer, reply, resets_after, sends
from wire.test_tls import server_context

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Behaviour = Callable[[socket.socket, bytes], None]

HOUR = 3600.0
JSON_1_1 = "Content-Type: application/x-amz-json-1.1\r\n"
LEAVE_ALONE = "Retry-After: 60\r\n"  # so that no test waits for a second try
_CLIENT_ID = re.compile(rb'"ClientId": "([a-z0-9]+)"')


def jwt(**claims: Any) -> str:
    now = int(time.time())
    parts = [{"alg": "RS256", "kid": "k"}, {"iat": now, "exp": now + 3600, **claims}]
    text = [urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts]
    return ".".join([*text, "c2lnbmF0dXJl"])


OLD = TokenSet(Secret(jwt(sub="me")), 0.0, HOUR, None, Secret("refresh-token-1"))


def issued(**result: Any) -> bytes:
    """A valid reply; with `result`, a reply that is valid except for that part."""
    members = {"AccessToken": jwt(sub="me", jti="2"), "ExpiresIn": 3600, "TokenType": "Bearer"}
    members = {name: value for name, value in (members | result).items() if value is not None}
    return reply(json.dumps({"AuthenticationResult": members}).encode(), headers=JSON_1_1)


def refused(kind: str, message: str = "", status: str = "400 Bad Request") -> bytes:
    body = json.dumps({"__type": kind, "message": message}).encode()
    return reply(body, status, JSON_1_1 + LEAVE_ALONE)


class Pool:
    """A server that causes another fault for each app client.

    Args:
        context: the TLS settings; None for plain TCP.
    """

    def __init__(self, context: Any = None) -> None:
        self.faults: dict[str, Behaviour] = {}
        self.server = ScriptedServer(self._behave, context)
        self.asked: list[str] = []

    def _behave(self, connection: socket.socket, request: bytes) -> None:
        found = _CLIENT_ID.search(request)
        assert found
        self.asked.append(found[1].decode())
        self.faults[found[1].decode()](connection, request)


@dataclass
class Account:
    """A signed-in user of one app client, and the files of the session."""

    profile: Profile
    store: FileStore
    clock: float = 2 * HOUR

    def session(self) -> Session:
        return Session(self.profile, store=self.store, clock=lambda: self.clock)

    def sign_in(self, tokens: TokenSet = OLD) -> SavedSession:
        saved = SavedSession(tokens, "me@example.com", 0.0, self.profile.binding)
        store_session(self.store, self.profile.name, saved)
        return saved

    @property
    def kept(self) -> SavedSession | None:
        return stored(self.store, self.profile.name)


@pytest.fixture
def pool() -> Iterator[Pool]:
    made = Pool()
    with made.server:
        yield made


@pytest.fixture
def account(tmp_path: Path, pool: Pool) -> Callable[..., Account]:
    """Make an account whose app client has this name, at this address."""
    store = FileStore(str(tmp_path / "state"))

    def make(name: str, endpoint_url: str | None = None) -> Account:
        address = endpoint_url or pool.server.url().rstrip("/")
        profile = Profile(name=name, region="us-east-1", client_id=name, endpoint_url=address)
        made = Account(profile, store)
        made.sign_in()
        return made

    return make


def error_of(session: Session) -> OsduAuthError | None:
    try:
        session.token()
    except OsduAuthError as error:
        return error
    return None


def require_kept(accounts: list[Account], kinds: tuple[type[OsduAuthError], ...]) -> set[str]:
    """Ask for a token of each account, all at once; each keeps its session, and gives its error.

    Returns:
        The codes of the errors.
    """
    with ThreadPoolExecutor(100) as crowd:
        errors = list(crowd.map(lambda one: error_of(one.session()), accounts))
    for one, error in zip(accounts, errors, strict=True):
        assert isinstance(error, kinds), (one.profile.name, error)
        assert not isinstance(error, SessionEnded)
        assert error.fix
        assert one.kept is not None
        assert one.kept.tokens == OLD, one.profile.name
    return {error.code for error in errors if error is not None}


def test_a_reply_that_breaks_off_at_any_byte_ends_no_session(
    pool: Pool, account: Callable[..., Account]
) -> None:
    good = issued(AccessToken="a.b.c")
    for count in range(len(good)):
        pool.faults[f"reset{count}"] = resets_after(good[:count])
        pool.faults[f"ended{count}"] = sends(good[:count])
    assert len(pool.faults) > 300
    accounts = [account(name) for name in pool.faults]
    assert require_kept(accounts, (Unreachable,)) == {"OA-N606", "OA-N607"}


def halves(connection: socket.socket, _request: bytes) -> None:
    """Close the one half of the connection, and wait on the other."""
    connection.shutdown(socket.SHUT_WR)
    connection.recv(1)


NO_POOL: dict[str, tuple[Any, str]] = {
    "halfclosed": (halves, "OA-N607"),
    "portal": (sends(reply(b"<html>Welcome to our Wi-Fi</html>")), "OA-N633"),
    "portal302": (sends(reply(b"", "302 Found", "Location: http://portal/\r\n")), "OA-N631"),
    "portal511": (
        sends(reply(b"<html>", "511 Network Authentication Required", LEAVE_ALONE)),
        "OA-N641",
    ),
    "portal403": (sends(reply(b"<html>Blocked by policy</html>", "403 Forbidden")), "OA-N639"),
    "portalas": (sends(reply(b"<html>", headers=JSON_1_1)), "OA-N633"),
    "tlsalert": (sends(b"\x15\x03\x03\x00\x02\x02\x28"), "OA-N630"),
    "ssh": (sends(b"SSH-2.0-OpenSSH_9.6\r\n"), "OA-N630"),
    "toolarge": (sends(reply(b" " * 2_000_000)), "OA-N632"),
    "endless": (sends(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 50_000), "OA-N630"),
}


def test_a_reply_that_is_not_a_pool_s_ends_no_session(
    pool: Pool, account: Callable[..., Account]
) -> None:
    for name, (behave, code) in NO_POOL.items():
        pool.faults[name] = behave
        assert require_kept([account(name)], (Unreachable, UnusableReply, ServiceBusy)) == {code}


def test_an_unreachable_pool_ends_no_session(account: Callable[..., Account]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        closed = listener.getsockname()[1]
    stranger = server_context(trustme.CA().issue_cert("localhost"))
    with ScriptedServer(sends(b""), stranger) as untrusted:
        alert = sends(b"\x15\x03\x03\x00\x02\x02\x28")
        with ScriptedServer(alert, reads_a_request=False) as alerting:
            accounts = [
                account("unknown", "https://pool.invalid"),
                account("refused", f"http://127.0.0.1:{closed}"),
                account("stranger", untrusted.url("https", "localhost").rstrip("/")),
                account("alert", alerting.url("https", "localhost").rstrip("/")),
            ]
            codes = require_kept(accounts, (Unreachable,))
    assert codes == {"OA-N601", "OA-N602", "OA-N610", "OA-N608"}


def test_a_token_in_its_last_tenth_is_used_after_any_error(
    pool: Pool, account: Callable[..., Account]
) -> None:
    for name, (behave, _) in NO_POOL.items():
        pool.faults[name] = behave
        stale = account(name)
        stale.clock = 0.95 * HOUR
        assert stale.session().token() == OLD.access_token
        assert stale.kept is not None
        assert stale.kept.tokens == OLD


@pytest.mark.torture
def test_a_slow_or_silent_pool_fails_at_the_deadline_and_ends_no_session(
    pool: Pool, account: Callable[..., Account]
) -> None:
    done = threading.Event()

    def drips(start: bytes) -> Behaviour:
        def behave(connection: socket.socket, _request: bytes) -> None:
            connection.sendall(start)
            while not done.wait(1):
                connection.sendall(b"x")

        return behave

    def silent(_connection: socket.socket, _request: bytes) -> None:
        done.wait(60)

    good = issued()
    starts = {f"drip{count}": good[:count] for count in (0, 10, 20, 60, 120, len(good) - 40)}
    pool.faults = {name: drips(start) for name, start in starts.items()}
    pool.faults["silent"] = silent
    accounts = [account(name) for name in pool.faults]
    begin = time.monotonic()
    codes = require_kept(accounts, (Unreachable, UnusableReply))
    assert codes <= {"OA-N605", "OA-N630"}
    assert 19.5 < time.monotonic() - begin < 20.5
    done.set()


END: dict[str, tuple[bytes, str]] = {
    "revoked": (refused("NotAuthorizedException", "Refresh Token has been revoked"), "OA-S412"),
    "expired": (refused("NotAuthorizedException", "Refresh Token has expired"), "OA-S411"),
    "invalid": (refused("NotAuthorizedException", "Invalid Refresh Token"), "OA-S413"),
    "reused": (refused("RefreshTokenReuseException", "reused"), "OA-S414"),
    "disabled": (refused("NotAuthorizedException", "User is disabled."), "OA-S415"),
    "deleted": (refused("UserNotFoundException", "User does not exist."), "OA-S416"),
    "reset": (refused("PasswordResetRequiredException", "reset it"), "OA-S417"),
    "unconfirmed": (refused("UserNotConfirmedException", "not confirmed"), "OA-S418"),
    "other": (refused("NotAuthorizedException", "for a reason of tomorrow"), "OA-S419"),
    "longtype": (refused("com.amazonaws#RefreshTokenReuseException", "reused"), "OA-S414"),
}
KEEP: dict[str, tuple[bytes, str]] = {
    "secret": (
        refused("NotAuthorizedException", "Unable to verify secret hash for client c"),
        "OA-C731",
    ),
    "nosecret": (
        refused("InvalidParameterException", "Client c is configured with secret but SECRET_HASH "
                "was not received"),
        "OA-C732",
    ),
    "noclient": (refused("ResourceNotFoundException", "Client does not exist."), "OA-C734"),
    "parameter": (refused("InvalidParameterException", "Invalid"), "OA-C741"),
    "throttled": (refused("TooManyRequestsException", "Rate exceeded"), "OA-N640"),
    "limit": (refused("LimitExceededException", "Attempt limit exceeded"), "OA-N642"),
    "internal": (refused("InternalErrorException", "oh", "500 Internal Server Error"), "OA-N641"),
    "firewall": (refused("ForbiddenException", "Request not allowed", "403 Forbidden"), "OA-N645"),
    "operation": (refused("UnknownOperationException"), "OA-C735"),
    "tier": (refused("FeatureUnavailableInTierException", "no"), "OA-C736"),
    "trigger": (refused("UserLambdaValidationException", "PreToken failed"), "OA-C739"),
    "strange": (refused("OddException", "odd"), "OA-N690"),
    "strange401": (refused("ExpiredTokenException", "odd", "401 Unauthorized"), "OA-N690"),
    "oauth": (reply(b'{"error": "invalid_grant"}', "400 Bad Request", JSON_1_1), "OA-N639"),
    "empty500": (reply(b"", "500 Oh", LEAVE_ALONE), "OA-N641"),
    "page503": (reply(b"<html>", "503 Busy", LEAVE_ALONE), "OA-N641"),
    "empty429": (reply(b"", "429 Too Many Requests", LEAVE_ALONE), "OA-N641"),
    "empty404": (reply(b"", "404 Not Found"), "OA-N639"),
    "nothing": (reply(b"", headers=JSON_1_1), "OA-N634"),
    "object": (reply(b"{}", headers=JSON_1_1), "OA-N634"),
    "list": (reply(b"[]", headers=JSON_1_1), "OA-N639"),
    "nan": (reply(b'{"AuthenticationResult": {"ExpiresIn": NaN}}', headers=JSON_1_1), "OA-N633"),
    "twice": (
        reply(b'{"AuthenticationResult": {"ExpiresIn": 1, "ExpiresIn": 2}}', headers=JSON_1_1),
        "OA-N633",
    ),
    "challenge": (reply(b'{"ChallengeName": "SMS_MFA"}', headers=JSON_1_1), "OA-N635"),
    "noaccess": (issued(AccessToken=None), "OA-N635"),
    "broken": (issued(AccessToken="a.b\r\nX: y"), "OA-N635"),
    "notext": (issued(AccessToken=7), "OA-N635"),
    "lifetext": (issued(ExpiresIn="3600"), "OA-N635"),
    "lifeless": (issued(AccessToken="a.b.c", ExpiresIn=None), "OA-N637"),
    "lifezero": (issued(ExpiresIn=0), "OA-N635"),
    "lifelong": (issued(ExpiresIn=10**9), "OA-N635"),
    "mac": (issued(TokenType="mac"), "OA-N635"),
    "refreshlist": (issued(RefreshToken=["r"]), "OA-N635"),
    "somebodyelse": (issued(AccessToken=jwt(sub="another")), "OA-N636"),
}  # fmt: skip
GOOD: dict[str, tuple[bytes, str]] = {
    "same": (issued(), "refresh-token-1"),
    "rotated": (issued(RefreshToken="refresh-token-2"), "refresh-token-2"),
    "nolife": (issued(ExpiresIn=None), "refresh-token-1"),
    "unknownmember": (issued(Tomorrow={"a": 1}), "refresh-token-1"),
}


@pytest.mark.parametrize("answer", END)
def test_a_session_that_the_pool_ended_is_marked_with_the_reason(
    answer: str, pool: Pool, account: Callable[..., Account]
) -> None:
    raw, code = END[answer]
    pool.faults[answer] = sends(raw)
    ended = account(answer)
    with pytest.raises(SessionEnded) as raised:
        ended.session().token()
    assert raised.value.code == code
    assert ended.kept is not None
    assert ended.kept.end_mark is not None
    assert ended.kept.end_mark.code == code
    with pytest.raises(SessionEnded, match=code):
        ended.session().token()
    assert pool.asked == [answer], "no later program asks again"


@pytest.mark.parametrize("answer", KEEP)
def test_every_other_answer_keeps_the_session(
    answer: str, pool: Pool, account: Callable[..., Account]
) -> None:
    raw, code = KEEP[answer]
    pool.faults[answer] = sends(raw)
    kinds = (Unreachable, UnusableReply, ServiceBusy, ConfigurationError)
    assert require_kept([account(answer)], kinds) == {code}
    assert len(pool.asked) <= 2  # the older operation of renewal is the second


@pytest.mark.parametrize("answer", GOOD)
def test_a_valid_reply_is_kept_with_the_newest_refresh_token(
    answer: str, pool: Pool, account: Callable[..., Account]
) -> None:
    raw, refresh_token = GOOD[answer]
    pool.faults[answer] = sends(raw)
    renewed = account(answer)
    token = renewed.session().token()
    assert renewed.kept is not None
    assert renewed.kept.tokens.access_token == token != OLD.access_token
    assert renewed.kept.tokens.refresh_token == Secret(refresh_token)


def test_the_stored_session_counts_and_not_the_one_in_memory(
    pool: Pool, account: Callable[..., Account]
) -> None:
    """Another process has rotated the refresh token; sending the old one would end the session."""

    def reuse_detection(connection: socket.socket, request: bytes) -> None:
        is_newest = b"refresh-token-2" in request
        connection.sendall(issued() if is_newest else refused("RefreshTokenReuseException"))

    pool.faults["shared"] = reuse_detection
    shared = account("shared")
    remembering = shared.session()
    shared.clock = 0.5 * HOUR
    assert remembering.token() == OLD.access_token
    shared.sign_in(replace(OLD, refresh_token=Secret("refresh-token-2")))
    shared.clock = 2 * HOUR
    assert remembering.token() != OLD.access_token
    assert shared.kept is not None
