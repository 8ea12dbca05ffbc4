"""`osdu-auth init`: a profile with the workshop page's values."""

from __future__ import annotations

import re
import shlex
import shutil
import signal
import stat
import sys
from typing import TYPE_CHECKING

import pexpect
import pytest

from cli.conftest import with_key_store

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

if TYPE_CHECKING:
    from pathlib import Path

    from cli.conftest import Shell
    from osdu_auth.sandbox import Sandbox


def profile(shell: Shell, name: str) -> dict[str, str]:
    settings = tomllib.loads((shell.config / "config.toml").read_text())
    found: dict[str, str] = settings["profiles"][name]
    return found


def test_flags_make_a_profile_and_nothing_is_asked(
    configured: Shell, sandbox: Sandbox, secret_file: Path
) -> None:
    assert profile(configured, "acme") == {
        "region": sandbox.region,
        "client_id": sandbox.client_id,
        "client_secret": f"file:{secret_file}",
        "username": sandbox.username,
        "platform_url": sandbox.platform_url,
        "data_partition_id": sandbox.data_partition_id,
        "user_pool_id": sandbox.user_pool_id,
        "endpoint_url": sandbox.endpoint_url,
    }


def test_the_file_of_profiles_is_private(configured: Shell) -> None:
    assert stat.S_IMODE((configured.config / "config.toml").stat().st_mode) == 0o600
    assert stat.S_IMODE(configured.config.stat().st_mode) == 0o700


def test_the_first_profile_is_in_force_and_a_second_does_not_take_over(
    configured: Shell, init_arguments: list[str]
) -> None:
    second = ["other" if word == "acme" else word for word in init_arguments]
    assert configured.run(*second).code == 0
    assert '"acme"' in configured.run("token").stderr
    assert configured.run(*second, "--default").code == 0
    assert '"other"' in configured.run("token").stderr


def test_variables_give_the_settings_that_no_flag_gives(shell: Shell, sandbox: Sandbox) -> None:
    environment = {
        "OSDU_AUTH_REGION": sandbox.region,
        "OSDU_AUTH_CLIENT_ID": sandbox.client_id,
        "OSDU_AUTH_CLIENT_SECRET": sandbox.client_secret,
        "OSDU_AUTH_USERNAME": "from.environment@example.com",
        "OSDU_AUTH_PLATFORM_URL": sandbox.platform_url,
        "OSDU_AUTH_DATA_PARTITION_ID": "osdu",
        "OSDU_AUTH_USER_POOL_ID": sandbox.user_pool_id,
        "OSDU_AUTH_ENDPOINT_URL": sandbox.endpoint_url,
    }
    flags = ("-p", "acme", "--username", "from.flag@example.com")
    outcome = shell.run("init", *flags, env=environment)
    assert outcome.code == 0
    written = profile(shell, "acme")
    assert written["username"] == "from.flag@example.com"
    assert written["client_secret"] == "env:OSDU_AUTH_CLIENT_SECRET"
    assert written["data_partition_id"] == "osdu"


def test_comments_and_other_profiles_survive_an_edit(configured: Shell) -> None:
    settings = configured.config / "config.toml"
    remark = "# ask Bob before changing this\n"
    settings.write_text(remark + settings.read_text() + '\n[profiles.mine]\nregion = "eu-west-1"\n')
    outcome = configured.run("init", "-p", "acme", "--data-partition-id", "changed")
    assert outcome.code == 0
    text = settings.read_text()
    assert remark in text
    assert "[profiles.mine]" in text
    assert profile(configured, "acme")["data_partition_id"] == "changed"


def test_one_flag_changes_one_value_and_keeps_the_rest(configured: Shell) -> None:
    before = profile(configured, "acme")
    configured.run("init", "-p", "acme", "--platform-url", "https://osdu.example.com/")
    assert profile(configured, "acme") == {**before, "platform_url": "https://osdu.example.com"}


def test_the_same_region_given_again_keeps_the_user_pool(
    configured: Shell, sandbox: Sandbox
) -> None:
    before = profile(configured, "acme")
    configured.run("init", "-p", "acme", "--region", sandbox.region)
    assert profile(configured, "acme") == before


