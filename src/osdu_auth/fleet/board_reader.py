"""BoardReader: which tokens of its board a worker accepts, and the token that it holds.

The invariants of this module:

- Only a token with a higher generation is accepted, of the same user, sealed with the board key,
  for the profile.
- A sign-out ends the worker's token at once.
- Two clocks measure a token's lifetime; it ends when the first of them says so.
- No error that is kept has a traceback: a traceback would keep the reader in memory, and so the
  thread that follows the board.
"""

from __future__ import annotations

import os
import threading
from functools import partial
from typing import TYPE_CHECKING, NamedTuple
from weakref import ReferenceType, ref

from osdu_auth.errors import ConfigurationError, OsduAuthError, SessionEnded
from osdu_auth.fixes import Run
from osdu_auth.fleet import board_errors
from osdu_auth.fleet.addresses import shared_board_of
from osdu_auth.fleet.board import NewerPosted, NotPosted, is_ahead
from osdu_auth.fleet.board_follower import BoardFollower, follow
from osdu_auth.fleet.board_keys import board_key, reference_in_force
from osdu_auth.fleet.boards_in_process import call_after_fork
from osdu_auth.fleet.shared_token import opened, profile_digest
from osdu_auth.log import logger, trace
from osdu_auth.secret import Secret
from osdu_auth.tokens import LONGEST_FRESH_WINDOW

if TYPE_CHECKING:
    from collections.abc import Callable

    from osdu_auth.clocks import Clocks, Moment
    from osdu_auth.fleet.board import Board, Reading
    from osdu_auth.fleet.shared_token import SharedToken
    from osdu_auth.profiles.profile import AnyProfile
    from osdu_auth.stores.sealing import Key
    from osdu_auth.verification import KeySet, TokenVerifier

NO_WINDOW = (0.0, 0.0, Secret(""))
# The timer reads the board after this part of a token's lifetime, plus or minus the jitter, and
# then after each further twentieth of the lifetime.
_FIRST_READING, _JITTER, _NEXT_READING = 0.6, 0.05, 0.05
SHORTEST_PAUSE, _LONGEST_PAUSE = 0.25, 60.0  # seconds


class HeldToken(NamedTuple):
    """A token that this process has accepted from the board.

    Args:
        shared: the shared token that the publisher put on the board.
        token: its access token.
        since: when it was accepted.
        valid_for: how many seconds after that the token is valid.
        next_reading: after how many seconds the timer reads the board for a newer token.
    """

    shared: SharedToken
    token: Secret
    since: Moment
    valid_for: float
    next_reading: float

    def left(self, now: Moment) -> float:
        """Return for how many seconds the token is still valid."""
        return self.valid_for - now.since(self.since)


