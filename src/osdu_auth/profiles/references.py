"""References: a profile names the place of its app client's secret, not the secret itself.

    keyring:NAME              the entry NAME of the OS key store, under the service "osdu-auth"
    env:NAME                  an environment variable
    file:PATH                 a private file, or another user's file that only they can change
    command:…                 the first line that a program prints
    secretsmanager:NAME#KEY   a secret of AWS Secrets Manager, by name or ARN, and a key in JSON
    ssm:/PATH                 a parameter of AWS Parameter Store
    clear:VALUE               the secret itself, if the user wants that

A service account's private key and certificate are named in the same way. A reference is resolved
at each use, as the secret may have been replaced.

A text that is not a reference may be the secret itself: it is refused, and no error shows it. No
error shows what a place has or what a program printed.
"""

from __future__ import annotations

import os
import re
import stat

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
from osdu_auth.input_text import NotText, client_secret_in, decoded, odd_character_in
from osdu_auth.light_typing import TYPE_CHECKING, NamedTuple
from osdu_auth.ownership import OPEN_TO_OTHERS, WRITE, is_own, others_may
from osdu_auth.profiles.setting_places import flag_of
from osdu_auth.secret import Secret
from osdu_auth.shell_words import operand
from osdu_auth.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable

SECRETS_MANAGER, PARAMETER_STORE = "secretsmanager", "ssm"
REFERENCE_KINDS = ("keyring", "env", "file", "command", SECRETS_MANAGER, PARAMETER_STORE, "clear")
COMMAND_PATIENCE = 30.0  # seconds

_ENTRY_NAME = r"[A-Za-z0-9._-]{1,64}"
_VARIABLE = r"[A-Za-z_][A-Za-z0-9_]*"
_LARGEST_FILE = 65536  # bytes
_LONGEST_SECRET = 1024  # characters
_AT_AWS = frozenset({SECRETS_MANAGER, PARAMETER_STORE})
# A name or an ARN, and after # the key in a value that is JSON.
_PLACE_AT_AWS = r"[A-Za-z0-9/_+=.@:-]{1,2048}(?:#[^\s#]{1,256})?"
_EXAMPLES = (
    "keyring:acme, file:~/.acme-secret, command:pass show acme, "
    "secretsmanager:acme/osdu#client_secret, ssm:/acme/osdu/secret, or clear:VALUE"
)


class ReferenceTarget(NamedTuple):
    """A kind of value that a reference leads to, such as a client secret or a private key.

    Args:
        words: its name, as the subject of a sentence.
        setting: the setting that has the reference.
        read: returns the value from the text of a place, or raises; its second argument is the
            place in words.
        is_whole: whether all that a program prints is the value, not only the first line.
        blank: what a fix shows for another reference.
    """

    words: str
    setting: str
    read: Callable[[str, str], Secret]
    is_whole: bool = False
    blank: str = "REF"

    @property
    def elsewhere(self) -> Fix:
        """The command with which the user names another place."""
        return Run("init", flag_of(self.setting), Blank(self.blank))

    @property
    def name_another(self) -> Fix:
        """The fix for a place that does not have the value."""
        return "Put it there as text, or name another place: " + self.elsewhere


def is_reference(text: str) -> bool:
    """Return whether `text` begins as a reference does, such as `env:`."""
    return text.partition(":")[0] in REFERENCE_KINDS and ":" in text


def holds_secret(text: str | None) -> bool:
    """Return whether a reference has the secret itself (`clear:`)."""
    return text is not None and text.startswith("clear:")


def check_reference(text: str) -> str:
    """Return `text` if it is a reference.

    Raises:
        ConfigurationError: OA-C710; the error does not show the text, as it may be the secret.
    """
    kind, _, rest = text.partition(":")
    patterns = {"keyring": _ENTRY_NAME, "env": _VARIABLE, **dict.fromkeys(_AT_AWS, _PLACE_AT_AWS)}
    visible = bool(rest.strip()) and rest.isprintable()
    if is_reference(text) and visible and re.fullmatch(patterns.get(kind, ".+"), rest):
        return text
    raise ConfigurationError(
        "That is not a reference to a secret.",
        code="OA-C710",
        why="A profile says where the secret is. What was given is not shown, as it may be secret.",
        fix=ExampleValue("env:ACME_CLIENT_SECRET", f" (or {_EXAMPLES})"),
    )


