"""Write docs/refusals.md from the table: `python tests/make_refusals_page.py`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from osdu_auth.fixes import Reader, fix_text
from osdu_auth.platform.failure_rows import NOTHING_FOUND, REQUEST_FAILED, SERVER_FAILED
from osdu_auth.platform.refusal_rows import ROWS
from osdu_auth.platform.refusal_table import Proof

if TYPE_CHECKING:
    from osdu_auth.platform.refusal_table import Row

PAGE = Path(__file__).parent.parent / "docs" / "refusals.md"

HEAD = """# What a refusal of OSDU means

Many OSDU services answer 401 if you are not in a group, or if the data partition is wrong; only
some of them answer 403. So the status alone does not tell what is wrong, and to sign in again
seldom helps. This page is the table that osdu-auth uses for its errors, for `osdu-auth why`, and
for its decision whether a new token can help after a 401. The page is made from the code by `python
tests/make_refusals_page.py`.

- `osdu-auth why` explains the last refusal. `osdu-auth why POST /api/search/v2/query` says
  whether you are in the groups that a request needs. In Python: `explain_refusal(response,
  session)`, for a response of requests, httpx, aiohttp or urllib3, or an error of osdu-auth.
- It makes two GET requests at most (`/info` of the service, and your groups). It renews no token.
- After a 401 that a *service* wrote, for a token that has not expired, no token is renewed: the
  gateway has accepted the token. After any other 401 a token is renewed once for each reason.

The words in braces are placeholders. Rows are looked up in this order, by status, author, service
and words.
"""


def page() -> str:
    """Return the page's text."""
    rows = [*ROWS, SERVER_FAILED, REQUEST_FAILED, NOTHING_FOUND]
    return "\n".join([HEAD, *map(section, rows)])


def section(row: Row) -> str:
    """Return the page's section for one row."""
    status = ", ".join(map(str, row.statuses)) or "any other"
    seen = [f"Status: {status}."]
    if row.services:
        seen.append(f"Service: {', '.join(row.services)}.")
    if row.authors:
        seen.append(f"Written by: {'; '.join(author.value for author in row.authors)}.")
    if row.pattern:
        seen.append(f"Words (a regular expression): `{row.pattern}`")
    lines = [f"## {row.code}: {row.what.replace(' ({status})', '')}", "", " ".join(seen), ""]
    for number, cause in enumerate(row.causes, 1):
        fix = fix_text(cause.fix, Reader())
        lines.append(f"{number}. {cause.what} *{cause.fixed_by.value.capitalize()}:* {fix}")
        proof = cause.proof
        start = "It" if proof is Proof.NOT_FROM_HERE else "Checked by:"
        lines.append(f"   {start} {proof.value}.")
        if cause.request:
            lines.append(f"   Send them: “{cause.request}”")
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
