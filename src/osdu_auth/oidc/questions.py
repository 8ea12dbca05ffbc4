"""What a sign-in in a browser asks a person, and the answers to it, as values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from osdu_auth.secret import Secret

if TYPE_CHECKING:
    from threading import Event

    from osdu_auth.errors import OsduAuthError


@dataclass(frozen=True)
class BrowserAddressQuestion:
    """The person signs in in a browser, and may paste the address that it ends at.

    A browser on this computer comes back by itself, which withdraws the question: the answer is
    then None.

    Args:
        url: where to sign in.
        was_opened: whether a browser was opened with it.
        why_not: why none was, as a clause; "" where one was.
        hint: what to say when nothing has come back for half a minute.
        until: is set when the browser has come back.
        refusal: why what was pasted before was not taken; None at the first time.
        waits_unattended: whether to go on where no person can be asked: a browser was opened, or
            another program is to open the address.
    """

    name: ClassVar[str] = "BROWSER"

    url: str
    was_opened: bool
    why_not: str
    hint: str
    until: Event
    refusal: OsduAuthError | None = None
    waits_unattended: bool = True


@dataclass(frozen=True)
class BrowserAddress:
    """The answer to `BrowserAddressQuestion`.

    Args:
        text: what was pasted, a `Secret` or a plain text; it holds a code.
    """

    text: Secret

    def __init__(self, text: Secret | str) -> None:
        object.__setattr__(self, "text", Secret(text) if isinstance(text, str) else text)


@dataclass(frozen=True)
class OtherAccountQuestion:
    """Another user signed in than the profile names; nothing is kept yet.

    Args:
        expected: the user name in the profile.
        actual: who signed in.
    """

    name: ClassVar[str] = "OTHER_ACCOUNT"

    expected: str
    actual: str
    refusal: OsduAuthError | None = None


@dataclass(frozen=True)
class KeepAccount:
    """The answer to `OtherAccountQuestion`.

    Args:
        keep: whether to go on as who signed in.
    """

    keep: bool


BrowserAnswers = Callable[
    [BrowserAddressQuestion | OtherAccountQuestion], BrowserAddress | KeepAccount | None
]
