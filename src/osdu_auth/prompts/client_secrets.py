"""Storing a typed client secret: in the OS key store or a private file, never in the profile.

Invariant: a secret is stored together with the profile that refers to it, or not at all. If the
profile cannot be written, the former secret is restored; a signal that ends the program waits until
both are written.
"""

from __future__ import annotations

import os
import signal
from contextlib import contextmanager, suppress
from threading import current_thread, main_thread
from typing import TYPE_CHECKING

from osdu_auth.errors import ConfigurationError, StoreUnavailable
from osdu_auth.input_text import value_in
from osdu_auth.key_store import delete as delete_in_key_store
from osdu_auth.key_store import read as read_key_store
from osdu_auth.key_store import write as write_key_store
from osdu_auth.places import state_directory
from osdu_auth.private_files import NotPrivate, PrivateFolder
from osdu_auth.profiles.references import check_reference, is_reference
from osdu_auth.profiles.relative_paths import absolute_reference
from osdu_auth.profiles.setting_places import variable_of
from osdu_auth.secret import Secret
from osdu_auth.stores.os_errors import translate_os_errors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager

    from osdu_auth.prompts.prompter import Prompter

CLIENT_SECRET_SUFFIX = ".client-secret"  # noqa: S105 - the end of a file's name
_ENDING_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")


def secret_or_reference(typed: Secret, check: Callable[[str], str]) -> Secret:
    """Return a client secret, or a reference to one, without blanks and quotes around it.

    Args:
        typed: the text that was typed, pasted or piped.
        check: the check of a client secret, of the profile's kind of sign-in.

    Raises:
        ConfigurationError: OA-C710: the text looks like a reference and is not one; OA-C749: the
            text cannot be an app client's secret.
    """
    text = value_in(typed.reveal())
    return Secret(check_reference(text) if is_reference(text) else check(text))


def require_secret_in_environment(settings: Mapping[str, str], check: Callable[[str], str]) -> None:
    """Check the client secret in the environment variable, if the profile refers to that.

    Args:
        settings: the settings that `init` will write.
        check: the check of a client secret, of the profile's kind of sign-in.

    Raises:
        ConfigurationError: OA-C749: the value cannot be an app client's secret.
    """
    variable = variable_of("client_secret")
    if settings.get("client_secret") == f"env:{variable}" and variable in os.environ:
        try:
            check(os.environ[variable])
        except ConfigurationError as error:
            error.what = f"{variable}: {error.what}"
            raise


def store_client_secret(
    profile_name: str,
    typed: Secret,
    prompter: Prompter,
    write: Callable[[str, AbstractContextManager[object]], None],
) -> None:
    """Store the client secret that a person typed, together with the profile that refers to it.

    Args:
        profile_name: the profile's name, which is also the name of the entry or the file.
        typed: a secret, which is stored, or a reference, which is written as it is.
        prompter: shows the person where the secret was stored.
        write: writes the profile with a reference. It enters the context at the moment when only
            the profile's file remains to be replaced.

    Raises:
        ConfigurationError: OA-C710: the reference has a mistake; or as for `write`.
        StoreUnavailable: neither the key store nor a file can hold the secret.
    """
    if is_reference(typed.reveal()):
        write(absolute_reference(check_reference(typed.reveal())), _signals_deferred())
        return
    try:
        former = read_key_store(profile_name)
        write(f"keyring:{profile_name}", _in_key_store(profile_name, typed, former.value))
    except StoreUnavailable as reason:
        path = client_secret_path(profile_name)
        write(f"file:{path}", _in_file(profile_name, typed))
        prompter.note(
            f"No OS key store is usable, so the client secret is in a private file: {path}"
        )
        prompter.say(f"  {reason.what}")
        return
    prompter.say(f"  The client secret is in the OS key store ({former.key_store}).")


def client_secret_path(profile_name: str) -> str:
    """Return the path of the private file for a profile's client secret."""
    return os.path.join(state_directory(), profile_name + CLIENT_SECRET_SUFFIX)


def delete_client_secret(profile_name: str, reference: str | None) -> bool:
    """Delete the client secret that `init` has stored for a profile.

    Args:
        profile_name: the profile's name.
        reference: the reference in the profile; a secret at another place is the user's own, and
            is not deleted.

    Returns:
        Whether a secret was deleted.

    Raises:
        StoreUnavailable: the secret could not be deleted.
    """
    if reference == f"keyring:{profile_name}":
        return delete_in_key_store(profile_name)
    return reference == f"file:{client_secret_path(profile_name)}" and _delete_file(profile_name)


def _delete_file(profile_name: str) -> bool:
    folder = state_directory()
    with (
        translate_os_errors("The client secret could not be removed", folder, writing=True),
        suppress(FileNotFoundError),
        PrivateFolder(folder) as private,
    ):
        return private.remove(profile_name + CLIENT_SECRET_SUFFIX)
    return False


@contextmanager
def _in_key_store(profile_name: str, secret: Secret, former: Secret | None) -> Iterator[None]:
    with _signals_deferred():
        try:
            write_key_store(profile_name, secret)
            yield
        except BaseException:
            with suppress(StoreUnavailable):
                if former is None:
                    delete_in_key_store(profile_name)
                else:
                    write_key_store(profile_name, former)
            raise


@contextmanager
def _in_file(profile_name: str, secret: Secret) -> Iterator[None]:
    name = profile_name + CLIENT_SECRET_SUFFIX
    former = None
    with _signals_deferred():
        with _folder() as private:
            with suppress(NotPrivate):  # others may have written it: it is replaced, not restored
                former = private.read(name)
            private.replace(name, secret.reveal().encode())
        try:
            yield
        except BaseException:
            with suppress(StoreUnavailable), _folder() as private:
                if former is None:
                    private.remove(name)
                else:
                    private.replace(name, former)
            raise


@contextmanager
def _folder() -> Iterator[PrivateFolder]:
    path = state_directory()
    with (
        translate_os_errors("The client secret cannot be kept", path, writing=True),
        PrivateFolder(path, make=True) as private,
    ):
        yield private


@contextmanager
def _signals_deferred() -> Iterator[None]:
    """Let a signal that ends the program take effect after the block.

    The signals are handled and not blocked: a program that is started in the block would inherit a
    block. Python delivers signals to the main thread only.
    """
    if current_thread() is not main_thread():
        yield
        return
    received: list[int] = []
    numbers = [getattr(signal, name) for name in _ENDING_SIGNALS if hasattr(signal, name)]
    former = {number: signal.getsignal(number) for number in numbers}
    for number in numbers:
        if former[number] not in {signal.SIG_IGN, None}:
            signal.signal(number, lambda number, _: received.append(number))
    try:
        yield
    finally:
        for number, handler in former.items():
            if handler not in {signal.SIG_IGN, None}:
                signal.signal(number, handler)
        for number in dict.fromkeys(received):
            signal.raise_signal(number)
