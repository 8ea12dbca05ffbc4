"""BoardReader: what a worker believes of its board, and the token that it holds.

The invariants of this module:

- Only a higher generation is taken, of the same user, sealed with the board key, for the profile.
- A sign-out counts at once.
- Two clocks count a token's life; it ends by the clock that says the earlier end.
- No error that is kept has a traceback: its frames would keep the reader, and so the thread that
  follows the board, for as long as the error.
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
from osdu_auth.fleet.boards_in_process import in_each_child
from osdu_auth.fleet.shared_token import opened, profile_digest
from osdu_auth.log import logger, trace
from osdu_auth.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Callable

    from osdu_auth.clocks import Clocks, Moment
    from osdu_auth.fleet.board import Board, Reading
    from osdu_auth.fleet.shared_token import SharedToken
    from osdu_auth.profiles.profile import AnyProfile
    from osdu_auth.stores.sealing import Key
    from osdu_auth.verification import KeySet, TokenVerifier

NO_WINDOW = (0.0, 0.0, Secret(""))
_LONGEST_FRESH_WINDOW = 30.0  # seconds for which the fast path may read the wall clock only
# The timer: at this part of a token's life, give or take the jitter, and then in twentieths of it.
_LOOK_AT, _JITTER, _LOOK_AGAIN = 0.6, 0.05, 0.05
SHORTEST_LOOK, _LONGEST_LOOK = 0.25, 60.0  # seconds


class HeldToken(NamedTuple):
    """A token as this process took it.

    Args:
        shared: what the publisher put on the board.
        token: the access token of it.
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
        """Return for how many seconds it is good."""
        return self.good_for - now.since(self.since)


