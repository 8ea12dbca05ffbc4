"""What every test stands on: a clean environment, a far end, and an eye on secrets.

Sockets reach loopback only (`pyproject.toml`); the far end is the sandbox, which shares no code
with the client; nothing in between is patched.
"""

from __future__ import annotations

import os
import re
import signal
from typing import TYPE_CHECKING, Any

import pytest

from canaries import leaks, open_files_with_secrets, register, shows_a_secret
from osdu_auth.profiles.profile import Profile
from osdu_auth.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path

pytest_plugins = ["torture_table"]

_SCRUBBED = re.compile(
    r"(?i)(OSDU_AUTH_|AWS_|XDG_|SSL_CERT_|REQUESTS_CA_|CURL_CA_|.*_PROXY$|DBUS_|PYTHON_KEYRING|NETRC)"
)


def pytest_configure() -> None:
    """Take signals as a terminal's programs do, also where this run is a shell's background job."""
    for number, usual in (
        (signal.SIGINT, signal.default_int_handler),
        (signal.SIGHUP, signal.SIG_DFL),
        (signal.SIGQUIT, signal.SIG_DFL),
    ):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, usual)


# What the sandbox prints when it answers what its service model does not declare.
SANDBOX_DEFECT = "does not declare"

# Where a test may write: what is told as its home, and a folder of its own.
HOME = pytest.StashKey[str]()


@pytest.fixture(autouse=True)
def clean_environment(
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """No setting of the machine reaches a test, and no test reaches the user's own files."""
    for name in list(os.environ):
        if _SCRUBBED.match(name):
            monkeypatch.delenv(name)
    # The AWS SDK would look for credentials beyond loopback.
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    home = request.node.stash[HOME] = str(tmp_path_factory.mktemp("home"))
    monkeypatch.setenv("HOME", home)


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """One sandbox for all tests of a worker; its secrets are canaries."""
    with Sandbox() as running:
        register(running.password, running.client_secret, running.temporary_password)
        yield running


@pytest.fixture
def profile(sandbox: Sandbox, tmp_path: Path) -> Profile:
    """A profile for the sandbox's workshop user, its client secret in a private file."""
    secret = tmp_path / "client-secret"
    secret.touch(mode=0o600)
    secret.write_text(sandbox.client_secret)
    return Profile(
        name="acme",
        region=sandbox.region,
        client_id=sandbox.client_id,
        client_secret=f"file:{secret}",
        username=sandbox.username,
        platform_url=sandbox.platform_url,
        data_partition_id=sandbox.data_partition_id,
        user_pool_id=sandbox.user_pool_id,
        endpoint_url=sandbox.endpoint_url,
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, Any, Any]:
    """Fail a test that lets a secret into what it printed, logged, raised or wrote for all to read.

    Fail one too whose sandbox answered what AWS could not have answered.

    Everybody's log is watched from DEBUG up (`log_level` in `pyproject.toml`), and a warning is an
    error, so it is among what was raised.
    """
    report = yield
    captured = "\n".join(text for _, text in report.sections)
    if shows_a_secret(captured) or leaks(report.longreprtext):
        report.outcome = "failed"
        report.sections.clear()
        report.longrepr = f"{item.nodeid} showed a secret (its output is withheld)"
    if report.passed and SANDBOX_DEFECT in captured:
        # A client may take the 500 for a service's bad moment, and the test for a good one.
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} met a defect of the sandbox:\n{captured}"
    if call.when == "call":
        folders = (item.stash.get(HOME, None), getattr(item, "funcargs", {}).get("tmp_path"))
        written = [path for folder in folders if folder for path in open_files_with_secrets(folder)]
        if written:
            report.outcome = "failed"
            report.longrepr = f"{item.nodeid} left a secret for others to read: {written}"
    return report
