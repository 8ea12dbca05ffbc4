"""Upkeep: a thread that puts a new token into the token file before the one there ends.

Whatever goes wrong, the file keeps its last token: a server's refusal of an old token says more to
a program than a file that is gone.
"""

from __future__ import annotations

import signal
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from osdu_auth.cli.console import complain, say, succeeded
from osdu_auth.cli.defects import as_error
from osdu_auth.durations import instant
from osdu_auth.errors import OsduAuthError, SessionEnded, SignInRequired

if TYPE_CHECKING:
    from collections.abc import Callable

    from osdu_auth.cli.running.signals import Signals
    from osdu_auth.cli.running.token_file import TokenFile
    from osdu_auth.tokens import TokenSet

# Seconds after which the session is asked anew: a wait does not count while a computer sleeps, and
# the session goes by more than one clock. That costs microseconds while the token is fresh.
_LONGEST_WAIT = 5.0
_PAUSE = 2.0  # seconds after a failure; a session leaves a silent pool alone for longer by itself
_WORTH_A_WORD = 1.0  # seconds


class Upkeep:
    """The upkeep of one token file, from now on until `stop`.

    Args:
        newest: gets the newest token; it is asked from one thread.
        file: the token file.
        tokens: what was written to the file.
        signals: those that are left to the main thread.
    """

    def __init__(
        self,
        newest: Callable[[], TokenSet],
        file: TokenFile,
        tokens: TokenSet,
        signals: Signals,
    ) -> None:
        self._newest = newest
        self._file = file
        self._in_file = tokens
        self._signals = signals
        self._trouble = ""  # what has been told to be wrong
        self._stopped = threading.Event()
        # A daemon, so that a person who does not want to wait for it does not have to.
        self._thread = threading.Thread(target=self._run, name="osdu-auth upkeep", daemon=True)
        self._thread.start()

    def stop(self) -> bool:
        """End; a renewal that is under way is written down first, or its session may be lost.

        Returns:
            Whether nothing is under way any more, as nobody wanted to leave without it.
        """
        self._stopped.set()
        self._thread.join(_WORTH_A_WORD)
        if self._thread.is_alive():
            say("A renewal is under way and is waited for; Ctrl-C leaves without it.")
        while self._thread.is_alive() and not self._signals.tell_to_end():
            self._thread.join(0.05)
        return not self._thread.is_alive()

    def _run(self) -> None:
        signal.pthread_sigmask(signal.SIG_SETMASK, self._signals.mask_of_threads)
        while not self._stopped.wait(self._pause()):
            self._look_after()

    def _pause(self) -> float:
        """Return for how many seconds there is nothing to do."""
        fresh = self._in_file.fresh_until - time.time()
        return min(fresh, _LONGEST_WAIT) if fresh > 0 else _PAUSE

    def _look_after(self) -> None:
        """Have a fresh token in the file, or say why not."""
        try:
            self._put_into_file(self._newest())
        except OsduAuthError as error:
            self._tell(error)
        except Exception as defect:  # noqa: BLE001 - the command must not lose its token for it
            self._tell(as_error(defect))
        else:
            self._tell_end_of_trouble()

    def _put_into_file(self, tokens: TokenSet) -> None:
        if tokens == self._in_file:
            return  # it is fresh; or the pool did not answer, and it is still good
        self._file.write(tokens.access_token)
        self._in_file = tokens

    def _tell(self, error: OsduAuthError) -> None:
        """Say what is wrong, once for as long as it stays so."""
        needs_person = isinstance(error, (SessionEnded, SignInRequired))
        # What passes by itself is told once, whatever name it has each time.
        trouble = error.code if needs_person else "it cannot be renewed"
        if trouble == self._trouble:
            return
        self._trouble = trouble
        until = instant(self._in_file.expires_at)
        with suppress(OSError):  # nobody may be left to be told
            complain(error, with_fix=needs_person)
            say(f"  The command goes on. Its token file holds the last token, good until {until},")
            say(f"  and a new one as soon as {'that is done' if needs_person else 'it can'}.")

    def _tell_end_of_trouble(self) -> None:
        if not self._trouble:
            return
        self._trouble = ""
        with suppress(OSError):
            succeeded("The token file of the running command is fresh again.")
