"""References: a profile names the place of its app client's secret, and not the secret.

    keyring:NAME    the entry NAME of the OS key store, under the service "osdu-auth"
    env:NAME        an environment variable
    file:PATH       the text of a file that is private, or that another user keeps for reading
    command:…       what a program prints on its first line
    clear:VALUE     the secret itself, because the user insists

The law of this module: a text that is not such a reference may be the secret itself, so it is
refused and never shown. No error repeats what a place held or a program printed.
"""

from __future__ import annotations

import os
import re
import stat

from osdu_auth.errors import ConfigurationError
from osdu_auth.fixes import AskForSecret, Blank, Chmod, Command, Fix, GiveSecret, Run, Such, operand
from osdu_auth.input_text import NotText, client_secret_in, decoded, oddity
from osdu_auth.ownership import OPEN_TO_OTHERS, WRITE, is_ours, others_may
from osdu_auth.secret import Secret
from osdu_auth.text import printable

KINDS = ("keyring", "env", "file", "command", "clear")
COMMAND_PATIENCE = 30.0  # seconds

_ENTRY_NAME = r"[A-Za-z0-9._-]{1,64}"
_VARIABLE = r"[A-Za-z_][A-Za-z0-9_]*"
_LARGEST_FILE = 65536  # bytes
_ELSEWHERE = Run("init", "--client-secret", Blank("REF"))
_NAME_ANOTHER = "Put the secret there as text, or name another place: " + _ELSEWHERE
_EXAMPLES = "keyring:acme, file:~/.acme-secret, command:pass show acme, or clear:VALUE"


def is_reference(text: str) -> bool:
    """Say whether `text` begins with a kind of reference."""
    return text.partition(":")[0] in KINDS and ":" in text


def holds_secret(text: str | None) -> bool:
    """Say whether a reference is no reference but the secret itself (`clear:`)."""
    return text is not None and text.startswith("clear:")


def check_reference(text: str) -> str:
    """Return `text` if it is a reference that can be followed.

    Raises:
        ConfigurationError: OA-C710; the text is not repeated, since it may be the secret.
    """
    kind, _, rest = text.partition(":")
    shapes = {"keyring": _ENTRY_NAME, "env": _VARIABLE}
    visible = bool(rest.strip()) and rest.isprintable()
    if is_reference(text) and visible and re.fullmatch(shapes.get(kind, ".+"), rest):
        return text
    raise ConfigurationError(
        "The app client's secret is to be given as a reference, and that is none.",
        code="OA-C710",
        why="A profile says where the secret is. What was given is not shown, as it may be secret.",
        fix=Such("env:ACME_CLIENT_SECRET", f" (or {_EXAMPLES})"),
    )


def check_reachable(reference: str) -> None:
    """See that there is a secret where a reference points, without running a program of the user's.

    Raises:
        ConfigurationError, StoreUnavailable: as of `resolve`.
    """
    kind, _, rest = reference.partition(":")
    if kind != "command":
        resolve(reference)
        return
    from osdu_auth.profiles.commands import CommandFailed, require_program

    try:
        require_program(rest)
    except CommandFailed as failed:
        raise _failed_command(str(failed)) from None


def variables_of(reference: str | None) -> frozenset[str]:
    """Return the environment variables that hold what a reference points to: one, or none."""
    kind, _, rest = (reference or "").partition(":")
    return frozenset({rest} if kind == "env" else ())


def resolve(reference: str) -> Secret:
    """Follow a reference to the secret.

    Args:
        reference: as of `check_reference`.

    Raises:
        ConfigurationError: OA-C710: it is no reference; OA-C792 to OA-C796: nothing usable is
            where it points; OA-C749: what is there cannot be a secret.
        StoreUnavailable: OA-F821 to OA-F824: the OS key store gave no answer.
    """
    kind, _, rest = check_reference(reference).partition(":")
    follow = {
        "keyring": _from_key_store,
        "env": _from_environment,
        "file": _from_file,
        "command": _from_command,
        "clear": Secret,
    }
    secret = follow[kind](rest)
    if not secret:
        shown = f"{kind}:…" if kind in {"clear", "command"} else f"{kind}:{printable(rest, 100)}"
        raise ConfigurationError(
            f"The app client's secret is empty at {shown}.",
            code="OA-C796",
            fix=_NAME_ANOTHER,
        )
    return secret


def _from_environment(name: str) -> Secret:
    if name not in os.environ:
        raise ConfigurationError(
            f"The app client's secret is to be in the environment variable {name}, which is not "
            "set.",
            code="OA-C792",
            fix=GiveSecret(AskForSecret(name)),
        )
    return _secret_in(os.environ[name], f"env:{name}")