def test_another_region_drops_the_user_pool_of_the_former_one(configured: Shell) -> None:
    configured.run("init", "-p", "acme", "--region", "eu-west-1")
    written = profile(configured, "acme")
    assert (written["region"], "user_pool_id" in written) == ("eu-west-1", False)


@pytest.mark.parametrize(
    ("flag", "value", "code"),
    [
        ("--region", "x@attacker.example:443/#", "OA-C701"),
        ("--region", "us-east-1\n", "OA-C701"),
        ("--region", "", "OA-C701"),
        ("--region", "eu-west-1", "OA-C713"),
        ("--user-pool-id", "../us-east-1_x", "OA-C702"),
        ("--client-id", "an id", "OA-C703"),
        ("--client-secret", "51charactersofsecretthatsomebodypastedhere", "OA-C710"),
        ("--platform-url", "osdu_acme", "OA-C705"),
        ("--platform-url", "http://osdu.acme.com", "OA-C705"),
        ("--platform-url", "https://user:pw@osdu.acme.com", "OA-C705"),
        ("--platform-url", "https://osdu.acme.com/api/", "OA-C705"),
        ("--data-partition-id", "os du", "OA-C707"),
        ("--endpoint-url", "ftp://x", "OA-C706"),
        ("--username", "\x1b[2J", "OA-C704"),
    ],
)
def test_a_bad_value_is_refused_by_name_and_nothing_is_written(
    shell: Shell, init_arguments: list[str], flag: str, value: str, code: str
) -> None:
    outcome = shell.run(*init_arguments, flag, value)
    assert outcome.code == 7
    assert f"[{code}]" in outcome.stderr
    assert "Next: " in outcome.stderr
    assert not (shell.config / "config.toml").exists()


@pytest.mark.parametrize(
    ("flag", "value"), [("--session-lifetime", "soon"), ("--mfa-command", "'")]
)
def test_a_wrong_value_in_the_profile_is_corrected_by_its_flag(
    shell: Shell, init_arguments: list[str], flag: str, value: str
) -> None:
    assert f"Next: Give it as in: {flag} " in shell.run(*init_arguments, flag, value).stderr


def test_a_profile_names_exactly_one_issuer(shell: Shell) -> None:
    start = ("init", "-p", "acme", "--sign-in", "browser", "--client-id", "cell")
    pool, issuer = ("--user-pool-id", "us-east-1_Ab12Cd34E"), ("--issuer", "https://id.example.com")
    for told, advice in {
        (): f"Give it as in: {' '.join(pool)}",
        (*pool, *issuer): "Set only one of them: leave out --issuer",
    }.items():
        refused = shell.run(*start, *told)
        assert (refused.code, "[OA-B739]" in refused.stderr) == (7, True)
        assert f"Next: {advice}" in refused.stderr
    assert shell.run(*start, *pool).code == 0
    assert shell.run(*start, *issuer).code == 0  # in place of the pool
    assert "user_pool_id" not in (shell.config / "config.toml").read_text()


def test_a_new_app_client_drops_the_pool_unless_the_pool_is_given_too(
    configured: Shell, sandbox: Sandbox
) -> None:
    """With another pool's id each password is wrong, and five wrong ones lock the account."""
    changed = configured.run("init", "-p", "acme", "--client-id", "another1client")
    kept = profile(configured, "acme")
    assert (kept["client_id"], kept["region"]) == ("another1client", sandbox.region)
    assert "user_pool_id" not in kept
    advised = re.search(r"If it has the same: osdu-auth (.*)", changed.stderr)
    assert advised, changed.stderr
    assert configured.run(*shlex.split(advised[1])).code == 0  # as it is printed
    assert profile(configured, "acme")["user_pool_id"] == sandbox.user_pool_id
    both = ("--client-id", "a2", "--user-pool-id", sandbox.user_pool_id)
    assert "went from" not in configured.run("init", "-p", "acme", *both).stderr
    same = configured.run("init", "-p", "acme", "--client-id", "a2")
    assert ("went from" in same.stderr, "user_pool_id" in profile(configured, "acme")) == (
        False,
        True,
    )


