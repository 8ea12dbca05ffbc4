"""The profile of a running sandbox: written when it starts, taken away when it ends."""

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
_CANNOT_KEEP = "The sandbox's client secret cannot be kept"


@contextmanager
def sandbox_profile(sandbox: Sandbox, name: str) -> Iterator[str]:
    """Keep a profile for a running sandbox while the block runs.

    Args:
        sandbox: a running one.
        name: the profile's name.

    Yields:
        the name.

    Raises:
        ConfigurationError: OA-C797: there is a profile of that name that is no sandbox's, or that
            of another sandbox which still runs; what a killed one has left is taken over.
        StoreUnavailable: the app client's secret cannot be kept.
    """
    from osdu_auth.profiles.checks import check_profile_name
    from osdu_auth.profiles.edits import write_profile
    from osdu_auth.profiles.file import read_profiles

    tables = read_profiles().tables
    if check_profile_name(name) in tables and not is_sandbox_s(name, tables[name]):
        raise _in_the_way(name, "is not a sandbox's")
    with _held_for_this_run(name) as folder, ExitStack() as leaving:
        with translate_os_errors(_CANNOT_KEEP, folder.path, writing=True):
            folder.replace(_secret_name(name), sandbox.client_secret.encode())
        # From here on each is taken away, the last one first, whatever becomes of the others.
        leaving.callback(folder.remove, _secret_name(name))
        leaving.callback(_wipe_session, name)
        write_profile(_profile(sandbox, name))
        leaving.callback(_remove_if_ours, name)
        yield name


class KeptSandbox:
    """What `--keep` keeps of a sandbox, in a private file of the state folder.

    Args:
        name: of its profile.
        values: what a former one has kept; None where there was none.
    """

    def __init__(self, name: str, values: dict[str, Any] | None) -> None:
        self._name = name
        self.values = values
        self.path = os.path.join(state_directory(), name + KEPT_SUFFIX)

    def save(self, sandbox: Sandbox) -> None:
        """Keep what a running sandbox has now; call it while its profile is held.

        Raises:
            StoreUnavailable: it cannot be kept.
        """
        import json

        values = sandbox.to_keep()
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
    """Return what was kept of the sandbox of a profile.

    Raises:
        StoreUnavailable: OA-F825: it is not what a sandbox keeps; or it cannot be read.
    """
    import json

    from osdu_auth.profiles.checks import check_profile_name

    place, content = state_directory(), None
    file = check_profile_name(name) + KEPT_SUFFIX
    with (
        translate_os_errors("What was kept of the sandbox cannot be read", place),
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
    """Return the error of a file that is not what a sandbox keeps."""
    return StoreUnavailable(
        "What was kept of the sandbox cannot be read.",
        code="OA-F825",
        why=f"The file {path} is damaged, or another version of osdu-auth wrote it.",
        fix="To begin anew: " + Remove(path).then(Command("osdu-auth", "sandbox", "--keep")),
    )


def _wipe_session(name: str) -> None:
    from osdu_auth.stores.file import FileStore
    from osdu_auth.stores.token_store import SessionKey

    with FileStore().open(SessionKey(name)) as held:
        held.delete()


def is_sandbox_s(name: str, table: Any) -> bool:
    """Say whether a profile was written by a sandbox, which keeps its secret in a place of its own.

    Args:
        name: the profile's name.
        table: what stands under it in the file of profiles.
    """
    return isinstance(table, dict) and table.get("client_secret") == _reference(name)


def _remove_if_ours(name: str) -> None:
    """Remove the profile, unless the user has made it their own meanwhile, or removed it."""
    from osdu_auth.profiles.edits import remove_profile
    from osdu_auth.profiles.file import read_profiles

    if is_sandbox_s(name, read_profiles().tables.get(name)):
        remove_profile(name)


@contextmanager
def _held_for_this_run(name: str) -> Iterator[PrivateFolder]:
    """Have the name to ourselves for as long as this process lives, and give the state folder."""
    from osdu_auth.file_lock import FileLock

    place = state_directory()
    with ExitStack() as held:
        with translate_os_errors(_CANNOT_KEEP, place, writing=True):
            folder = held.enter_context(PrivateFolder(place, make=True))
            try:
                held.enter_context(FileLock(folder, f"{name}.sandbox-lock", patience=0))
            except TimeoutError:
                raise _in_the_way(name, "is that of a sandbox that runs") from None
        yield folder


def _in_the_way(name: str, why: str) -> ConfigurationError:
    return ConfigurationError(
        f'The profile "{name}" {why}, and stays as it is.',
        code="OA-C797",
        why="Each sandbox has a profile of its own, which goes when it ends.",
        fix="Give this one another name: " + Run("sandbox", profile=Blank("ANOTHER-NAME")),
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
