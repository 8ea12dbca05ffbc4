"""The pages that a browser shows at the end: static, without script, in light and dark."""

from __future__ import annotations

from typing import NamedTuple

_STYLE = (
    ":root{color-scheme:light dark}"
    "body{margin:0;min-height:100vh;display:grid;place-items:center;"
    "font:1.05rem/1.5 system-ui,sans-serif;background:Canvas;color:CanvasText}"
    "main{max-width:34rem;padding:2rem;text-align:center}"
    "h1{font-size:1.5rem;margin:0 0 .5rem}p{margin:.5rem 0;opacity:.8}"
    ".mark{font-size:3rem;line-height:1}"
)


class Page(NamedTuple):
    """A page.

    Args:
        status: the status code and its reason, such as `200 OK`.
        mark: one character that shows success or failure.
        title: one sentence.
        text: what the person should do next.
    """

    status: str
    mark: str
    title: str
    text: str

    def reply(self) -> bytes:
        """Return the page as an HTTP reply, which the browser does not store."""
        body = (
            '<!doctype html><html lang="en"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width,initial-scale=1">'
            f'<title>{self.title}</title><link rel="icon" href="data:,">'
            f"<style>{_STYLE}</style></head><body><main>"
            f'<div class="mark" aria-hidden="true">{self.mark}</div>'
            f"<h1>{self.title}</h1><p>{self.text}</p></main></body></html>"
        ).encode()
        head = (
            f"HTTP/1.1 {self.status}\r\n"
            "Content-Type: text/html; charset=utf-8\r\n"
            f"Content-Length: {len(body)}\r\n"
            "Cache-Control: no-store\r\n"
            "Referrer-Policy: no-referrer\r\n"
            "X-Content-Type-Options: nosniff\r\n"
            "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; "
            "img-src data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'\r\n"
            "Connection: close\r\n\r\n"
        )
        return head.encode("ascii") + body


DONE = Page("200 OK", "✓", "Your sign-in is done", "Close this page and go back to your program.")
NOT_DONE = Page(
    *("200 OK", "✗", "You are not signed in"),
    "The program that you started says what went wrong. Close this page and go back there.",
)
SIGNED_OUT = Page(
    *("200 OK", "✓", "You are signed out"),
    "The browser is not signed in any more. Close this page.",
)
ANOTHER_ATTEMPT = Page(
    *("400 Bad Request", "?", "This page belongs to another sign-in"),
    "Close it, and go on with the page that was opened last.",
)
NOT_HERE = Page(
    *("404 Not Found", "?", "There is nothing here"),
    "This address is only for the end of a sign-in. Close this page.",
)
