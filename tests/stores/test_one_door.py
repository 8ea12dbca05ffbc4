"""Files of secrets are opened in one module, with names that no attacker can choose.

The row F-08 of the list of abuse and faults.
"""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import osdu_auth
from cases import for_each
from osdu_auth.cognito.device import Device
from osdu_auth.secret import Secret
from osdu_auth.stores.file import FileStore
from stored import store_session, stored, wipe_session
from stores.system_calls import needs_strace, traced

if TYPE_CHECKING:
    from collections.abc import Iterator

    from osdu_auth.stores.saved_session import SavedSession

PACKAGE = Path(osdu_auth.__file__).parent
WATCHED = ["stores", "session", "tokens.py", "file_lock.py", "key_store.py", "credentials"]

# Other places that open files, with the reason.
REASONED = {
    (
        "stores/fast_path.py",
        "os.open",
    ),  # it imports `os` alone; it reads, and looks at the same things
    ("stores/state_folder.py", "open"),  # the kernel's own table; no secret, no file of anybody's
}
OF_OS = {
    *("open", "fdopen", "mkfifo", "mknod", "truncate", "mkdir", "makedirs", "rename", "renames"),
    *("replace", "unlink", "remove", "removedirs", "rmdir", "link", "symlink", "chmod", "chown"),
}
OF_PATHS = {
    "read_text",
    "write_text",
    "read_bytes",
    "write_bytes",
    "touch",
    "unlink",
    "hardlink_to",
}
MODULES = {"pathlib", "shutil", "tempfile", "io", "codecs", "fileinput", "shelve", "dbm", "mmap"}


def watched_modules() -> list[Path]:
    """The modules that handle saved secrets."""
    named = [PACKAGE / name for name in WATCHED]
    inside = [module for folder in named for module in folder.rglob("*.py")]
    return [*inside, *(module for module in named if module.suffix)]


def doors_of_their_own(tree: ast.AST) -> Iterator[str]:
    """Each other way to open a file, as it is written in the source."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (f"import {alias.name}" for alias in node.names if alias.name in MODULES)
        elif isinstance(node, ast.ImportFrom) and node.module in {*MODULES, "os"}:
            yield f"from {node.module} import"
        elif isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            owner, _, name = called.rpartition(".")
            if called == "open" or (owner == "os" and name in OF_OS) or name in OF_PATHS:
                yield called


def test_every_file_of_the_store_is_opened_in_one_module() -> None:
    modules = watched_modules()
    assert len(modules) > 20
    found = {
        (str(module.relative_to(PACKAGE)), way)
        for module in modules
        for way in doors_of_their_own(ast.parse(module.read_text()))
    }
    assert found == REASONED


@for_each(
    "line",
    [
        *("open('x')", "os.open('x', 0)", "os.replace('x', 'y')", "path.read_text()"),
        *("import pathlib", "import tempfile", "from pathlib import Path", "from os import open"),
    ],
)
def test_a_second_way_to_open_a_file_is_found(line: str) -> None:
    assert list(doors_of_their_own(ast.parse(line)))


MARK = "mArK"
CHOSEN = f"../../{MARK}/{MARK}"


def chosen_by_others(session: SavedSession) -> SavedSession:
    """A session whose texts all came from a server, and would lead out of the folder."""
    secret = Secret(CHOSEN)
    return replace(
        session,
        account=CHOSEN,
        binding=CHOSEN,
        unknown=Secret(f'{{"{CHOSEN}": "{CHOSEN}"}}'),
        tokens=replace(
            session.tokens,
            access_token=secret,
            id_token=secret,
            refresh_token=secret,
        ),
        renewal_data=Device(secret, secret, secret).as_renewal_data(),
    )


@needs_strace
def test_no_value_of_a_server_or_a_token_becomes_a_part_of_a_path(
    state: Path, session: SavedSession, tmp_path: Path
) -> None:
    chosen = chosen_by_others(session)

    def use() -> int:
        store = FileStore(str(state))
        store_session(store, "acme", chosen)
        store.update_fingerprint("acme", chosen)
        loaded = stored(store, "acme") == chosen
        return int(not (loaded and wipe_session(store, "acme")))

    done = traced(use, tmp_path / "strace.log")
    assert done.status == 0
    with_paths = [call for call in done.calls if call.name not in {"write", "read"}]
    assert len(with_paths) > 50
    assert not [call for call in with_paths if MARK in call.arguments]
    assert [call for call in done.calls if call.name == "write" and MARK in call.arguments]
    named = {
        argument.strip('"')
        for call in with_paths
        for argument in call.arguments.split(", ")
        if argument.startswith('"') and not argument.startswith('"/')
    }
    assert named == {
        *("", "sessions", "key", "key.new", "key.lock"),
        *("acme.session", "acme.session.new", "acme.lock"),
    }
