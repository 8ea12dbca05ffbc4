"""SharedTokenSource: what a worker has: a fresh token from a board, and nothing to renew it by.

The laws of this module:

- A token that is good is given out from memory; the board may be slow or gone then.
- One thread of the process follows a board for all of its sources (`fleet.board_follower`): woken
  by a hint, and by a timer, as hints may be lost.
- Only a higher generation is taken, of the same user, sealed with the board key, for the profile.
- A sign-out counts at once; a token's end by two clocks, whichever of them says less.

The fork of a process has no such thread: it is begun again with the next token that is asked for.
"""

from __future__ import annotations

import os
import threading
import time
from copy import copy
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from osdu_auth.adapters.auth import LibraryAuth
from osdu_auth.clocks import Clocks, Moment
from osdu_auth.durations import duration_in_words, seconds_of
from osdu_auth.errors import (
    BoardUnavailable,
    ConfigurationError,
    KeysUnavailable,
    OsduAuthError,
    SessionEnded,
)
from osdu_auth.fixes import Reader, Run
from osdu_auth.fleet import faults
from osdu_auth.fleet.board import NewerPosted, NotPosted, is_ahead
from osdu_auth.fleet.board_follower import board_here, follow
from osdu_auth.fleet.board_keys import board_key, reference_in_force
from osdu_auth.fleet.made_anew import in_each_child
from osdu_auth.fleet.shared_token import opened, profile_digest
from osdu_auth.log import logger, trace
from osdu_auth.secret import Secret
from osdu_auth.single_flight import SingleFlight
from osdu_auth.tokens import TokenSet

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import Self

    from osdu_auth.fleet.board import Board, Reading
    from osdu_auth.fleet.board_follower import BoardFollower
    from osdu_auth.fleet.shared_token import SharedToken
    from osdu_auth.profiles.profile import AnyProfile
    from osdu_auth.stores.sealing import Key
    from osdu_auth.verification import KeySet, TokenVerifier

PATIENCE = 10.0  # seconds
# For how long a token of a refused one's generation is waited for.
_INSTEAD = 5.0  # seconds
_LONGEST_FRESH_WINDOW = 30.0  # seconds for which the hot path goes by the wall clock alone
_NO_WINDOW = (0.0, 0.0, Secret(""))
# The timer: at this part of a token's life, give or take the jitter, and then in twentieths of it.
_LOOK_AT, _JITTER, _LOOK_AGAIN = 0.6, 0.05, 0.05
_SHORTEST_LOOK, _LONGEST_LOOK = 0.25, 60.0  # seconds
_FIRST_PAUSE = 0.25  # seconds between two looks at the board, for a token that is waited for


class _Held(NamedTuple):
    """A token as this process took it.

    Args:
        shared: what the publisher told.
        token: the access token.
        since: when it was taken.
        good_for: how many seconds from then on it is good.
        looks_at: how many seconds from then on the timer looks for a newer one.
    """

    shared: SharedToken
    token: Secret
    since: Moment
    good_for: float
    looks_at: float

    def left(self, now: Moment) -> float:
        return self.good_for - now.since(self.since)


