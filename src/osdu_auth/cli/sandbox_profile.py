"""The profile of a running sandbox: written when it starts, taken away when it ends."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from osdu_auth.errors import ConfigurationError
from osdu_auth.places import state_directory
from osdu_auth.profiles.profile import Profile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from osdu_auth.sandbox import Sandbox


@contextmanager
def sandbox_profile(sandbox: Sandbox, name: str) -> Iterator[str]:
    """Keep a profile for a running sandbox while the block runs.

    Args:
        sandbox: a running one.
        name: the profile's name.

    Yields:
        the name.

    Raises:
        ConfigurationError: there is a profile of that name that is no sandbox's.
    """
    from osdu_auth.private_files import PrivateFolder
    from osdu_auth.profiles.checks import check_profile_name
    from osdu_auth.profiles.edits import remove_profile, write_profile
    from osdu_auth.profiles.file import read_profiles
    from osdu_auth.stores.faults import in_our_words
    from osdu_auth.stores.file import FileStore

    folder = os.path.abspath(state_directory())
    secret_name = f"{check_profile_name(name)}.client-secret"
    ours = f"file:{os.path.join(folder, secret_name)}"
    profiles = read_profiles()
    if name in profiles.names and profiles.profile(name).client_secret != ours:
        raise ConfigurationError(
            f'The profile "{name}" is not a sandbox\'s, and stays as it is.',
            code="OA-C797",
            fix="osdu-auth sandbox -p ANOTHER-NAME",
        )
    with (
        in_our_words("The sandbox's client secret cannot be kept", folder, writing=True),
        PrivateFolder(folder, make=True) as private,
    ):
        private.replace(secret_name, sandbox.client_secret.encode())
    write_profile(_profile(sandbox, name, ours))
    try:
        yield name
    finally:
        remove_profile(name)
        FileStore().delete(name)
        with PrivateFolder(folder) as private:
            private.remove(secret_name)


def _profile(sandbox: Sandbox, name: str, client_secret: str) -> Profile:
    return Profile(
        name=name,
        region=sandbox.region,
        client_id=sandbox.client_id,
        client_secret=client_secret,
        username=sandbox.username,
        platform_url=sandbox.platform_url,
        data_partition_id=sandbox.data_partition_id,
        user_pool_id=sandbox.user_pool_id,
        endpoint_url=sandbox.endpoint_url,
    )
