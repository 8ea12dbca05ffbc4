"""SharedTokenSource: a worker's token source, which reads fresh tokens from a board.

A worker cannot renew a token. A valid token is returned from memory, even while the board is slow
or unreachable. One thread of the process follows a board for all sources (`fleet.board_follower`):
it reads after a hint, and by a timer, as hints may be lost. `fleet.board_reader` decides which
tokens are accepted.

A forked child has no such thread: it is started again at the next request for a token.
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
from osdu_auth.fleet.board_reader import SHORTEST_PAUSE, BoardReader
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
_REPLACEMENT_PATIENCE = 5.0  # seconds to wait for a newer token after a 401
_FIRST_PAUSE, _LONGEST_PAUSE = 0.125, 1.0  # seconds between two readings while it waits


class SharedTokenSource(LibraryAuth):
    """A token source that reads its tokens from a board.

    It does nothing before it is used. It may be used by any number of threads, tasks and event
    loops. Its pickle, for other processes and machines, has the board's address and the key's
    reference. `requests` and `httpx` accept it as `auth=`.

    Args:
        board: its address, such as `dir:/shared/osdu-board` or `rediss://me@host/0`; or a board.
        key: a reference to the board key, such as `file:/etc/osdu/board.key`; or the key. None for
            OSDU_AUTH_BOARD_KEY, else the file that a publisher of this user makes.
        profile: a profile, or its name, which says where the token may be sent; None for the
            profile in force, which need not exist for `token()` alone.
        keys: the issuer's keys, to verify each token, too: a `KeySet`, or a verifier.
        patience: seconds to wait for a first token, or for a newer token after one has ended.
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
        self._reported_generation = 0  # the last generation that the publisher was asked to replace
        self._single_calls: SingleFlight[bool] = SingleFlight(
            "osdu-auth board", keeps_process=False
        )

    def __repr__(self) -> str:
        return f"SharedTokenSource({self._address!r})"

    def __reduce__(self) -> tuple[Callable[..., SharedTokenSource], tuple[object, ...]]:
        """Pickle a reference to the board and a reference to its key.

        Raises:
            TypeError: it has the key itself, or its board is in this process's memory.
        """
        reader = self._reader
        if isinstance(reader.named_key, Secret):
            raise TypeError(
                "a SharedTokenSource that has the board key itself cannot be pickled; give it a "
                "reference, such as key='file:/etc/osdu/board.key'"
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
            ConfigurationError: no profile was given, and no profile is in force here.
        """
        return self._reader.profile

    @property
    def reader(self) -> Reader:
        """The reader of its errors, for the commands in them."""
        return Reader(self._reader.profile_name)

    def token(self, min_ttl: float | str = 0.0) -> Secret:
        """Return a token that is valid now, and for at least `min_ttl`.

        Args:
            min_ttl: seconds, or a text such as `"20m"`.

        Raises:
            SessionEnded: OA-W410: the user has signed out; OA-W411: the token has ended and no
                publisher has put a newer token on the board; OA-W412: the board has another user's
                token.
            BoardUnavailable: OA-W810 to OA-W819: there is no token, and the board has none.
            ConfigurationError: OA-W712, OA-W714: the board key is not available, or the profile is
                not the publisher's profile.
            ValueError: `min_ttl` is not a duration.
        """
        begin, end, token = self._reader.fresh_window
        if begin <= self._clock() < end and not min_ttl:
            return token
        return self._held_token(_seconds(min_ttl)).token

    async def atoken(self, min_ttl: float | str = 0.0) -> Secret:
        """Do what `token` does; a wait blocks only this task."""
        begin, end, token = self._reader.fresh_window
        if begin <= self._clock() < end and not min_ttl:
            return token
        return (await self._aheld_token(_seconds(min_ttl))).token

    def token_instead_of(self, refused: Secret, reason: str = "") -> Secret:
        """Return a newer token than a token that OSDU answered with 401, or the same token.

        If the board has no newer token, the publisher is asked once for a newer token.

        Args:
            refused: the token that was sent.
            reason: why it was refused; not used, as the publisher's session has its own reason.

        Raises:
            OsduAuthError: as for `token`.
        """
        del reason
        held = self._reader.held
        if held is None or held.token == refused:
            call, _ = self._single_calls.run(partial(self._look_for_newer, refused))
            call.result()
        return self._held_token(0.0).token

    async def atoken_instead_of(self, refused: Secret, reason: str = "") -> Secret:
        """Do what `token_instead_of` does; a wait blocks only this task."""
        del reason
        held = self._reader.held
        if held is None or held.token == refused:
            call, _ = self._single_calls.start(partial(self._look_for_newer, refused))
            await call.aresult()
        return (await self._aheld_token(0.0)).token

    def token_set(self) -> TokenSet:
        """Return the token with its times; raises as `token`."""
        shared = self._held_token(0.0).shared
        token = shared.access_token or Secret("")
        return TokenSet(token, shared.issued_at, shared.expires_at)

    def close(self) -> None:
        """Stop following the board; a held token stays valid until its end."""
        self._reader.close()

    # The held token.

    def _held_token(self, min_ttl: float) -> HeldToken:
        held = self._usable(min_ttl)
        if held is None:
            call, _ = self._single_calls.run(partial(self._obtain, min_ttl))
            call.result()
            held = self._usable(min_ttl)
        return held or self._refuse(min_ttl)

    async def _aheld_token(self, min_ttl: float) -> HeldToken:
        held = self._usable(min_ttl)
        if held is None:
            call, _ = self._single_calls.start(partial(self._obtain, min_ttl))
            await call.aresult()
            held = self._usable(min_ttl)
        return held or self._refuse(min_ttl)

    def _usable(self, min_ttl: float) -> HeldToken | None:
        """Return the held token if it is valid for so long, and start to follow the board."""
        reader = self._reader
        ended = reader.ended
        if reader.held is None and ended is None:
            return None
        reader.follow()
        if ended is not None:
            raise copy(ended)
        return reader.token_for(min_ttl)

    def _refuse(self, min_ttl: float) -> HeldToken:
        """Raise the error that says why there is no token that is valid for so long."""
        held, trouble = self._reader.held, self._reader.last_error
        if held is None:
            raise copy(trouble) if trouble is not None else board_errors.empty(self._address)
        left = held.left(self._clocks.now())
        what = f"ended {duration_in_words(-left)} ago" if left <= 0 else "ends too soon"
        why = "No publisher has put a newer token on the board."
        if trouble is not None:
            why = f"{trouble.what} {trouble.why}"
        if left > 0:
            why = f"A token that is valid for {duration_in_words(min_ttl)} was requested. {why}"
        raise SessionEnded(
            f"The token from the board {self._address} {what}.",
            code="OA-W411",
            why=why,
            fix="Start a publisher where the user is signed in: "
            + board_errors.share_command(self._address),
        )

    # Waiting for a token.

    def _obtain(self, min_ttl: float) -> bool:
        """Read the board until a token is valid for so long, or the patience has passed."""
        reader = self._reader
        reader.follow()
        end, pause = self._clocks.monotonic() + self._patience, _FIRST_PAUSE
        # After a sign-out the board is read as well: the user may have signed in again.
        while reader.seconds_left <= min_ttl:
            may_succeed_later = reader.read_board()
            if self._has_news(min_ttl):
                break
            patience = end - self._clocks.monotonic()
            if not may_succeed_later or patience <= 0 or reader.seconds_left > 0:
                return False
            reader.wait_until(partial(self._has_news, min_ttl), min(pause, patience))
            pause = min(pause * 1.5, _LONGEST_PAUSE)
        return True

    def _has_news(self, min_ttl: float) -> bool:
        """Say whether a token is valid for so long, or the session has ended."""
        return self._reader.ended is not None or self._reader.seconds_left > min_ttl

    def _look_for_newer(self, refused: Secret) -> bool:
        """Read the board for a token other than the refused token, or ask the publisher for it."""
        reader = self._reader
        reader.read_board()
        held = reader.held
        if held is None or held.token != refused or reader.ended is not None:
            return True
        generation = held.shared.generation
        if generation == self._reported_generation:
            return False  # the publisher was asked for a newer token, and had none
        self._reported_generation = generation
        reader.board.ask_for_newer(generation)
        end = self._clocks.monotonic() + _REPLACEMENT_PATIENCE

        def is_replaced() -> bool:
            return reader.generation != generation or reader.ended is not None

        while not reader.wait_until(is_replaced, SHORTEST_PAUSE):
            if self._clocks.monotonic() >= end:
                return False
            reader.read_board()
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
