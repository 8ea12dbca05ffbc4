"""Printing a bearer token in one of several formats; it is renewed first if necessary.

`osdu_auth.cli.token` parses the options with click, and calls `print_token`. A call without such
options (`osdu_auth.cli.fresh_token.plain_call`) calls it directly, without click.
"""

from __future__ import annotations

import sys
import time

from osdu_auth.cli.fresh_token import prepare_fast_path
from osdu_auth.light_typing import TYPE_CHECKING
from osdu_auth.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable

    from osdu_auth.profiles.profile import AnyProfile
    from osdu_auth.stores.saved_session import SavedSession


def print_token(
    profile_name: str | None, form: str = "bare", min_ttl: float = 0.0, *, renew: bool = False
) -> None:
    """Print a bearer token that is good now; renew it first if necessary.

    Args:
        profile_name: the profile's name; None for the profile in force.
        form: the name of a format in `FORMS`.
        min_ttl: for how many seconds the token has to be good.
        renew: whether to renew the token even if it is fresh.

    Raises:
        OsduAuthError: as for `Session.token`.
        OSError: it cannot be written.
    """
    session = Session(profile_name)
    saved = session.renew() if renew else session.saved(min_ttl=min_ttl)
    if renew and min_ttl:
        saved = session.saved(min_ttl=min_ttl)  # OA-U201 if no token lives for so long
    prepare_fast_path(session, saved)
    is_terminal = sys.stdout.isatty()
    end = "" if form == "bare" and not is_terminal else "\n"
    # In one expression, so that no local variable of this frame has the token in clear.
    sys.stdout.write(FORMS[form](session.profile, saved) + end)
    sys.stdout.flush()
    if is_terminal:
        from osdu_auth.cli.console import say
        from osdu_auth.durations import duration_in_words

        left = duration_in_words(saved.tokens.expires_at - time.time())
        partition = session.profile.data_partition_id or "no data partition"
        say(f"{saved.account} · {partition} · {left} left")


def _bare(profile: AnyProfile, saved: SavedSession) -> str:
    del profile
    return saved.tokens.access_token.reveal()


def _header(profile: AnyProfile, saved: SavedSession) -> str:
    return "Authorization: Bearer " + _bare(profile, saved)


def _json(profile: AnyProfile, saved: SavedSession) -> str:
    import json

    from osdu_auth.durations import rfc3339_time

    return json.dumps(
        {
            "access_token": _bare(profile, saved),
            "token_type": "Bearer",
            "expires_at": rfc3339_time(saved.tokens.expires_at),
            "expires_in": int(saved.tokens.expires_at - time.time()),
            "profile": profile.name,
            "platform_url": profile.platform_url,
            "data_partition_id": profile.data_partition_id,
        }
    )


def _env(profile: AnyProfile, saved: SavedSession) -> str:
    from shlex import quote

    values = {
        "OSDU_ACCESS_TOKEN": _bare(profile, saved),
        "OSDU_URL": profile.platform_url,
        "OSDU_DATA_PARTITION_ID": profile.data_partition_id,
    }
    return "\n".join(f"export {name}={quote(value)}" for name, value in values.items() if value)


def _curl(profile: AnyProfile, saved: SavedSession) -> str:
    lines = [f'header = "{_header(profile, saved)}"']
    if profile.data_partition_id:
        lines.append(f'header = "data-partition-id: {profile.data_partition_id}"')
    return "\n".join(lines)


FORMS: dict[str, Callable[[AnyProfile, SavedSession], str]] = {
    "bare": _bare,
    "header": _header,
    "json": _json,
    "env": _env,
    "curl": _curl,
}
