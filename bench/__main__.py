"""Measure the speeds that docs/figures.md names, and say which bound each one keeps.

    python -m bench            everything, each part in a process of its own
    python -m bench PART       one part

Exit code 1 where a bound is missed. Every figure is a median unless its part says otherwise; every
ratio is of figures measured in turn in one run.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from typing import TYPE_CHECKING

from bench.table import print_table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bench.table import Row

PARTS = (
    "commands",
    "browser",
    "sessions",
    "herd",
    "fleet",
    "service_accounts",
    "verification",
)


def main(parts: list[str]) -> int:
    """Print the tables; return 1 where a bound is missed."""
    if parts:
        missed = [print_table(part, _rows(part)) for part in parts]
        return int(any(missed))
    print(f"CPython {platform.python_version()} on {platform.machine()}, {os.cpu_count()} cores")
    sys.stdout.flush()
    codes = [
        subprocess.run([sys.executable, "-m", "bench", part], check=False).returncode
        for part in PARTS
    ]
    return int(any(codes))


def _rows(part: str) -> Iterable[Row]:
    if part == "commands":
        from bench.commands import command_rows

        return command_rows()
    if part == "browser":
        from bench.browser_sign_in import browser_rows

        return browser_rows()
    if part == "sessions":
        from bench.sessions import session_rows

        return session_rows()
    if part == "herd":
        from bench.herd import herd_rows

        return herd_rows()
    if part == "fleet":
        from bench.fleet import fleet_rows

        return fleet_rows()
    if part == "service_accounts":
        from bench.service_accounts import service_rows

        return service_rows()
    if part == "verification":
        from bench.verification import verification_rows

        return verification_rows()
    raise SystemExit(f"There is no part {part!r}; there are {', '.join(PARTS)}.")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
