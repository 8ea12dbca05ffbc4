"""`osdu-auth purge`: remove everything that osdu-auth has stored on this computer."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import NamedTuple

import click

from osdu_auth.cli.console import can_ask, note, say, say_error, say_success
from osdu_auth.cli.exec.token_file import remove_token_folders
from osdu_auth.cli.options import yes_option
from osdu_auth.cli.prompter import require_yes, says_yes
from osdu_auth.errors import ConfigurationError, StoreUnavailable
from osdu_auth.file_lock import FileLock
from osdu_auth.fixes import Command, Run
from osdu_auth.fleet.board_keys import KEY_FILE as BOARD_KEY
from osdu_auth.places import config_file, state_directory
from osdu_auth.private_files import TEMPORARY_SUFFIX, PrivateFolder
from osdu_auth.prompts.client_secrets import CLIENT_SECRET_SUFFIX, delete_client_secret
from osdu_auth.stores.fast_path import CURRENT, HOSTS, SESSIONS, name_of_this_computer
from osdu_auth.stores.os_errors import translate_os_errors
from osdu_auth.stores.sealing_keys import ENTRY, KEY_FILE
from osdu_auth.stores.session_files import GENERATION_SUFFIX
from osdu_auth.text import printable

LOCK = ".lock"
_CANNOT_BE_REMOVED = "What is kept cannot be removed"
_SANDBOX_LOCK = ".sandbox-lock"
_SANDBOX_SUFFIXES = (".sandbox-secret", ".sandbox-kept")


class StoredData(NamedTuple):
    """What `purge` will remove.

    Args:
        sessions: the names of the profiles with a session.
        files: the names of the files in the state folder that hold secrets or keys.
        entries: the names of the entries in the OS key store that profiles refer to.
        profiles: the names of the profiles, except those of running sandboxes.
        revocable: the names of all profiles, whose sessions can be revoked.
    """

    sessions: list[str]
    files: list[str]
    entries: list[str]
    profiles: list[str]
    revocable: set[str]


@click.command(
    epilog="""\b
Example:
  osdu-auth purge
  osdu-auth purge --yes --profiles