def test_a_typed_region_replaces_the_shown_user_pool(configured: Shell, sandbox: Sandbox) -> None:
    terminal = configured.terminal("init", "-p", "acme")
    terminal.expect_exact(f"[{sandbox.user_pool_id}]")
    terminal.sendline(sandbox.region)
    for _ in range(5):
        terminal.expect(r"\]: |as it is\): ")
        terminal.sendline("")
    terminal.expect("Wrote the profile")
    terminal.wait()
    kept = profile(configured, "acme")
    assert (kept["region"], "user_pool_id" in kept) == (sandbox.region, False)


@pytest.mark.parametrize(
    ("setting", "value", "code"),
    [
        ("region", "us-east-1 ", "OA-C701"),
        ("region", "mars-1", "OA-C701"),
        ("user_pool_id", "us-east-1", "OA-C702"),
        ("client_id", "a b", "OA-C703"),
        ("username", "a b", "OA-C704"),
        ("platform_url", "https://osdu_dev.acme.com", "OA-C705"),
        ("endpoint_url", "http://osdu.acme.com", "OA-C706"),
        ("data_partition_id", "os du", "OA-C707"),
        ("transport", "carrier", "OA-C709"),
        ("client_secret", "the-secret", "OA-C710"),
        ("auth_flow", "USER_SRP", "OA-C764"),
        ("preferred_factor", "TOTP", "OA-C765"),
        ("mfa_command", "'", "OA-C766"),
        ("session_lifetime", "soon", "OA-C767"),
        ("sign_in", "pass word", "OA-C715"),
        ("region", "eu-west-1", "OA-C713"),
    ],
)
def test_the_printed_command_corrects_a_mistake_in_the_file(
    configured: Shell, setting: str, value: str, code: str
) -> None:
    """`token` has no option for it: the error prints a whole `init` command, which works."""
    file = configured.config / "config.toml"
    lines = [line for line in file.read_text().splitlines() if not line.startswith(f"{setting} =")]
    file.write_text("\n".join([*lines, f'{setting} = "{value}"', ""]))
    refused = configured.run("token")
    assert (refused.code, f"[{code}]" in refused.stderr) == (7, True), refused.stderr
    assert f"{setting} of profile acme in {file}" in refused.stderr
    advised = re.search(r"Next: osdu-auth (init -p acme [^(\n]*)", refused.stderr)
    assert advised, refused.stderr
    mended = configured.run(*shlex.split(advised[1]))
    assert mended.code == 0, mended.stderr
    assert code not in configured.run("token").stderr


@pytest.mark.parametrize(
    ("setting", "value", "code"),
    [
        ("REGION", "mars-1", "OA-C701"),
        ("CLIENT_ID", "a b", "OA-C703"),
        ("PLATFORM_URL", "http://osdu.acme.com", "OA-C705"),
        ("MFA_COMMAND", "'", "OA-C766"),
    ],
)
def test_the_printed_export_corrects_a_mistake_in_a_variable(
    shell: Shell, setting: str, value: str, code: str
) -> None:
    good = {"OSDU_AUTH_REGION": "us-east-1", "OSDU_AUTH_CLIENT_ID": "abc"}
    variables = {**good, f"OSDU_AUTH_{setting}": value}
    refused = shell.run("token", env=variables)
    assert (refused.code, f"OSDU_AUTH_{setting}: " in refused.stderr) == (7, True)
    assert f"[{code}]" in refused.stderr
    advised = re.search(r"Next: export (.*)", refused.stderr)
    assert advised, refused.stderr
    name, _, text = shlex.split(advised[1])[0].partition("=")
    assert name == f"OSDU_AUTH_{setting}"
    assert shell.run("token", env={**variables, name: text}).code == 3
    # `init` reads variables too, and names the place of the mistake.
    told = shell.run("init", "-p", "acme", env=variables)
    assert f"OSDU_AUTH_{setting}: " in told.stderr