class BoardReader:
    """Reads a board for one source; the board's follower gives it what it hears (`Follows`).

    Args:
        board: as of `SharedTokenSource`.
        key: a reference to the board key, or the key; None for the reference in force.
        profile: a profile, or its name; None for the profile in force.
        keys: of the issuer, to verify each token by as well.
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
        self.trouble: OsduAuthError | None = None  # what is wrong with the board; None if nothing
        self.generation = 0  # the highest that was seen, a sign-out's included
        self.fresh_window = NO_WINDOW  # from when to when the wall clock may stand, and the token
        self._clocks = clocks
        self._subject: str | None = None
        self._key: Key | None = None
        self._expected_profile: str | None = None
        self._found_profile: AnyProfile | None = None
        self._verifier: TokenVerifier | None = None
        self._verifies_at = 0.0
        self._board_time: tuple[float, Moment] | None = None
        self._is_closed = False
        self.follower: BoardFollower | None = None
        self._make_again()
        in_each_child(self, BoardReader._make_again)

    def _make_again(self) -> None:
        """Make what threads of the parent may have held at a fork."""
        self._changed = threading.Condition()
        self.follower = None
        self.fresh_window = NO_WINDOW

    @property
    def profile(self) -> AnyProfile:
        """The profile whose platform the token is for.

        Raises:
            ConfigurationError: none was given, and none is in force here.
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
        """The name of the profile; None where it was not needed yet."""
        return self._found_profile.name if self._found_profile else None

    @property
    def seconds_left(self) -> float:
        """For how many seconds the held token is good; 0 where none is held."""
        held = self.held
        return 0.0 if held is None else held.left(self._clocks.now())

    def token_for(self, min_ttl: float) -> HeldToken | None:
        """Return the held token if it is good for so many seconds, and open the fresh window."""
        held = self.held
        if held is None:
            return None
        now = self._clocks.now()
        left = held.left(now)
        if left <= min_ttl:
            return None
        window = (now.wall, now.wall + min(left, _LONGEST_FRESH_WINDOW), held.token)
        self.fresh_window = window
        if self.held is not held or self.ended is not None:  # another thread took a newer one
            self.fresh_window = NO_WINDOW
        return held

    # The board, and what follows it.

    def follow(self) -> None:
        """Have the board's follower give this reader what it hears, unless it does so already."""
        follower = self.follower
        if self._is_closed or (follower is not None and follower.is_alive()):
            return
        self.follower = follow(self.board, self)

    def look(self) -> bool:
        """Read the board once; readers of this process that look at one moment share one read.

        Returns:
            Whether a later look may find a token where this one found none.
        """
        self.follow()
        follower = self.follower
        if follower is None:  # this reader is closed
            follower = BoardFollower(self.board)
            follower.add(self)
        follower.look()
        return self.trouble is None or board_errors.may_pass(self.trouble)

    def wait_until(self, is_so: Callable[[], bool], seconds: float) -> bool:
        """Wait until something is so after the follower brought news; return whether it is."""
        with self._changed:
            return self._changed.wait_for(is_so, seconds)

    def close(self) -> None:
        """Follow the board no more."""
        self._is_closed = True
        follower, self.follower = self.follower, None
        if follower is None or not follower.leave(self):
            self.board.close()

    # What the follower calls.

    def hear(self, reading: Reading) -> OsduAuthError | None:
        """Take what is on the board, if it is newer and is believed; return why it is not."""
        try:
            self.take(reading)
        except OsduAuthError as error:
            self.note(error)
        except Exception as error:  # noqa: BLE001 - a user's own verifier raises what it likes
            logger().exception("A worker could not verify the token on its board.")
            why = f"The verifier that was given raised {type(error).__name__}."
            self.note(board_errors.not_verified(self.board.address, why))
        else:
            return None
        return self.trouble

    def note(self, trouble: OsduAuthError) -> None:
        """Keep what is wrong with the board, for the error of a token that cannot be had."""
        self.trouble = board_errors.without_frames(trouble)

    def note_time(self, now: float, asked_at: Moment) -> None:
        """Keep what time it is by the board's clock.

        Args:
            now: seconds since 1970, by the board.
            asked_at: when the board was asked, by this reader's clocks.
        """
        self._board_time = (now, asked_at)

    def moment(self) -> Moment:
        """Return this moment by this reader's clocks."""
        return self._clocks.now()

    def seconds_to_next_look(self) -> float:
        """Return after how many seconds the timer looks at the board."""
        held = self.held
        if held is None:
            return 1.0
        elapsed = self._clocks.now().since(held.since)
        life = held.shared.expires_at - held.shared.issued_at
        pause = held.looks_at - elapsed if elapsed < held.looks_at else life * _LOOK_AGAIN
        return min(max(pause, SHORTEST_LOOK), _LONGEST_LOOK)

    # What is believed.

    def take(self, reading: Reading) -> None:
        """Take what is on the board, if it is newer and is believed.

        Raises:
            BoardUnavailable: OA-W815, OA-W816, OA-W818, OA-W819: it is not believed.
            ConfigurationError: OA-W712: there is no key; OA-W714: it is for another profile.
        """
        address = self.board.address
        if self._key is None:
            self._key = board_key(self.named_key)
        try:
            shared = opened(reading.text, self._key)
        except NewerPosted:
            raise board_errors.newer(address) from None
        except NotPosted as fault:
            raise board_errors.not_believed(address, f"It {fault}.") from None
        now, here = self._time_of_board()
        if is_ahead(shared.generation, now):
            raise board_errors.ahead(address)
        self._require_same_profile(shared)
        with self._changed:
            if shared.generation <= self.generation:
                self.trouble = None
                return
            if shared.access_token is None:
                self._end(_signed_out(address))
                self.generation = shared.generation  # last: a fork in between loses no sign-out
            elif self._subject is not None and shared.subject != self._subject:
                self._end(_another_user(address))
            else:
                self._verify(shared.access_token, now)
                self._hold(shared, shared.access_token, now, here)
            self._changed.notify_all()

    def _hold(self, shared: SharedToken, token: Secret, now: float, here: Moment) -> None:
        """Hold a token from now on.

        Args:
            shared: what the publisher put on the board.
            token: the access token of it.
            now: the time that counts, in seconds since 1970, at the moment `here`.
            here: the moment by the clocks of this machine.
        """
        life = max(shared.expires_at - shared.issued_at, 0.0)
        left = min(shared.expires_at - now, life)
        spread = int.from_bytes(os.urandom(2), "big") / 0xFFFF * 2 - 1
        looks_at = left - life * (1 - _LOOK_AT + _JITTER * spread)
        self.held = HeldToken(shared, token, here, left, looks_at)
        self.ended = self.trouble = None
        self.fresh_window = NO_WINDOW
        self._subject, self.generation = shared.subject, shared.generation
        trace("board %s: generation %d taken", self.board.address, shared.generation)

    def _end(self, ended: SessionEnded) -> None:
        self.held, self.ended, self.trouble = None, ended, None
        self.fresh_window = NO_WINDOW

    def _time_of_board(self) -> tuple[float, Moment]:
        """Return the time by the board's clock or, where it has none, by this machine's.

        It is rather too late than too early: a text that was on its way for long makes no token
        last longer.
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
                self._expected_profile = ""  # what needs a profile says so itself
        if self._expected_profile and shared.profile != self._expected_profile:
            raise ConfigurationError(
                f"The token on the board {self.board.address} is for another profile than "
                f'"{self.profile.name}".',
                code="OA-W714",
                why="It is of another app client or issuer, and would go to the wrong platform.",
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
        self._verifies_at = now
        try:
            self._verifier.verify(token)
        except TokenRejected as rejected:
            checks = ", ".join(each.code for each in rejected.failures)
            raise board_errors.not_verified(
                self.board.address, f"{rejected.what} It fails {checks}."
            ) from None


def _verifies_at(reader: ReferenceType[BoardReader]) -> float:
    """Return the time that a verifier goes by: the board's, as this machine's may be wrong."""
    present = reader()
    return 0.0 if present is None else present._verifies_at  # noqa: SLF001 - of this module


def _verifier(keys: KeySet | TokenVerifier, reader: BoardReader) -> TokenVerifier:
    """Return the verifier that was given, or one of the given keys for the reader's profile."""
    from osdu_auth.verification import TokenVerifier, Unchecked, UserPoolVerifier, Verifier

    if isinstance(keys, TokenVerifier):
        return keys
    profile, clock = reader.profile, partial(_verifies_at, ref(reader))
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


def _signed_out(address: str) -> SessionEnded:
    return SessionEnded(
        f"The user of the board {address} has signed out.",
        code="OA-W410",
        why="Workers stop at once; they have no session of their own.",
        fix="Where the publisher runs: " + Run("login").then(board_errors.share_on(address)),
    )


def _another_user(address: str) -> SessionEnded:
    return SessionEnded(
        f"The board {address} has the token of another user now.",
        code="OA-W412",
        why="Work that is under way does not change its user half-way.",
        fix="Start the work again: it then goes on as the user whose token is there now.",
    )