class BoardReader:
    """Reads a board for one source; the board's follower calls it (`FollowingReader`).

    Args:
        board: as for `SharedTokenSource`.
        key: a reference to the board key, or the key; None for the reference in force.
        profile: a profile, or its name; None for the profile in force.
        keys: the issuer's keys, or a verifier, to verify each token too; None to verify nothing.
        clocks: of this machine.

    Raises:
        ConfigurationError: OA-W710, OA-W711, OA-W713: the board's address cannot be used here.
    """

    def __init__(
        self,
        board: str | Board | object,
        key: str | Secret | None,
        profile: str | AnyProfile | None,
        keys: KeySet | TokenVerifier | None,
        clocks: Clocks,
    ) -> None:
        self.board: Board = shared_board_of(board)
        self.named_key: str | Secret = key if key is not None else reference_in_force()
        self.named_profile = profile
        self.keys = keys
        self.held: HeldToken | None = None
        self.ended: SessionEnded | None = None
        self.last_error: OsduAuthError | None = None  # the last error of the board
        self.generation = 0  # the highest that was seen, a sign-out's included
        self.fresh_window = NO_WINDOW  # start and end by the wall clock, and the token
        self._clocks = clocks
        self._subject: str | None = None
        self._key: Key | None = None
        self._expected_profile: str | None = None
        self._found_profile: AnyProfile | None = None
        self._verifier: TokenVerifier | None = None
        self._time_for_verifier = 0.0
        self._board_time: tuple[float, Moment] | None = None
        self._is_closed = False
        self.follower: BoardFollower | None = None
        self._reset_after_fork()
        call_after_fork(self, BoardReader._reset_after_fork)

    def _reset_after_fork(self) -> None:
        """Make a new lock: another thread of the parent may have held the old lock at the fork."""
        self._changed = threading.Condition()
        self.follower = None
        self.fresh_window = NO_WINDOW

    @property
    def profile(self) -> AnyProfile:
        """The profile whose platform the token is for.

        Raises:
            ConfigurationError: no profile was given, and no profile is in force here.
        """
        if self._found_profile is None:
            from osdu_auth.profiles.resolve import find_profile, given_profile

            named = self.named_profile
            if named is None or isinstance(named, str):
                self._found_profile = find_profile(named).profile
            else:
                self._found_profile = given_profile(named).profile
        return self._found_profile

    @property
    def profile_name(self) -> str | None:
        """The name of the profile; None before the profile is needed."""
        return self._found_profile.name if self._found_profile else None

    @property
    def seconds_left(self) -> float:
        """For how many seconds the held token is valid; 0 without a held token."""
        held = self.held
        return 0.0 if held is None else held.left(self._clocks.now())

    def token_for(self, min_ttl: float) -> HeldToken | None:
        """Return the held token if it is valid for so many seconds, and set the fresh window."""
        held = self.held
        if held is None:
            return None
        now = self._clocks.now()
        left = held.left(now)
        if left <= min_ttl:
            return None
        window = (now.wall, now.wall + min(left, LONGEST_FRESH_WINDOW), held.token)
        self.fresh_window = window
        if self.held is not held or self.ended is not None:
            self.fresh_window = NO_WINDOW  # another thread has accepted a newer token
        return held

    # Following the board.

    def follow(self) -> None:
        """Start to follow the board, unless its follower has this reader already."""
        follower = self.follower
        if self._is_closed or (follower is not None and follower.is_alive()):
            return
        self.follower = follow(self.board, self)

    def read_board(self) -> bool:
        """Read the board once; readers that ask at the same time share one reading.

        Returns:
            Whether a later reading may find a token if this reading found none.
        """
        self.follow()
        follower = self.follower
        if follower is None:  # this reader is closed
            follower = BoardFollower(self.board)
            follower.add(self)
        follower.read_board()
        return self.last_error is None or board_errors.may_recover(self.last_error)

    def wait_until(self, condition: Callable[[], bool], seconds: float) -> bool:
        """Wait until a condition is true, as tested after each token; return whether it is."""
        with self._changed:
            return self._changed.wait_for(condition, seconds)

    def close(self) -> None:
        """Stop following the board."""
        self._is_closed = True
        follower, self.follower = self.follower, None
        if follower is None or not follower.remove(self):
            self.board.close()

    # Methods that the follower calls.

    def receive(self, reading: Reading) -> OsduAuthError | None:
        """Accept the token of a reading if it is newer and trusted, or return the error."""
        try:
            self.accept(reading)
        except OsduAuthError as error:
            self.record_error(error)
        except Exception as error:  # noqa: BLE001 - a user's own verifier may raise any error
            logger().exception("A worker could not verify the token on its board.")
            why = f"The verifier that was given raised {type(error).__name__}."
            self.record_error(board_errors.not_verified(self.board.address, why))
        else:
            return None
        return self.last_error

    def record_error(self, trouble: OsduAuthError) -> None:
        """Keep the error of the board, which says why there is no token."""
        self.last_error = board_errors.without_traceback(trouble)

    def record_time(self, now: float, asked_at: Moment) -> None:
        """Keep the time by the board's clock.

        Args:
            now: seconds since 1970, by the board.
            asked_at: when the board was asked, by this reader's clocks.
        """
        self._board_time = (now, asked_at)

    def moment(self) -> Moment:
        """Return this moment by this reader's clocks."""
        return self._clocks.now()

    def seconds_to_next_reading(self) -> float:
        """Return after how many seconds the timer reads the board."""
        held = self.held
        if held is None:
            return 1.0
        elapsed = self._clocks.now().since(held.since)
        lifetime = held.shared.expires_at - held.shared.issued_at
        pause = (
            held.next_reading - elapsed if elapsed < held.next_reading else lifetime * _NEXT_READING
        )
        return min(max(pause, SHORTEST_PAUSE), _LONGEST_PAUSE)

    # Accepting a token.

    def accept(self, reading: Reading) -> None:
        """Accept the token of a reading, if it is newer and trusted.

        Raises:
            BoardUnavailable: OA-W815, OA-W816, OA-W818, OA-W819: the token is not trusted.
            ConfigurationError: OA-W712: there is no board key; OA-W714: the token is for another
                profile.
        """
        address = self.board.address
        if self._key is None:
            self._key = board_key(self.named_key)
        try:
            shared = opened(reading.text, self._key)
        except NewerPosted:
            raise board_errors.newer_version(address) from None
        except NotPosted as error:
            raise board_errors.not_trusted(address, f"It {error}.") from None
        now, here = self._time_of_board()
        if is_ahead(shared.generation, now):
            raise board_errors.ahead_of_clock(address)
        self._require_same_profile(shared)
        with self._changed:
            if shared.generation <= self.generation:
                self.last_error = None
                return
            if shared.access_token is None:
                self._end(_signed_out(address))
                self.generation = shared.generation  # last, so that a fork loses no sign-out
            elif self._subject is not None and shared.subject != self._subject:
                self._end(_another_user(address))
            else:
                self._verify(shared.access_token, now)
                self._hold(shared, shared.access_token, now, here)
            self._changed.notify_all()

    def _hold(self, shared: SharedToken, token: Secret, now: float, here: Moment) -> None:
        """Hold a token from now on.

        Args:
            shared: the shared token that the publisher put on the board.
            token: its access token.
            now: the time by the board's clock, in seconds since 1970, at the moment `here`.
            here: the moment by the clocks of this machine.
        """
        lifetime = max(shared.expires_at - shared.issued_at, 0.0)
        left = min(shared.expires_at - now, lifetime)
        spread = int.from_bytes(os.urandom(2), "big") / 0xFFFF * 2 - 1
        next_reading = left - lifetime * (1 - _FIRST_READING + _JITTER * spread)
        self.held = HeldToken(shared, token, here, left, next_reading)
        self.ended = self.last_error = None
        self.fresh_window = NO_WINDOW
        self._subject, self.generation = shared.subject, shared.generation
        trace("board %s: generation %d accepted", self.board.address, shared.generation)

    def _end(self, ended: SessionEnded) -> None:
        self.held, self.ended, self.last_error = None, ended, None
        self.fresh_window = NO_WINDOW

    def _time_of_board(self) -> tuple[float, Moment]:
        """Return the time by the board's clock; if the board has no clock, by this machine's clock.

        This time is never too early, so a delayed text does not make a token's lifetime longer.
        """
        here = self._clocks.now()
        if self._board_time is None:
            return here.wall, here
        then, asked_at = self._board_time
        return then + here.since(asked_at), here

    def _require_same_profile(self, shared: SharedToken) -> None:
        """Refuse the token of another profile than this worker's, if it has one."""
        if self._expected_profile is None:
            try:
                self._expected_profile = profile_digest(self.profile.binding)
            except ConfigurationError:
                if self.named_profile is not None:
                    raise
                self._expected_profile = ""  # a call that needs a profile raises this error
        if self._expected_profile and shared.profile != self._expected_profile:
            raise ConfigurationError(
                f"The token on the board {self.board.address} is for another profile than "
                f'"{self.profile.name}".',
                code="OA-W714",
                why="It is for another app client or issuer, and would go to the wrong platform.",
                fix="Give the worker the publisher's profile: "
                f'SharedTokenSource("{self.board.address}", profile="NAME").',
            )

    def _verify(self, token: Secret, now: float) -> None:
        """Verify the token offline, if keys were given."""
        if self.keys is None:
            return
        from osdu_auth.verification import TokenRejected

        if self._verifier is None:
            self._verifier = _verifier(self.keys, self)
        self._time_for_verifier = now
        try:
            self._verifier.verify(token)
        except TokenRejected as rejected:
            checks = ", ".join(each.code for each in rejected.failures)
            raise board_errors.not_verified(
                self.board.address, f"{rejected.what} It fails {checks}."
            ) from None


