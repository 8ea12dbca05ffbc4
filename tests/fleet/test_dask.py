"""A board that Dask carries: one line in a program, and every worker has the newest token."""

from __future__ import annotations

import logging
import time
import warnings
from typing import TYPE_CHECKING, Any

import pytest

from fleet.dask_tasks import (
    ask_for_newer,
    digest_of,
    seen_by_a_running_task,
    token_on_worker,
    until_it_is_stopped,
)
from fleet.fleet_test_parts import LIMIT, posted, until
from osdu_auth import BoardUnavailable, Session
from osdu_auth.fleet import DaskBoard
from osdu_auth.fleet.board import Reading

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from storm_table import Figure


pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    from dask.distributed import LocalCluster

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with LocalCluster(
            n_workers=1, threads_per_worker=2, host="127.0.0.1", dashboard_address=None
        ) as made:
            yield made


@pytest.fixture
def client(cluster: Any) -> Iterator[Any]:
    from dask.distributed import Client

    with Client(cluster) as made:
        yield made


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OSDU_AUTH_STATE_DIR", str(tmp_path / "state"))


def test_every_worker_has_the_newest_token_late_and_restarted_ones_too(
    client: Any, cluster: Any, session: Session
) -> None:
    with session.share(client) as publisher:
        source = publisher.source
        first = digest_of(session.token())
        assert client.submit(token_on_worker, source, pure=False).result(LIMIT) == first
        running = client.submit(seen_by_a_running_task, source, first, LIMIT, pure=False)
        until(lambda: running.status == "pending", "the task does not run")
        time.sleep(0.2)
        second = digest_of(session.renew().tokens.access_token)
        assert running.result(LIMIT), "a running task does not get the newer token"
        cluster.scale(2)
        until(lambda: len(client.scheduler_info()["workers"]) == 2, "the late worker does not come")
        for address in client.scheduler_info()["workers"]:
            there = client.submit(token_on_worker, source, workers=[address], pure=False)
            assert there.result(LIMIT) == second
        client.restart(wait_for_workers=True, timeout=60)
        for address in client.scheduler_info()["workers"]:
            there = client.submit(token_on_worker, source, workers=[address], pure=False)
            assert there.result(LIMIT) == second


def test_nothing_secret_is_in_a_state_dump_in_logs_or_in_what_dashboards_show(
    client: Any,
    session: Session,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    storm_figure: Figure,
) -> None:
    with caplog.at_level(logging.DEBUG), session.share(client) as publisher:
        source = publisher.source
        token = session.token()
        assert client.submit(token_on_worker, source).result(LIMIT) == digest_of(token)
        client.dump_cluster_state(str(tmp_path / "dump"), format="yaml")
        shown = [path.read_text() for path in tmp_path.glob("dump*")]
        shown += [str(client.get_worker_logs()), str(client.get_scheduler_logs())]
        shown += [str(dict(client.scheduler_info())), caplog.text]
        shown += [str(client.get_events()), str(client.processing()), str(client.who_has())]
        key = (tmp_path / "state" / "board.key").read_text().strip()
        saved = session.load()
    assert any("osdu-auth" in text for text in shown), "the plugin is not even named"
    secrets = [token.reveal(), key, *token.reveal().split(".")[1:]]
    secrets += [
        each.reveal() for each in (saved.tokens.refresh_token, saved.tokens.id_token) if each
    ]
    assert not [1 for text in shown for secret in secrets if secret in text]
    what = "tokens and the board key in Dask's state dump, logs and events"
    storm_figure(what, "absent", "absent", True)


def test_a_cluster_without_tls_is_warned_of(
    client: Any, session: Session, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING), session.share(client):
        pass
    assert "the Dask cluster at tcp://127.0.0.1" in caplog.text
    assert "TLS" in caplog.text


def test_a_worker_s_401_reaches_the_publisher(client: Any, session: Session) -> None:
    with session.share(client) as publisher:
        source = publisher.source
        first = session.token()

        assert client.submit(ask_for_newer, source, pure=False).result(LIMIT) != digest_of(first)


def test_a_sign_out_stops_workers(client: Any, session: Session) -> None:
    with session.share(client) as publisher:
        source = publisher.source
        client.submit(token_on_worker, source, pure=False).result(LIMIT)
        stopped = client.submit(until_it_is_stopped, source, LIMIT, pure=False)
        session.sign_out()
        assert stopped.result(LIMIT) == "OA-W410"


def test_the_board_of_a_client_keeps_the_contract_of_boards(client: Any) -> None:
    board = DaskBoard(client, "laws")
    first = posted(5)
    assert board.read() is None
    assert board.put(first)
    assert board.read() == Reading(first.text)
    assert not board.put(posted(4))
    assert board.put(posted(4), instead_of=first.text)
    with pytest.raises(BoardUnavailable) as ahead:
        board.put(posted(generation=int((time.time() + 400) * 1000)))
    assert ahead.value.code == "OA-W818"
    assert "canary" not in repr(board)


def test_a_closed_client_is_one_clear_error(cluster: Any, session: Session) -> None:
    from dask.distributed import Client

    with Client(cluster) as closed:
        board = DaskBoard(closed, "closed")
    with pytest.raises(BoardUnavailable) as gone:
        board.put(posted())
    assert gone.value.code == "OA-W810"
