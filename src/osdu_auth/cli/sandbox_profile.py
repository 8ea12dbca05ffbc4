"""The profile of a running sandbox, and the file that `--keep` writes."""

from __future__ import annotations

import os
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Any

from osdu_auth.errors import ConfigurationError, StoreUnavailable
from osdu_auth.fixes import Blank, Command, Remove, Run
from osdu_auth.places import state_directory
from osdu_auth.private_files import PrivateFolder
from osdu_auth.profiles.profile import Profile
from osdu_auth.stores.os_errors import translate_os_errors

if TYPE_CHECKING:
    from collections.abc import Iterator

    from osdu_auth.sandbox import Sandbox

KEPT_SUFFIX = ".sandbox-kept"
_HIGHEST_PORT = 65_535
_CANNOT_KEEP = "The sandbox's client secret cannot be stored"


@contextmanager
def sandbox_profile(sandbox: Sandbox, name: str) -> Iterator[str]:
    """Write a profile for a running sandbox, and remove it after the block.

    Args:
        sandbox: a running sandbox.
        name: the profile's name.

    Yields:
        The name.

    Raises:
        ConfigurationError: OA-C797: the profile of that name is no sandbox's, or another running
            sandbox's; the profile of a killed sandbox is replaced.
        StoreUnavailable: the app client's secret cannot be stored.
    """
    from osdu_auth.profiles.checks import check_profile_name
    from osdu_auth.profiles.edits import write_profile
    from osdu_auth.profiles.file import read_profiles

    tables = read_profiles().tables
    if check_profile_name(name) in tables and not is_sandbox_profile(name, tables[name]):
        raise _name_in_use(name, "is not a sandbox's")
    with _name_locked(name) as folder, ExitStack() as clean_up:
        with translate_os_errors(_CANNOT_KEEP, folder.path, writing=True):
            folder.replace(_secret_name(name), sandbox.client_secret.encode())
        # The callbacks run in reverse order, and a failure does not prevent the others.
        clean_up.callback(folder.remove, _secret_name(name))
        clean_up.callback(_wipe_session, name)
        write_profile(_profile(sandbox, name))
        clean_up.callback(_remove_if_unchanged, name)
        yield name


class KeptSandbox:
    """The values that `--keep` keeps of a sandbox, in a private file of the state folder.

    Args:
        name: the name of the sandbox's profile.
        values: the values of the last run; None before the first.
    """

    def __init__(self, name: str, values: dict[str, Any] | None) -> None:
        self._name = name
        self.values = values
        self.path = os.path.join(state_directory(), name + KEPT_SUFFIX)

    def save(self, sandbox: Sandbox) -> None:
        """Write the present values of a running sandbox; call it inside `sandbox_profile`.

        Raises:
            StoreUnavailable: the file cannot be written.
        """
        import json

        values = sandbox.values_to_keep()
        if values == self.values:
            return
        place = state_directory()
        with (
            translate_os_errors("The sandbox cannot be kept", place, writing=True),
            PrivateFolder(place, make=True) as folder,
        ):
            folder.replace(self._name + KEPT_SUFFIX, json.dumps(values).encode())
        self.values = values


def kept_sandbox(name: str) -> KeptSandbox:
    """Return the kept values of the sandbox of a profile.

    Raises:
        StoreUnavailable: OA-F825: the file has another content; or it cannot be read.
    """
    import json

    from osdu_auth.profiles.checks import check_profile_name

    place, content = state_directory(), None
    file = check_profile_name(name) + KEPT_SUFFIX
    with (
        translate_os_errors("The kept values of the sandbox cannot be read", place),
        suppress(FileNotFoundError),
        PrivateFolder(place) as folder,
    ):
        content = folder.read(file)
    if content is None:
        return KeptSandbox(name, None)
    try:
        values = json.loads(content)
        port = values["port"]
    except (ValueError, KeyError, TypeError):
        port = None
    if type(port) is not int or not 0 <= port <= _HIGHEST_PORT:
        raise unreadable_kept_sandbox(os.path.join(place, file))
    return KeptSandbox(name, values)


def unreadable_kept_sandbox(path: str) -> StoreUnavailable:
    """Return the error of a file that does not have the content that a sandbox writes."""
    return StoreUnavailable(
        "The kept values of the sandbox cannot be read.",
        code="OA-F825",
        why=f"The file {path} is damaged, or another version of osdu-auth wrote it.",
        fix="To start with new values: "
        + Remove(path).then(Command("osdu-auth", "sandbox", "--keep")),
    )


def _wipe_session(name: str) -> None:
    from osdu_auth.stores.file import FileStore
    from osdu_auth.stores.token_store import SessionKey

    with FileStore().open(SessionKey(name)) as held:
        held.delete()


def is_sandbox_profile(name: str, table: Any) -> bool:
    """Return whether a sandbox has written a profile: its secret is in a sandbox's file.

    Args:
        name: the profile's name.
        table: the profile's table in the file of profiles.
    """
    return isinstance(table, dict) and table.get("client_secret") == _reference(name)


def _remove_if_unchanged(name: str) -> None:
    """Remove the profile, unless the user has replaced or removed it."""
    from osdu_auth.profiles.edits import remove_profile
    from osdu_auth.profiles.file import read_profiles

    if is_sandbox_profile(name, read_profiles().tables.get(name)):
        remove_profile(name)


@contextmanager
def _name_locked(name: str) -> Iterator[PrivateFolder]:
    """Lock the profile's name against other sandboxes during the block; give the state folder."""
    from osdu_auth.file_lock import FileLock

    place = state_directory()
    with ExitStack() as held:
        with translate_os_errors(_CANNOT_KEEP, place, writing=True):
            folder = held.enter_context(PrivateFolder(place, make=True))
            try:
                held.enter_context(FileLock(folder, f"{name}.sandbox-lock", patience=0))
            except TimeoutError:
                raise _name_in_use(name, "is used by a running sandbox") from None
        yield folder


def _name_in_use(name: str, why: str) -> ConfigurationError:
    return ConfigurationError(
        f'The profile "{name}" {why}, and was not changed.',
        code="OA-C797",
        why="Each sandbox has its own profile, which is removed when the sandbox ends.",
        fix="Give this sandbox another name: " + Run("sandbox", profile=Blank("ANOTHER-NAME")),
    )


def _secret_name(name: str) -> str:
    return f"{name}.sandbox-secret"


def _reference(name: str) -> str:
    return f"file:{os.path.join(state_directory(), _secret_name(name))}"


def _profile(sandbox: Sandbox, name: str) -> Profile:
    return Profile(
        name=name,
        region=sandbox.region,
        client_id=sandbox.client_id,
        client_secret=_reference(name),
        username=sandbox.username,
        platform_url=sandbox.platform_url,
        data_partition_id=sandbox.data_partition_id,
        user_pool_id=sandbox.user_pool_id,
        endpoint_url=sandbox.endpoint_url,
    )
