"""A thread that writes a new token to the token file before the present one expires.

If a renewal fails, the file keeps its last token: a program can report a server's refusal of an old
token better than a missing file.
"""

from __future__ import annotations

import signal
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from osdu_auth.cli.application import error_of_defect
from osdu_auth.cli.console import say, say_error, say_success
from osdu_auth.durations import rfc3339_time
from osdu_auth.errors import OsduAuthError, SessionEnded, SignInRequired

if TYPE_CHECKING:
    from collections.abc import Callable

    from osdu_auth.cli.exec.signals import Signals
    from osdu_auth.cli.exec.token_file import TokenFile
    from osdu_auth.tokens import TokenSet

# Seconds between two questions to the session. A longer wait would not count the time for which the
# computer sleeps; while the token is fresh, a question costs microseconds.
_LONGEST_WAIT = 5.0
_PAUSE = 2.0  # seconds after a failure; the session itself waits longer for an issuer that failed
_NOTICE_AFTER = 1.0  # seconds of waiting at the end, after which the wait is shown


class TokenFileRenewer:
    """Keeps the token of one token file fresh, from now until `stop`.

    Args:
        newest: returns the newest tokens; only this object's thread calls it.
        file: the token file.
        tokens: the tokens that were written to the file.
        signals: the signals that the main thread handles.
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
        self._shown_trouble = ""
        self._stopped = threading.Event()
        # A daemon, so that Ctrl-C can end the program during a renewal.
        self._thread = threading.Thread(
            target=self._run, name="osdu-auth file renewal", daemon=True
        )
        self._thread.start()

    def stop(self) -> bool:
        """Stop; wait for a running renewal, whose session could be lost if it is not saved.

        Returns:
            Whether the thread has stopped; False if a signal ended the wait.
        """
        self._stopped.set()
        self._thread.join(_NOTICE_AFTER)
        if self._thread.is_alive():
            say("Waiting for a renewal to be saved; Ctrl-C leaves without it.")
        while self._thread.is_alive() and not self._signals.has_ending_signal():
            self._thread.join(0.05)
        return not self._thread.is_alive()

    def _run(self) -> None:
        signal.pthread_sigmask(signal.SIG_SETMASK, self._signals.mask_of_threads)
        while not self._stopped.wait(self._pause()):
            self._refresh()

    def _pause(self) -> float:
        """Return the seconds until the next question to the session."""
        fresh = self._in_file.fresh_until - time.time()
        return min(fresh, _LONGEST_WAIT) if fresh > 0 else _PAUSE

    def _refresh(self) -> None:
        """Write a fresh token to the file, or show why that failed."""
        try:
            self._write_if_new(self._newest())
        except OsduAuthError as error:
            self._show_trouble(error)
        except Exception as defect:  # noqa: BLE001 - a defect here must not end the command
            self._show_trouble(error_of_defect(defect))
        else:
            self._show_recovery()

    def _write_if_new(self, tokens: TokenSet) -> None:
        if tokens == self._in_file:
            return  # the token is fresh; or the issuer did not answer, and it is still good
        self._file.write(tokens.access_token)
        self._in_file = tokens

    def _show_trouble(self, error: OsduAuthError) -> None:
        """Show why the token cannot be renewed, once until that changes."""
        needs_person = isinstance(error, (SessionEnded, SignInRequired))
        # Faults that end by themselves count as one, whatever code each one has.
        trouble = error.code if needs_person else "it cannot be renewed"
        if trouble == self._shown_trouble:
            return
        self._shown_trouble = trouble
        until = rfc3339_time(self._in_file.expires_at)
        with suppress(OSError):  # standard error may be closed
            say_error(error, with_fix=needs_person)
            say(f"  The command goes on. Its token file holds the last token, good until {until},")
            say(f"  and a new one {'after that' if needs_person else 'as soon as possible'}.")

    def _show_recovery(self) -> None:
        if not self._shown_trouble:
            return
        self._shown_trouble = ""
        with suppress(OSError):
            say_success("The token file of the running command is fresh again.")
