"""The waiting line: a terminal shows which host does not answer; a pipe never does."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

import pexpect
import pytest

if TYPE_CHECKING:
    from cli.conftest import Shell
    from osdu_auth.sandbox import Sandbox

LONG, SOME, LITTLE = 60.0, 6.0, 3.0  # seconds
# The operation or the path that is slow, and the command that waits for it.
COMMANDS = {
    "sign-in": ("InitiateAuth", "login", "--username", "workshop.user@example.com"),
    "renewal": ("GetTokensFromRefreshToken", "token", "--renew"),
    "request": ("/api", "request", "GET", "/api/entitlements/v2/groups"),
    "groups": ("/api", "groups"),
    "whoami": ("/api", "whoami"),
    "keys": ("/us-east-1", "verify", "TOKEN"),
    "sign-out": ("RevokeToken", "logout"),
    "account": ("ForgotPassword", "account", "forgot-password"),
    "exec": ("GetTokensFromRefreshToken", "exec", "--min-session", "1h", "--", "true"),
}


def shown(terminal: pexpect.spawn[str]) -> str:
    return str(terminal.logfile_read.getvalue())


@pytest.mark.parametrize("wait", [name for name in COMMANDS if name != "exec"])
def test_a_terminal_shows_a_slow_answer_and_ctrl_c_ends_the_wait(
    signed_in: Shell, sandbox: Sandbox, wait: str
) -> None:
    slow, *arguments = COMMANDS[wait]
    token = signed_in.run("token").stdout
    given = [token if word == "TOKEN" else word for word in arguments]
    sandbox.faults.latency(slow, LONG)
    terminal = signed_in.terminal(*given)
    if wait == "sign-in":
        terminal.expect("Password: ")
        terminal.sendline(sandbox.password)
    terminal.expect(r"waiting for 127\.0\.0\.1:\d+… Ctrl-C ends it")
    terminal.sendintr()
    terminal.expect(re.escape("\r\x1b[2K"))
    terminal.expect("Cancelled")
    terminal.expect(pexpect.EOF)
    terminal.wait()
    assert terminal.exitstatus == 130


def test_the_waiting_line_is_removed_before_the_answer_is_printed(
    signed_in: Shell, sandbox: Sandbox
) -> None:
    sandbox.faults.latency("/api", SOME)
    terminal = signed_in.terminal("groups")
    terminal.expect(pexpect.EOF)
    line, erased, answer = shown(terminal).partition("\r\x1b[2K")
    assert (line.startswith("waiting for "), bool(erased)) == (True, True)
    assert "waiting" not in answer
    assert "service.search.user" in answer


def test_waits_between_tries_count_too(signed_in: Shell, sandbox: Sandbox) -> None:
    sandbox.faults.reply("GetTokensFromRefreshToken", status=503, headers=(("Retry-After", "9"),))
    terminal = signed_in.terminal("token", "--renew")
    terminal.expect("waiting for ")
    terminal.sendintr()
    terminal.expect("Cancelled")


def test_a_quick_answer_shows_no_waiting_line(signed_in: Shell) -> None:
    terminal = signed_in.terminal("groups")
    terminal.expect(pexpect.EOF)
    assert "waiting" not in shown(terminal)


def test_the_waiting_line_is_never_written_to_a_pipe(signed_in: Shell, sandbox: Sandbox) -> None:
    sandbox.faults.latency("/api", LITTLE)
    outcome = signed_in.run("groups")
    assert (outcome.code, outcome.stderr) == (0, "")


def test_the_command_of_exec_has_the_terminal_to_itself(signed_in: Shell, sandbox: Sandbox) -> None:
    """A renewal in the background prints nothing between the command's own lines."""
    sandbox.faults.latency("GetTokensFromRefreshToken", LITTLE)
    sign = signed_in.folder / "renewing"
    script = (
        f'osdu() {{ {shlex.join(program())} "$@"; }}; osdu token --renew >/dev/null 2>{sign}; '
        "echo done"
    )
    terminal = signed_in.terminal("exec", "--", "sh", "-c", script)
    terminal.expect("done")
    terminal.expect(pexpect.EOF)
    assert "waiting" not in shown(terminal)
    assert sign.read_text() == ""


def program() -> list[str]:
    from cli.conftest import PROGRAM

    return PROGRAM


def test_a_narrow_terminal_shows_the_wait_on_one_line(signed_in: Shell, sandbox: Sandbox) -> None:
    sandbox.faults.latency("/api", LONG)
    terminal = signed_in.terminal("groups", dimensions=(24, 20))
    terminal.expect("waiting for 127.0.0$")
    terminal.sendintr()
    terminal.expect("Cancelled")


def test_renew_returns_another_token_which_later_calls_return_too(signed_in: Shell) -> None:
    before = signed_in.run("token").stdout
    renewed = signed_in.run("token", "--renew")
    assert (renewed.code, renewed.stdout != before) == (0, True)
    assert signed_in.run("token").stdout == renewed.stdout
    impossible = signed_in.run("token", "--renew", "--min-ttl", "9h")
    assert (impossible.code, impossible.stdout) == (2, "")
