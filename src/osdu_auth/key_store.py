"""The OS key store, through the library `keyring`: small secrets that the user's login protects.

Invariants: the key store is another program, so it may be absent, locked, slow or broken. It is
called only in a child process that has three seconds, and secrets pass through pipes. A backend
that stores secrets in clear text, or does not store them, is refused.
"""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

from osdu_auth.errors import StoreUnavailable
from osdu_auth.fixes import Export
from osdu_auth.secret import ErrorsWithoutLocals, Secret
from osdu_auth.text import printable

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Mapping

SERVICE = "osdu-auth"
PATIENCE = 3.0  # seconds
KEY_STORE_VARIABLE = "OSDU_AUTH_KEY_STORE"

# The child's program. It is given its parent's import path, so that both find the same packages and
# never import a file of the current folder instead.
_CHILD = (
    "import json, sys; request = json.load(sys.stdin); sys.path[:] = request['import_path'];"
    "from osdu_auth.key_store import answer_request; answer_request(request)"
)
# The meaning of a backend's error, by the name of the error's class.
_PROBLEMS = {
    "InitError": "cannot be reached",
    "KeyringLocked": "is locked",
    "PasswordDeleteError": "did not delete the entry",
    "PasswordSetError": "did not store the value",
}
_UNSAFE = ("fail", "null", "plaintext")


class KeyStoreReply(NamedTuple):
    """A reply of a key store.

    Args:
        key_store: the name of the key store, such as `SecretService`.
        value: the secret of the entry; None where there is no entry.
    """

    key_store: str
    value: Secret | None


def can_exist() -> bool:
    """Say whether there may be a key store; this takes microseconds, a request takes 100 ms."""
    if _is_switched_off() or _is_frozen():
        return False
    if sys.platform != "linux":  # not tried: macOS and Windows always have one
        return True
    chosen = "PYTHON_KEYRING_BACKEND" in os.environ or os.path.exists(_keyring_settings())
    return chosen or _has_message_bus()


def read(name: str) -> KeyStoreReply:
    """Read the entry called `name`.

    Raises:
        StoreUnavailable: OA-F821 to OA-F824: there is no key store, or it gave no answer.
    """
    return _ask("read", name)


def write(name: str, value: Secret) -> KeyStoreReply:
    """Store `value` as the entry called `name`, and read it back.

    Raises:
        StoreUnavailable: see `read`; or the stored value differs from `value`.
    """
    kept = _ask("write", name, value)
    if kept.value != value:
        raise _failure(kept.key_store, "did not store the value")
    return kept


def delete(name: str) -> bool:
    """Delete the entry called `name`, and return whether it existed.

    Raises:
        StoreUnavailable: see `read`.
    """
    return _ask("delete", name).value is not None


def _ask(operation: str, name: str, value: Secret | None = None) -> KeyStoreReply:
    if not can_exist():
        raise StoreUnavailable(
            "There is no OS key store to use here.",
            code="OA-F821",
            why=_why_absent(),
            fix="Use a desktop session, or a setting that needs no key store.",
        )
    with ErrorsWithoutLocals():
        return _read_reply(_run_child(_request(operation, name, value)))


def _request(operation: str, name: str, value: Secret | None) -> bytes:
    request = {
        "import_path": [os.path.abspath(entry) for entry in sys.path if entry],
        "operation": operation,
        "name": name,
        "value": value.reveal() if value else None,
    }
    return json.dumps(request).encode()


def _run_child(request: bytes) -> bytes:
    import subprocess

    environment = {
        name: text for name, text in os.environ.items() if not name.startswith("OSDU_AUTH_")
    }
    try:
        # The child has its own process session: it has no terminal to ask on, and it can be ended
        # together with the processes that it starts.
        child = subprocess.Popen(  # noqa: S603 - this interpreter, and a constant
            [sys.executable, "-I", "-c", _CHILD],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            env=environment,
        )
    except OSError as error:
        raise _failure("", f"could not be asked: {error.strerror}") from error
    try:
        return child.communicate(request, PATIENCE)[0]
    except subprocess.TimeoutExpired as error:
        raise StoreUnavailable(
            f"The OS key store did not answer within {PATIENCE:.0f} seconds.",
            code="OA-F822",
            why="It may be locked and wait for its password, or have no desktop where it can ask.",
            fix="Unlock it and try again, or turn it off: " + Export(KEY_STORE_VARIABLE, "off"),
        ) from error
    finally:
        _end(child)


def _end(child: subprocess.Popen[bytes]) -> None:
    """End the child and the processes that it started."""
    if child.poll() is None:
        import signal

        if sys.platform == "win32":  # not tried
            child.kill()
        else:
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
    for pipe in (child.stdin, child.stdout):
        if pipe is not None:
            pipe.close()


