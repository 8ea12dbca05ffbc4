"""The sequence diagram as an SVG document, for light and dark pages."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Sequence

    from osdu_auth.demo.sequence_diagram import Exchange

# In units of the SVG. The width is that of a phone's page, so that the letters stay readable.
_WIDTH, _MARGIN = 520, 24
_FIRST, _LAST = 66, 454  # the outermost lifelines
_HEAD_TOP, _HEAD_HEIGHT, _HEAD_WIDTH = 20, 32, 100
_PART_HEIGHT, _EXCHANGE_HEIGHT = 42, 44
# The two arrows within an exchange, and the distance of a label from its arrow.
_ARROW, _ANSWER, _ABOVE = 15, 36, 5

# The diagram has its own background, since a page may be dark while the system is light.
_STYLE = """
  .card { fill: #ffffff; stroke: #d0d7de }
  .head { fill: #ddf4ff; stroke: #54aeff }
  text { font: 13px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; fill: #1f2328 }
  .name { font-weight: 600; text-anchor: middle }
  .part { font-weight: 600 }
  .request { font: 11.5px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace }
  .answer { fill: #1a7f37; text-anchor: end }
  .life { stroke: #afb8c1; stroke-dasharray: 2 4 }
  .arrow { stroke: #1f2328; marker-end: url(#tip) }
  .back { stroke: #1a7f37; stroke-dasharray: 5 3; marker-end: url(#back-tip) }
  #tip path { fill: #1f2328 }
  #back-tip path { fill: #1a7f37 }
  @media (prefers-color-scheme: dark) {
    .card { fill: #0d1117; stroke: #3d444d }
    .head { fill: #121d2f; stroke: #4493f8 }
    text { fill: #f0f6fc }
    .answer { fill: #3fb950 }
    .life { stroke: #656c76 }
    .arrow { stroke: #f0f6fc }
    .back { stroke: #3fb950 }
    #tip path { fill: #f0f6fc }
    #back-tip path { fill: #3fb950 }
  }
"""


def draw_svg(sender: str, receivers: Sequence[str], exchanges: Sequence[Exchange]) -> str:
    """Return the diagram as an SVG document, without the times of the exchanges.

    Args:
        sender: the participant that sends the requests; the leftmost lifeline.
        receivers: the other participants; a lifeline each, from left to right.
        exchanges: in the order of time.
    """
    names = [sender, *receivers]
    step = (_LAST - _FIRST) / (len(names) - 1)
    columns = {name: round(_FIRST + index * step) for index, name in enumerate(names)}
    drawn: list[str] = []
    top, part = _HEAD_TOP + _HEAD_HEIGHT, ""
    for exchange in exchanges:
        if exchange.part != part:
            part = exchange.part
            drawn.append(_part(part, top))
            top += _PART_HEIGHT
        drawn += _exchange(exchange, columns[sender], columns[exchange.receiver], top)
        top += _EXCHANGE_HEIGHT
    height = top + _MARGIN
    size = f'viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}"'
    labels = 'role="img" aria-labelledby="title description"'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} {labels}>',
            f'<title id="title">The requests of {escape(sender)}, and their answers</title>',
            f'<desc id="description">{escape(_in_words(sender, exchanges))}</desc>',
            f"<style>{_STYLE}</style>",
            f"<defs>{_tip('tip')}{_tip('back-tip')}</defs>",
            f'<rect class="card" x=".5" y=".5" rx="8" width="{_WIDTH - 1}" height="{height - 1}"/>',
            *(_lifeline(name, column, height) for name, column in columns.items()),
            *drawn,
            "</svg>",
            "",
        ]
    )


def _in_words(sender: str, exchanges: Sequence[Exchange]) -> str:
    """Return the exchanges in words, for a screen reader."""
    return " ".join(
        f"{sender} to {each.receiver}: {each.request}; the answer: {each.answer}."
        for each in exchanges
    )


def _tip(name: str) -> str:
    return (
        f'<marker id="{name}" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" '
        'orient="auto"><path d="M0 0 8 4 0 8z"/></marker>'
    )


def _lifeline(name: str, column: int, height: int) -> str:
    return (
        f'<line class="life" x1="{column}" y1="{_HEAD_TOP}" x2="{column}" y2="{height - _MARGIN}"/>'
        f'<rect class="head" x="{column - _HEAD_WIDTH // 2}" y="{_HEAD_TOP}" rx="6" '
        f'width="{_HEAD_WIDTH}" height="{_HEAD_HEIGHT}"/>'
        f'<text class="name" x="{column}" y="{_HEAD_TOP + 21}">{escape(name)}</text>'
    )


def _part(name: str, top: int) -> str:
    """Return a heading, with a background that covers the lifelines."""
    return (
        f'<rect class="card" x="{_MARGIN - 8}" y="{top + 10}" rx="6" '
        f'width="{_WIDTH - 2 * _MARGIN + 16}" height="26"/>'
        f'<text class="part" x="{_MARGIN}" y="{top + 27}">{escape(name)}</text>'
    )


def _exchange(exchange: Exchange, left: int, right: int, top: int) -> list[str]:
    requested, answered = top + _ARROW, top + _ANSWER
    request, answer = escape(exchange.request), escape(exchange.answer)
    return [
        f'<text class="request" x="{left + 8}" y="{requested - _ABOVE}">{request}</text>',
        f'<line class="arrow" x1="{left}" y1="{requested}" x2="{right}" y2="{requested}"/>',
        f'<text class="answer" x="{right - 8}" y="{answered - _ABOVE}">{answer}</text>',
        f'<line class="back" x1="{right}" y1="{answered}" x2="{left}" y2="{answered}"/>',
    ]