def test_init_while_signed_in_does_not_say_to_sign_in(signed_in: Shell) -> None:
    changed = signed_in.run("init", "-p", "acme", "--session-lifetime", "30d")
    assert "Next: osdu-auth token -p acme, or osdu-auth groups -p acme\n" in changed.stderr
    moved = signed_in.run("init", "-p", "acme", "--client-id", "another1client")
    assert "Next: osdu-auth login -p acme\n" in moved.stderr


def test_a_value_that_may_be_a_secret_is_not_shown(shell: Shell, init_arguments: list[str]) -> None:
    pasted = "51charactersofsecretthatsomebodypastedhere"
    outcome = shell.run(*init_arguments, "--client-secret", pasted)
    assert pasted not in outcome.stderr + outcome.stdout


def test_without_a_person_init_names_the_missing_settings(shell: Shell) -> None:
    outcome = shell.run("init", "--region", "us-east-1")
    assert (outcome.code, "OA-C714" in outcome.stderr) == (7, True)
    assert "--client-id" in outcome.stderr


def test_init_asks_for_the_workshop_page_s_values(shell: Shell, sandbox: Sandbox) -> None:
    terminal = shell.terminal("init")
    answers = {
        "AWS region": "us-east",
        "OA-C701": sandbox.region,
        "App client id": sandbox.client_id,
        "App client secret": sandbox.client_secret,
        "User name": sandbox.username,
        "OSDU platform URL": sandbox.platform_url,
        "Data partition id": sandbox.data_partition_id,
    }
    for question, answer in answers.items():
        terminal.expect(question)
        terminal.sendline(answer)
    terminal.expect("Wrote the profile")
    terminal.wait()
    assert terminal.exitstatus == 0
    assert sandbox.client_secret not in (shell.config / "config.toml").read_text()
    reference = profile(shell, "default")["client_secret"]
    assert reference.startswith(("file:", "keyring:"))


def test_a_user_pool_id_is_accepted_in_place_of_the_region(shell: Shell, sandbox: Sandbox) -> None:
    terminal = shell.terminal("init", "--endpoint-url", sandbox.endpoint_url)
    answers = ("us_east-1", sandbox.user_pool_id, sandbox.client_id, sandbox.client_secret)
    for answer in (*answers, sandbox.username, sandbox.platform_url, sandbox.data_partition_id):
        terminal.expect(": $")
        terminal.sendline(answer)
    terminal.expect("Wrote the profile")
    written = profile(shell, "default")
    assert written["user_pool_id"] == sandbox.user_pool_id
    outcome = shell.run("login", "--password-stdin", stdin=sandbox.password)
    assert "never left this computer" in outcome.stderr


def test_a_profile_that_init_asked_for_can_sign_in(shell: Shell, sandbox: Sandbox) -> None:
    terminal = shell.terminal("init", "--endpoint-url", sandbox.endpoint_url)
    for answer in (
        *(sandbox.region, sandbox.client_id, sandbox.client_secret, sandbox.username),
        *(sandbox.platform_url, sandbox.data_partition_id),
    ):
        terminal.expect(": $")
        terminal.sendline(answer)
    terminal.expect("Wrote the profile")
    terminal.wait()
    assert shell.run("login", "--password-stdin", stdin=sandbox.password).code == 0


def test_ctrl_c_at_a_question_writes_nothing(shell: Shell) -> None:
    terminal = shell.terminal("init")
    terminal.expect("AWS region")
    terminal.sendintr()
    terminal.expect("Cancelled")
    assert re.search(r"\^C\r\n[^\r\n]*✗", str(terminal.before))
    terminal.wait()
    assert terminal.exitstatus == 130
    assert not shell.config.exists()


@pytest.mark.parametrize(
    "content",
    [
        'profiles = { beta = { region = "us-east-1", client_id = "b" } }\n',
        'profiles.beta.region = "us-east-1"\nprofiles.beta.client_id = "b"\n',
    ],
)
def test_a_file_layout_that_cannot_be_edited_is_an_error_and_not_changed(
    shell: Shell, init_arguments: list[str], content: str
) -> None:
    shell.config.mkdir(0o700)
    file = shell.config / "config.toml"
    file.write_text(content)
    outcome = shell.run(*init_arguments)
    assert (outcome.code, file.read_text()) == (7, content)
    assert "[OA-C787]" in outcome.stderr
    assert (
        f"Next: Write each profile as a table of its own, such as [profiles.acme]: "
        f"${{EDITOR:-vi}} {file}" in (outcome.stderr)
    )
    file.write_text('[profiles.beta]\nregion = "us-east-1"\nclient_id = "b"\n')
    assert shell.run(*init_arguments).code == 0


