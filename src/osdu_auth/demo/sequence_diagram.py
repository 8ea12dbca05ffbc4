"""A sequence diagram in plain text: who asked whom what, what came back, and how long it took."""

from __future__ import annotations

from dataclasses import dataclass

from osdu_auth.demo.lines import is_narrow

GAP = 33  # between two lifelines; a label fits if it is shorter by six


@dataclass(frozen=True)
class Exchange:
    """One question and its answer.

    Args:
        asked: the participant who was asked.
        question: what was asked, such as `InitiateAuth`.
        answer: what came back, such as `tokens`.
        seconds: how long it took.
        expected: whether the answer is the one that was expected.
        part: of which part of the story it is.
    """

    asked: str
    question: str
    answer: str
    seconds: float
    expected: bool = True
    part: str = ""


def draw(asker: str, participants: list[str], exchanges: list[Exchange], *, gap: int = GAP) -> str:
    """Return the diagram as lines of text; where the terminal is narrow, a list of the same.

    Args:
        asker: who asks; the leftmost lifeline.
        participants: who is asked; a lifeline each, from left to right.
        exchanges: in the order in which they happened.
        gap: how many columns lie between two lifelines.
    """
    if is_narrow():
        return _listed(asker, exchanges)
    columns = {name: index * gap for index, name in enumerate([asker, *participants])}
    width = max(columns.values()) + 1
    lines = [_heads(columns), _lifelines(columns, width)]
    for exchange in exchanges:
        reach = columns[exchange.asked]
        lines.append(_arrow(columns, width, reach, exchange.question, "├", "▶"))
        duration = f"{exchange.seconds * 1000:8.1f} ms"
        mark = "" if exchange.expected else "  ← not as it should be"
        lines.append(_arrow(columns, width, reach, exchange.answer, "◀", "┤") + duration + mark)
    lines.append(_lifelines(columns, width))
    return "\n".join("  " + line.rstrip() for line in lines)


def _listed(asker: str, exchanges: list[Exchange]) -> str:
    """The same as lines of words, for a terminal that has no room for lifelines."""
    lines = []
    for exchange in exchanges:
        duration = f"{exchange.seconds * 1000:.1f} ms"
        mark = "" if exchange.expected else ", not as it should be"
        lines += [
            f"  {asker} to {exchange.asked}: {exchange.question}",
            f"    the answer: {exchange.answer} ({duration}{mark})",
        ]
    return "\n".join(lines)


def _heads(columns: dict[str, int]) -> str:
    line = ""
    for name, column in columns.items():
        line = line.ljust(max(0, column - len(name) // 2 if column else 0)) + name
    return line


def _lifelines(columns: dict[str, int], width: int) -> str:
    return "".join("│" if at in columns.values() else " " for at in range(width))


def _arrow(
    columns: dict[str, int], width: int, reach: int, label: str, left: str, right: str
) -> str:
    """One horizontal line from the asker's lifeline to the one at `reach`, with its label on it."""
    shaft = f"─ {label} ".ljust(reach - 1, "─")
    cells = list(left + shaft[: reach - 1] + right)
    rest = _lifelines(columns, width)[reach + 1 :]
    return "".join(cells) + rest