def check_reachable(reference: str) -> None:
    """Check that there is a secret at the place that a reference names.

    No program of the user is run, and AWS is not asked, as it bills each request.

    Raises:
        ConfigurationError, StoreUnavailable: as for `resolve`.
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
    """Return the environment variable that a reference names, as a set; empty for other places."""
    kind, _, rest = (reference or "").partition(":")
    return frozenset({rest} if kind == "env" else ())


def resolve(reference: str, target: ReferenceTarget | None = None) -> Secret:
    """Return the secret that a reference leads to.

    Args:
        reference: as for `check_reference`.
        target: the kind of value; None for an app client's secret.

    Raises:
        ConfigurationError: OA-C710: it is not a reference; OA-C792 to OA-C796: its place has no
            usable value; OA-C749: the value cannot be a secret; OA-A720 to OA-A725: AWS refused to
            give it.
        StoreUnavailable: OA-F821 to OA-F824: the OS key store gave no answer.
        ServiceBusy, Unreachable: OA-A601: AWS did not answer.
    """
    target = target or CLIENT_SECRET
    kind, _, rest = check_reference(reference).partition(":")
    readers = {
        "keyring": _from_key_store,
        "env": _from_environment,
        "file": _from_file,
        "command": _from_command,
        SECRETS_MANAGER: _from_secrets_manager,
        PARAMETER_STORE: _from_parameter_store,
        "clear": _from_profile,
    }
    secret = readers[kind](rest, target)
    if not secret:
        shown = f"{kind}:…" if kind in {"clear", "command"} else f"{kind}:{printable(rest, 100)}"
        raise ConfigurationError(
            f"{target.words} is empty at {shown}.",
            code="OA-C796",
            fix=target.name_another,
        )
    return secret


def _from_profile(value: str, target: ReferenceTarget) -> Secret:
    return Secret(value) if target is CLIENT_SECRET else target.read(value, "clear:…")


def _from_environment(name: str, target: ReferenceTarget) -> Secret:
    if name not in os.environ:
        raise ConfigurationError(
            f"{target.words} should be in the environment variable {name}, which is not set.",
            code="OA-C792",
            fix=GiveSecret(AskForSecret(name)),
        )
    return target.read(os.environ[name], f"env:{name}")


def _from_key_store(name: str, target: ReferenceTarget) -> Secret:
    from osdu_auth.errors import StoreUnavailable
    from osdu_auth.key_store import SERVICE
    from osdu_auth.key_store import read as read_key_store

    try:
        answer = read_key_store(name)
    except (
        StoreUnavailable
    ) as error:  # OA-F82x; its own advice, to use no key store, does not help here
        unlock = "Unlock the key store and try again, or name another place: "
        error.advice = unlock + target.elsewhere
        raise
    if answer.value is None:
        raise ConfigurationError(
            f'The OS key store has no entry "{name}".',
            code="OA-C793",
            why=f'The entry has to be under the service "{SERVICE}".',
            fix=Command("keyring", "set", SERVICE, name),
        )
    return target.read(answer.value.reveal(), f"keyring:{name}")


def _from_secrets_manager(place: str, target: ReferenceTarget) -> Secret:
    from osdu_auth.aws_secrets import read

    return target.read(read(SECRETS_MANAGER, place).reveal(), f"{SECRETS_MANAGER}:{place}")


def _from_parameter_store(place: str, target: ReferenceTarget) -> Secret:
    from osdu_auth.aws_secrets import read

    return target.read(read(PARAMETER_STORE, place).reveal(), f"{PARAMETER_STORE}:{place}")


def _from_file(path: str, target: ReferenceTarget) -> Secret:
    path = os.path.expanduser(path)
    try:
        # Without O_NONBLOCK this call would wait until another program writes to a named pipe.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(descriptor, "rb") as file:
            _require_private(descriptor, path, target)
            read = file.read(_LARGEST_FILE + 1)
            if len(read) > _LARGEST_FILE:
                why = "It has more than 64 KiB."
                raise _unusable_file(path, why, target.name_another, target)
            content = Secret(decoded(read))
    except OSError as error:
        raise _unusable_file(path, f"{error.strerror}.", target.name_another, target) from error
    except NotText as error:
        why = f"It is not text (UTF-8). {error}"
        raise _unusable_file(path, why, target.name_another, target) from None
    return target.read(content.reveal(), f"file:{printable(path, 100)}")


def _secret_in(text: str, place: str) -> Secret:
    """Return the secret in the text of a place, without blanks and quotes around it.

    The user pool checks its form; it would not tell the user about a character that cannot be seen.

    Raises:
        ConfigurationError: OA-C749: it has a blank, or a character that cannot be seen.
    """
    secret = client_secret_in(text)
    odd = odd_character_in(secret) or ("It contains a space." if " " in secret else "")
    if not odd and len(secret) > _LONGEST_SECRET:
        odd = f"It has {len(secret):,} characters."
    if is_reference(secret):
        raise ConfigurationError(
            f"What is at {place} is a reference, and not the app client's secret.",
            code="OA-C749",
            why="A reference leads to the secret itself, and not to another reference.",
            fix="Name the place of the secret itself: " + CLIENT_SECRET.elsewhere,
        )
    if secret.startswith("{") and _is_json_object(secret):
        odd = "It is a JSON object, of which only one member is the secret."
    if not odd:
        return Secret(secret)
    raise ConfigurationError(
        f"What is at {place} cannot be an app client's secret.",
        code="OA-C749",
        why=f"{odd} A secret is on a line alone, without blanks; at a user pool it has 24 to 64 "
        "letters, digits, + and _.",
        fix="Copy it there again from the page of the app client.",
    )


def _is_json_object(text: str) -> bool:
    import json

    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


CLIENT_SECRET = ReferenceTarget("The app client's secret", "client_secret", _secret_in)


def _require_private(descriptor: int, path: str, target: ReferenceTarget) -> None:
    """Refuse a file that other users can change, or this user's file that others can read.

    Another user's file may be readable by several users, such as root's in a container: that is the
    owner's decision. A mode cannot be changed on a disk that is mounted read-only.

    Raises:
        ConfigurationError: OA-C794.
    """
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        raise _unusable_file(path, "It is not a regular file.", target.name_another, target)
    if os.name == "nt":  # not tried: there are no owners and modes of this kind
        return
    if others_may(WRITE, status, descriptor):
        fix = _fix_for_open_file(status, path, target)
        raise _unusable_file(path, "Other users can change it.", fix, target)
    is_read_only = bool(os.fstatvfs(descriptor).f_flag & os.ST_RDONLY)
    if is_own(status) and others_may(OPEN_TO_OTHERS, status, descriptor) and not is_read_only:
        raise _unusable_file(path, "Other users can read it.", Chmod("600", path), target)


def _fix_for_open_file(status: os.stat_result, path: str, target: ReferenceTarget) -> Fix:
    """Return the fix for a file that other users can change: a new mode, or a copy."""
    if is_own(status):
        return Chmod("600", path)
    copy = os.path.expanduser("~/osdu-auth-secret")
    return (
        "It belongs to another user. Check that the file is right, then use a copy of your own: "
        + Command("install", "-m", "600", operand(path), copy).then(
            Run("init", flag_of(target.setting), f"file:{copy}")
        )
    )


def _unusable_file(path: str, why: str, fix: Fix, target: ReferenceTarget) -> ConfigurationError:
    return ConfigurationError(
        f"{target.words} cannot be read from {printable(path, 200)}.",
        code="OA-C794",
        why=why,
        fix=fix,
    )


def _from_command(command_line: str, target: ReferenceTarget) -> Secret:
    from osdu_auth.profiles.commands import CommandFailed, first_line, output_of

    printed = output_of if target.is_whole else first_line
    try:
        return target.read(printed(command_line, COMMAND_PATIENCE).reveal(), "command:…")
    except CommandFailed as failed:
        raise _failed_command(target, str(failed)) from None


def _failed_command(target: ReferenceTarget, why: str) -> ConfigurationError:
    return ConfigurationError(
        f"The program of {target.setting} did not print "
        f"{target.words[0].lower()}{target.words[1:]}.",
        code="OA-C795",
        why=f"{why} What it printed is not shown.",
        fix=f"Run the command of {target.setting} in a terminal, and see what it prints.",
    )
