"""The parts of the address of a board in Redis, checked before a connection is made."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

from osdu_auth.errors import ConfigurationError
from osdu_auth.fixes import Blank, ExampleValue, Export
from osdu_auth.fleet.board_errors import share_command

_BOARD = r"[A-Za-z0-9._-]{1,64}"
_PARTS = frozenset({"board", "ca"})


class RedisAddress(NamedTuple):
    """The address of a board in Redis.

    Args:
        host: name or IP address of the server.
        port: 1 to 65535.
        database: the number of the database.
        user: of Redis's access list; None for the default user.
        board: which of several boards in the database.
        ca: a file of certificate authorities; None for those of the system.
        is_encrypted: whether the connection uses TLS.
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
        """Whether the connection stays on this machine."""
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"


def redis_address(url: str) -> RedisAddress:
    """Return the parts of an address.

    Raises:
        ConfigurationError: OA-W710: it is not the address of a board; OA-W711: it has a password.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or 6379
        given = dict(
            parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
        )
    except ValueError:
        raise not_an_address(url, "It is not a URL.") from None
    if parts.password is not None:
        raise ConfigurationError(
            "The board's address has a password in it.",
            code="OA-W711",
            why="Addresses are shown, logged, and visible in the list of processes.",
            fix="Remove the password, and say where it is: "
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
        raise not_an_address(url, "It has a part that the address of a board cannot have.")
    return RedisAddress(
        parts.hostname or "",
        port,
        int(database),
        None if parts.username is None else unquote(parts.username),
        board,
        given.get("ca"),
        parts.scheme == "rediss",
    )


def password_in_clear() -> ConfigurationError:
    """Return the error of a password that would cross a network without encryption."""
    return ConfigurationError(
        "The password of the board would be sent without encryption.",
        code="OA-W715",
        why="A connection to an address that begins with redis:// has no TLS.",
        fix="Turn on TLS in Redis, and use an address such as "
        + share_command("rediss://publisher@redis.example.com:6379/0")
        + "; or, in a network of your own, use a Redis without a password.",
    )


def not_an_address(url: str, why: str) -> ConfigurationError:
    """Return the error of a text that is not the address of a board; it does not quote the text.

    Args:
        url: the text.
        why: a sentence.
    """
    from osdu_auth.text import printable

    shown = printable(url.partition(":")[0], 40)
    return ConfigurationError(
        "That is not an address of a board.",
        code="OA-W710",
        why=f'It begins with "{shown}". {why}',
        fix=ExampleValue("dir:/shared/osdu-board", " (or rediss://user@host:6379/0?board=acme)"),
    )
