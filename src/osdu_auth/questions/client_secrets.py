"""Where a typed client secret goes: the OS key store or a private file, never the profile.

The law of this module: a secret is put away together with the profile that refers to it, or not at
all; what ends the program in between finds neither or both.
"""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
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
from osdu_auth.questions.uninterrupted import uninterrupted
from osdu_auth.secret import Secret
from osdu_auth.stores.os_errors import translate_os_errors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager

    from osdu_auth.questions.prompter import Prompter

SUFFIX = ".client-secret"


def secret_or_reference(typed: Secret, check: Callable[[str], str]) -> Secret:
    """Return a client secret, or a reference to one, without what was pasted along with it.

    Args:
        typed: what was typed, pasted or piped.
        check: the check of a secret, of the kind of sign-in.

    Raises:
        ConfigurationError: OA-C710: it begins as a reference and is none; OA-C749: it cannot be an
            app client's secret.
    """
    text = value_in(typed.reveal())
    return Secret(check_reference(text) if is_reference(text) else check(text))


def require_secret_in_environment(settings: Mapping[str, str], check: Callable[[str], str]) -> None:
    """Refuse what the variable of the client secret holds, if it cannot be one.

    Args:
        settings: what `init` is to write.
        check: the check of a secret, of the kind of sign-in.

    Raises:
        ConfigurationError: OA-C749.
    """
    variable = variable_of("client_secret")
    if settings.get("client_secret") == f"env:{variable}" and variable in os.environ:
        try:
            check(os.environ[variable])
        except ConfigurationError as error:
            error.what = f"{variable}: {error.what}"
            raise


def put_away(
    profile_name: str,
    typed: Secret,
    prompter: Prompter,
    write: Callable[[str, AbstractContextManager[object]], None],
) -> None:
    """Put away what a person typed, together with the profile that is to refer to it.

    Args:
        profile_name: whose secret it is; it becomes the name of the entry or the file.
        typed: a secret, which is put away, or already a reference.
        prompter: tells the person where it was put.
        write: writes the profile with a reference, and enters the context when only the replacing
            of the file is left to be done.

    Raises:
        ConfigurationError: OA-C710: it is a reference that cannot be followed; or as of `write`.
        StoreUnavailable: the secret can be kept nowhere.
    """
    if is_reference(typed.reveal()):
        write(absolute_reference(check_reference(typed.reveal())), uninterrupted())
        return
    try:
        former = read_key_store(profile_name)
        write(f"keyring:{profile_name}", _in_key_store(profile_name, typed, former.value))
    except StoreUnavailable as reason:
        write(f"file:{path_of(profile_name)}", _in_file(profile_name, typed))
        path = path_of(profile_name)
        prompter.note(
            f"No OS key store is usable, so the client secret lies in a private file: {path}"
        )
        prompter.say(f"  {reason.what}")
        return
    prompter.say(f"  The client secret is in the OS key store ({former.key_store}).")


def path_of(profile_name: str) -> str:
    """Return where the private file of a profile's client secret lies, or would."""
    return os.path.join(state_directory(), profile_name + SUFFIX)


def take_away(profile_name: str, reference: str | None) -> bool:
    """Take away the client secret that `init` has put away for a profile.

    Args:
        profile_name: whose secret it is.
        reference: the profile's; what it points to elsewhere is the user's own, and stays.

    Returns:
        Whether there was one.

    Raises:
        StoreUnavailable: it could not be taken away.
    """
    if reference == f"keyring:{profile_name}":
        return delete_in_key_store(profile_name)
    return reference == f"file:{path_of(profile_name)}" and take_file_away(profile_name)


def take_file_away(profile_name: str) -> bool:
    """Take away the private file of a profile's client secret; return whether there was one.

    Raises:
        StoreUnavailable: it could not be taken away.
    """
    folder = state_directory()
    with (
        translate_os_errors("The client secret could not be removed", folder, writing=True),
        suppress(FileNotFoundError),
        PrivateFolder(folder) as private,
    ):
        return private.remove(profile_name + SUFFIX)
    return False


@contextmanager
def _in_key_store(profile_name: str, secret: Secret, former: Secret | None) -> Iterator[None]:
    with uninterrupted():
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
    name = profile_name + SUFFIX
    former = None
    with uninterrupted():
        with _folder() as private:
            with suppress(NotPrivate):  # it is replaced, and not believed
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
