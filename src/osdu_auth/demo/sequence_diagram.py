"""A sequence diagram in plain text: each request, its answer, and how long it took."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from osdu_auth.demo.output import is_narrow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from osdu_auth.sandbox import LoggedRequest

POOL = "user pool"
TOKENS = "tokens"
_ANSWERS = {
    "AssociateSoftwareToken": "a new key",
    "VerifySoftwareToken": "the code is right",
    "ConfirmDevice": "may be remembered",
    "UpdateDeviceStatus": "remembered",
}
GAP = 33  # columns between two lifelines; a label may have six fewer


@dataclass(frozen=True)
class Exchange:
    """One request and its answer.

    Args:
        receiver: the participant that got the request.
        request: the request, such as `InitiateAuth`.
        answer: the answer, such as `tokens`.
        seconds: the time between the two.
        expected: whether the answer is the expected one.
        part: the part of the story.
    """

    receiver: str
    request: str
    answer: str
    seconds: float
    expected: bool = True
    part: str = ""


def draw(sender: str, receivers: list[str], exchanges: list[Exchange], *, gap: int = GAP) -> str:
    """Return the diagram as lines of text; for a narrow terminal, a list of the exchanges.

    Args:
        sender: the participant that sends the requests; the leftmost lifeline.
        receivers: the other participants; a lifeline each, from left to right.
        exchanges: in the order of time.
        gap: the columns between two lifelines.
    """
    if is_narrow():
        return _listed(sender, exchanges)
    columns = {name: index * gap for index, name in enumerate([sender, *receivers])}
    width = max(columns.values()) + 1
    lines = [_line_of_names(columns), _lifelines(columns, width)]
    for exchange in exchanges:
        end_column = columns[exchange.receiver]
        lines.append(_arrow(columns, width, end_column, exchange.request, "├", "▶"))
        duration = f"{exchange.seconds * 1000:8.1f} ms"
        mark = "" if exchange.expected else "  ← not expected"
        lines.append(
            _arrow(columns, width, end_column, exchange.answer, "◀", "┤") + duration + mark
        )
    lines.append(_lifelines(columns, width))
    return "\n".join("  " + line.rstrip() for line in lines)


def _listed(sender: str, exchanges: list[Exchange]) -> str:
    """Return the exchanges as a list, for a terminal that has no room for lifelines."""
    lines = []
    for exchange in exchanges:
        duration = f"{exchange.seconds * 1000:.1f} ms"
        mark = "" if exchange.expected else ", not expected"
        lines += [
            f"  {sender} to {exchange.receiver}: {exchange.request}",
            f"    the answer: {exchange.answer} ({duration}{mark})",
        ]
    return "\n".join(lines)


def _line_of_names(columns: dict[str, int]) -> str:
    line = ""
    for name, column in columns.items():
        line = line.ljust(max(0, column - len(name) // 2 if column else 0)) + name
    return line


def _lifelines(columns: dict[str, int], width: int) -> str:
    return "".join("│" if at in columns.values() else " " for at in range(width))


def _arrow(
    columns: dict[str, int], width: int, end_column: int, label: str, left: str, right: str
) -> str:
    """Return an arrow from the sender's lifeline to the column `end_column`, with a label."""
    line = f"─ {label} ".ljust(end_column - 1, "─")
    cells = list(left + line[: end_column - 1] + right)
    rest = _lifelines(columns, width)[end_column + 1 :]
    return "".join(cells) + rest


def exchanges_of(requests: Sequence[LoggedRequest], began: float, ended: str) -> list[Exchange]:
    """Return the exchanges of a sign-in.

    Args:
        requests: the requests that the sandbox has logged, in order.
        began: when the sign-in began, by the sandbox's clock.
        ended: the last answer, if no request was refused.
    """
    exchanges = []
    for index, request in enumerate(requests):
        following = requests[index + 1] if index + 1 < len(requests) else None
        answer = request.error or _answer(request, following, ended)
        exchanges.append(Exchange(POOL, request_label(request), answer, request.time - began))
        began = request.time
    return exchanges


def request_label(request: LoggedRequest) -> str:
    """Return the label of a request: with the flow of a sign-in, or the answered challenge."""
    if request.operation == "InitiateAuth":
        return f"InitiateAuth {request.parameters.get('AuthFlow', '')}"
    if request.operation == "RespondToAuthChallenge":
        return request.parameters.get("ChallengeName", request.operation)
    return request.operation


def _answer(request: LoggedRequest, following: LoggedRequest | None, ended: str) -> str:
    """Return the answer to a request; the log has no answers, but the next request shows it."""
    if request.operation in _ANSWERS:
        return _ANSWERS[request.operation]
    if following is None:
        return ended
    if following.operation in {"ConfirmDevice", "InitiateAuth"}:
        return TOKENS
    if following.operation == "AssociateSoftwareToken":
        return "MFA_SETUP"
    return following.parameters.get("ChallengeName", "")