FIVE = ("AWS region", "App client id", "App client secret", "User name")
LATER = ("OSDU platform URL, such as https://osdu.acme.com (Enter: later): ", "Data partition id")


def answered(terminal: pexpect.spawn[str], answers: dict[str, str]) -> None:
    """Answer each question when it is asked."""
    for question, answer in answers.items():
        terminal.expect_exact(question)
        terminal.expect(": $")
        terminal.sendline(answer)


def test_the_workshop_s_five_values_are_enough_and_the_next_command_names_the_rest(
    shell: Shell, sandbox: Sandbox
) -> None:
    terminal = shell.terminal("init", "--endpoint-url", sandbox.endpoint_url)
    values = (sandbox.region, sandbox.client_id, sandbox.client_secret, sandbox.username)
    answered(terminal, dict(zip(FIVE, values, strict=True)))
    for question in LATER:
        terminal.expect_exact(question)
        terminal.sendline("")
    terminal.expect("Before the first call of OSDU: (osdu-auth init[^\r]*)\r")
    told = terminal.match.group(1)
    terminal.expect(pexpect.EOF)
    assert set(profile(shell, "default")) == {
        *("region", "client_id", "client_secret", "username", "endpoint_url"),
    }
    assert shell.run("login", "--password-stdin", stdin=sandbox.password).code == 0
    line = told.replace("URL", sandbox.platform_url).replace("ID", "opendes")
    assert shell.run(*line.split()[1:]).code == 0
    assert shell.run("groups").code == 0


def test_the_user_name_may_be_left_out(shell: Shell, sandbox: Sandbox) -> None:
    terminal = shell.terminal("init")
    values = (sandbox.region, sandbox.client_id, "", "")
    answered(terminal, dict(zip(FIVE, values, strict=True)))
    for question in LATER:
        terminal.expect_exact(question)
        terminal.sendline("")
    terminal.expect("Wrote the profile")
    assert set(profile(shell, "default")) == {"region", "client_id"}


def test_after_an_empty_answer_init_says_why_it_asks_again(shell: Shell) -> None:
    terminal = shell.terminal("init")
    for question, value in (("AWS region", "us-east-1"), ("App client id", "c")):
        terminal.expect(question)
        terminal.sendline("  ")
        terminal.expect("Nothing was typed, and a sign-in needs this value")
        terminal.expect(question)
        terminal.sendline(value)
    terminal.expect("App client secret")


@pytest.mark.parametrize("after", ["App client secret", "User name", "Data partition id"])
@pytest.mark.parametrize("key_store", [False, True])
def test_ctrl_c_after_the_secret_was_pasted_writes_nothing(
    shell: Shell, sandbox: Sandbox, after: str, key_store: bool
) -> None:
    entries = with_key_store(shell) if key_store else None
    terminal = shell.terminal("init")
    values = (sandbox.region, sandbox.client_id, sandbox.client_secret, sandbox.username)
    for question, value in zip((*FIVE, *LATER), (*values, ""), strict=False):
        terminal.expect_exact(question)
        if question.startswith(after):
            break
        terminal.sendline(value)
    if not str(terminal.after).startswith(after):
        terminal.expect(after)
    terminal.sendintr()
    terminal.expect("Cancelled")
    terminal.wait()
    assert terminal.exitstatus == 130
    assert not shell.config.exists()
    assert not shell.state.exists()
    assert entries is None or entries.read_text() == "{}"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_during_init_leaves_both_secret_and_profile_or_neither(
    shell: Shell, sandbox: Sandbox, number: int
) -> None:
    """The program is killed at each moment at which a file is replaced."""
    hold = shell.folder / "hold"
    hold.mkdir()
    (hold / "sitecustomize.py").write_text(HELD)
    shell.environment["PYTHONPATH"] = str(hold)
    outcomes = set()
    for moment in ("acme.client-secret", "config.toml"):
        for path in (shell.config, shell.state):
            shutil.rmtree(path, ignore_errors=True)
        outcome = shell.run(
            *("init", "-p", "acme", "--region", sandbox.region, "--client-id", sandbox.client_id),
            *("--client-secret", "-"),
            stdin=sandbox.client_secret,
            env={"KILLED_AT": moment, "KILLED_BY": str(int(number))},
        )
        assert outcome.code in {-number, 130}
        has_secret = (shell.state / "acme.client-secret").exists()
        assert has_secret == (shell.config / "config.toml").exists()
        outcomes.add(has_secret)
        assert not list(shell.state.glob("*.new"))
    assert outcomes == {True}, "it was killed between the two, and wrote both"


