"""Let the next plain `osdu-auth token` take the short way (`osdu_auth.cli.fresh_token`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from osdu_auth.errors import StoreUnavailable
from osdu_auth.places import NO_SETTINGS
from osdu_auth.stores.file import FileStore

if TYPE_CHECKING:
    from osdu_auth.session import Session
    from osdu_auth.stores.saved_session import SavedSession


def prepare_short_way(session: Session, saved: SavedSession) -> None:
    """Note what the short way needs: the settings as they are now, and the profile in force.

    It is a convenience: where it cannot be written, the long way goes on working.

    Args:
        session: one that has just been used, so that it is known to fit its profile.
        saved: what it is saved as.
    """
    found, store = session.found, session.store
    if found.settings_stamp == NO_SETTINGS or not isinstance(store, FileStore):
        return
    try:
        store.restamp(found.profile.name, saved)
        if found.is_current:
            store.remember_current(found.profile.name)
    except StoreUnavailable:
        return
