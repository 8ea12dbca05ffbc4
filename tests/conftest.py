"""For every test: a clean environment, a sandbox, and a search of its output for secrets.

Sockets reach loopback only (`pyproject.toml`). The server is the sandbox, which shares no code with
the client. The tests patch nothing between the client and the sandbox.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import sys
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings

from canaries import leaks, open_files_with_secrets, register, shows_a_secret
from osdu_auth.profiles.edits import write_profile
from osdu_auth.profiles.profile import Profile
from osdu_auth.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path

pytest_plugins = ["torture_table", "storm_table", "advice.coverage", "documents.coverage"]

# Keep the bytecode of the tests, despite PYTHONDONTWRITEBYTECODE: else each worker compiles them.
sys.dont_write_bytecode = False

# A test must not fail because the machine is busy.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

_SCRUBBED = re.compile(
    r"(?i)(OSDU_AUTH_|AWS_|XDG_|SSL_CERT_|REQUESTS_CA_|CURL_CA_|.*_PROXY$|DBUS_|PYTHON_KEYRING|NETRC"
    r"|CI$|TF_BUILD|JENKINS_URL|TEAMCITY_VERSION|CODEBUILD_BUILD_ID|JPY_PARENT_PID|MPLBACKEND"
    r"|COLUMNS$|LINES$)"
)


def pytest_configure() -> None:
    """Handle signals as a program in a terminal does, also if pytest runs in the background."""
    for number, usual in (
        (signal.SIGINT, signal.default_int_handler),
        (signal.SIGHUP, signal.SIG_DFL),
        (signal.SIGQUIT, signal.SIG_DFL),
    ):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, usual)


# The sandbox prints this for an answer that its service model does not declare.
SANDBOX_DEFECT = "does not declare"

# The home folder of a test.
HOME = pytest.StashKey[str]()


# The service descriptions that the AWS SDK has read, by the folders that it searched.
_READ_BY_SDK: dict[tuple[str, ...], dict[Any, Any]] = {}


def share_what_the_sdk_reads() -> None:
    """Have the AWS SDK read its service descriptions once, and not again for each of its sessions.

    To read these files takes four fifths of the time of a new client.
    """
    loaders = sys.modules.get("botocore.loaders")
    if loaders is None or hasattr(loaders, "shared_by_tests"):
        return
    loader: Any = loaders.Loader
    begin = loader.__init__

    def begin_with_what_was_read(self: Any, *arguments: Any, **settings: Any) -> None:
        begin(self, *arguments, **settings)
        self._cache = _READ_BY_SDK.setdefault(tuple(self.search_paths), {})

    loader.__init__ = begin_with_what_was_read
    loaders.shared_by_tests = True  # type: ignore[attr-defined]


@pytest.fixture(scope="session")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Yield new folders; `mktemp` would take longer with each test."""

    def new_folders() -> Iterator[Path]:
        for number in count():
            home = folder / str(number)
            home.mkdir(mode=0o700)
            yield home

    folder = tmp_path_factory.mktemp("homes")
    return new_folders()


@pytest.fixture(autouse=True)
def clean_environment(
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    homes: Iterator[Path],
) -> Iterator[None]:
    """No setting of the machine reaches a test, and no test reaches the user's own files."""
    for name in list(os.environ):
        if _SCRUBBED.match(name):
            monkeypatch.delenv(name)
    # The AWS SDK would look for credentials beyond loopback.
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    home = next(homes)
    request.node.stash[HOME] = str(home)
    monkeypatch.setenv("HOME", str(home))
    share_what_the_sdk_reads()
    yield
    shutil.rmtree(home, ignore_errors=True)


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
    """Fail a test whose output, log, error or readable file contains a secret.

    Fail a test too whose sandbox gave an answer that AWS cannot give.

    The logs of all libraries are searched, from DEBUG up (`log_level` in `pyproject.toml`). A
    warning is an error (`filterwarnings`), so its text is searched too.
    """
    report = yield
    captured = "\n".join(text for _, text in report.sections)
    if shows_a_secret(captured) or leaks(report.longreprtext):
        report.outcome = "failed"
        report.sections.clear()
        report.longrepr = f"{item.nodeid} showed a secret (its output is withheld)"
    if report.passed and SANDBOX_DEFECT in captured:
        # A client can retry after this 500, so the test can pass in spite of the defect.
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} met a defect of the sandbox:\n{captured}"
    if call.when == "call":
        folders = (item.stash.get(HOME, None), getattr(item, "funcargs", {}).get("tmp_path"))
        written = [path for folder in folders if folder for path in open_files_with_secrets(folder)]
        if written:
            report.outcome = "failed"
            report.longrepr = f"{item.nodeid} left a secret for others to read: {written}"
    return report


@pytest.fixture
def notebook_profile(profile: Profile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Profile:
    """The profile "acme", saved so that a kernel finds it too."""
    monkeypatch.setenv("OSDU_AUTH_CONFIG_DIR", str(tmp_path / "config"))
    monkeypatch.setenv("OSDU_AUTH_STATE_DIR", str(tmp_path / "state"))
    write_profile(profile)
    return profile


@pytest.fixture
def every_flow_profile(notebook_profile: Profile, sandbox: Sandbox) -> Profile:
    """The profile "acme" of an app client without a secret, which may use every flow."""
    flows = ("ALLOW_USER_SRP_AUTH", "ALLOW_USER_AUTH", "ALLOW_REFRESH_TOKEN_AUTH")
    app_client = sandbox.pool.add_app_client(
        "notebook", generate_secret=False, explicit_auth_flows=flows
    )
    free = replace(notebook_profile, client_id=app_client.client_id, client_secret=None)
    write_profile(free)
    return free