# Ends the program by a signal, just before it replaces a file.
HELD = """
import os, signal
rename = os.replace
def replace(source, target, **more):
    if os.environ.get("KILLED_AT") == os.path.basename(target):
        os.kill(os.getpid(), int(os.environ["KILLED_BY"]))
    return rename(source, target, **more)
os.replace = replace
"""


def test_if_the_profile_cannot_be_written_the_former_secret_stays(
    shell: Shell, sandbox: Sandbox
) -> None:
    made = ("init", "-p", "acme", "--region", sandbox.region, "--client-id", sandbox.client_id)
    assert shell.run(*made, "--client-secret", "-", stdin="theFormerSecretOfAcme0001").code == 0
    hold = shell.folder / "hold"
    hold.mkdir()
    (hold / "sitecustomize.py").write_text(
        HELD.replace(
            'os.kill(os.getpid(), int(os.environ["KILLED_BY"]))', "raise OSError(28, 'full')"
        )
    )
    failing = {"PYTHONPATH": str(hold), "KILLED_AT": "config.toml"}
    outcome = shell.run(
        *made, "--client-secret", "-", stdin="anotherSecretOfAcme000002", env=failing
    )
    assert (outcome.code, "OA-C787" in outcome.stderr) == (7, True)
    kept = shell.state / "acme.client-secret"
    assert kept.read_text() == "theFormerSecretOfAcme0001"


@pytest.mark.parametrize("key_store", [False, True])
def test_a_client_secret_from_standard_input_is_stored(
    shell: Shell, sandbox: Sandbox, init_arguments: list[str], key_store: bool
) -> None:
    if key_store:
        with_key_store(shell)
    given = ["-" if word.startswith("file:") else word for word in init_arguments]
    outcome = shell.run(*given, stdin=sandbox.client_secret + "\n")
    assert outcome.code == 0
    kind = "keyring:" if key_store else "file:"
    assert profile(shell, "acme")["client_secret"].startswith(kind)
    assert shell.run("login", "--password-stdin", stdin=sandbox.password).code == 0
    empty = shell.run(*given, stdin="")
    assert (empty.code, "OA-U203" in empty.stderr) == (2, True)


def test_a_client_secret_for_a_dash_is_typed_hidden_in_a_terminal(
    shell: Shell, sandbox: Sandbox, init_arguments: list[str]
) -> None:
    given = ["-" if word.startswith("file:") else word for word in init_arguments]
    terminal = shell.terminal(*given)
    terminal.expect("App client secret: ")
    terminal.sendline(sandbox.client_secret)
    terminal.expect("Wrote the profile")


def test_init_deletes_its_secret_file_when_the_profile_names_another_place(
    shell: Shell, sandbox: Sandbox, init_arguments: list[str]
) -> None:
    given = ["-" if word.startswith("file:") else word for word in init_arguments]
    assert shell.run(*given, stdin=sandbox.client_secret).code == 0
    kept = shell.state / "acme.client-secret"
    assert kept.exists()
    assert shell.run("init", "-p", "acme", "--client-secret", "env:ELSEWHERE").code == 0
    assert not kept.exists()
