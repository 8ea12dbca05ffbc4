"""A board in a real redis-server: faults, access lists, TLS, and what it never holds."""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
import trustme

from documents.blocks import text_of
from fleet.fleet_test_parts import KEY, LIMIT, has_token, posted, refusal_of, shared, until
from osdu_auth import BoardUnavailable, OsduAuthError, SharedTokenSource
from osdu_auth.fleet import Publisher, RedisBoard
from redis_server import RedisServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from osdu_auth import Session

pytestmark = pytest.mark.real


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    """A server of this test's own, which it may kill."""
    with RedisServer(tmp_path / "redis", "--save", "") as made:
        yield made


@pytest.fixture
def board(server: RedisServer) -> Iterator[RedisBoard]:
    made = RedisBoard(server.url, answer=2.0)
    yield made
    made.close()


def code_of(board: RedisBoard, number: int = 1) -> str:
    with pytest.raises(OsduAuthError) as refused:
        board.put(posted(number))
    return refused.value.code


def test_the_line_on_the_board_expires_with_its_token(
    board: RedisBoard, server: RedisServer
) -> None:
    board.put(posted(expires_at=time.time() + 3600))
    with server.client() as client:
        left = client.pttl("osdu-auth:{default}:token")
    assert 3_500_000 < left <= 3_600_000


def test_two_boards_of_one_server_share_no_token(server: RedisServer) -> None:
    one, other = (RedisBoard(f"{server.url}?board={name}") for name in ("acme", "other"))
    one.put(posted())
    assert other.read() is None
    one.close()
    other.close()


def test_a_board_reports_a_server_that_is_gone_and_uses_it_again_later(
    board: RedisBoard, server: RedisServer
) -> None:
    board.put(posted(1))
    server.kill()
    assert code_of(board) == "OA-W810"
    with pytest.raises(BoardUnavailable):
        board.wait(0.1)
    server.start()
    assert board.put(posted(2))


def test_a_server_that_is_full_says_so_and_keeps_what_it_has(
    board: RedisBoard, server: RedisServer
) -> None:
    board.put(posted(1))
    with server.client() as client:
        client.config_set("maxmemory", "100kb")
    assert code_of(board, 2) == "OA-W812"
    reading = board.read()
    assert reading is not None
    assert reading.text.split()[3] == str(posted(1).generation)


def test_a_write_to_a_replica_is_refused(server: RedisServer, tmp_path: Path) -> None:
    with RedisServer(
        tmp_path / "replica", "--save", "", "--replicaof", "127.0.0.1", str(server.port)
    ) as replica:
        board = RedisBoard(replica.url)
        assert code_of(board) == "OA-W812"
        board.close()


