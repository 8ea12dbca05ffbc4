"""RedisBoard: a board in Redis or Valkey, by redis-py (the extra `fleet`).

    osdu-auth:{<name>}:token      the line that the board holds; it expires with the token
    osdu-auth:{<name>}:lease      which publisher has the lease
    osdu-auth:{<name>}:refused    the generation that a worker asked to replace
    osdu-auth:{<name>}            the channel of hints; each hint has the new line

The invariants of this module:

- One Lua script replaces the line, only with a higher generation, and uses the server's clock.
- A failed connection for hints is not used again: redis-py would subscribe again without an error,
  and a hint between the two subscriptions would be lost.
- All keys of a board have one slot, so one node of a Redis Cluster has all of them.
- The address holds no password: OSDU_AUTH_BOARD_PASSWORD has a reference to it.
"""

from __future__ import annotations

import os
import re
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from osdu_auth.errors import BoardUnavailable, ConfigurationError, StoreUnavailable
from osdu_auth.fixes import Blank, Command, Export
from osdu_auth.fleet import board_errors
from osdu_auth.fleet.board import FIRST_WORD, VERSION, Posted, Reading
from osdu_auth.fleet.boards_in_process import call_after_fork, shared_board
from osdu_auth.log import logger
from osdu_auth.stores.saved_session import FURTHEST_AHEAD
from osdu_auth.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from osdu_auth.fleet.board import Board
    from osdu_auth.fleet.redis_address import RedisAddress

PASSWORD = "OSDU_AUTH_BOARD_PASSWORD"  # noqa: S105 - the variable's name
ANSWER = 5.0  # seconds in which Redis has to answer
_REQUEST_LIFETIME = 30.0  # seconds after which a worker's request for a newer token is removed
_LONGEST_WAIT = 2.0  # seconds; the longest wait before the connection for hints is checked
_HEALTH_CHECK_INTERVAL = 15  # seconds without an answer after which a connection is tested

_NAME_PASSWORD = "Name the user in the address, and the place where the password is: " + Export(
    PASSWORD, Blank("file:/path/of/password")
)
# A node of a Redis Cluster says where a slot is; redis-py 5 has no class for that error here.
_MOVED = re.compile(r"\bMOVED [0-9]{1,5} (\S*):([0-9]{1,5})")
_FIRST_WORD_PATTERN = FIRST_WORD.replace("-", "%-")
_PUT = f"""
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local generation, ahead = tonumber(ARGV[1]), {FURTHEST_AHEAD * 1000:.0f}
if generation > now + ahead then return -1 end
local present = redis.call('GET', KEYS[1])
if present and present ~= ARGV[4] then
  local version = tonumber(string.match(present, '^{_FIRST_WORD_PATTERN} (%d+) '))
  if version and version > {VERSION} then return 0 end
  local there = tonumber(string.match(present, '^{_FIRST_WORD_PATTERN} {VERSION} %x+ (%d+) '))
  if there and there >= generation and there <= now + ahead then return 0 end
end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
redis.call('PUBLISH', ARGV[5], string.format('%.0f ', now) .. ARGV[2])
return 1
"""
_LEASE = """
local present = redis.call('GET', KEYS[1])
if present and present ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
"""