def _from_key_store(name: str) -> Secret:
    from osdu_auth.errors import StoreUnavailable
    from osdu_auth.key_store import SERVICE
    from osdu_auth.key_store import read as read_key_store

    try:
        answer = read_key_store(name)
    except StoreUnavailable as error:  # without it there is no secret, and so no going without it
        error.advice = "Unlock the key store and try again, or name another place: " + _ELSEWHERE
        raise
    if answer.value is None:
        raise ConfigurationError(
            f'The OS key store has no entry "{name}".',
            code="OA-C793",
            why=f'It was looked for under the service "{SERVICE}".',
            fix=Command("keyring", "set", SERVICE, name),
        )
    return _secret_in(answer.value.reveal(), f"keyring:{name}")


def _from_file(path: str) -> Secret:
    path = os.path.expanduser(path)
    try:
        # Without O_NONBLOCK a named pipe would hold us until another program writes.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(descriptor, "rb") as file:
            _require_private(descriptor, path)
            content = Secret(decoded(file.read(_LARGEST_FILE)))
    except OSError as error:
        raise _unusable_file(path, f"{error.strerror}.", _NAME_ANOTHER) from error
    except NotText as error:
        why = f"It is not text (UTF-8). {error}"
        raise _unusable_file(path, why, _NAME_ANOTHER) from None
    return _secret_in(content.reveal(), f"file:{printable(path, 100)}")


def _secret_in(text: str, place: str) -> Secret:
    """Return the secret that a place holds, without what stands around it.

    What else there is to say about its form, the pool says; what nobody sees, it cannot name.

    Raises:
        ConfigurationError: OA-C749: a blank, or a character that cannot be seen, is within it.
    """
    secret = client_secret_in(text)
    odd = oddity(secret) or ("It holds a space." if " " in secret else "")
    if not odd:
        return Secret(secret)
    raise ConfigurationError(
        f"What is at {place} cannot be an app client's secret.",
        code="OA-C749",
        why=f"{odd} A secret is 24 to 64 letters, digits, + and _, on a line alone.",
        fix="Copy it there again from the page of the app client.",
    )


def _require_private(descriptor: int, path: str) -> None:
    """Refuse a file that other users can change, or that this user has left open for reading.

    What its owner, root in a container perhaps, keeps for several users to read is the owner's to
    judge: it is fit, if the owner alone can change it. On a disk that is mounted read-only no mode
    can be changed.

    Raises:
        ConfigurationError: OA-C794.
    """
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        raise _unusable_file(path, "It is not a regular file.", _NAME_ANOTHER)
    if os.name == "nt":  # not tried: there are no owners and modes of this kind
        return
    if others_may(WRITE, status, descriptor):
        raise _unusable_file(path, "Other users can change it.", _closing(status, path))
    is_read_only = bool(os.fstatvfs(descriptor).f_flag & os.ST_RDONLY)
    if is_ours(status) and others_may(OPEN_TO_OTHERS, status, descriptor) and not is_read_only:
        raise _unusable_file(path, "Other users can read it.", Chmod("600", path))


def _closing(status: os.stat_result, path: str) -> Fix:
    """Return what closes a file to others; for a file of another user's, how to have a copy."""
    if is_ours(status):
        return Chmod("600", path)
    copy = os.path.expanduser("~/osdu-auth-secret")
    return (
        "It is another user's: once you know that it is right, use a copy of your own: "
        + Command("install", "-m", "600", operand(path), copy).then(
            Run("init", "--client-secret", f"file:{copy}")
        )
    )


def _unusable_file(path: str, why: str, fix: Fix) -> ConfigurationError:
    return ConfigurationError(
        f"The app client's secret cannot be read from {printable(path, 200)}.",
        code="OA-C794",
        why=why,
        fix=fix,
    )


def _from_command(command_line: str) -> Secret:
    from osdu_auth.profiles.commands import CommandFailed, first_line

    try:
        return _secret_in(first_line(command_line, COMMAND_PATIENCE).reveal(), "command:…")
    except CommandFailed as failed:
        raise _failed_command(str(failed)) from None


def _failed_command(why: str) -> ConfigurationError:
    return ConfigurationError(
        "The program that is to print the app client's secret did not.",
        code="OA-C795",
        why=f"{why} What it printed is not shown.",
        fix="Run the command of client_secret in a terminal, and see what it says.",
    )