"""
)
@yes_option
@click.option("--profiles", "with_profiles", is_flag=True, help="Remove the profiles as well.")
def command(yes: bool, with_profiles: bool) -> int:
    """Remove sessions, keys and client secrets from this computer, and on request the profiles.

    The command first lists what it will remove. Each session is revoked at its user pool; if that
    fails, the session is wiped anyway, and the exit code shows it. Keys and secrets are also
    removed from the OS key store. Secrets that you have stored yourself stay.
    """
    kept = _stored_data()
    place = state_directory()
    asks_for_profiles = bool(kept.profiles) and not with_profiles and not yes and can_ask()
    _announce(kept, place, with_profiles=with_profiles)
    require_yes(
        "Remove this?",
        yes=yes,
        without_asking=Command("osdu-auth", "purge", "--yes"),
    )
    if asks_for_profiles:
        with_profiles = says_yes(f"And the profiles in {config_file()}?")
    code = _end_sessions(kept)
    code = _remove_secrets(kept, with_profiles=with_profiles) or code
    code = _remove_key_from_key_store() or code
    remove_token_folders()
    _remove_files(place, kept.files)
    if with_profiles:
        _remove_profiles(kept)
    say_success("Removed.")
    if kept.profiles and not with_profiles:
        say(f"  The profiles stay: {config_file()}")
    _say_what_stays(place)
    return code


def _stored_data() -> StoredData:
    from osdu_auth.cli.logout import names_with_sessions
    from osdu_auth.places import ENVIRONMENT
    from osdu_auth.profiles.environment import makes_a_profile
    from osdu_auth.profiles.file import read_profiles

    try:
        tables = dict(read_profiles().tables)
    except ConfigurationError as error:  # then the references to secrets are not known
        say_error(error)
        tables = {}
    references = {
        name: table.get("client_secret")
        for name, table in tables.items()
        if isinstance(table, dict)
    }
    entries = [name for name, reference in references.items() if reference == f"keyring:{name}"]
    names = _listed(state_directory())
    running = _running_sandboxes(names)
    for name in running:
        note(f'The sandbox "{name}" is running, and will remove its profile and secret itself.')
    of_running = {name + suffix for name in running for suffix in _SANDBOX_SUFFIXES}
    files = [
        name
        for name in names
        if name.endswith(
            (CLIENT_SECRET_SUFFIX, CLIENT_SECRET_SUFFIX + TEMPORARY_SUFFIX, *_SANDBOX_SUFFIXES)
        )
        and name not in of_running
    ]
    profiles = [name for name in tables if name not in running]
    revocable = {*tables, *([ENVIRONMENT] if makes_a_profile() else [])}
    return StoredData(names_with_sessions(), files, entries, profiles, revocable)


def _running_sandboxes(names: list[str]) -> set[str]:
    """Return the profiles of running sandboxes, whose locks are held."""
    running = set()
    place = state_directory()
    with (
        translate_os_errors(_CANNOT_BE_REMOVED, place),
        suppress(FileNotFoundError),
        PrivateFolder(place) as folder,
    ):
        for lock in [name for name in names if name.endswith(_SANDBOX_LOCK)]:
            try:
                FileLock(folder, lock, patience=0).release()
            except TimeoutError:
                running.add(lock.removesuffix(_SANDBOX_LOCK))
    return running


def _listed(folder: str) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except FileNotFoundError:
        return []
    except OSError as error:
        with translate_os_errors(_CANNOT_BE_REMOVED, folder):
            raise error from None


def _announce(kept: StoredData, place: str, *, with_profiles: bool) -> None:
    say("This will be removed:")
    for name in kept.sessions:
        say(f"  the session of {printable(name, 64)}, revoked at its user pool first")
    for name in kept.files:
        say(f"  the secret in {os.path.join(place, name)}")
    for name in kept.entries:
        say(f"  the client secret of {printable(name, 64)} in the OS key store")
    say(f"  the key of the sessions, and the other files of osdu-auth in {place}")
    if with_profiles:
        for name in kept.profiles:
            say(f"  the profile {printable(name, 64)} in {config_file()}")


def _end_sessions(kept: StoredData) -> int:
    from osdu_auth.cli.logout import revoke_and_wipe, wipe

    code = 0
    for name in kept.sessions:
        if name in kept.revocable:
            code = revoke_and_wipe(name) or code
        else:
            wipe(name)
            note(f"The session of {name} is wiped here, but not revoked: its profile is gone.")
    return code


def _remove_secrets(kept: StoredData, *, with_profiles: bool) -> int:
    code = 0
    for name in kept.entries:
        try:
            delete_client_secret(name, f"keyring:{name}")
        except StoreUnavailable as error:
            say_error(error)
            note(f'The client secret of "{name}" is still in the OS key store.')
            code = error.exit_code
    without_secret = [
        *kept.entries,
        *(
            name.removesuffix(CLIENT_SECRET_SUFFIX)
            for name in kept.files
            if name.endswith(CLIENT_SECRET_SUFFIX)
        ),
    ]
    for name in [] if with_profiles else without_secret:
        if name in kept.profiles:
            again = Run("init", "--client-secret", "-", profile=name)
            note(f'The profile "{name}" no longer has a client secret. To give it one: ' + again)
    return code


def _remove_key_from_key_store() -> int:
    from osdu_auth.key_store import can_exist, delete

    if not can_exist():
        return 0
    try:
        delete(ENTRY)
    except StoreUnavailable as error:
        if error.code == _UNUSABLE_KEY_STORE:
            return 0
        say_error(error)
        note("The key of the saved sessions may still be in the OS key store.")
        return error.exit_code
    return 0


# The key store that was found cannot encrypt, so it never got a key.
_UNUSABLE_KEY_STORE = "OA-F824"


def _remove_files(place: str, secrets: list[str]) -> None:
    """Remove our files in the state folder, and then the empty folders."""
    from osdu_auth.oidc.metadata import is_metadata_copy

    with translate_os_errors(_CANNOT_BE_REMOVED, place, writing=True), suppress(FileNotFoundError):
        with PrivateFolder(place) as folder:
            own = os.path.join(HOSTS, name_of_this_computer())
            for below in ((HOSTS, name_of_this_computer()), ()):
                _empty_state(folder, below)
            for name in secrets:
                folder.remove(name)
            for name in _listed(place):
                if is_metadata_copy(name.removesuffix(TEMPORARY_SUFFIX)):
                    folder.remove(name)
            for lock in _listed(place):
                if lock.endswith(_SANDBOX_LOCK):
                    with suppress(TimeoutError), FileLock(folder, lock, patience=0):
                        folder.remove(lock)
        for path in (os.path.join(place, own), os.path.join(place, HOSTS), place):
            # The folder may hold files of another computer, or of the user.
            with suppress(OSError):
                os.rmdir(path)


def _empty_state(root: PrivateFolder, below: tuple[str, ...]) -> None:
    """Remove the key, the locks and other files of one folder; its sessions are wiped before."""
    folder = root
    opened: list[PrivateFolder] = []
    try:
        for name in below:
            folder = PrivateFolder(name, inside=folder)
            opened.append(folder)
        with suppress(FileNotFoundError), PrivateFolder(SESSIONS, inside=folder) as sessions:
            for name in _listed(sessions.path):
                if name.endswith((LOCK, GENERATION_SUFFIX, GENERATION_SUFFIX + TEMPORARY_SUFFIX)):
                    sessions.remove(name)
        with suppress(OSError):
            os.rmdir(os.path.join(folder.path, SESSIONS))
        for name in (KEY_FILE, CURRENT, BOARD_KEY):
            for each in (name, name + TEMPORARY_SUFFIX, name + LOCK):
                folder.remove(each)
    except FileNotFoundError:
        return
    finally:
        for each_folder in reversed(opened):
            each_folder.__exit__()


def _remove_profiles(kept: StoredData) -> None:
    from osdu_auth.profiles.edits import remove_empty_file, remove_profile

    for name in kept.profiles:
        remove_profile(name)
    remove_empty_file()


def _say_what_stays(place: str) -> None:
    left = _listed(place)
    if left:
        shown = ", ".join(printable(name, 60) for name in left[:10])
        say(f"  Not removed in {place} (in use, another computer's, or your own): {shown}")
    uninstall = Command(sys.executable, "-m", "pip", "uninstall", "osdu-auth")
    say(f"  To remove the program itself, if pip installed it: {uninstall}")
