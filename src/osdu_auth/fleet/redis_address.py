"""The address of a board in Redis, taken apart and checked before anything is connected to."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

from osdu_auth.errors import ConfigurationError
from osdu_auth.fixes import Blank, ExampleValue, Export
from osdu_auth.fleet.board_errors import share_on

_BOARD = r"[A-Za-z0-9._-]{1,64}"
_PARTS = frozenset({"board", "ca"})


class RedisAddress(NamedTuple):
    """Where a board in Redis is.

    Args:
        host: its name or address.
        port: 1 to 65535.
        database: the number of the database.
        user: of Redis's access list; None for the default one.
        board: which of several boards in the database.
        ca: a file of authorities to trust instead of the system's; None for those.
        is_encrypted: whether TLS is spoken.
    """

    host: str
    port: int
    database: int
    user: str | None
    board: str
    ca: str | None
    is_encrypted: bool

    @property
    def is_on_this_machine(self) -> bool:
        """Whether nothing of it crosses a network."""
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"


def redis_address(url: str) -> RedisAddress:
    """Take an address apart.

    Raises:
        ConfigurationError: OA-W710: it is none; OA-W711: it holds a password.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or 6379
        given = dict(
            parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
        )
    except ValueError:
        raise no_address(url, "It cannot be taken apart.") from None
    if parts.password is not None:
        raise ConfigurationError(
            "The board's address holds a password.",
            code="OA-W711",
            why="Addresses are shown and logged, and the list of processes has them.",
            fix="Leave it out, and name where it is: "
            + Export("OSDU_AUTH_BOARD_PASSWORD", Blank("file:/path/of/password")),
        )
    database = parts.path.removeprefix("/") or "0"
    board = given.get("board", "default")
    is_good = (
        parts.scheme in {"redis", "rediss"}
        and parts.hostname
        and re.fullmatch("[0-9]{1,3}", database)
        and re.fullmatch(_BOARD, board)
        and not parts.fragment
        and set(given) <= _PARTS
        and url.isprintable()
    )
    if not is_good:
        raise no_address(url, "A part of it is none that such an address has.")
    return RedisAddress(
        parts.hostname or "",
        port,
        int(database),
        None if parts.username is None else unquote(parts.username),
        board,
        given.get("ca"),
        parts.scheme == "rediss",
    )


def in_clear() -> ConfigurationError:
    """Return the error of a board that a password would be sent to in clear, across a network."""
    return ConfigurationError(
        "The password of the board would go in clear across a network.",
        code="OA-W715",
        why="An address that begins with redis:// is without TLS.",
        fix="Have Redis speak TLS, and use an address such as "
        + share_on("rediss://publisher@redis.example.com:6379/0")
        + "; or let no password be needed in a network of your own.",
    )


def no_address(url: str, why: str) -> ConfigurationError:
    """Return the error of a text that is no address of a board; it is not repeated.

    Args:
        url: the text.
        why: a sentence.
    """
    from osdu_auth.text import printable

    shown = printable(url.partition(":")[0], 40)
    return ConfigurationError(
        "That is no address of a board.",
        code="OA-W710",
        why=f'It begins with "{shown}". {why}',
        fix=ExampleValue("dir:/shared/osdu-board", " (or rediss://user@host:6379/0?board=acme)"),
    )