class SharedTokenSource(LibraryAuth):
    """A token source that reads its tokens from a board.

    It does nothing before it is used. It may be used by any number of threads, tasks and event
    loops, and travels to other processes and machines as the board's address and the key's
    reference. It is also what `requests` and `httpx` take as `auth=`.

    Args:
        board: its address, such as `dir:/shared/osdu-board` or `rediss://me@host/0`; or a board.
        key: a reference to the board key, such as `file:/etc/osdu/board.key`; or the key. None for
            OSDU_AUTH_BOARD_KEY, else the file that a publisher of this user makes.
        profile: where the token may be sent, and what goes with it: a profile, or its name; None
            for the one in force, which need not exist for `token()` alone.
        keys: of the issuer, to verify each token by as well: a `KeySet`, or a verifier.
        patience: seconds to wait for a first token, or for a newer one than one that has ended.
        clock: seconds since 1970.
        monotonic: a clock that only goes forward, in seconds.

    Raises:
        ConfigurationError: OA-W710, OA-W711, OA-W713: the board's address cannot be used here.
    """

    def __init__(
        self,
        board: str | Board | object,
        *,
        key: str | Secret | None = None,
        profile: str | AnyProfile | None = None,
        keys: KeySet | TokenVerifier | None = None,
        patience: float | str = PATIENCE,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._board: Board = board_here(board)
        self._named_board = board if isinstance(board, str) else self._board
        self._named_key: str | Secret = key if key is not None else reference_in_force()
        self._named_profile = profile
        self._keys = keys
        self._patience = seconds_of(patience)
        self._clock = clock
        self._clocks = Clocks(clock, monotonic)
        self._held: _Held | None = None
        self._ended: SessionEnded | None = None
        self._generation = 0  # the highest that was seen, a sign-out's included
        self._subject: str | None = None
        self._trouble: OsduAuthError | None = None
        self._asked_for = 0
        self._resolved_key: Key | None = None
        self._expected_profile: str | None = None
        self._found_profile: AnyProfile | None = None
        self._verifier: TokenVerifier | None = None
        self._board_now = 0.0
        self._board_time: tuple[float, Moment] | None = None
        self._flights: SingleFlight[bool] = SingleFlight("osdu-auth board", keeps_process=False)
        self._is_closed = False
        self._follower: BoardFollower | None = None
        self._make_anew()
        in_each_child(self, SharedTokenSource._make_anew)

    def __repr__(self) -> str:
        return f"SharedTokenSource({self._board.address!r})"

    def __reduce__(self) -> tuple[Callable[..., SharedTokenSource], tuple[object, ...]]:
        """Travel as a reference: to the board, and to its key.

        Raises:
            TypeError: it was given the key itself, or its board is this process's memory.
        """
        if isinstance(self._named_key, Secret):
            raise TypeError(
                "a SharedTokenSource that was given the board key itself does not travel; give it "
                "a reference, such as key='file:/etc/osdu/board.key'"
            )
        return _source_at, (self._named_board, self._named_key, self._named_profile, self._keys)

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    @property
    def profile(self) -> AnyProfile:
        """The profile whose platform the token is for.

        Raises:
            ConfigurationError: none was given, and none is in force here.
        """
        if self._found_profile is None:
            from osdu_auth.profiles.resolve import find_profile, given_profile

            named = self._named_profile
            if named is None or isinstance(named, str):
                self._found_profile = find_profile(named).profile
            else:
                self._found_profile = given_profile(named).profile
        return self._found_profile

    @property
    def reader(self) -> Reader:
        """Who reads its errors."""
        return Reader(self._found_profile.name if self._found_profile else None)

    def token(self, min_ttl: float | str = 0.0) -> Secret:
        """Return a token that is good now, and for some time more.

        Args:
            min_ttl: for how long at least: seconds, or a text such as `"20m"`.

        Raises:
            SessionEnded: OA-W410: the user has signed out; OA-W411: the token has ended and no
                publisher has put another one on the board; OA-W412: it has another user's.
            BoardUnavailable: OA-W810 to OA-W819: there is none, and none can be had.
            ConfigurationError: OA-W712, OA-W714: the board key cannot be had, or the profile is
                another one than the publisher's.
            ValueError: `min_ttl` is no duration.
        """
        begin, end, token = self._fresh_window
        if begin <= self._clock() < end and not min_ttl:
            return token
        return self._held_token(_seconds(min_ttl)).token

    async def atoken(self, min_ttl: float | str = 0.0) -> Secret:
        """Return what `token` returns; what has to be waited for holds up this task alone."""
        begin, end, token = self._fresh_window
        if begin <= self._clock() < end and not min_ttl:
            return token
        return (await self._aheld_token(_seconds(min_ttl))).token

    def token_instead_of(self, refused: Secret, reason: str = "") -> Secret:
        """Return a newer token than one that OSDU answered 401 to, or the same one.

        Where the board has no newer one, the publisher is asked for it, once for each token.

        Args:
            refused: the token that was sent.
            reason: why it was refused; the publisher's session judges by its own.

        Raises:
            OsduAuthError: as of `token`.
        """
        del reason
        held = self._held
        if held is None or held.token == refused:
            flight, _ = self._flights.run(partial(self._look_for_newer, refused))
            flight.result()
        return self._held_token(0.0).token

    async def atoken_instead_of(self, refused: Secret, reason: str = "") -> Secret:
        """Return what `token_instead_of` returns, and hold up this task alone."""
        del reason
        held = self._held
        if held is None or held.token == refused:
            flight, _ = self._flights.start(partial(self._look_for_newer, refused))
            await flight.aresult()
        return (await self._aheld_token(0.0)).token

    def token_set(self) -> TokenSet:
        """Return the token with its times; raises as `token`."""
        shared = self._held_token(0.0).shared
        token = shared.access_token or Secret("")
        return TokenSet(token, shared.issued_at, shared.expires_at)

    def close(self) -> None:
        """Follow the board no more; a token that is held stays good until its end."""
        self._is_closed = True
        follower = self._follower
        if follower is None or not follower.leave(self):
            self._board.close()

    # Tokens that are held.

    def _held_token(self, min_ttl: float) -> _Held:
        held = self._usable(min_ttl)
        if held is None:
            flight, _ = self._flights.run(partial(self._obtain, min_ttl))
            flight.result()
            held = self._usable(min_ttl)
        return held or self._refuse(min_ttl)

    async def _aheld_token(self, min_ttl: float) -> _Held:
        held = self._usable(min_ttl)
        if held is None:
            flight, _ = self._flights.start(partial(self._obtain, min_ttl))
            await flight.aresult()
            held = self._usable(min_ttl)
        return held or self._refuse(min_ttl)

    def _usable(self, min_ttl: float) -> _Held | None:
        """Return the held token where it is good for so long; and see to it that it is renewed."""
        held, ended = self._held, self._ended
        if held is None and ended is None:
            return None
        self._follow_in_background()
        if held is None or ended is not None:
            raise copy(ended) if ended is not None else faults.empty(self._board.address)
        now = self._clocks.now()
        left = held.left(now)
        if left <= min_ttl:
            return None
        window = (now.wall, now.wall + min(left, _LONGEST_FRESH_WINDOW), held.token)
        self._fresh_window = window
        if self._held is not held or self._ended is not None:  # another thread took a newer one
            self._fresh_window = _NO_WINDOW
        return held

    def _refuse(self, min_ttl: float) -> _Held:
        """Raise why there is no token that is good for so long."""
        held, trouble = self._held, self._trouble
        if held is None:
            raise copy(trouble) if trouble is not None else faults.empty(self._board.address)
        left = held.left(self._clocks.now())
        what = f"ended {duration_in_words(-left)} ago" if left <= 0 else "ends too soon"
        why = "No publisher has put a newer one there."
        if trouble is not None:
            why = f"{trouble.what} {trouble.why}"
        if left > 0:
            why = f"It was asked to last for {duration_in_words(min_ttl)}. {why}"
        raise SessionEnded(
            f"The token from the board {self._board.address} {what}.",
            code="OA-W411",
            why=why,
            fix="Start a publisher where the user is signed in: "
            + faults.share_on(self._board.address),
        )

    # Reading the board.

    def _obtain(self, min_ttl: float) -> bool:
        """Read the board until a token is good for so long, for as long as patience lasts."""
        end, pause = self._clocks.monotonic() + self._patience, _FIRST_PAUSE / 2
        while True:
            is_final = self._look_at_board()
            held = self._held
            if self._ended is not None or is_final:
                return False
            left = 0.0 if held is None else held.left(self._clocks.now())
            if left > min_ttl:
                return True
            patience = end - self._clocks.monotonic()
            if patience <= 0 or left > 0:
                return False
            time.sleep(min(pause, patience))
            pause = min(pause * 1.5, 1.0)

    def _look_for_newer(self, refused: Secret) -> bool:
        """Read the board for another token than one, and ask the publisher for it."""
        self._look_at_board()
        held = self._held
        if held is None or held.token != refused or self._ended is not None:
            return True
        generation = held.shared.generation
        if generation == self._asked_for:
            return False  # this one was asked to be replaced, and was not
        self._asked_for = generation
        self._board.ask_for_newer(generation)
        end = self._clocks.monotonic() + _INSTEAD
        while self._clocks.monotonic() < end:
            time.sleep(_SHORTEST_LOOK)
            self._look_at_board()
            if self._generation != generation or self._is_over:
                return True
        return False

    @property
    def _is_over(self) -> bool:
        return self._ended is not None

    def _look_at_board(self) -> bool:
        """Read the board once; return whether what is wrong with it will not mend itself."""
        try:
            reading = self._read()
            if reading is None:
                self._trouble = faults.empty(self._board.address)
                return False
            self._take(reading)
        except BoardUnavailable as error:
            self._trouble = error
            return error.code not in _PASSING
        except (ConfigurationError, KeysUnavailable) as error:
            self._trouble = error
            return True
        return False

    def _read(self) -> Reading | None:
        """Read the board, and note what time it is there, at the latest."""
        asked_at = self._clocks.now()
        reading = self._board.read()
        if reading is not None and reading.now is not None:
            self._board_time = (reading.now, asked_at)
        return reading

    def _time_of_board(self) -> tuple[float, Moment]:
        """Return the time by the board's clock or, where it has none, by this machine's.

        It is rather too late than too early: what was on its way for long makes no token last
        longer.
        """
        here = self._clocks.now()
        if self._board_time is None:
            return here.wall, here
        then, asked_at = self._board_time
        return then + here.since(asked_at), here

    def _take(self, reading: Reading) -> None:
        """Take what is on the board, where it is newer and is believed.

        Raises:
            BoardUnavailable: OA-W815, OA-W816, OA-W818, OA-W819: it is not believed.
            ConfigurationError: OA-W712: there is no key; OA-W714: it is for another profile.
        """
        address = self._board.address
        try:
            shared = opened(reading.text, self._key())
        except NewerPosted:
            raise faults.newer(address) from None
        except NotPosted as fault:
            raise faults.not_believed(address, f"It {fault}.") from None
        now, here = self._time_of_board()
        if is_ahead(shared.generation, now):
            raise faults.ahead(address)
        self._require_same_profile(shared)
        with self._changing:
            if shared.generation <= self._generation:
                self._trouble = None
                return
            if shared.access_token is None:
                self._end(_signed_out(address))
                self._generation = shared.generation  # last: a fork in between loses no sign-out
                return
            if self._subject is not None and shared.subject != self._subject:
                self._end(_another_user(address))
                return
            self._verify(shared, now)
            self._adopt(shared, shared.access_token, now, here)

    def _adopt(self, shared: SharedToken, token: Secret, now: float, here: Moment) -> None:
        """Hold a token.

        Args:
            shared: what the publisher told.
            token: the access token of it.
            now: the time that counts, in seconds since 1970, at the moment `here`.
            here: the moment of this machine.
        """
        life = max(shared.expires_at - shared.issued_at, 0.0)
        left = min(shared.expires_at - now, life)
        spread = int.from_bytes(os.urandom(2), "big") / 0xFFFF * 2 - 1
        looks_at = left - life * (1 - _LOOK_AT + _JITTER * spread)
        held = _Held(shared, token, here, left, looks_at)
        self._held, self._ended, self._trouble = held, None, None
        self._fresh_window = _NO_WINDOW
        self._subject, self._generation = shared.subject, shared.generation
        trace("board %s: generation %d taken", self._board.address, shared.generation)

    def _end(self, ended: SessionEnded) -> None:
        self._held, self._ended, self._trouble = None, ended, None
        self._fresh_window = _NO_WINDOW

    def _key(self) -> Key:
        if self._resolved_key is None:
            self._resolved_key = board_key(self._named_key)
        return self._resolved_key

    def _require_same_profile(self, shared: SharedToken) -> None:
        """Refuse the token of another profile than this worker's, where it has one."""
        if self._expected_profile is None:
            try:
                self._expected_profile = profile_digest(self.profile.binding)
            except ConfigurationError:
                if self._named_profile is not None:
                    raise
                self._expected_profile = ""  # what needs a profile says so itself
        if self._expected_profile and shared.profile != self._expected_profile:
            raise ConfigurationError(
                f"The token on the board {self._board.address} is for another profile than "
                f'"{self.profile.name}".',
                code="OA-W714",
                why="It is of another app client or issuer, and would go to the wrong platform.",
                fix="Give the worker the publisher's profile: "
                f'SharedTokenSource("{self._board.address}", profile="NAME").',
            )

    def _verify(self, shared: SharedToken, now: float) -> None:
        """Verify the token offline, where keys were given."""
        if self._keys is None or shared.access_token is None:
            return
        from osdu_auth.verification import TokenRejected

        if self._verifier is None:
            self._verifier = _verifier(self._keys, self)
        self._board_now = now
        try:
            self._verifier.verify(shared.access_token)
        except TokenRejected as rejected:
            checks = ", ".join(each.code for each in rejected.failures)
            raise faults.not_verified(
                self._board.address, f"{rejected.what} It fails {checks}."
            ) from None

    # For the thread that follows the board.

    def _follow_in_background(self) -> None:
        follower = self._follower
        if self._is_closed or (follower is not None and follower.is_alive()):
            return
        self._follower = follow(self._board, self)

    def _hear(self, reading: Reading) -> OsduAuthError | None:
        """Take what a follower heard, where it is newer and is believed; return why not."""
        try:
            self._take(reading)
        except OsduAuthError as error:
            self._trouble = error
            return error
        except Exception:  # noqa: BLE001 - a user's own verifier raises what it likes
            logger().exception("A worker did not take a token from its board.")
        return None

    def _note(self, trouble: OsduAuthError) -> None:
        """Know what a follower finds wrong with the board."""
        self._trouble = trouble

    def _note_time(self, now: float, asked_at: Moment) -> None:
        """Know what time it is by the board's clock.

        Args:
            now: seconds since 1970, by the board.
            asked_at: when the board was asked, by this source's clocks.
        """
        self._board_time = (now, asked_at)

    def _moment(self) -> Moment:
        """Return this moment by this source's clocks."""
        return self._clocks.now()

    def _make_anew(self) -> None:
        """Make what the parent's threads may have held at a fork."""
        self._changing = threading.RLock()
        self._follower = None
        self._fresh_window = _NO_WINDOW

    def _seconds_to_next_look(self) -> float:
        """Return after how many seconds the timer looks at the board."""
        held = self._held
        if held is None:
            return 1.0
        elapsed = self._clocks.now().since(held.since)
        life = held.shared.expires_at - held.shared.issued_at
        pause = held.looks_at - elapsed if elapsed < held.looks_at else life * _LOOK_AGAIN
        return min(max(pause, _SHORTEST_LOOK), _LONGEST_LOOK)


# What the board may mend by itself: it comes back, answers, is written to, has its first token.
_PASSING = frozenset({"OA-W810", "OA-W811", "OA-W814"})


def _verifier(keys: KeySet | TokenVerifier, source: SharedTokenSource) -> TokenVerifier:
    """Return what verifies by keys: a verifier that was given, or one for the profile."""
    from osdu_auth.verification import TokenVerifier, Unchecked, UserPoolVerifier, Verifier

    if isinstance(keys, TokenVerifier):
        return keys
    profile = source.profile
    clock = partial(_time_of, source)
    pool, issuer = profile.get("user_pool_id"), profile.get("issuer")
    if pool:
        return UserPoolVerifier(
            user_pool_id=pool,
            client_id=profile.client_id,
            token_use=["access", "id"],
            endpoint_url=profile.get("endpoint_url"),
            keys=keys,
            memo_size=0,
            clock=clock,
        )
    if issuer:
        audience = Unchecked("issuers name it in several ways")
        return Verifier(issuer=issuer, audience=audience, keys=keys, memo_size=0, clock=clock)
    raise ConfigurationError(
        f'The profile "{profile.name}" does not name its user pool.',
        code="OA-C768",
        why="The pool's id makes the issuer that a token has to name.",
        fix=Run("init", "--user-pool-id", "us-east-1_Ab12Cd34E", profile=profile.name),
    )


def _time_of(source: SharedTokenSource) -> float:
    """Return the time by the board's clock where it has one: this machine's may be set wrongly."""
    return source._board_now  # noqa: SLF001 - of the same module


def _signed_out(address: str) -> SessionEnded:
    return SessionEnded(
        f"The user of the board {address} has signed out.",
        code="OA-W410",
        why="Workers stop at once; they have no session of their own.",
        fix="Where the publisher runs: " + Run("login").then(faults.share_on(address)),
    )


def _another_user(address: str) -> SessionEnded:
    return SessionEnded(
        f"The board {address} has the token of another user now.",
        code="OA-W412",
        why="What is under way does not change its user half-way.",
        fix="Start the work anew: it then goes on as the user whose token is there now.",
    )


def _seconds(written: float | str) -> float:
    return 0.0 if written == 0 else seconds_of(written)


def _source_at(
    board: str | Board,
    key: str,
    profile: str | AnyProfile | None,
    keys: KeySet | TokenVerifier | None,
) -> SharedTokenSource:
    return SharedTokenSource(board, key=key, profile=profile, keys=keys)
