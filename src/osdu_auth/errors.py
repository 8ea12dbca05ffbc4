"""The errors of this package, as one tree.

    OsduAuthError
    ├── UsageError            2    the command line cannot be carried out as typed
    ├── SignInRequired        3    no user is signed in, and only a person can change that
    │   ├── SignInRefused     3    the user pool refused this sign-in
    │   └── ChallengeUnanswered  3 the user pool asked a question that got no answer
    ├── SessionEnded          4    the session has ended; a person has to sign in
    ├── OsduError                  OSDU answered with an error
    │   ├── RefusedByOsdu     5    OSDU answered 401 or 403
    │   └── OsduFailed        9    OSDU answered with another error
    ├── TokenRejected         5    a token is not good (in `verification.rejection`)
    ├── Unreachable           6    no answer: network, proxy, TLS, time-out
    │   └── KeysUnavailable   6    an issuer's keys cannot be fetched, so no token can be verified
    ├── UnusableReply         6    an answer that this service does not send
    ├── ServiceBusy           6    the service asks its clients to wait
    ├── ConfigurationError    7    a profile, a flag, a variable or the app client is set wrongly
    │   └── NothingSent       7    the settings lead to another server than the issuer
    ├── StoreUnavailable      8    the session on disk cannot be read, written or locked
    │   ├── StoreNotWritable  8    the file system cannot be written to now
    │   └── StoreConflict     8    the store has another session than the renewed one
    ├── BoardUnavailable      8    a fleet's board cannot be read or written, or is not valid
    ├── CommandNotRun       126    the command of `exec` cannot be run
    │   └── CommandNotFound 127    there is no command of that name
    └── Cancelled           130    the person cancelled (Ctrl-C)

Every error says what happened, why, and what to type next, and has a stable code such as `OA-C701`.
Invariant: the first digit of a code is the exit code of the command line. In codes that begin with
`OA-X` the whole number is the exit code, as shells define it (126, 127, 130).
"""

from __future__ import annotations

from osdu_auth.light_typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any, ClassVar

    from typing_extensions import Self

    from osdu_auth.fixes import Fix, Reader


class OsduAuthError(Exception):
    """The base class of every error of this package.

    Args:
        what: one sentence: what happened.
        code: stable identifier, such as `OA-C701`.
        why: one sentence: the reason, as far as it is known.
        fix: what to type or do next: a text, or a `Fix` if it contains a command.
        service_error: the type that the service gave, such as `NotAuthorizedException`.
        retry_after: seconds after which another attempt makes sense; None where that is unknown.

    `advice` is the fix as it was given. `reader` describes who reads it; None if that is unknown.
    """

    exit_code: ClassVar[int] = 1
    retryable: ClassVar[bool] = False
    advice: str | Fix = ""
    reader: Reader | None = None

    def __init__(
        self,
        what: str,
        *,
        code: str,
        why: str = "",
        fix: str | Fix = "",
        service_error: str = "",
        retry_after: float | None = None,
    ) -> None:
        super().__init__(what)
        self.what = what
        self.code = code
        self.why = why
        self.advice = fix
        self.service_error = service_error
        self.retry_after = retry_after

    @property
    def fix(self) -> str:
        """What to type or do next, in the form that its reader can use."""
        advice = self.advice
        if isinstance(advice, str):
            return advice
        return str(advice) if self.reader is None else advice.text(self.reader)

    def note_reader(self, reader: Reader) -> None:
        """Note who reads the fix; an earlier note, made nearer to the cause, has priority."""
        self.reader = reader if self.reader is None else self.reader.combined_with(reader)

    def __str__(self) -> str:
        sentences = [self.what, self.why, self.fix and f"Next: {self.fix}"]
        return " ".join(sentence for sentence in sentences if sentence) + f" [{self.code}]"

    def __repr__(self) -> str:
        return f"{type(self).__name__}(code={self.code!r}, what={self.what!r})"

    def _render_traceback_(self) -> list[str]:
        """Return the lines that IPython shows of this error; the method's name is IPython's."""
        from osdu_auth.cell_tracebacks import lines_for_cell

        next_step = f"Next: {self.fix}" if self.fix else ""
        return lines_for_cell(self, (f"{self.what} [{self.code}]", self.why, next_step))

    def copied(self) -> Self:
        """Return the same error to be raised once more, with a traceback of its own."""
        from copy import copy  # seldom needed, and its import takes as long as four of ours

        return copy(self)

    def __reduce__(self) -> tuple[Any, ...]:
        # Python copies and unpickles an exception by calling its class with `args`. These classes
        # take other arguments, so the copy is made without __init__ and gets the same fields.
        return _without_fields, (type(self), self.args), self.__dict__


