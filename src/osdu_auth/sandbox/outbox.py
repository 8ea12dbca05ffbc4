"""The outbox: the e-mails and text messages that a real pool would have sent.

Invariant: no message leaves the process, and no `repr` shows a code.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST_MESSAGES = 1000


@dataclass(frozen=True)
class Message:
    """One message.

    Attributes:
        medium: `EMAIL` or `SMS`.
        destination: the e-mail address or phone number, not masked.
        username: the canonical name of the user it is for.
        code: the code in the message.
        purpose: the purpose of the code: a challenge's name, `SIGN_UP`, `FORGOTTEN_PASSWORD`,
            `VERIFY_EMAIL` or `VERIFY_PHONE_NUMBER`.
        time: when it was sent, in seconds since the epoch, by the sandbox's clock.
    """

    medium: str
    destination: str
    username: str
    code: str = field(repr=False)
    purpose: str
    time: float = field(compare=False)

    def is_for(self, name: str) -> bool:
        """Say whether `name` is the user's canonical name or where the message went."""
        return name.lower() in {self.username, self.destination.lower()}


class Outbox:
    """The last 1,000 messages, oldest first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._messages: deque[Message] = deque(maxlen=_MOST_MESSAGES)

    def add(self, message: Message) -> None:
        """Add a message."""
        with self._lock:
            self._messages.append(message)

    def sent_to(self, name: str) -> list[Message]:
        """Return the messages for a canonical user name, an e-mail address or a phone number.

        A text message is not found by an e-mail address, as it went to a phone.
        """
        return [message for message in self if message.is_for(name)]

    def last_code(self, name: str, purpose: str | None = None) -> str:
        """Return the newest code for a user, among the messages of `sent_to`.

        Args:
            name: the canonical user name, the e-mail address or the phone number.
            purpose: the purpose; `None` for any.

        Raises:
            LookupError: there is no such code.
        """
        for message in reversed(self.sent_to(name)):
            if purpose in {None, message.purpose}:
                return message.code
        raise LookupError(f"nothing was sent to {name}")

    def clear(self) -> None:
        """Remove every message."""
        with self._lock:
            self._messages.clear()

    def __iter__(self) -> Iterator[Message]:
        with self._lock:
            return iter(list(self._messages))

    def __len__(self) -> int:
        return len(self._messages)

    def __repr__(self) -> str:
        return f"<Outbox {len(self)} messages>"
