"""SharedTokenSource: what a worker has: a fresh token from a board, and nothing to renew it by.

A token that is good is given out from memory, also while the board is slow or gone. One thread of
the process follows a board for all of its sources (`fleet.board_follower`): it is woken by a hint,
and by a timer, as hints may be lost. What is believed: `fleet.board_reader`.

A forked child has no such thread: it is started again when the next token is asked for.
"""

from __future__ import annotations

import time
from copy import copy
from functools import partial
from typing import TYPE_CHECKING

from osdu_auth.adapters.auth import LibraryAuth
from osdu_auth.clocks import Clocks
from osdu_auth.durations import duration_in_words, seconds_of
from osdu_auth.errors import SessionEnded
from osdu_auth.fixes import Reader
from osdu_auth.fleet import board_errors
from osdu_auth.fleet.board_reader import SHORTEST_LOOK, BoardReader
from osdu_auth.secret import Secret
from osdu_auth.single_flight import SingleFlight
from osdu_auth.tokens import TokenSet

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import Self

    from osdu_auth.fleet.board import Board
    from osdu_auth.fleet.board_reader import HeldToken
    from osdu_auth.profiles.profile import AnyProfile
    from osdu_auth.verification import KeySet, TokenVerifier

PATIENCE = 10.0  # seconds
_INSTEAD = 5.0  # seconds to wait for the token that the publisher is asked for after a 401
_FIRST_PAUSE, _LONGEST_PAUSE = 0.125, 1.0  # seconds between two looks for a token to wait for


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
            for the profile in force, which need not exist for `token()` alone.
        keys: of the issuer, to verify each token by as well: a `KeySet`, or a verifier.
        patience: seconds to wait for a first token, or for a newer one than one that has ended.
        clock: seconds since 1970.
        monotonic: a clock that only goes forward, in seconds.

    Raises:
        ConfigurationError: OA-W710, OA-W711, OA-W713: the board's address cannot be used here.
    """

    _reader_class = BoardReader

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
        self._clock = clock
        self._clocks = Clocks(clock, monotonic)
        self._reader = self._reader_class(board, key, profile, keys, self._clocks)
        self._named_board = board if isinstance(board, str) else self._reader.board
        self._patience = seconds_of(patience)
        self._asked_for = 0  # the last generation that the publisher was asked to replace
        self._flights: SingleFlight[bool] = SingleFlight("osdu-auth board", keeps_process=False)

    def __repr__(self) -> str:
        return f"SharedTokenSource({self._address!r})"

    def __reduce__(self) -> tuple[Callable[..., SharedTokenSource], tuple[object, ...]]:
        """Travel as a reference to the board and a reference to its key.

        Raises:
            TypeError: it was given the key itself, or its board is this process's memory.
        """
        reader = self._reader
        if isinstance(reader.named_key, Secret):
            raise TypeError(
                "a SharedTokenSource that was given the board key itself does not travel; give it "
                "a reference, such as key='file:/etc/osdu/board.key'"
            )
        named = (self._named_board, reader.named_key, reader.named_profile, reader.keys)
        return _source_at, named

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
        return self._reader.profile

    @property
    def reader(self) -> Reader:
        """Who reads its errors."""
        return Reader(self._reader.profile_name)

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
        begin, end, token = self._reader.fresh_window
        if begin <= self._clock() < end and not min_ttl:
            return token
        return self._held_token(_seconds(min_ttl)).token

    async def atoken(self, min_ttl: float | str = 0.0) -> Secret:
        """Return what `token` returns; what has to be waited for holds up this task alone."""
        begin, end, token = self._reader.fresh_window
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
        held = self._reader.held
        if held is None or held.token == refused:
            flight, _ = self._flights.run(partial(self._look_for_newer, refused))
            flight.result()
        return self._held_token(0.0).token

    async def atoken_instead_of(self, refused: Secret, reason: str = "") -> Secret:
        """Return what `token_instead_of` returns, and hold up this task alone."""
        del reason
        held = self._reader.held
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
        self._reader.close()

    # Tokens that are held.

    def _held_token(self, min_ttl: float) -> HeldToken:
        held = self._usable(min_ttl)
        if held is None:
            flight, _ = self._flights.run(partial(self._obtain, min_ttl))
            flight.result()
            held = self._usable(min_ttl)
        return held or self._refuse(min_ttl)

    async def _aheld_token(self, min_ttl: float) -> HeldToken:
        held = self._usable(min_ttl)
        if held is None:
            flight, _ = self._flights.start(partial(self._obtain, min_ttl))
            await flight.aresult()
            held = self._usable(min_ttl)
        return held or self._refuse(min_ttl)

    def _usable(self, min_ttl: float) -> HeldToken | None:
        """Return the held token if it is good for so long, and have the board followed."""
        reader = self._reader
        ended = reader.ended
        if reader.held is None and ended is None:
            return None
        reader.follow()
        if ended is not None:
            raise copy(ended)
        return reader.token_for(min_ttl)

    def _refuse(self, min_ttl: float) -> HeldToken:
        """Raise the reason why there is no token that is good for so long."""
        held, trouble = self._reader.held, self._reader.trouble
        if held is None:
            raise copy(trouble) if trouble is not None else board_errors.empty(self._address)
        left = held.left(self._clocks.now())
        what = f"ended {duration_in_words(-left)} ago" if left <= 0 else "ends too soon"
        why = "No publisher has put a newer one there."
        if trouble is not None:
            why = f"{trouble.what} {trouble.why}"
        if left > 0:
            why = f"It was asked to last for {duration_in_words(min_ttl)}. {why}"
        raise SessionEnded(
            f"The token from the board {self._address} {what}.",
            code="OA-W411",
            why=why,
            fix="Start a publisher where the user is signed in: "
            + board_errors.share_on(self._address),
        )

    # Waiting for a token.

    def _obtain(self, min_ttl: float) -> bool:
        """Look at the board until a token is good for so long, for as long as patience lasts."""
        reader = self._reader
        reader.follow()
        end, pause = self._clocks.monotonic() + self._patience, _FIRST_PAUSE
        while reader.seconds_left <= min_ttl:  # a sign-out may be what was heard before a sign-in
            may_pass = reader.look()
            if self._has_news(min_ttl):
                break
            patience = end - self._clocks.monotonic()
            if not may_pass or patience <= 0 or reader.seconds_left > 0:
                return False
            reader.wait_until(partial(self._has_news, min_ttl), min(pause, patience))
            pause = min(pause * 1.5, _LONGEST_PAUSE)
        return True

    def _has_news(self, min_ttl: float) -> bool:
        """Say whether a token is good for so long, or the session has ended."""
        return self._reader.ended is not None or self._reader.seconds_left > min_ttl

    def _look_for_newer(self, refused: Secret) -> bool:
        """Look at the board for another token than a refused one; ask the publisher for it."""
        reader = self._reader
        reader.look()
        held = reader.held
        if held is None or held.token != refused or reader.ended is not None:
            return True
        generation = held.shared.generation
        if generation == self._asked_for:
            return False  # the publisher was asked for a newer one, and had none
        self._asked_for = generation
        reader.board.ask_for_newer(generation)
        end = self._clocks.monotonic() + _INSTEAD

        def is_replaced() -> bool:
            return reader.generation != generation or reader.ended is not None

        while not reader.wait_until(is_replaced, SHORTEST_LOOK):
            if self._clocks.monotonic() >= end:
                return False
            reader.look()
        return True

    @property
    def _address(self) -> str:
        return self._reader.board.address


def _seconds(written: float | str) -> float:
    return 0.0 if written == 0 else seconds_of(written)


def _source_at(
    board: str | Board,
    key: str,
    profile: str | AnyProfile | None,
    keys: KeySet | TokenVerifier | None,
) -> SharedTokenSource:
    return SharedTokenSource(board, key=key, profile=profile, keys=keys)
