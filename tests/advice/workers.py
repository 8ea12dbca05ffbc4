"""Faults of workers without a token, and of boards that cannot be used."""

from __future__ import annotations

import re
import shlex
import sys
import time
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from advice.configuration import profile_of
from advice.registry import provokes
from advice.scene import Fault, Outcome, Scene, by_turns, in_python
from osdu_auth import (
    KeySet,
    MemoryStore,
    OsduAuthError,
    Secret,
    Session,
    SharedTokenSource,
)
from osdu_auth.cognito.challenges import unattended
from osdu_auth.fleet import FolderBoard, MemoryBoard, Publisher, board_key
from osdu_auth.fleet.shared_token import SharedToken, profile_digest
from osdu_auth.stores.file import FileStore
from osdu_auth.stores.sealing import new_key

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from osdu_auth.stores.sealing import Key


def path_of_board(scene: Scene) -> Path:
    return scene.folder / "board"


def address(scene: Scene) -> str:
    return f"dir:{path_of_board(scene)}"


def share(scene: Scene) -> Outcome:
    """Publish as `osdu-auth share` does, in this process, until the token is there."""

    def publish() -> None:
        session = Session("acme")
        Publisher(session, address(scene), interval=3600).start().close()

    return scene.call(publish)


def worker(scene: Scene, **arguments: Any) -> Callable[[], Outcome]:
    """Return a function that gets a token as a worker of this account does."""
    arguments = {"patience": 0, **arguments}

    def ask() -> None:
        with SharedTokenSource(address(scene), **arguments) as source:
            source.token()

    return lambda: scene.call(ask)


def typed_share(scene: Scene, *, login: bool = False) -> Callable[[str], None]:
    """Return a function that types the fix; `osdu-auth share` runs until the token is there."""

    def follow(advice: str) -> None:
        command = f"osdu-auth share {shlex.quote(address(scene))}"
        assert command in advice, advice
        if login:
            assert f"osdu-auth login && {command}" in advice, advice
            scene.sign_in()
        run_share(scene, command)

    return follow