class RedisBoard:
    """A board in Redis or Valkey; it implements `Board`.

    Args:
        url: such as `rediss://worker@redis.example.com:6379/0?board=acme`; `board` names one of
            several boards in a database, `ca` a file of certificate authorities.
        password: a reference to the user's password; None for OSDU_AUTH_BOARD_PASSWORD.
        answer: seconds in which Redis has to answer.

    Raises:
        ConfigurationError: OA-W710, OA-W711: it is not such an address, or has a password;
            OA-W713: redis-py is not installed; OA-W715: a password would not be encrypted.
    """

    def __init__(self, url: str, *, password: str | None = None, answer: float = ANSWER) -> None:
        from osdu_auth.fleet.redis_address import redis_address

        self._url, self._password, self._answer = url, password, answer
        self._at: RedisAddress = redis_address(url)
        prefix = f"osdu-auth:{{{self._at.board}}}"
        self._channel = prefix
        self._token, self._leased, self._refused = (
            f"{prefix}:{name}" for name in ("token", "lease", "refused")
        )
        self._redis = _redis_py()
        self._reset_after_fork()
        call_after_fork(self, RedisBoard._reset_after_fork)
        self._require_safe(self._at)

    def __repr__(self) -> str:
        return f"RedisBoard({self.address!r})"

    def __reduce__(self) -> tuple[Callable[..., Board], tuple[object, ...]]:
        return shared_board, (_board_from_pickle, self._url, self._password, self._answer)

    @property
    def address(self) -> str:
        """Its address, as errors show it; it has no password in it."""
        return self._url

    @property
    def _reference(self) -> str | None:
        """The reference to the password; None if there is none."""
        return self._password or os.environ.get(PASSWORD) or None

    def read(self) -> Reading | None:
        """Return the text on the board, with the time of Redis."""

        def ask(client: Any) -> Any:
            return client.pipeline(transaction=False).get(self._token).time().execute()

        text, time_ = self._answer_to(ask)
        if text is None:
            return None
        return Reading(text.decode("ascii", "replace"), time_[0] + time_[1] / 1e6)

    def put(self, posted: Posted, instead_of: str | None = None) -> bool:
        """Put a token on the board, unless an equally new token is there; as for `Board.put`."""
        left = max(int(posted.expires_at - time.time() * 1000), 1)
        values = (posted.generation, posted.text, left, instead_of or "", self._channel)
        outcome = self._answer_to(lambda client: client.eval(_PUT, 1, self._token, *values))
        if outcome == -1:
            raise board_errors.ahead_of_clock(self.address)
        return bool(outcome)

    def wait(self, seconds: float, known: str | None = None) -> Reading | None:
        """Wait for a hint, which has the new line in it.

        After a new subscription it returns at once, so that the caller reads the board.
        """
        del known  # a hint is always new, and after a subscription the board is read
        end = time.monotonic() + seconds
        try:
            with self._with_our_errors():
                while True:
                    if self._hints is None or self._must_subscribe:
                        self._subscribe()
                        return None
                    left = min(end - time.monotonic(), _LONGEST_WAIT)
                    message = self._hints.get_message(timeout=max(left, 0.0))
                    if message is not None and message["type"] == "message":
                        return _reading_from_hint(message["data"])
                    if time.monotonic() >= end:
                        return None
        except BaseException:
            self._drop_hints()
            raise

    def lease(self, holder: str, seconds: float) -> bool:
        """Take or keep the lease; return whether it is held."""
        values = (holder, int(seconds * 1000))
        return bool(self._answer_to(lambda client: client.eval(_LEASE, 1, self._leased, *values)))

    def ask_for_newer(self, generation: int) -> None:
        """Ask the publisher for a newer token than one that OSDU refused."""
        until = int(_REQUEST_LIFETIME * 1000)
        with suppress(BoardUnavailable):  # this user may have no right to write
            self._answer_to(lambda client: client.set(self._refused, generation, px=until))

    def refused_generation(self) -> int | None:
        """Return the generation that a worker recently asked to replace; None if there is none."""
        text = self._answer_to(lambda client: client.get(self._refused))
        return int(text) if text is not None and text.isdigit() else None

    def close(self) -> None:
        """Close the connections."""
        self._must_subscribe = True  # the thread that waits for hints closes its own connection
        with suppress(Exception):
            self._client.close()

    def _reset_after_fork(self) -> None:
        """Make new connections: the parent process uses the old connections."""
        self._hints: Any = None
        self._hints_client: Any = None
        self._must_subscribe = self._is_moved = False
        self._client = self._connected(self._at)

    def _subscribe(self) -> None:
        """Subscribe on a new connection."""
        self._drop_hints()
        self._must_subscribe = False
        self._hints_client = self._connected(self._at)
        self._hints = self._hints_client.pubsub()
        self._hints.subscribe(self._channel)
        if self._hints.get_message(timeout=self._answer) is None:
            raise board_errors.no_answer_in_time(self.address, self._answer)

    def _drop_hints(self) -> None:
        hints, client = self._hints, self._hints_client
        self._hints = self._hints_client = None
        for each in (hints, client):
            with suppress(Exception):
                if each is not None:
                    each.close()

    def _return_to_named_node(self) -> None:
        """Ask the named node of a cluster again: after a failover, another node has the board."""
        if self._is_moved:
            self._use(self._at)

    def _use(self, at: RedisAddress) -> None:
        """Ask this server from now on; another thread may still wait for the former server."""
        former, self._client = self._client, self._connected(at)
        self._is_moved = at != self._at
        former.connection_pool.disconnect(inuse_connections=False)

    def _require_safe(self, at: RedisAddress) -> None:
        """Refuse to send a password without encryption; log a warning if there is no password."""
        if at.is_encrypted or at.is_on_this_machine:
            return
        if at.user is not None or self._reference is not None:
            from osdu_auth.fleet.redis_address import password_in_clear

            raise password_in_clear()
        logger().warning(
            "The connection to the board %s is not encrypted: other people on the network can "
            "see when tokens change. Use rediss://.",
            self.address,
        )

    def _connected(self, at: RedisAddress) -> Any:
        """Return a client of a server, which connects when it is first used."""
        redis = self._redis
        tls: dict[str, Any] = {}
        if at.is_encrypted:
            tls = {"ssl": True, "ssl_ca_certs": at.ca, "ssl_check_hostname": True}
        credentials: dict[str, Any] = {}
        password = self._reference
        if password is not None:
            credentials = {"credential_provider": _Credentials(self.address, at.user, password)}
        elif at.user is not None:
            credentials = {"username": at.user}
        return redis.Redis(
            host=at.host,
            port=at.port,
            db=at.database,
            protocol=2,
            socket_timeout=self._answer,
            socket_connect_timeout=self._answer,
            socket_keepalive=True,
            health_check_interval=_HEALTH_CHECK_INTERVAL,
            retry=redis.retry.Retry(redis.backoff.NoBackoff(), 0),
            **credentials,
            **tls,
        )

    def _answer_to(self, ask: Callable[[Any], Any]) -> Any:
        """Return the answer of Redis or, in a Redis Cluster, of the node that has this board."""
        with self._with_our_errors():
            try:
                return ask(self._client)
            except self._redis.exceptions.ResponseError as error:
                moved = _MOVED.search(_message_of(error))
                if moved is None and not isinstance(error, self._redis.exceptions.MovedError):
                    raise
                host, port = (moved[1], int(moved[2])) if moved else (error.host, error.port)
                node = self._at._replace(host=host or self._at.host, port=port)
                self._require_safe(node)
                self._use(node)
                return ask(self._client)

    @contextmanager
    def _with_our_errors(self) -> Iterator[None]:
        """Raise our errors instead of those of redis-py, whose texts may quote a command."""
        errors = self._redis.exceptions
        try:
            yield
        except errors.RedisError as error:
            self._must_subscribe = True  # if the server failed, hints may be lost, too
            self._return_to_named_node()
            raise self._error_for(error) from None
        except (OSError, ValueError) as error:
            self._must_subscribe = True
            raise board_errors.unreachable(
                self.address, f"{type(error).__name__}: {_message_of(error)}."
            ) from None

    def _error_for(self, error: Exception) -> BoardUnavailable:
        errors, message = self._redis.exceptions, _message_of(error)
        is_denied = (errors.AuthenticationError, errors.NoPermissionError)
        if isinstance(error, is_denied) or message.startswith(("NOAUTH", "NOPERM", "WRONGPASS")):
            return board_errors.refused(
                self.address,
                f"Redis says: {message}.",
                _NAME_PASSWORD,
            )
        full = (errors.OutOfMemoryError, errors.ReadOnlyError)
        if isinstance(error, full) or message.startswith(
            ("OOM", "MISCONF", "READONLY", "NOREPLICAS")
        ):
            return board_errors.not_writable(
                self.address,
                f"Redis says: {message}.",
                "Give Redis more memory or a writable disk, or share on another board: "
                + board_errors.share_command(Blank("BOARD")),
            )
        if isinstance(error, errors.TimeoutError):
            return board_errors.no_answer_in_time(self.address, self._answer)
        return board_errors.unreachable(
            self.address, f"Redis, or the connection to it, says: {message}."
        )


