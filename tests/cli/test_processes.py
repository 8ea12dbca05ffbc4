"""After a day's work, no process table, environment or disk has a secret.

The row H-02 of the list of abuse and faults.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sys
from typing import TYPE_CHECKING

import pytest

from canaries import leaks, register, shows_a_secret

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cli.conftest import Shell
    from osdu_auth.sandbox import Sandbox, User

VARIABLE = "ACME_CLIENT_SECRET"
NEW_PASSWORD = "Another-horse-8-of-the-day"
# A started process: its path, its arguments, its environment (in strace's form).
_STARTED = re.compile(
    r'execve\("(?P<path>[^"]*)", \[(?P<argv>.*?)\], \[(?P<environment>.*)\]\) = 0'
)

pytestmark = pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed")


@pytest.fixture
def trace(shell: Shell, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file with each process start from now on."""
    folder = tmp_path_factory.mktemp("trace")
    shell.prefix = [
        *("strace", "-f", "-qq", "-v", "-s", "1000000", "-e", "trace=execve", "-e", "signal=none"),
        *("-A", "-o", str(folder / "trace")),
    ]
    return folder / "trace"


def started(trace: Path) -> list[re.Match[str]]:
    return [match for line in trace.read_text().splitlines() if (match := _STARTED.search(line))]


def work_a_day(shell: Shell, sandbox: Sandbox, user: User, colleague: User) -> None:
    """Set up, sign in, use, change, fail and sign out, as in the documentation."""
    codes = shell.folder / "codes"
    prints = f"{shlex.quote(sys.executable)} -c 'print(open(\"{codes}\").read())'"

    def run(*arguments: str, stdin: str = "", code: int = 0) -> str:
        outcome = shell.run(*arguments, stdin=stdin)
        assert outcome.code == code, (arguments, outcome.stderr)
        return outcome.stdout

    values = ("--region", sandbox.region, "--client-id", sandbox.client_id)
    addresses = ("--endpoint-url", sandbox.endpoint_url, "--platform-url", sandbox.platform_url)
    run("init", "-p", "acme", *values, *addresses, "--user-pool-id", sandbox.user_pool_id,
        "--data-partition-id", sandbox.data_partition_id, "--username", user.email,
        "--client-secret", f"env:{VARIABLE}", "--mfa-command", prints)  # fmt: skip
    run("login", "--password-stdin", stdin="Wrong-password-1", code=3)
    codes.write_text(sandbox.pool.totp_code(user.email))
    run("login", "--password-stdin", stdin=user.password + "\n")
    token = run("token")
    run("request", "GET", "/api/entitlements/v2/groups", code=5)
    run("whoami", "--json", code=5)
    run("status")
    run("verify", stdin=token)
    run("decode", stdin=token)
    run("account", "devices")
    passwords = f"{user.password}\n{NEW_PASSWORD}\n"
    run("account", "change-password", "--password-stdin", "--new-password-stdin", stdin=passwords)
    in_clear = ("--auth-flow", "USER_PASSWORD_AUTH", "--username", colleague.email)
    run("login", "--password-stdin", *in_clear, stdin=colleague.password + "\n")
    run("token", "--min-ttl", "59m", "--format", "json")
    run("account", "forgot-password")
    code = sandbox.outbox.last_code(user.email)
    run("account", "reset-password", "--code-stdin", "--new-password-stdin",
        stdin=f"{code}\n{user.password}\n")  # fmt: skip
    run("logout")


def test_no_process_or_file_has_a_secret_after_a_day_s_work(
    shell: Shell, trace: Path, sandbox: Sandbox, account: Callable[..., User]
) -> None:
    totp = "SOFTWARE_TOKEN_MFA"
    user = account(mfa=[totp], preferred_mfa=totp)
    register(user.password, NEW_PASSWORD, sandbox.pool.totp_secret(user.email))
    home = shell.folder / "home"
    temporary = shell.folder / "temporary"
    for folder in (home, temporary):
        folder.mkdir(mode=0o700)
    shell.environment |= {
        "HOME": str(home),
        "TMPDIR": str(temporary),
        VARIABLE: sandbox.client_secret,
    }
    work_a_day(shell, sandbox, user, colleague=account())

    processes = started(trace)
    programs = [one for one in processes if '"osdu_auth"' in one["argv"]]
    commands = [one for one in processes if "codes" in one["argv"] and one not in programs]
    assert len(programs) == 16
    assert len(commands) == 1
    asked_for = f'"{VARIABLE}={sandbox.client_secret}"'
    for one in processes:
        assert not shows_a_secret(one["argv"]), "a secret among the arguments of a process"
        own = one["environment"]
        # The profile names this variable for the program's own secret; no other process has it.
        own = own.replace(asked_for, "") if one in programs else own
        assert not shows_a_secret(own), f"a secret in the environment of {one['argv'][:200]}"

    outside = [
        os.path.join(place, name)
        for place, _, names in os.walk(shell.folder)
        for name in names
        if not os.path.join(place, name).startswith(str(shell.state))
    ]
    assert outside
    for path in outside:
        with open(path, encoding="latin-1") as file:
            assert not shows_a_secret(file.read()), f"a secret in {path}"
    assert not leaks("".join(path.name for path in shell.folder.rglob("*")))
