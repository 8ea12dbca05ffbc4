"""The questions that a sign-in in a browser asks a person, and the answers, as values."""

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
    """Asks the person to sign in in a browser; the person may paste the browser's last address.

    A browser on this computer comes back without the person. Then the question is withdrawn: its
    answer is None.

    Args:
        url: where to sign in.
        was_opened: whether a browser was opened with that address.
        why_not: why no browser was opened, as a clause; "" if a browser was opened.
        hint: what to say when the browser has not come back for half a minute.
        until: is set when the browser has come back.
        refusal: why the last pasted text was refused; None at the first question.
        waits_unattended: whether to wait even if no person can be asked, since a browser was opened
            or another program opens the address.
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
        text: the pasted text, as a `Secret` or a plain text; it has a code in it.
    """

    text: Secret

    def __init__(self, text: Secret | str) -> None:
        object.__setattr__(self, "text", Secret(text) if isinstance(text, str) else text)


@dataclass(frozen=True)
class OtherAccountQuestion:
    """Another user than the profile names has signed in; nothing is saved yet.

    Args:
        expected: the user name in the profile.
        actual: the name of the user who signed in.
    """

    name: ClassVar[str] = "OTHER_ACCOUNT"

    expected: str
    actual: str
    refusal: OsduAuthError | None = None


@dataclass(frozen=True)
class KeepAccount:
    """The answer to `OtherAccountQuestion`.

    Args:
        keep: whether to go on as the user who signed in.
    """

    keep: bool


BrowserAnswers = Callable[
    [BrowserAddressQuestion | OtherAccountQuestion], BrowserAddress | KeepAccount | None
]
