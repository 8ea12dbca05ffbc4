"""Programs of others that `make test-real` needs: where they are, or why a test does without them.

A program that a package of the operating system provides is a reason to skip on a developer's
machine. `.ci/run` installs those, and names them in `REQUIRED_PROGRAMS`: there it is a failure.
What a registry did not give is skipped everywhere: no registry's bad hour is a fault of this code.
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
    return shutil.which("chromium") or _do_without(
        "chromium", "Chromium is not here: install the package chromium"
    )


def node() -> str:
    """The program of a Node that is new enough: one of npm's where the machine's is too old."""
    if (INSTALLED / "node").is_dir():
        for program in INSTALLED.glob("node/node_modules/node-*/bin/node"):
            return str(program)
        pytest.skip("the machine's Node is too old, and npm gave no newer one")
    return shutil.which("node") or _do_without(
        "node", "Node is not here: install the packages nodejs and npm"
    )


def redis_server() -> str:
    """The program of a Redis."""
    return shutil.which("redis-server") or _do_without(
        "redis-server", "redis-server is not here: install the package redis-server"
    )


def valkey_server() -> str:
    """The program of a Valkey; releases of Debian before 13 have no package of it."""
    return shutil.which("valkey-server") or _do_without(
        "valkey-server", "valkey-server is not here: newer releases of Debian have a package of it"
    )


def java() -> str:
    """The program of a Java runtime."""
    return shutil.which("java") or _do_without(
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
        _do_without("npm", "npm is not here: install the packages nodejs and npm")
    if not (INSTALLED / folder / "is-complete").exists():
        pytest.skip("npm did not install them: `make test-real` says why when it tries")
    return INSTALLED / folder


def _do_without(program: str, reason: str) -> NoReturn:
    if program in os.environ.get("REQUIRED_PROGRAMS", "").split():
        pytest.fail(reason)
    pytest.skip(reason)
