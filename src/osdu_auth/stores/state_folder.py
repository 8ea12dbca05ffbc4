"""State folder: where the sessions of this computer lie, and the way there.

    <state folder>/             on a disk of this computer: all of it
        hosts/<computer>/       on a network disk: what is this computer's alone

The law of this module: a computer relies on no lock that another one would have to respect. Where
the state folder lies on a network disk, each computer keeps its own sessions and its own key, and
once it has such a folder it goes on using it.
"""

from __future__ import annotations

import os
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, NamedTuple

from osdu_auth.private_files import PrivateFolder
from osdu_auth.private_paths import is_there
from osdu_auth.stores.fast_path import HOSTS, name_of_this_computer
from osdu_auth.stores.network_disk import network_disk

if TYPE_CHECKING:
    from collections.abc import Iterator


class StateFolder(NamedTuple):
    """A folder of sessions and their key.

    Args:
        root: the state folder.
        below: the names of the folders that lead from there to this one.
    """

    root: str
    below: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        """Where it lies."""
        return os.path.join(self.root, *self.below)

    @contextmanager
    def opened(self, *, make: bool = False) -> Iterator[PrivateFolder]:
        """Open it; each folder on the way is ours alone then, or refused.

        Args:
            make: whether to make what lacks.

        Raises:
            FileNotFoundError, NotPrivate, OSError: as of `PrivateFolder`.
        """
        with ExitStack() as on_the_way:
            folder = on_the_way.enter_context(PrivateFolder(self.root, make=make))
            for name in self.below:
                inner = PrivateFolder(name, make=make, inside=folder)
                folder = on_the_way.enter_context(inner)
            yield folder

    def may_be_there(self) -> bool:
        """Say whether it is worth opening; the state folder itself always is."""
        return not self.below or is_there(self.path)

    def of_this_computer(self) -> StateFolder:
        """Return the folder in this one that is this computer's alone, which need not exist."""
        return StateFolder(self.root, (*self.below, HOSTS, name_of_this_computer()))

    def to_write_to(self, mount_table: str) -> StateFolder:
        """Return the folder that this computer's sessions are kept in.

        Args:
            mount_table: what is mounted where (`osdu_auth.stores.network_disk`).

        Raises:
            OSError: the operating system refused to say which.
        """
        own = self.of_this_computer()
        return own if is_there(own.path) or network_disk(self.root, mount_table) else self