def run_share(scene: Scene, line: str) -> None:
    """Type a line with `osdu-auth share`, and end it after it has published."""
    line = line.replace("osdu-auth", f"{shlex.quote(sys.executable)} -m osdu_auth", 1)
    import subprocess

    with subprocess.Popen(
        ["bash", "--norc", "-c", f"exec {line} --json"],
        env=scene.environment,
        cwd=scene.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        begun = running.stdout.readline()
        running.terminate()
        assert '"generation"' in begun, running.stderr.read()


def key_of(scene: Scene) -> Key:
    found: list[Key] = []
    scene.call(lambda: found.append(board_key(None)))
    return found[0]


def put(scene: Scene, key: Key, *, ahead: float = 0.0, **changes: Any) -> None:
    """Put a token on the board, as another publisher would."""
    now = time.time()
    made = SharedToken(
        profile_digest(profile_of(scene).binding),
        int((now + ahead) * 1000),
        Secret("canary.of.another"),
        now,
        now + 3600,
        "another",
    )._replace(**changes)
    path_of_board(scene).mkdir(exist_ok=True)
    (path_of_board(scene) / "token").write_text(made.sealed(key).text)


@provokes("OA-W814")
def no_token_yet(scene: Scene) -> Fault:
    scene.sign_in()
    share_key(scene)
    return Fault(worker(scene), in_python=typed_share(scene))


def share_key(scene: Scene) -> None:
    """Make this account's board key, as a publisher does, and leave the board empty."""
    assert share(scene).code == 0
    (path_of_board(scene) / "token").unlink()


@provokes("OA-W411")
def token_that_has_ended(scene: Scene) -> Fault:
    scene.sign_in()
    share_key(scene)
    now = time.time()
    saved: list[str] = []
    scene.call(lambda: saved.append(Session("acme").load().subject or ""))
    put(scene, key_of(scene), issued_at=now - 60, expires_at=now - 1, subject=saved[0], ahead=-60)
    return Fault(worker(scene), in_python=typed_share(scene))


@provokes("OA-W410")
def user_who_signed_out(scene: Scene) -> Fault:
    scene.sign_in()

    def sign_out() -> None:
        session = Session("acme")
        with Publisher(session, address(scene), interval=3600) as publisher:
            publisher.start()
            session.sign_out()
            with suppress(OsduAuthError):
                publisher._publish_newest()

    assert scene.call(sign_out).code == 0
    return Fault(worker(scene), in_python=typed_share(scene, login=True))


@provokes("OA-W413")
def publisher_whose_user_signed_out(scene: Scene) -> Fault:
    scene.sign_in()
    session: list[Session] = []
    publishers: list[Publisher] = []

    def begin() -> None:
        session.append(Session("acme", store=FileStore(str(scene.state))))
        publishers.append(Publisher(session[0], address(scene), interval=3600).start())
        session[0].sign_out()

    assert scene.call(begin).code == 0
    scene.leaving.callback(publishers[0].close)
    return Fault(lambda: scene.call(publishers[0]._publish_newest), stdin=scene.password)


@provokes("OA-W412")
def token_of_another_user(scene: Scene) -> Fault:
    scene.sign_in()
    assert share(scene).code == 0
    sources: list[SharedTokenSource] = []

    def begin() -> None:
        source = scene.leaving.enter_context(SharedTokenSource(address(scene), patience=0))
        sources.append(source)
        source.token()

    assert scene.call(begin).code == 0
    put(scene, key_of(scene), ahead=1)

    def ask() -> None:
        sources[-1]._reader.read_board()
        sources[-1].token()

    def start_again(advice: str) -> None:
        assert "Start the work again" in advice
        assert scene.call(begin).code == 0

    return Fault(lambda: scene.call(ask), in_python=start_again)


@provokes("OA-W710")
def not_an_address(scene: Scene) -> Fault:
    boards = ["/shared/osdu-board"]

    def attempt() -> Outcome:
        return scene.call(lambda: SharedTokenSource(boards[-1], key="env:KEY"))

    def follow(advice: str) -> None:
        found = re.search(r"dir:/\S+", advice)
        assert found, advice
        boards.append(found[0])

    return Fault(attempt, in_python=follow)


def password_file(scene: Scene) -> Path:
    file = scene.folder / "redis password"
    file.touch(mode=0o600)
    file.write_text("a-password\n")
    return file


@provokes("OA-W711")
def password_in_an_address(scene: Scene) -> Fault:
    addresses = ["redis://me:canary-of-redis@127.0.0.1:1/0", "redis://me@127.0.0.1:1/0"]
    return Fault(
        lambda: scene.call(lambda: SharedTokenSource(addresses.pop(0), key="env:KEY")),
        fill={"/path/of/password": shlex.quote(str(password_file(scene)))},
    )


@provokes("OA-W712")
def key_that_was_not_brought(scene: Scene) -> Fault:
    scene.sign_in()
    assert share(scene).code == 0
    elsewhere = scene.folder / "board.key of mine"
    (scene.state / "board.key").rename(elsewhere)
    fill = {"/path/of/board.key": shlex.quote(str(elsewhere))}
    return Fault(worker(scene), fill=fill)


@provokes("OA-W714")
def token_for_another_profile(scene: Scene) -> Fault:
    scene.sign_in()
    assert share(scene).code == 0
    good = scene.file.read_text()
    other = good.replace("[profiles.acme]", "[profiles.other]").partition("[profiles.other]")[2]
    other = re.sub(r'client_id = ".*"', 'client_id = "' + "a" * 26 + '"', other)
    scene.file.write_text(
        good.replace('default_profile = "acme"', 'default_profile = "other"')
        + f"[profiles.other]{other}"
    )
    arguments: dict[str, Any] = {}

    def follow(advice: str) -> None:
        assert f'SharedTokenSource("{address(scene)}", profile="NAME")' in advice
        arguments["profile"] = "acme"

    def attempt() -> Outcome:
        return worker(scene, **arguments)()

    return Fault(attempt, in_python=follow)


@provokes("OA-W715")
def password_in_clear(scene: Scene) -> Fault:
    """The address is checked only; there is no connection."""
    boards = ["redis://publisher@redis.example.com/0"]

    def follow(advice: str) -> None:
        found = re.search(r"osdu-auth share (rediss://\S+?)(?:;| )", advice)
        assert found, advice
        boards.append(found[1])

    return Fault(
        lambda: scene.call(lambda: SharedTokenSource(boards[-1], key="env:KEY")), in_python=follow
    )


@provokes("OA-W810")
def board_that_is_gone(scene: Scene) -> Fault:
    """No server listens at the first address; the second is the right one."""
    scene.sign_in()
    boards = ["redis://127.0.0.1:1/0", address(scene)]

    def publish() -> None:
        Publisher(Session("acme"), boards.pop(0), interval=3600).start().close()

    return Fault(partial(scene.call, publish), line="")


@provokes("OA-W811")
def board_that_another_writer_holds(scene: Scene) -> Fault:
    from osdu_auth.file_lock import FileLock
    from osdu_auth.private_files import PrivateFolder

    scene.sign_in()
    assert share(scene).code == 0
    folder = scene.leaving.enter_context(PrivateFolder(str(path_of_board(scene))))
    lock = FileLock(folder, "lock", 1)

    def publish() -> None:
        board = FolderBoard(str(path_of_board(scene)), patience=0.05)
        board.lease("me", 10)

    return Fault(lambda: scene.call(publish), line="", first=lock.release)


@provokes("OA-W812")
def board_that_is_full(scene: Scene) -> Fault:
    """A full disk: the file may not grow, and later it may."""
    scene.sign_in()
    assert share(scene).code == 0
    (path_of_board(scene) / "token").unlink()
    line = (
        f"ulimit -f 0; exec {shlex.quote(sys.executable)} -m osdu_auth share "
        f"{shlex.quote(address(scene))} --json"
    )
    outcomes = [partial(scene.process, line), partial(share, scene)]

    def follow(advice: str) -> None:
        assert advice.startswith("Free some space, or make the disk writable; then try again")

    return Fault(by_turns(*outcomes), in_python=follow)


@provokes("OA-W813")
def board_that_is_not_ours_to_write(scene: Scene) -> Fault:
    scene.sign_in()
    elsewhere = scene.folder / "another board"
    path_of_board(scene).symlink_to(scene.folder)

    def follow(advice: str) -> None:
        assert "osdu-auth share dir:" in advice
        run_share(scene, f"osdu-auth share dir:{shlex.quote(str(elsewhere))}")
        path_of_board(scene).unlink()

    return Fault(lambda: share(scene), in_python=follow)


@provokes("OA-W815")
def board_with_another_key(scene: Scene) -> Fault:
    scene.sign_in()
    assert share(scene).code == 0
    key = scene.state / "board.key"
    right = key.read_text()
    key.write_text(new_key("board").value.reveal())

    def follow(advice: str) -> None:
        """Copy the publisher's key here; the publisher prints its place."""
        assert f"osdu-auth share {shlex.quote(address(scene))}" in advice
        key.write_text(right)

    return Fault(worker(scene), in_python=follow)


@provokes("OA-W817")
def board_of_another_publisher(scene: Scene) -> Fault:
    scene.sign_in()
    assert share(scene).code == 0
    subject: list[str] = []
    scene.call(lambda: subject.append(Session("acme").load().subject or ""))
    put(scene, key_of(scene), ahead=60, subject=subject[0])

    def follow(advice: str) -> None:
        """Run after the other publisher has ended; its token is a minute ahead."""
        assert f"osdu-auth login && osdu-auth share {shlex.quote(address(scene))}" in advice
        put(scene, key_of(scene), ahead=-1, subject=subject[0])
        scene.sign_in()
        run_share(scene, f"osdu-auth share {shlex.quote(address(scene))}")

    return Fault(lambda: share(scene), in_python=follow)


@provokes("OA-W818")
def clock_that_was_ahead(scene: Scene) -> Fault:
    def sign_in_ahead() -> None:
        session = Session("acme", clock=lambda: time.time() + 900)
        session.sign_in(scene.sandbox.username, Secret(scene.sandbox.password), unattended)

    assert scene.call(sign_in_ahead).code == 0
    return Fault(lambda: share(scene), in_python=typed_share(scene, login=True))


@provokes("OA-W819")
def token_that_the_keys_did_not_sign(scene: Scene) -> Fault:
    profile, board, key = profile_of(scene), MemoryBoard(), new_key("board")
    session = Session(profile, store=MemoryStore())
    session.sign_in(scene.sandbox.username, Secret(scene.sandbox.password), unattended)
    Publisher(session, board, key=key.value, interval=3600).start().close()
    published = scene.sandbox.pool.keys.public_key_set()["keys"]
    used = scene.sandbox.pool.keys.for_access_tokens.kid
    others = [each for each in published if each["kid"] != used]
    keys = [KeySet.from_dict({"keys": published}), KeySet.from_dict({"keys": others})]

    def ask() -> None:
        with SharedTokenSource(
            board, key=key.value, profile=profile, keys=keys[-1], patience=0
        ) as source:
            source.token()

    def follow(advice: str) -> None:
        assert "keys=KeySet.from_file('jwks.json')" in advice
        keys.pop()

    return Fault(in_python(ask), in_python=follow)


@provokes("OA-W713")
def redis_py_that_is_not_installed(scene: Scene) -> Fault:
    """As for a program without `redis`; installing it is simulated by making it importable."""
    blocked = scene.folder / "blocked"
    blocked.mkdir()
    (blocked / "redis.py").write_text("raise ImportError('not installed')\n")
    scene.environment["PYTHONPATH"] = str(blocked)
    line = f"{shlex.quote(sys.executable)} -m osdu_auth share redis://127.0.0.1:1/0"
    scene.sign_in()

    def follow(advice: str) -> None:
        assert advice == "pip install 'osdu-auth[fleet]'"
        del scene.environment["PYTHONPATH"]

    return Fault(lambda: scene.process(line), in_python=follow, ends_in=8)
