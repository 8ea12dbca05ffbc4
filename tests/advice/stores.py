"""Faults of sessions that cannot be saved, read or locked."""

from __future__ import annotations

import re
import shlex
from dataclasses import replace
from typing import TYPE_CHECKING

from advice.configuration import profile_of, sign_in
from advice.registry import provokes
from advice.scene import Fault, Scene, in_python
from osdu_auth import MemoryStore, Session
from osdu_auth.file_lock import FileLock
from osdu_auth.private_files import PrivateFolder
from osdu_auth.stores.file import FileStore
from osdu_auth.stores.token_store import SessionKey

if TYPE_CHECKING:
    from collections.abc import Mapping


def elsewhere(scene: Scene) -> Mapping[str, str]:
    return {"/a/folder/of/yours": shlex.quote(str(scene.folder / "sessions of mine"))}


@provokes("OA-F801")
def file_that_may_not_grow(scene: Scene) -> Fault:
    """The limit is raised, and the disk is another one, as both are told."""
    password = scene.folder / "password.txt"
    password.touch(mode=0o600)
    password.write_text(scene.sandbox.password + "\n")
    login = f"osdu-auth login --password-stdin < {shlex.quote(str(password))}"
    lines = [f"ulimit -f 0; {login}", login]
    return Fault(lambda: scene.process(lines.pop(0)), fill=elsewhere(scene))


@provokes("OA-F805")
def folder_below_a_file(scene: Scene) -> Fault:
    (scene.folder / "a file").touch()
    scene.environment["OSDU_AUTH_STATE_DIR"] = str(scene.folder / "a file/state")
    return Fault(sign_in(scene), fill=elsewhere(scene))


@provokes("OA-F806")
def folder_that_others_use(scene: Scene) -> Fault:
    scene.state.mkdir(mode=0o755)
    (scene.state / "of others").touch(mode=0o644)
    return Fault(sign_in(scene))


@provokes("OA-F807")
def lock_that_is_held(scene: Scene) -> Fault:
    scene.sign_in()
    store = FileStore(str(scene.state), patience=0.1)
    key = SessionKey("acme", profile_of(scene).binding)
    [file] = scene.state.rglob("acme.lock")
    folder = PrivateFolder(str(file.parent)).__enter__()
    lock = FileLock(folder, file.name, 0.0)
    lock.__enter__()

    def attempt() -> object:
        with store.open(key) as held:
            return held.load()

    def follow(advice: str) -> None:
        # That it names this process is what the person ends it by.
        scene.type(advice[advice.index("fuser") :], {})
        lock.__exit__(None, None, None)
        folder.__exit__(None, None, None)

    return Fault(in_python(attempt), in_python=follow)


@provokes("OA-F811")
def session_of_a_newer_version(scene: Scene) -> Fault:
    scene.sign_in()
    [file] = scene.state.rglob("acme.session")
    text = file.read_text()
    first, _, rest = text.partition("\n")
    file.write_text(re.sub(r"\d+", "99", first, count=1) + "\n" + rest)
    # Where sessions of this version are kept from now on, there is none yet.
    return Fault(scene.attempt("token", "--min-ttl", "5m"), fill=elsewhere(scene), ends_in=3)


@provokes("OA-F812")
def session_that_cannot_be_read(scene: Scene) -> Fault:
    scene.sign_in()
    [file] = scene.state.rglob("acme.session")
    file.write_text("no session\n")
    return Fault(scene.attempt("token"), stdin=scene.password)


@provokes("OA-F814")
def key_that_is_gone(scene: Scene) -> Fault:
    scene.sign_in()
    (scene.state / "key").unlink()
    return Fault(scene.attempt("token", "--min-ttl", "1h"), stdin=scene.password)


@provokes("OA-F815")
def key_store_that_is_required(scene: Scene) -> Fault:
    good = scene.file.read_text()
    scene.file.write_text(good + 'store.sealed = "required"\n')

    def follow(advice: str) -> None:
        assert 'set store.sealed = "preferred" in the profile' in advice
        scene.file.write_text(good + 'store.sealed = "preferred"\n')

    return Fault(sign_in(scene), in_python=follow)


@provokes("OA-F817")
def session_that_was_replaced(scene: Scene) -> Fault:
    store = MemoryStore()
    session = Session(profile_of(scene), store=store)
    saved = session.sign_in(scene.sandbox.username, scene.sandbox.password)
    others = [replace(saved, account="another")]

    def attempt() -> None:
        with store.open(session.key) as held:
            held.save(saved, others.pop() if others else held.load())

    return Fault(in_python(attempt), line="")
