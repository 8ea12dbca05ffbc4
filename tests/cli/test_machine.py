"""The program checks its machine and does not guess: terminals, folders, variables, scripts."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from typing import TYPE_CHECKING

import pexpect
import pytest

from cli.conftest import PROGRAM
from osdu_auth.profiles.relative_paths import absolute_reference

if TYPE_CHECKING:
    from pathlib import Path

    from cli.conftest import Shell
    from osdu_auth.sandbox import Sandbox

# The variables of a program that a cell's `!` has started: in a kernel of jupyter_client, and
# in a kernel of ipykernel that an editor has started.
KERNELS = [
    {"JPY_PARENT_PID": "4711"},
    {"MPLBACKEND": "module://matplotlib_inline.backend_inline"},
    {"MPLBACKEND": "module://ipykernel.pylab.backend_inline"},
]
BUILDS = [{"CI": "true"}, {"CI": "1"}, {"TF_BUILD": "True"}, {"JENKINS_URL": "http://j"}]


def end_of(terminal: pexpect.spawn[str]) -> tuple[int | None, str]:
    """Return the exit code and the output of a command in a terminal without typed answers."""
    terminal.expect(pexpect.EOF)
    terminal.wait()
    return terminal.exitstatus, str(terminal.before)


@pytest.mark.parametrize("kernel", KERNELS)
def test_login_after_an_exclamation_mark_in_a_cell_prints_a_call_for_the_cell(
    configured: Shell, sandbox: Sandbox, kernel: dict[str, str]
) -> None:
    configured.environment |= kernel
    before = sandbox.requests.count("InitiateAuth")
    for arguments, call in (
        (("login",), "osdu_auth.login()"),
        (("login", "-p", "acme"), 'osdu_auth.login("acme")'),
        (("login", "--auth-flow", "USER_AUTH"), "osdu_auth.login()"),
    ):
        code, said = end_of(configured.terminal(*arguments))
        assert (code, "OA-U212" in said, "Password" in said) == (2, True, False)
        assert f"Type in a cell: import osdu_auth; {call}\r\n" in said
    assert sandbox.requests.count("InitiateAuth") == before


@pytest.mark.parametrize("by_an_editor", [False, True])
def test_in_a_real_kernel_login_after_an_exclamation_mark_ends_at_once(
    configured: Shell, by_an_editor: bool
) -> None:
    pytest.importorskip("ipykernel")
    from jupyter_client.manager import start_new_kernel

    manager, kernel = start_new_kernel(env=configured.environment)
    said: list[str] = []
    # Editors start kernels without jupyter_client, which sets this variable.
    without = "import os; del os.environ['JPY_PARENT_PID']\n" if by_an_editor else ""
    try:
        kernel.execute_interactive(
            f"{without}!{shlex.join(PROGRAM)} login -p acme",
            output_hook=lambda message: said.append(message["content"].get("text", "")),
            allow_stdin=False,
            timeout=60,
        )
    finally:
        kernel.stop_channels()
        manager.shutdown_kernel(now=True)
    assert "OA-U212" in "".join(said)
    assert 'Type in a cell: import osdu_auth; osdu_auth.login("acme")' in "".join(said)


def test_the_call_for_the_cell_is_python(configured: Shell) -> None:
    configured.environment |= KERNELS[0]
    _, said = end_of(configured.terminal("login", "-p", "acme"))
    [line] = re.findall(r"Type in a cell: (.*?)\r", said)
    # A cell has a kernel; without one, the program says that no person can be asked.
    done = subprocess.run(
        [sys.executable, "-c", line],
        env=configured.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "OA-S391" in done.stderr


REQUEST = ("request", "POST", "/api/x", "-d", "@-")
COMMANDS = [
    ("account", "change-password"),
    ("account", "reset-password", "-u", "someone@example.com"),
    ("init", "--client-secret", "-"),
    ("login", "--password-stdin"),
    ("verify",),
]


@pytest.mark.parametrize(
    ("place", "command"),
    [*((KERNELS[0], each) for each in COMMANDS), *((each, REQUEST) for each in KERNELS + BUILDS)],
)
def test_no_command_waits_at_a_terminal_without_a_person(
    signed_in: Shell, place: dict[str, str], command: tuple[str, ...]
) -> None:
    signed_in.environment |= place
    code, said = end_of(signed_in.terminal(*command))
    assert code == 2
    assert re.search("OA-U212|OA-U204", said)


@pytest.mark.parametrize("place", [*KERNELS, *BUILDS])
def test_without_a_person_init_asks_nothing_and_names_the_missing_values(
    shell: Shell, place: dict[str, str]
) -> None:
    shell.environment |= place
    code, said = end_of(shell.terminal("init", "--region", "us-east-1"))
    assert (code, "OA-C714" in said, "--client-id" in said) == (7, True, True)


def test_the_printed_unset_lets_a_person_answer_despite_the_build_variable(
    configured: Shell, sandbox: Sandbox
) -> None:
    configured.environment["CI"] = "true"
    code, said = end_of(configured.terminal("login"))
    assert code == 2
    assert "CI is set: an automatic build runs this." in said
    [advice] = re.findall(r"if a person can answer: (unset \w+)", said)
    line = f"{advice} && {shlex.join(PROGRAM)} login"
    terminal = pexpect.spawn("sh", ["-c", line], env=configured.environment, encoding="utf-8")
    terminal.expect("Password: ")
    terminal.sendline(sandbox.password)
    terminal.expect("Signed in as")
    terminal.expect(pexpect.EOF)


def test_a_password_from_a_pipe_is_accepted_in_a_build_and_in_a_cell(
    configured: Shell, sandbox: Sandbox
) -> None:
    for place in (KERNELS[0], BUILDS[0]):
        outcome = configured.run("login", "--password-stdin", stdin=sandbox.password, env=place)
        assert outcome.code == 0


def test_a_build_variable_with_a_no_counts_as_unset(configured: Shell) -> None:
    configured.environment["CI"] = "false"
    configured.terminal("login").expect("Password: ")


def written(shell: Shell) -> str:
    return (shell.config / "config.toml").read_text()


REFERENCES = {
    "file:secret.txt": "file:{here}/secret.txt",
    "file:./secret.txt": "file:{here}/secret.txt",
    "file:below/secret.txt": "file:{here}/below/secret.txt",
    "file:../secret.txt": "file:{here}/../secret.txt",
    "file:~/secret.txt": "file:~/secret.txt",
    "file:/a/secret.txt": "file:/a/secret.txt",
    "command:./get 'a b'": "command:{here}/get 'a b'",
    "command:below/get": "command:{here}/below/get",
    "command:sh ./get x/y": "command:sh {here}/get x/y",
    "command:pass show acme/secret": "command:pass show acme/secret",
    "command:~/get": "command:~/get",
    "env:SECRET": "env:SECRET",
    "keyring:acme": "keyring:acme",
}


def test_a_reference_with_a_relative_path_becomes_absolute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for given, stored in REFERENCES.items():
        assert absolute_reference(given) == stored.format(here=tmp_path), given


@pytest.mark.parametrize("place", ["flag", "variable", "question"])
def test_init_stores_no_relative_path(shell: Shell, place: str) -> None:
    values = ("init", "-p", "acme", "--region", "us-east-1", "--client-id", "c")
    for given in ("file:below/secret.txt", "command:sh ./get x/y"):
        if place == "flag":
            assert shell.run(*values, "--client-secret", given).code == 0
        elif place == "variable":
            assert shell.run(*values, env={"OSDU_AUTH_CLIENT_SECRET": given}).code == 0
        else:
            terminal = shell.terminal(*values)
            for question, answer in (("App client secret", given), *((q, "") for q in OPTIONAL)):
                terminal.expect(question)
                terminal.sendline(answer)
            terminal.expect(pexpect.EOF)
        stored = REFERENCES[given].format(here=shell.folder)
        assert f'client_secret = "{stored}"' in written(shell), given
        (shell.config / "config.toml").unlink()


OPTIONAL = ("User name", "OSDU platform URL", "Data partition id")


def test_init_makes_the_path_in_mfa_command_absolute(shell: Shell) -> None:
    values = ("init", "-p", "acme", "--region", "us-east-1", "--client-id", "c")
    assert shell.run(*values, "--mfa-command", "./code --now").code == 0
    assert f'mfa_command = "{shell.folder}/code --now"' in written(shell)
    assert shell.run("init", "-p", "acme", "--mfa-command", "pass otp acme").code == 0
    assert 'mfa_command = "pass otp acme"' in written(shell)


def test_a_session_from_one_folder_is_renewed_in_another(
    shell: Shell, sandbox: Sandbox, init_arguments: list[str], secret_file: Path
) -> None:
    relative = [f"file:{secret_file.name}" if "file:" in word else word for word in init_arguments]
    assert shell.run(*relative).code == 0
    assert shell.run("login", "--password-stdin", stdin=sandbox.password).code == 0
    shell.folder = shell.folder.parent
    assert shell.run("token", "--min-ttl", "59m59s").code == 0


def test_a_relative_path_in_the_profile_is_shown_with_a_fix(
    signed_in: Shell, sandbox: Sandbox, secret_file: Path
) -> None:
    text = written(signed_in).replace(f"file:{secret_file}", f"file:{secret_file.name}")
    (signed_in.config / "config.toml").write_text(text + 'mfa_command = "./code"\n')
    told = signed_in.run("status").stdout
    lines = re.findall(r"    (\S+) holds a relative path, .* Next: (.*)", told)
    assert [setting for setting, _ in lines] == ["client_secret", "mfa_command"]
    assert json.loads(signed_in.run("status", "--json").stdout)["profiles"][0]["relative"] == [
        *("client_secret", "mfa_command"),
    ]
    for _, line in lines:
        typed = line.replace("file:/…", f"file:{secret_file}").replace("'/… …'", "/bin/code")
        assert signed_in.run(*typed.split()[1:]).code == 0
    assert "relative path" not in signed_in.run("status").stdout


def test_a_deleted_current_folder_is_an_error(shell: Shell) -> None:
    line = (
        "mkdir gone && cd gone && rmdir ../gone && "
        f"{shlex.join(PROGRAM)} init --region us-east-1 --client-id c --client-secret file:x"
    )
    done = subprocess.run(
        ["sh", "-c", line],
        cwd=shell.folder,
        env=shell.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, "[OA-C719]" in done.stderr) == (7, True)
    assert not shell.config.exists()


@pytest.fixture
def by_variable(shell: Shell, sandbox: Sandbox, init_arguments: list[str]) -> Shell:
    """An account with a client secret in a variable, in a second terminal."""
    given = ["env:ACME_CLIENT_SECRET" if "file:" in word else word for word in init_arguments]
    assert shell.run(*given).code == 0
    variable = {"ACME_CLIENT_SECRET": sandbox.client_secret}
    login = shell.run("login", "--password-stdin", stdin=sandbox.password, env=variable)
    assert login.code == 0
    return shell


def test_status_in_a_second_terminal_says_that_renewal_will_fail_and_why(
    by_variable: Shell, sandbox: Sandbox
) -> None:
    told = by_variable.run("status").stdout
    assert "renewed when needed" not in told
    assert "its renewal will fail: The app client's secret should be in the environment" in told
    assert "    Next: read -rs ACME_CLIENT_SECRET && export ACME_CLIENT_SECRET\n" in told
    [as_data] = json.loads(by_variable.run("status", "--json").stdout)["profiles"]
    assert (as_data["renewal_code"], as_data["signed_in_as"]) == ("OA-C792", sandbox.username)
    assert "renewal" in by_variable.run("status", "--why").stdout
    set_there = {"ACME_CLIENT_SECRET": sandbox.client_secret}
    assert "renewed when needed" in by_variable.run("status", env=set_there).stdout


def test_login_reads_the_client_secret_before_it_asks_for_the_password(
    by_variable: Shell, sandbox: Sandbox
) -> None:
    before = sandbox.requests.count("InitiateAuth")
    code, said = end_of(by_variable.terminal("login"))
    assert (code, "OA-C792" in said, "Password" in said) == (7, True, False)
    assert sandbox.requests.count("InitiateAuth") == before


def test_logout_without_the_secret_keeps_the_session_until_it_can_be_revoked(
    by_variable: Shell, sandbox: Sandbox
) -> None:
    revoked = sandbox.requests.count("RevokeToken")
    kept = by_variable.run("logout")
    assert (kept.code, "OA-C792" in kept.stderr) == (7, True)
    assert "Next: read -rs ACME_CLIENT_SECRET && export ACME_CLIENT_SECRET" in kept.stderr
    assert list(by_variable.state.rglob("*.session"))
    set_there = {"ACME_CLIENT_SECRET": sandbox.client_secret}
    assert by_variable.run("logout", env=set_there).code == 0
    assert sandbox.requests.count("RevokeToken") == revoked + 1
    again = by_variable.run("login", "--password-stdin", stdin=sandbox.password, env=set_there)
    assert again.code == 0
    [local] = re.findall("To wipe it here anyway: (.*)", by_variable.run("logout").stderr)
    assert by_variable.run(*local.split()[1:]).code == 0
    assert not list(by_variable.state.rglob("*.session"))
    assert by_variable.run("logout").code == 0, "there is nothing to revoke"


@pytest.mark.parametrize(
    ("reference", "code"),
    [
        ("env:NOT_SET", "OA-C792"),
        ("keyring:acme", "OA-F821"),
        ("file:/no/such/file", "OA-C794"),
        ("command:/no/such/program", "OA-C795"),
        ("command:false", "OA-C795"),
    ],
)
def test_login_reads_the_client_secret_first_from_each_kind_of_place(
    signed_in: Shell, reference: str, code: str
) -> None:
    assert signed_in.run("init", "-p", "acme", "--client-secret", reference).code == 0
    exit_code, said = end_of(signed_in.terminal("login"))
    assert (code in said, "Password" in said) == (True, False)
    assert exit_code in {7, 8}
    told = signed_in.run("status").stdout
    # `status` does not run the user's program, which may ask a question.
    assert ("its renewal will fail" in told) is (reference != "command:false")


SCRIPT = 'echo "$0 $1 $2" "$OSDU_AUTH_PROFILE"\nexit 7\n'


def test_a_script_without_an_interpreter_line_runs_as_with_env(signed_in: Shell) -> None:
    folder = signed_in.folder / "a folder"
    folder.mkdir()
    for name in ("load.sh", "-e", "a b"):
        script = folder / name
        script.write_text(SCRIPT)
        script.chmod(0o700)
        as_env = subprocess.run(
            ["env", f"./a folder/{name}", "one", "two three"],
            cwd=signed_in.folder,
            env={**signed_in.environment, "OSDU_AUTH_PROFILE": "acme"},
            capture_output=True,
            text=True,
            check=False,
        )
        ours = signed_in.run("exec", "--", f"./a folder/{name}", "one", "two three")
        assert (ours.code, ours.stdout) == (as_env.returncode, as_env.stdout) == (7, as_env.stdout)


@pytest.mark.parametrize("name", ["load.sh", "-e"])
def test_a_script_without_an_interpreter_line_is_found_in_path(signed_in: Shell, name: str) -> None:
    folder = signed_in.folder / "bin"
    folder.mkdir()
    (folder / name).write_text(SCRIPT)
    (folder / name).chmod(0o700)
    path = {"PATH": f"{folder}:{os.environ['PATH']}"}
    outcome = signed_in.run("exec", "--", name, "x", env=path)
    assert (outcome.code, outcome.stdout) == (7, f"{folder}/{name} x  acme\n")


def test_an_empty_script_succeeds_and_a_program_for_another_machine_fails(
    signed_in: Shell,
) -> None:
    for name, content in (("empty", b""), ("foreign", b"\x7fELF\0\0\0 no program\n")):
        (signed_in.folder / name).write_bytes(content)
        (signed_in.folder / name).chmod(0o700)
    assert signed_in.run("exec", "--", "./empty").code == 0
    outcome = signed_in.run("exec", "--", "./foreign")
    assert (outcome.code, "Exec format error" in outcome.stderr) == (126, True)
