"""Other programs that `make test-real` needs: where they are, or why a test is skipped.

Where a package of the operating system is missing, a developer's machine skips the test. `.ci/run`
installs these packages and names them in `REQUIRED_PROGRAMS`, and there the test fails. If a
package registry did not answer, the test is skipped everywhere.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest

INSTALLED = Path(__file__).parent.parent / "build" / "clients-of-others"


def chromium() -> str:
    """The program of a Chromium."""
    return shutil.which("chromium") or _skip_or_fail(
        "chromium", "Chromium is not here: install the package chromium"
    )


def node() -> str:
    """The program of a Node that is new enough: one of npm's where the machine's is too old."""
    if (INSTALLED / "node").is_dir():
        for program in INSTALLED.glob("node/node_modules/node-*/bin/node"):
            return str(program)
        pytest.skip("the machine's Node is too old, and npm gave no newer one")
    return shutil.which("node") or _skip_or_fail(
        "node", "Node is not here: install the packages nodejs and npm"
    )


def redis_server() -> str:
    """The program of a Redis, or of a Valkey."""
    found = shutil.which("redis-server") or shutil.which("valkey-server")
    return found or _skip_or_fail(
        "redis-server", "redis-server is not here: install the package redis-server"
    )


def valkey_server() -> str:
    """The program of a Valkey; releases of Debian before 13 have no package of it."""
    return shutil.which("valkey-server") or _skip_or_fail(
        "valkey-server", "valkey-server is not here: newer releases of Debian have a package of it"
    )


def java() -> str:
    """The program of a Java runtime."""
    return shutil.which("java") or _skip_or_fail(
        "java", "Java is not here: install the package default-jre-headless"
    )


def python_with_engines() -> str:
    """The Python of the environment that has Ray, PySpark and this package."""
    engines = INSTALLED / "engines" / "bin"
    if not (engines / "ray").exists() or not (engines / "spark-submit").exists():
        pytest.skip("pip did not install Ray and PySpark: `make test-real` says why when it tries")
    return str(engines / "python")


def packages(folder: str) -> Path:
    """The folder that npm installed packages into.

    Args:
        folder: below `build/clients-of-others`.
    """
    if shutil.which("npm") is None:
        _skip_or_fail("npm", "npm is not here: install the packages nodejs and npm")
    if not (INSTALLED / folder / "is-complete").exists():
        pytest.skip("npm did not install them: `make test-real` says why when it tries")
    return INSTALLED / folder


def _skip_or_fail(program: str, reason: str) -> NoReturn:
    if program in os.environ.get("REQUIRED_PROGRAMS", "").split():
        pytest.fail(reason)
    pytest.skip(reason)
