"""npm's oidc-provider, an OpenID issuer that others wrote, as a process on a loopback port."""

from __future__ import annotations

import json
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import programs_of_others

if TYPE_CHECKING:
    from collections.abc import Iterator

_SCRIPT = Path(__file__).with_name("provider.mjs")


@contextmanager
def oidc_provider(*wishes: str) -> Iterator[str]:
    """Run the provider, and yield its issuer; skip the test where it is not installed.

    Args:
        wishes: what it is to do otherwise, as the script names it.
    """
    node = programs_of_others.node()
    folder = programs_of_others.packages("issuers")
    shutil.copy(_SCRIPT, folder)  # a script finds its packages from where it lies
    with subprocess.Popen(
        [node, str(folder / _SCRIPT.name), *wishes],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as program:
        try:
            assert program.stdout is not None
            first = program.stdout.readline()
            assert first, "the provider does not start"
            issuer: str = json.loads(first)["issuer"]
            yield issuer
        finally:
            program.kill()