def test_a_server_that_does_not_answer_is_waited_for_no_longer_than_allowed(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        board = RedisBoard(f"redis://127.0.0.1:{silent.getsockname()[1]}/0", answer=0.2)
        assert code_of(board) == "OA-W811"
        board.close()


def test_a_server_that_is_no_redis_is_one_clear_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:

        def answer() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = other.accept()
                    with connection:
                        connection.recv(1000)
                        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        threading.Thread(target=answer, daemon=True).start()
        board = RedisBoard(f"redis://127.0.0.1:{other.getsockname()[1]}/0", answer=2)
        assert code_of(board) == "OA-W810"
        board.close()
        other.shutdown(socket.SHUT_RDWR)


def access_lists() -> list[str]:
    """The lines of the guide."""
    name = "access lists, which make test-real gives to a Redis"
    return text_of("docs/workers.md", name).splitlines()


def test_the_access_lists_of_the_guide_let_each_role_do_its_own(
    server: RedisServer, session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    password = tmp_path / "password"
    password.touch(mode=0o600)
    password.write_text("canary-of-redis\n")
    with server.client() as client:
        for line in access_lists():
            client.execute_command(*line.replace("PASSWORD", "canary-of-redis").split())
        client.execute_command("ACL SETUSER default off")
    address = f"127.0.0.1:{server.port}/0?board=acme"
    without_user = RedisBoard(f"redis://{address}")
    assert code_of(without_user) == "OA-W813"
    monkeypatch.setenv("OSDU_AUTH_BOARD_PASSWORD", f"file:{password}")
    with (
        Publisher(session, f"redis://publisher@{address}", key=KEY.value) as publisher,
        SharedTokenSource(f"redis://worker@{address}", key=KEY.value) as worker,
    ):
        publisher.start()
        assert worker.token() == session.token()
        newer = session.renew().tokens.access_token
        until(lambda: has_token(worker, newer), "the worker hears of nothing")
        own = RedisBoard(f"redis://worker@{address}")
        assert code_of(own, 900) == "OA-W813"
        own.ask_for_newer(session.load().generation)
        assert publisher.board.refused_generation() == session.load().generation
        own.close()
    without_user.close()
    password.write_text("another\n")
    wrong = RedisBoard(f"redis://worker@{address}")
    assert code_of(wrong) == "OA-W813"
    wrong.close()


def test_tls_is_used_and_a_certificate_of_another_authority_is_refused(tmp_path: Path) -> None:
    authority, stranger = trustme.CA(), trustme.CA()
    certificate = authority.issue_cert("127.0.0.1")
    paths = {name: tmp_path / name for name in ("cert", "key", "ca", "stranger")}
    certificate.cert_chain_pems[0].write_to_path(paths["cert"])
    certificate.private_key_pem.write_to_path(paths["key"])
    paths["key"].chmod(0o600)
    authority.cert_pem.write_to_path(paths["ca"])
    stranger.cert_pem.write_to_path(paths["stranger"])
    options = ["--tls-cert-file", str(paths["cert"]), "--tls-key-file", str(paths["key"])]
    options += ["--tls-ca-cert-file", str(paths["ca"]), "--tls-auth-clients", "no"]
    server = RedisServer(tmp_path / "redis", "--save", "")
    with server.start(
        "--tls-port", str(server.port + 1 if server.port < 65000 else 64999), *options
    ):
        port = server.port + 1 if server.port < 65000 else 64999
        good = RedisBoard(f"rediss://127.0.0.1:{port}/0?ca={paths['ca']}")
        assert good.put(posted())
        good.wait(0.01)
        good.close()
        bad = RedisBoard(f"rediss://127.0.0.1:{port}/0?ca={paths['stranger']}")
        assert code_of(bad) == "OA-W810"
        bad.close()


def test_a_connection_without_tls_across_a_network_is_warned_of(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.WARNING):
        RedisBoard("redis://redis.example.com/0")
        assert "not encrypted" in caplog.text
        caplog.clear()
        RedisBoard("redis://127.0.0.1/0")
        RedisBoard("rediss://redis.example.com/0")
        assert caplog.text == ""


def test_a_hint_that_was_lost_with_its_connection_loses_no_token(
    server: RedisServer,
) -> None:
    publishing = RedisBoard(server.url)
    publishing.put(posted(1))
    with SharedTokenSource(server.url, key=KEY.value) as worker:
        worker.token()
        with server.client() as client:
            until(
                lambda: client.pubsub_numsub("osdu-auth:{default}")[0][1], "no connection listens"
            )
            client.execute_command("CLIENT KILL TYPE PUBSUB")
        publishing.put(posted(2))
        second = shared(2).access_token
        assert second is not None
        until(lambda: has_token(worker, second), "the token of the lost hint does not come")
    publishing.close()


def test_a_server_that_lost_everything_has_the_token_again_within_seconds(
    server: RedisServer, session: Session
) -> None:
    import time as real_time

    with Publisher(
        session, server.url, key=KEY.value, interval=0.05, clock=real_time.time
    ) as publisher:
        publisher.start()
        with SharedTokenSource(server.url, key=KEY.value) as worker:
            token = worker.token()
            server.kill()
            server.start()
            board = RedisBoard(server.url)
            until(lambda: board.read() is not None, "what was lost stays lost")
            assert worker.token() == token
            board.close()


def test_a_promoted_replica_that_lags_loses_no_token(
    server: RedisServer, session: Session, tmp_path: Path
) -> None:
    """Workers with the newer token do not take its older one, and the publisher replaces that."""
    board = RedisBoard(server.url)
    with SharedTokenSource(server.url, key=KEY.value) as worker:
        old, new = posted(1), posted(2)
        board.put(old)
        worker.token()
        board.put(new)
        second = shared(2).access_token
        assert second is not None
        until(lambda: has_token(worker, second), "the newer token does not come")
        with server.client() as client:  # what a replica has that was cut off before
            client.set("osdu-auth:{default}:token", old.text)
            client.publish("osdu-auth:{default}", f"{int(time.time() * 1000)} {old.text}")
        worker._reader.read_board()
        assert worker.token() == second
        assert board.put(posted(3))
    board.close()


def test_a_fork_has_connections_of_its_own(server: RedisServer) -> None:
    board = RedisBoard(server.url)
    board.put(posted(1))
    with SharedTokenSource(server.url, key=KEY.value) as worker:
        worker.token()
        second = shared(2).access_token
        assert second is not None
        child = os.fork()
        if not child:
            try:
                worker._reader.fresh_window = (0.0, 0.0, second)
                end = time.monotonic() + LIMIT
                while not has_token(worker, second) and time.monotonic() < end:
                    time.sleep(0.02)
                os._exit(0 if worker.token() == second else 1)
            finally:
                os._exit(2)
        board.put(posted(2))
        until(lambda: has_token(worker, second), "the parent hears of nothing")
        _, status = os.waitpid(child, 0)
        assert os.waitstatus_to_exitcode(status) == 0
    board.close()


def test_no_token_and_no_refresh_token_is_in_what_redis_writes_or_shows(
    session: Session, tmp_path: Path
) -> None:
    """In its dump, its log of commands, and what MONITOR shows; the board key is not either."""
    seen: list[bytes] = []
    with RedisServer(
        tmp_path / "redis", "--appendonly", "yes", "--appendfsync", "always"
    ) as server:
        with socket.create_connection(("127.0.0.1", server.port)) as monitor:
            monitor.sendall(b"MONITOR\r\n")
            monitor.settimeout(0.5)
            with Publisher(session, server.url, key=KEY.value, interval=0.05) as publisher:
                publisher.start()
                with SharedTokenSource(server.url, key=KEY.value) as worker:
                    worker.token()
                    newer = session.renew().tokens.access_token
                    until(lambda: has_token(worker, newer), "the newer token does not come")
                    session.sign_out()
                    assert refusal_of(worker).code == "OA-W410"
            with suppress(TimeoutError):
                while chunk := monitor.recv(65536):
                    seen.append(chunk)
        with server.client() as client:
            client.save()
        saved = session_secrets(session)
    files = [path.read_bytes() for path in (tmp_path / "redis").rglob("*") if path.is_file()]
    assert any(b"osdu-auth-board" in content for content in files)
    assert b"osdu-auth-board" in b"".join(seen)
    for content in (*files, b"".join(seen)):
        assert not [1 for secret in saved if secret in content]


def session_secrets(session: Session) -> list[bytes]:
    """All that a test of this session registered, and the board key; never shown."""
    from canaries import CANARIES

    del session
    return [KEY.value.reveal().encode(), *(canary.encode() for canary in CANARIES)]


def test_a_password_in_a_variable_is_a_reference(server: RedisServer) -> None:
    board = RedisBoard(server.url, password="canary-password-in-clear")
    with pytest.raises(BoardUnavailable) as refused:
        board.read()
    assert refused.value.code == "OA-W813"
    assert "canary" not in str(refused.value)
    assert "client" not in str(refused.value)