def _read_reply(output: bytes) -> KeyStoreReply:
    try:
        reply: dict[str, Any] = json.loads(output)
        key_store, value, problem = reply["key_store"], reply["value"], reply["problem"]
    except (ValueError, KeyError, TypeError) as error:
        raise _failure("", "ended without an answer") from error
    if problem == "unsafe":
        raise StoreUnavailable(
            "There is no OS key store to use here.",
            code="OA-F824",
            why=f"{printable(key_store or 'The present backend', 60)} does not protect secrets.",
            fix="Install one that keyring can use, such as GNOME Keyring or KWallet.",
        )
    if problem:
        raise _failure(key_store or "", _PROBLEMS.get(problem, "failed and did not say why"))
    if not isinstance(value, str | None):
        raise _failure(key_store or "", "answered with something that is not a text")
    return KeyStoreReply(key_store or "", None if value is None else Secret(value))


def _failure(key_store: str, what_it_did: str) -> StoreUnavailable:
    shown = f" ({printable(key_store, 60)})" if key_store else ""
    return StoreUnavailable(
        f"The OS key store{shown} {what_it_did}.",
        code="OA-F823",
        fix="Unlock it and try again, or turn it off: " + Export(KEY_STORE_VARIABLE, "off"),
    )


def _why_absent() -> str:
    if _is_switched_off():
        return f"{KEY_STORE_VARIABLE} is off."
    return "No desktop session's message bus was found, and no keyring backend is chosen."


def _is_switched_off() -> bool:
    from osdu_auth.input_text import value_in

    return value_in(os.environ.get(KEY_STORE_VARIABLE, "")).lower() == "off"


def _is_frozen() -> bool:
    """Say whether this program is packed into one file, without an interpreter for a child."""
    return not sys.executable or bool(getattr(sys, "frozen", False))


def _has_message_bus() -> bool:
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    at_default_place = runtime is not None and os.path.exists(os.path.join(runtime, "bus"))
    return "DBUS_SESSION_BUS_ADDRESS" in os.environ or at_default_place


def _keyring_settings() -> str:
    """Return the path of the file where `keyring` reads which backend the user chose."""
    folder = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")
    return os.path.join(folder, "python_keyring", "keyringrc.cfg")


# The functions below run in the child process.


def answer_request(request: Mapping[str, Any]) -> None:
    """Carry out one request and write the reply to standard output, in the child process.

    Args:
        request: `operation` (read, write or delete), `name` of the entry, `value` to write.
    """
    # What a backend prints must not become part of the reply.
    output = os.dup(1)
    os.dup2(2, 1)
    reply: dict[str, str | None] = {"key_store": None, "value": None, "problem": None}
    try:
        _carry_out(request, reply)
    except BaseException as problem:  # noqa: BLE001 - backends raise errors of any class
        # Only the class of the problem: its text may contain the secret.
        reply["problem"] = type(problem).__name__
    os.write(output, json.dumps(reply).encode())
    # A normal end of the interpreter could wait for a backend's threads and hooks.
    os._exit(0)


def _carry_out(request: Mapping[str, Any], reply: dict[str, str | None]) -> None:
    backend = _backend()
    name = request["name"]
    reply["key_store"] = _name_of(backend)
    if _is_unsafe(backend):
        reply["problem"] = "unsafe"
        return
    if request["operation"] == "write":
        backend.set_password(SERVICE, name, request["value"])
    reply["value"] = backend.get_password(SERVICE, name)
    if request["operation"] == "delete" and reply["value"] is not None:
        backend.delete_password(SERVICE, name)


def _backend() -> Any:
    import keyring

    backend: Any = keyring.get_keyring()
    # If the first backend of a chain refuses a secret, the chain gives the secret to the next one,
    # which may store it in clear text.
    chained = (
        getattr(backend, "backends", None) if _module_of(backend).endswith("chainer") else None
    )
    return next((each for each in chained or () if not _is_unsafe(each)), backend)


def _is_unsafe(backend: Any) -> bool:
    name = f"{_module_of(backend)}.{type(backend).__name__}".lower()
    words = name.replace("_", ".").split(".")
    if words[-2:-1] == ["chainer"]:  # a chain without a safe backend
        return True
    return any(word.startswith(unsafe) for unsafe in _UNSAFE for word in words)


def _module_of(backend: Any) -> str:
    return type(backend).__module__


def _name_of(backend: Any) -> str:
    name = str(getattr(backend, "name", type(backend).__name__))
    return name.removesuffix(" Keyring")