class KnowsReader(Protocol):
    """An object that knows the reader of its errors, such as a session."""

    @property
    def reader(self) -> Reader:
        """Who reads the errors of this object."""
        ...


class ErrorsWithReader:
    """A block that notes a session's reader on each error that leaves the block.

    Args:
        source: the session, or another object that knows the reader.
    """

    def __init__(self, source: KnowsReader) -> None:
        self._source = source

    def __enter__(self) -> None:
        """Begin the block."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if isinstance(error, OsduAuthError):
            error.note_reader(self._source.reader)


def _without_fields(kind: type[OsduAuthError], args: tuple[object, ...]) -> OsduAuthError:
    return kind.__new__(kind, *args)


class UsageError(OsduAuthError):
    """The command line cannot be carried out as typed."""

    exit_code = 2


class SignInRequired(OsduAuthError):
    """No user is signed in, and only a person can change that."""

    exit_code = 3


class SignInRefused(SignInRequired):
    """The user pool refused this sign-in."""


class ChallengeUnanswered(SignInRequired):
    """The user pool asked a question that got no answer."""


class SessionEnded(OsduAuthError):
    """The session has ended; a person has to sign in."""

    exit_code = 4


class OsduError(OsduAuthError):
    """OSDU answered with an error.

    Args:
        status: the HTTP status.
        correlation_id: the name of this request in OSDU's logs; "" if OSDU gave none.
        answer: the whole answer of OSDU, a `PlatformAnswer`; None where it is not known.
        what, code, why, fix: see `OsduAuthError`.
    """

    def __init__(
        self,
        what: str,
        *,
        code: str,
        status: int,
        correlation_id: str = "",
        answer: Any = None,
        why: str = "",
        fix: str | Fix = "",
    ) -> None:
        super().__init__(what, code=code, why=why, fix=fix)
        self.status = status
        self.correlation_id = correlation_id
        self.answer = answer


class RefusedByOsdu(OsduError):
    """OSDU answered 401 or 403: it does not accept this token for this request."""

    exit_code = 5


class OsduFailed(OsduError):
    """OSDU answered with an error status other than 401 and 403."""

    exit_code = 9


class Unreachable(OsduAuthError):
    """No answer came: a problem of network, proxy or TLS, or a time-out."""

    exit_code = 6
    retryable = True


class KeysUnavailable(Unreachable):
    """An issuer's keys cannot be fetched, so its tokens can be neither verified nor refused."""


class UnusableReply(OsduAuthError):
    """The answer is not one that this service sends; it may be a captive portal's page."""

    exit_code = 6


class ServiceBusy(OsduAuthError):
    """The service asks its clients to wait for a while."""

    exit_code = 6
    retryable = True


class ConfigurationError(OsduAuthError):
    """A profile, a flag, the environment or the app client is set wrongly."""

    exit_code = 7


class NothingSent(ConfigurationError):
    """The present settings lead to another server than the issuer, so nothing was sent."""


class StoreUnavailable(OsduAuthError):
    """The session on disk cannot be read, written or locked."""

    exit_code = 8


class StoreNotWritable(StoreUnavailable):
    """The file system cannot be written to now: it is full, read-only, defective or forbidden.

    The session in memory can still be used; only saving it fails.
    """


class StoreConflict(StoreUnavailable):
    """A session was not saved: the store no longer has the session that it would replace."""

    @classmethod
    def of(cls, profile_name: str) -> StoreConflict:
        """Return the error for the session of a profile, by the profile's name."""
        return cls(
            f'The session of "{profile_name}" was replaced while it was renewed.',
            code="OA-F817",
            why="Another program signed in, signed out or renewed it.",
            fix="Try again.",
        )


class BoardUnavailable(OsduAuthError):
    """A fleet's board cannot be read or written, or its content is not valid."""

    exit_code = 8


class CommandNotRun(OsduAuthError):
    """The command of `osdu-auth exec` cannot be run; shells report that as 126."""

    exit_code = 126


class CommandNotFound(CommandNotRun):
    """There is no such command; shells report that as 127."""

    exit_code = 127


class Cancelled(OsduAuthError):
    """The person cancelled."""

    exit_code = 130
