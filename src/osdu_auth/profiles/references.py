"""References: a profile names the place of its app client's secret, and not the secret.

    keyring:NAME    the entry NAME of the OS key store, under the service "osdu-auth"
    env:NAME        an environment variable
    file:PATH       the text of a file that only its owner can read
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
from osdu_auth.fixes import AskForSecret, Blank, Chmod, Command, Fix, GiveSecret
from osdu_auth.input_text import NotText, client_secret_in, decoded, oddity
from osdu_auth.ownership import CHANGE, NOTHING, access_of_others, is_ours
from osdu_auth.secret import Secret
from osdu_auth.text import printable

KINDS = ("keyring", "env", "file", "command", "clear")
COMMAND_PATIENCE = 30.0  # seconds

_ENTRY_NAME = r"[A-Za-z0-9._-]{1,64}"
_VARIABLE = r"[A-Za-z_][A-Za-z0-9_]*"
_LARGEST_FILE = 65536  # bytes
_EXAMPLES = (
    "env:ACME_CLIENT_SECRET, keyring:acme, file:~/.acme-secret, command:pass show acme, "
    "or clear:VALUE"
)


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
        fix=f"Give it as in: --client-secret env:ACME_CLIENT_SECRET (or {_EXAMPLES})",
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
            fix="Put the secret there, or point the profile elsewhere: --client-secret env:NAME",
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
    from osdu_auth.key_store import SERVICE
    from osdu_auth.key_store import read as read_key_store

    answer = read_key_store(name)
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
        raise _unusable_file(path, f"{error.strerror}.", Command("ls", "-l", path)) from error
    except NotText as error:
        why = f"It is not text (UTF-8). {error}"
        raise _unusable_file(path, why, Command("file", path)) from None
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
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        raise _unusable_file(path, "It is not a regular file.", Command("ls", "-l", path))
    access = access_of_others(status, descriptor)
    if access != NOTHING and not is_ours(status):
        own = Command("install", "-m", "600", path, Blank("~/osdu-auth-secret"))
        why = "It is another user's. In the profile, name a copy of yours: file:~/osdu-auth-secret"
        raise _unusable_file(path, why, own)
    if access != NOTHING:
        why = "Other users can change it." if access == CHANGE else "Other users can read it."
        raise _unusable_file(path, why, Chmod("600", path))


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
