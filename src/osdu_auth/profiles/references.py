"""References: a profile names the place of its app client's secret, and not the secret.

    keyring:NAME              the entry NAME of the OS key store, under the service "osdu-auth"
    env:NAME                  an environment variable
    file:PATH                 a file that is private, or that another user keeps for reading
    command:…                 what a program prints on its first line
    secretsmanager:NAME#KEY   a secret of AWS Secrets Manager, by name or ARN, and a key in JSON
    ssm:/PATH                 a parameter of AWS Parameter Store
    clear:VALUE               the secret itself, because the user insists

So does the profile of a service account with its private key and its certificate. A reference is
followed each time: what it leads to may have been replaced.

The law of this module: a text that is not such a reference may be the secret itself, so it is
refused and never shown. No error repeats what a place held or a program printed.
"""

from __future__ import annotations

import os
import re
import stat
from typing import TYPE_CHECKING, NamedTuple

from osdu_auth.errors import ConfigurationError
from osdu_auth.fixes import (
    AskForSecret,
    Blank,
    Chmod,
    Command,
    ExampleValue,
    Fix,
    GiveSecret,
    Run,
)
from osdu_auth.input_text import NotText, client_secret_in, decoded, oddity
from osdu_auth.ownership import OPEN_TO_OTHERS, WRITE, is_ours, others_may
from osdu_auth.profiles.setting_places import flag_of
from osdu_auth.secret import Secret
from osdu_auth.shell_words import operand
from osdu_auth.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable

SECRETS_MANAGER, PARAMETER_STORE = "secretsmanager", "ssm"
KINDS = ("keyring", "env", "file", "command", SECRETS_MANAGER, PARAMETER_STORE, "clear")
COMMAND_PATIENCE = 30.0  # seconds

_ENTRY_NAME = r"[A-Za-z0-9._-]{1,64}"
_VARIABLE = r"[A-Za-z_][A-Za-z0-9_]*"
_LARGEST_FILE = 65536  # bytes
_AT_AWS = frozenset({SECRETS_MANAGER, PARAMETER_STORE})
# A name or an ARN, and after # the key in a value that is JSON.
_PLACE_AT_AWS = r"[A-Za-z0-9/_+=.@:-]{1,2048}(?:#[^\s#]{1,256})?"
_EXAMPLES = (
    "keyring:acme, file:~/.acme-secret, command:pass show acme, "
    "secretsmanager:acme/osdu#client_secret, ssm:/acme/osdu/secret, or clear:VALUE"
)


class Wanted(NamedTuple):
    """What a reference is to lead to.

    Args:
        words: what it is, as the subject of a sentence.
        setting: the setting that names its place.
        read: returns it of the text that a place holds, or raises; given the place's words, too.
        is_whole: whether it is all that a program prints, and not its first line.
    """

    words: str
    setting: str
    read: Callable[[str, str], Secret]
    is_whole: bool = False

    @property
    def elsewhere(self) -> Fix:
        """What names another place."""
        return Run("init", flag_of(self.setting), Blank("REF"))

    @property
    def name_another(self) -> Fix:
        """What to do about a place that does not hold it."""
        return "Put it there as text, or name another place: " + self.elsewhere


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
    shapes = {"keyring": _ENTRY_NAME, "env": _VARIABLE, **dict.fromkeys(_AT_AWS, _PLACE_AT_AWS)}
    visible = bool(rest.strip()) and rest.isprintable()
    if is_reference(text) and visible and re.fullmatch(shapes.get(kind, ".+"), rest):
        return text
    raise ConfigurationError(
        "A secret is to be given as a reference, and that is none.",
        code="OA-C710",
        why="A profile says where the secret is. What was given is not shown, as it may be secret.",
        fix=ExampleValue("env:ACME_CLIENT_SECRET", f" (or {_EXAMPLES})"),
    )


def check_reachable(reference: str) -> None:
    """See that there is a secret where a reference points.

    No program of the user's is run for that, and AWS is not asked, which bills it.

    Raises:
        ConfigurationError, StoreUnavailable: as of `resolve`.
    """
    kind, _, rest = reference.partition(":")
    if kind in _AT_AWS:
        return
    if kind != "command":
        resolve(reference)
        return
    from osdu_auth.profiles.commands import CommandFailed, require_program

    try:
        require_program(rest)
    except CommandFailed as failed:
        raise _failed_command(CLIENT_SECRET, str(failed)) from None


def variables_of(reference: str | None) -> frozenset[str]:
    """Return the environment variables that hold what a reference points to: one, or none."""
    kind, _, rest = (reference or "").partition(":")
    return frozenset({rest} if kind == "env" else ())


def resolve(reference: str, wanted: Wanted | None = None) -> Secret:
    """Follow a reference to the secret.

    Args:
        reference: as of `check_reference`.
        wanted: what it is to lead to; None for an app client's secret.

    Raises:
        ConfigurationError: OA-C710: it is no reference; OA-C792 to OA-C796: nothing usable is
            where it points; OA-C749: what is there cannot be a secret; OA-A720 to OA-A725: AWS
            does not give it.
        StoreUnavailable: OA-F821 to OA-F824: the OS key store gave no answer.
        ServiceBusy, Unreachable: OA-A601: AWS did not answer.
    """
    wanted = wanted or CLIENT_SECRET
    kind, _, rest = check_reference(reference).partition(":")
    follow = {
        "keyring": _from_key_store,
        "env": _from_environment,
        "file": _from_file,
        "command": _from_command,
        SECRETS_MANAGER: _from_secrets_manager,
        PARAMETER_STORE: _from_parameter_store,
        "clear": _from_profile,
    }
    secret = follow[kind](rest, wanted)
    if not secret:
        shown = f"{kind}:…" if kind in {"clear", "command"} else f"{kind}:{printable(rest, 100)}"
        raise ConfigurationError(
            f"{wanted.words} is empty at {shown}.",
            code="OA-C796",
            fix=wanted.name_another,
        )
    return secret