class _Credentials:
    """Gives redis-py the name and the password at each connection, as they may change.

    Args:
        address: the board's.
        user: of Redis's access list; None for the default one.
        reference: to the password.
    """

    def __init__(self, address: str, user: str | None, reference: str) -> None:
        self._address, self._user, self._reference = address, user, reference

    def get_credentials(self) -> tuple[str, ...]:
        """Return the arguments of AUTH."""
        from osdu_auth.profiles.references import is_reference, resolve

        try:
            password = resolve(self._reference)
        except (ConfigurationError, StoreUnavailable):
            named = is_reference(self._reference)
            shown = printable(self._reference, 200) if named else "a text that is not a reference"
            why = f"Its password cannot be read from {shown}."
            raise board_errors.refused(self._address, why, _NAME_PASSWORD) from None
        return tuple(filter(None, (self._user, password.reveal())))


def _reading_from_hint(data: bytes) -> Reading | None:
    """Return the line in a hint; the hint begins with the time at which it was sent."""
    sent, _, text = data.decode("ascii", "replace").partition(" ")
    return Reading(text) if sent.isdecimal() else None


def _message_of(error: Exception) -> str:
    return printable(str(error), 200).rstrip(".") or type(error).__name__


def _board_from_pickle(url: str, password: str | None, answer: float) -> RedisBoard:
    return RedisBoard(url, password=password, answer=answer)


def _redis_py() -> Any:
    try:
        import redis
        import redis.backoff
        import redis.exceptions
        import redis.retry
    except ImportError:
        raise ConfigurationError(
            "A board in Redis needs redis-py, which is not installed here.",
            code="OA-W713",
            fix=Command("pip", "install", "osdu-auth[fleet]"),
        ) from None
    return redis