def _time_for_verifier(reader: ReferenceType[BoardReader]) -> float:
    """Return the time for the verifier, by the board's clock: this machine's may be wrong."""
    present = reader()
    return 0.0 if present is None else present._time_for_verifier  # noqa: SLF001 - of this module


def _verifier(keys: KeySet | TokenVerifier, reader: BoardReader) -> TokenVerifier:
    """Return the given verifier, or a verifier with the given keys for the reader's profile."""
    from osdu_auth.verification import TokenVerifier, Unchecked, UserPoolVerifier, Verifier

    if isinstance(keys, TokenVerifier):
        return keys
    profile, clock = reader.profile, partial(_time_for_verifier, ref(reader))
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
        why="The issuer that a token has to name is made from the pool's id.",
        fix=Run("init", "--user-pool-id", "us-east-1_Ab12Cd34E", profile=profile.name),
    )


def _signed_out(address: str) -> SessionEnded:
    return SessionEnded(
        f"The user of the board {address} has signed out.",
        code="OA-W410",
        why="Workers stop at once; they have no session of their own.",
        fix="Where the publisher runs: " + Run("login").then(board_errors.share_command(address)),
    )


def _another_user(address: str) -> SessionEnded:
    return SessionEnded(
        f"The board {address} has the token of another user now.",
        code="OA-W412",
        why="Work that has begun does not change its user.",
        fix="Start the work again: it then runs as the user whose token is on the board.",
    )