def _from_profile(value: str, wanted: Wanted) -> Secret:
    return Secret(value) if wanted is CLIENT_SECRET else wanted.read(value, "clear:…")


def _from_environment(name: str, wanted: Wanted) -> Secret:
    if name not in os.environ:
        raise ConfigurationError(
            f"{wanted.words} is to be in the environment variable {name}, which is not set.",
            code="OA-C792",
            fix=GiveSecret(AskForSecret(name)),
        )
    return wanted.read(os.environ[name], f"env:{name}")


def _from_key_store(name: str, wanted: Wanted) -> Secret:
    from osdu_auth.errors import StoreUnavailable
    from osdu_auth.key_store import SERVICE
    from osdu_auth.key_store import read as read_key_store

    try:
        answer = read_key_store(name)
    except StoreUnavailable as error:  # without it there is no secret, and so no going without it
        unlock = "Unlock the key store and try again, or name another place: "
        error.advice = unlock + wanted.elsewhere
        raise
    if answer.value is None:
        raise ConfigurationError(
            f'The OS key store has no entry "{name}".',
            code="OA-C793",
            why=f'It was looked for under the service "{SERVICE}".',
            fix=Command("keyring", "set", SERVICE, name),
        )
    return wanted.read(answer.value.reveal(), f"keyring:{name}")


def _from_secrets_manager(place: str, wanted: Wanted) -> Secret:
    from osdu_auth.aws_secrets import read

    return wanted.read(read(SECRETS_MANAGER, place).reveal(), f"{SECRETS_MANAGER}:{place}")


def _from_parameter_store(place: str, wanted: Wanted) -> Secret:
    from osdu_auth.aws_secrets import read

    return wanted.read(read(PARAMETER_STORE, place).reveal(), f"{PARAMETER_STORE}:{place}")


def _from_file(path: str, wanted: Wanted) -> Secret:
    path = os.path.expanduser(path)
    try:
        # Without O_NONBLOCK a named pipe would hold us until another program writes.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(descriptor, "rb") as file:
            _require_private(descriptor, path, wanted)
            content = Secret(decoded(file.read(_LARGEST_FILE)))
    except OSError as error:
        raise _unusable_file(path, f"{error.strerror}.", wanted.name_another, wanted) from error
    except NotText as error:
        why = f"It is not text (UTF-8). {error}"
        raise _unusable_file(path, why, wanted.name_another, wanted) from None
    return wanted.read(content.reveal(), f"file:{printable(path, 100)}")


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


CLIENT_SECRET = Wanted("The app client's secret", "client_secret", _secret_in)


def _require_private(descriptor: int, path: str, wanted: Wanted) -> None:
    """Refuse a file that other users can change, or that this user has left open for reading.

    What its owner, root in a container perhaps, keeps for several users to read is the owner's to
    judge: it is fit, if the owner alone can change it. On a disk that is mounted read-only no mode
    can be changed.

    Raises:
        ConfigurationError: OA-C794.
    """
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        raise _unusable_file(path, "It is not a regular file.", wanted.name_another, wanted)
    if os.name == "nt":  # not tried: there are no owners and modes of this kind
        return
    if others_may(WRITE, status, descriptor):
        closing = _closing(status, path, wanted)
        raise _unusable_file(path, "Other users can change it.", closing, wanted)
    is_read_only = bool(os.fstatvfs(descriptor).f_flag & os.ST_RDONLY)
    if is_ours(status) and others_may(OPEN_TO_OTHERS, status, descriptor) and not is_read_only:
        raise _unusable_file(path, "Other users can read it.", Chmod("600", path), wanted)


def _closing(status: os.stat_result, path: str, wanted: Wanted) -> Fix:
    """Return what closes a file to others; for a file of another user's, how to have a copy."""
    if is_ours(status):
        return Chmod("600", path)
    copy = os.path.expanduser("~/osdu-auth-secret")
    return (
        "It is another user's: once you know that it is right, use a copy of your own: "
        + Command("install", "-m", "600", operand(path), copy).then(
            Run("init", flag_of(wanted.setting), f"file:{copy}")
        )
    )


def _unusable_file(path: str, why: str, fix: Fix, wanted: Wanted) -> ConfigurationError:
    return ConfigurationError(
        f"{wanted.words} cannot be read from {printable(path, 200)}.",
        code="OA-C794",
        why=why,
        fix=fix,
    )


def _from_command(command_line: str, wanted: Wanted) -> Secret:
    from osdu_auth.profiles.commands import CommandFailed, first_line, output_of

    printed = output_of if wanted.is_whole else first_line
    try:
        return wanted.read(printed(command_line, COMMAND_PATIENCE).reveal(), "command:…")
    except CommandFailed as failed:
        raise _failed_command(wanted, str(failed)) from None


def _failed_command(wanted: Wanted, why: str) -> ConfigurationError:
    return ConfigurationError(
        f"The program that is to print {wanted.words[0].lower()}{wanted.words[1:]} did not.",
        code="OA-C795",
        why=f"{why} What it printed is not shown.",
        fix=f"Run the command of {wanted.setting} in a terminal, and see what it says.",
    )
