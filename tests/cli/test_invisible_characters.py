"""Typed, pasted, piped or set text is accepted, or refused with the name of the odd character.

Text may bring invisible marks and blanks: from files and variables of Windows, web pages, chat
programs and word processors. Each input of the program is tried with them.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from base64 import b64encode
from typing import TYPE_CHECKING

import pytest

from canaries import register
from osdu_auth.cli.pasted_token import token_in
from wire.scripted_server import ScriptedServer, reply, sends

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cli.conftest import Shell
    from osdu_auth.sandbox import Sandbox, User

BOM = "\ufeff"
# Characters around a value: before it, after it.
AROUND = {
    "a carriage return": ("", "\r"),
    "a line of Windows": ("", "\r\n"),
    "a byte-order mark": (BOM, ""),
    "a no-break space": ("\xa0", "\xa0"),
    "a zero-width space": ("", "\u200b"),
    "a tab": ("\t", "\t"),
    "quotes": ('"', '"'),
    "quotes of a word processor": ("\u201c", "\u201d"),
    "all at once": (f'{BOM} "', '"\u200b\r'),
}
around = pytest.mark.parametrize(("before", "behind"), AROUND.values(), ids=AROUND)


# Standard input


@pytest.mark.parametrize(
    "line",
    [
        *("\ufeffPASSWORD\r\n", "\ufeffPASSWORD", "PASSWORD\r\n", "PASSWORD\r", "PASSWORD\n"),
        "PASSWORD\nanother line\n",
    ],
    ids=ascii,
)
def test_a_password_is_read_without_marks_and_line_ends_around_it(
    configured: Shell, sandbox: Sandbox, line: str
) -> None:
    stdin = line.replace("PASSWORD", sandbox.password)
    outcome = configured.run("login", "--password-stdin", stdin=stdin)
    assert outcome.code == 0, outcome.stderr


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_a_password_in_utf_16_from_windows_powershell_is_read(
    configured: Shell, sandbox: Sandbox, encoding: str
) -> None:
    mark = "" if encoding == "utf-16" else BOM
    stdin = f"{mark}{sandbox.password}\r\n".encode(encoding)
    outcome = configured.run("login", "--password-stdin", stdin=stdin)
    assert outcome.code == 0, outcome.stderr


def test_utf_16_without_a_byte_order_mark_is_an_error_before_the_pool_is_asked(
    configured: Shell, sandbox: Sandbox
) -> None:
    sandbox.requests.clear()
    stdin = f"{sandbox.password}\r\n".encode("utf-16-le")
    outcome = configured.run("login", "--password-stdin", stdin=stdin)
    assert (outcome.code, "UTF-16" in outcome.stderr) == (2, True)
    assert "OA-U207" in outcome.stderr
    assert not sandbox.requests.matching("InitiateAuth")


def own_blanks(account: Callable[..., User]) -> tuple[User, str]:
    password = "Zq7 within\u00a0it 4x"
    user = account(password=password)
    register(password)
    return user, password


def test_blanks_of_a_password_are_sent(every_flow: Shell, account: Callable[..., User]) -> None:
    user, password = own_blanks(account)
    outcome = every_flow.run("login", "-u", user.email, "--password-stdin", stdin=f"{password}\r\n")
    assert outcome.code == 0, outcome.stderr


@pytest.mark.parametrize(
    ("end", "name"),
    [
        (" ", "a space"),
        ("\t", "a tab"),
        ("\xa0", "a no-break space"),
        ("\u200b", "a zero-width space"),
    ],
    ids=["space", "tab", "no-break space", "zero-width space"],
)
def test_the_error_says_that_a_refused_password_ends_in_a_blank(
    every_flow: Shell, account: Callable[..., User], end: str, name: str
) -> None:
    user = account()
    login = ("login", "-u", user.email, "--password-stdin")
    outcome = every_flow.run(*login, stdin=f"{user.password}{end}\n")
    assert (outcome.code, "[OA-S310]" in outcome.stderr) == (3, True)
    assert f"The password that was given ends in {name}" in outcome.stderr
    before = every_flow.run(*login, stdin=f" {user.password}\n")
    assert "The password that was given begins with a space." in before.stderr


def test_a_new_password_is_set_without_marks_and_line_ends_around_it(
    every_flow: Shell, account: Callable[..., User]
) -> None:
    user = account()
    new = f"New-{user.password}"
    register(new)
    login = ("login", "-u", user.email, "--password-stdin")
    assert every_flow.run(*login, stdin=user.password).code == 0
    change = ("account", "change-password", "--password-stdin", "--new-password-stdin")
    # As from `cat old.txt new.txt`, both saved by Windows' editor.
    outcome = every_flow.run(*change, stdin=f"{BOM}{user.password}\r\n{BOM}{new}\r\n")
    assert outcome.code == 0, outcome.stderr
    assert every_flow.run(*login, stdin=new).code == 0


@pytest.mark.parametrize("mark", [BOM, "\u200b", "\x07", "\u202e"], ids=ascii)
def test_a_new_password_that_cannot_be_typed_again_is_not_set(
    every_flow: Shell, sandbox: Sandbox, account: Callable[..., User], mark: str
) -> None:
    user = account()
    assert (
        every_flow.run("login", "-u", user.email, "--password-stdin", stdin=user.password).code == 0
    )
    change = ("account", "change-password", "--password-stdin", "--new-password-stdin")
    sandbox.requests.clear()
    outcome = every_flow.run(*change, stdin=f"{user.password}\nNew-{mark}{user.password}\n")
    assert (outcome.code, "[OA-S352]" in outcome.stderr) == (3, True)
    assert "cannot be typed again" in outcome.stderr
    assert not sandbox.requests.matching("ChangePassword")


def test_the_error_says_that_the_present_password_ends_in_a_space(
    every_flow: Shell, account: Callable[..., User]
) -> None:
    user = account()
    assert (
        every_flow.run("login", "-u", user.email, "--password-stdin", stdin=user.password).code == 0
    )
    change = ("account", "change-password", "--password-stdin", "--new-password-stdin")
    outcome = every_flow.run(*change, stdin=f"{user.password} \nNew-{user.password}\n")
    assert (outcome.code, "[OA-S340]" in outcome.stderr) == (3, True)
    assert "ends in a space" in outcome.stderr


# Variables


@around
def test_settings_in_variables_are_read_without_quotes_and_blanks_around_them(
    shell: Shell, sandbox: Sandbox, secret_file: Path, before: str, behind: str
) -> None:
    settings = {
        "REGION": sandbox.region,
        "CLIENT_ID": sandbox.client_id,
        "CLIENT_SECRET": f"file:{secret_file}",
        "USERNAME": sandbox.username,
        "USER_POOL_ID": sandbox.user_pool_id,
        "ENDPOINT_URL": sandbox.endpoint_url,
        "PLATFORM_URL": sandbox.platform_url,
        "DATA_PARTITION_ID": sandbox.data_partition_id,
        "TRANSPORT": "direct",
        "AUTH_FLOW": "USER_SRP_AUTH",
        "SESSION_LIFETIME": "30d",
        "KEY_STORE": "off",
    }
    for name, value in settings.items():
        shell.environment[f"OSDU_AUTH_{name}"] = f"{before}{value}{behind}"
    outcome = shell.run("login", "--password-stdin", stdin=sandbox.password)
    assert outcome.code == 0, outcome.stderr
    assert shell.run("token").code == 0


@around
def test_a_client_secret_in_a_variable_is_read_without_quotes_and_blanks_around_it(
    shell: Shell, sandbox: Sandbox, init_arguments: list[str], before: str, behind: str
) -> None:
    place = init_arguments.index("--client-secret")
    assert shell.run(*init_arguments[:place], *init_arguments[place + 2 :]).code == 0
    shell.run("init", "-p", "acme", "--client-secret", "env:ACME_SECRET")
    for held in (sandbox.client_secret, f"export ACME_SECRET={sandbox.client_secret}"):
        shell.environment["ACME_SECRET"] = f"{before}{held}{behind}"
        outcome = shell.run("login", "--password-stdin", stdin=sandbox.password)
        assert outcome.code == 0, outcome.stderr


@around
def test_a_profile_name_in_a_variable_is_read_without_quotes_and_blanks_around_it(
    signed_in: Shell, before: str, behind: str
) -> None:
    bare = signed_in.run("token").stdout
    outcome = signed_in.run("token", env={"OSDU_AUTH_PROFILE": f"{before}acme{behind}"})
    assert (outcome.code, outcome.stdout) == (0, bare), outcome.stderr


@pytest.mark.parametrize("variable", ["OSDU_AUTH_STATE_DIR", "OSDU_AUTH_CONFIG_DIR"])
@around
def test_a_folder_with_quotes_or_blanks_around_it_is_refused_with_a_working_fix(
    configured: Shell, sandbox: Sandbox, variable: str, before: str, behind: str
) -> None:
    r"""A file of variables of Windows had us make a folder `state\\r`, and sign in there."""
    meant = configured.environment[variable]
    configured.environment[variable] = f"{before}{meant}{behind}"
    login = ("login", "--password-stdin")
    outcome = configured.run(*login, stdin=sandbox.password)
    assert (outcome.code, f"{variable} is " in outcome.stderr) == (7, True)
    assert "[OA-C748]" in outcome.stderr
    if behind == "\r":
        assert "It ends in a carriage return, as lines of Windows files do." in outcome.stderr
    assert not [name for name in os.listdir(configured.folder) if not name.isprintable()]
    fix = outcome.stderr.partition("Next: ")[2].strip()
    typed = subprocess.run(
        ["bash", "-c", f'{fix}; printf %s "${variable}"'], env=configured.environment,
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    configured.environment[variable] = typed.stdout
    assert typed.stdout == meant
    assert configured.run(*login, stdin=sandbox.password).code == 0


def test_a_folder_may_have_blanks_and_other_letters_in_its_name(
    configured: Shell, sandbox: Sandbox
) -> None:
    configured.environment["OSDU_AUTH_STATE_DIR"] = str(configured.folder / "J\u00f6rg's state")
    outcome = configured.run("login", "--password-stdin", stdin=sandbox.password)
    assert outcome.code == 0, outcome.stderr


@around
def test_an_address_in_the_sdk_s_variable_is_read_without_quotes_and_blanks_around_it(
    shell: Shell, sandbox: Sandbox, init_arguments: list[str], before: str, behind: str
) -> None:
    assert shell.run(*init_arguments[: init_arguments.index("--endpoint-url")]).code == 0
    shell.environment["AWS_ENDPOINT_URL"] = f"{before}{sandbox.endpoint_url}{behind}"
    outcome = shell.run("login", "--password-stdin", stdin=sandbox.password)
    assert outcome.code == 0, outcome.stderr


def test_the_error_says_that_a_bundle_s_path_ends_in_a_carriage_return(
    configured: Shell, sandbox: Sandbox
) -> None:
    with ScriptedServer(sends(b"")) as server:
        address = ("--endpoint-url", f"https://127.0.0.1:{server.port}")
        assert configured.run("init", "-p", "acme", *address).code == 0
        outcome = configured.run(
            *("login", "--password-stdin"),
            stdin=sandbox.password,
            env={"AWS_CA_BUNDLE": "/etc/ssl/certs/ca-certificates.crt\r"},
        )
    assert (outcome.code, "[OA-C723]" in outcome.stderr) == (7, True)
    assert "It ends in a carriage return" in outcome.stderr


def test_the_printed_command_signs_in_through_a_proxy_that_the_sdk_cannot_use(
    configured: Shell, sandbox: Sandbox
) -> None:
    address = ("--endpoint-url", "https://pool.example", "--transport", "boto3")
    assert configured.run("init", "-p", "acme", *address).code == 0
    login = ("login", "--password-stdin")
    with ScriptedServer(sends(reply(b"", "403 Forbidden"))) as proxy:
        url = f"http://j\u00f6rg:p\u00e4ss w@127.0.0.1:{proxy.port}"
        configured.environment["HTTPS_PROXY"] = url
        refused = configured.run(*login, stdin=sandbox.password)
        assert (refused.code, "[OA-C751]" in refused.stderr) == (7, True), refused.stderr
        advised = shlex.split(refused.stderr.rpartition("itself: ")[2])
        assert configured.run(*advised[1:]).code == 0
        outcome = configured.run(*login, stdin=sandbox.password)
    assert (outcome.code, "[OA-N622]" in outcome.stderr) == (6, True), outcome.stderr
    pair = b64encode("j\u00f6rg:p\u00e4ss w".encode())
    assert b"Proxy-Authorization: Basic " + pair in proxy.requests[-1]


# Arguments


def test_the_last_argument_in_a_script_with_windows_line_ends_is_read(
    signed_in: Shell, sandbox: Sandbox
) -> None:
    token = signed_in.run("token").stdout
    assert signed_in.run("token\r").stdout == token
    assert signed_in.run("token", "-p", "acme\r").stdout == token
    assert signed_in.run("token", "--min-ttl", "1m\r").code == 0
    assert (
        signed_in.run("login", "-p", "acme", "--password-stdin\r", stdin=sandbox.password).code == 0
    )


def test_the_error_names_the_invisible_character_in_a_profile_s_name(signed_in: Shell) -> None:
    outcome = signed_in.run("status", "-p", "acme\u200b")
    assert "It ends in a zero-width space." in outcome.stderr
    assert 'Did you mean "acme"?' in outcome.stderr


# The file of profiles, and files that it names


@pytest.mark.parametrize(
    ("setting", "odd", "name"),
    [
        ("region", "us-east-1\\r", "It ends in a carriage return, as lines of Windows files"),
        ("region", "us-east-1\u00a0", "It ends in a no-break space."),
        ("client_id", "abc\u200bdef", "It contains a zero-width space."),
        ("username", "\ufeffalice@example.com", "It begins with a byte-order mark."),
        ("data_partition_id", "\u201cosdu\u201d", "There are typographic quotes around it."),
        ("platform_url", "https://osdu.acme.com\u200b", "It ends in a zero-width space."),
    ],
)
def test_the_error_names_the_invisible_character_in_a_setting(
    configured: Shell, setting: str, odd: str, name: str
) -> None:
    settings = {"region": "us-east-1", "client_id": "abc"} | {setting: odd}
    lines = "".join(f'{key} = "{value}"\n' for key, value in settings.items())
    (configured.config / "config.toml").write_text(f"[profiles.acme]\n{lines}", encoding="utf-8")
    outcome = configured.run("token")
    assert outcome.code == 7
    assert name in outcome.stderr


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("region\u00a0= 'us-east-1'", "a no-break space"),
        ("region = \u201cus-east-1\u201d", "a quote (U+201C"),
        ("\ufeffregion = 'us-east-1'", "a byte-order mark"),
        ("region\u200b = 'us-east-1'", "a zero-width space"),
    ],
    ids=ascii,
)
def test_the_error_names_a_look_alike_character_and_its_place(
    configured: Shell, line: str, name: str
) -> None:
    text = f"[profiles.acme]\r\n{line}\r\nclient_id = 'abc'\r\n"
    (configured.config / "config.toml").write_text(text, encoding="utf-8", newline="")
    outcome = configured.run("token")
    assert (outcome.code, "[OA-C780]" in outcome.stderr) == (7, True)
    assert "line 2" in outcome.stderr
    assert name in outcome.stderr


def test_a_file_of_profiles_in_utf_16_is_an_error(configured: Shell) -> None:
    file = configured.config / "config.toml"
    file.write_bytes(file.read_text().encode("utf-16"))
    outcome = configured.run("token")
    assert (outcome.code, "It is UTF-16, which the > of Windows PowerShell" in outcome.stderr) == (
        7,
        True,
    )


def test_a_file_of_profiles_with_a_mark_and_windows_line_ends_is_read(
    signed_in: Shell,
) -> None:
    file = signed_in.config / "config.toml"
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes().replace(b"\n", b"\r\n"))
    assert signed_in.run("token").code == 0


@pytest.mark.parametrize(
    "content",
    [
        *("SECRET\r\n", "\ufeffSECRET\n", "SECRET ", "SECRET\t\n", '"SECRET"\n', "\xa0SECRET\xa0"),
        *("export ACME=SECRET\n", "ACME='SECRET'\r\n", '"ClientSecret": "SECRET",\n'),
        "\n\nSECRET\n\n",
    ],
    ids=ascii,
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_client_secret_in_a_file_is_read_without_quotes_and_blanks_around_it(
    configured: Shell, sandbox: Sandbox, secret_file: Path, content: str, encoding: str
) -> None:
    secret_file.write_bytes(content.replace("SECRET", sandbox.client_secret).encode(encoding))
    outcome = configured.run("login", "--password-stdin", stdin=sandbox.password)
    assert outcome.code == 0, outcome.stderr


@pytest.mark.parametrize(
    ("within", "name"),
    [
        (" ", "a space"),
        ("\u200b", "a zero-width space"),
        ("\n", "a line break"),
        ("\ufeff", "mark"),
    ],
    ids=ascii,
)
def test_the_error_names_an_invisible_character_within_a_client_secret(
    configured: Shell, sandbox: Sandbox, secret_file: Path, within: str, name: str
) -> None:
    secret = sandbox.client_secret
    secret_file.write_text(f"{secret[:20]}{within}{secret[20:]}", encoding="utf-8")
    sandbox.requests.clear()
    outcome = configured.run("login", "--password-stdin", stdin=sandbox.password)
    assert (outcome.code, "[OA-C749]" in outcome.stderr) == (7, True)
    assert name in outcome.stderr
    assert not sandbox.requests.matching("InitiateAuth")


def test_the_output_of_a_secret_s_command_is_read_without_quotes_and_blanks_around_it(
    configured: Shell, sandbox: Sandbox, tmp_path: Path
) -> None:
    printed = tmp_path / "printed"
    configured.run("init", "-p", "acme", "--client-secret", f"command:cat {printed}")
    printed.touch(mode=0o600)
    for text in (f"{BOM}{sandbox.client_secret} \r\nmore", f'"{sandbox.client_secret}"\n'):
        for encoding in ("utf-8", "utf-16"):
            printed.write_bytes(text.encode(encoding))
            outcome = configured.run("login", "--password-stdin", stdin=sandbox.password)
            assert outcome.code == 0, outcome.stderr


# Typed answers


@pytest.mark.parametrize("behind", [" ", "\t", "\u00a0", "\u200b", "\u201d"], ids=ascii)
def test_a_pasted_client_secret_is_stored_without_quotes_and_blanks_around_it(
    shell: Shell, sandbox: Sandbox, behind: str
) -> None:
    terminal = shell.terminal("init", "--endpoint-url", sandbox.endpoint_url)
    before = "\u201c" if behind == "\u201d" else ""
    for answer in (
        f"{sandbox.user_pool_id}{behind.strip(chr(0x201D))}",
        f'"{sandbox.client_id}"',
        f"{before}{sandbox.client_secret}{behind}",
        *(sandbox.username, sandbox.platform_url, sandbox.data_partition_id),
    ):
        terminal.expect(": $")
        terminal.sendline(answer)
    terminal.expect("Wrote the profile")
    terminal.wait()
    outcome = shell.run("login", "--password-stdin", stdin=sandbox.password)
    assert outcome.code == 0, outcome.stderr


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ("too-short", "It contains another character."),
        ("tooshort", "It has 8 characters."),
        ("x" * 65, "It has 65 characters."),
        ("abcdefghijkl mnopqrstuvwxyz", "It contains a space."),
        ("abcdefghijkl\u00a0mnopqrstuvwxyz", "It contains a no-break space."),
        ("https://osdu.acme.com/some/page", "It contains another character."),
    ],
)
def test_text_that_cannot_be_a_client_secret_is_asked_for_again(
    shell: Shell, sandbox: Sandbox, wrong: str, why: str
) -> None:
    terminal = shell.terminal("init", "--region", sandbox.region, "--client-id", sandbox.client_id)
    terminal.expect("App client secret")
    terminal.sendline(wrong)
    terminal.expect("OA-C749")
    terminal.expect(why)
    terminal.expect("App client secret")
    terminal.sendline(f"export ACME_SECRET={sandbox.client_secret}")
    terminal.expect("User name")
    terminal.sendintr()
    terminal.wait()
    assert wrong not in terminal.logfile_read.getvalue()


def test_init_names_a_variable_whose_value_cannot_be_a_client_secret(
    shell: Shell, sandbox: Sandbox
) -> None:
    outcome = shell.run(
        *("init", "--region", sandbox.region, "--client-id", sandbox.client_id),
        env={"OSDU_AUTH_CLIENT_SECRET": "not a secret of AWS"},
    )
    assert (outcome.code, "[OA-C749]" in outcome.stderr) == (7, True)
    assert "OSDU_AUTH_CLIENT_SECRET: " in outcome.stderr
    assert "not a secret" not in outcome.stderr
    assert not (shell.config / "config.toml").exists()


# Key sets and bodies


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_key_set_with_a_byte_order_mark_is_read(
    signed_in: Shell, sandbox: Sandbox, tmp_path: Path, encoding: str
) -> None:
    from urllib.request import urlopen

    with urlopen(f"{sandbox.issuer}/.well-known/jwks.json") as reply:
        text = reply.read().decode()
    path = tmp_path / "jwks.json"
    path.write_text(text.replace("\n", "\r\n"), encoding=encoding)
    token = signed_in.run("token").stdout
    outcome = signed_in.run("verify", "--key-set", str(path), stdin=token)
    assert outcome.code == 0, outcome.stderr


def search(shell: Shell, sandbox: Sandbox, *data: str, stdin: bytes = b"") -> tuple[int, str]:
    sandbox.requests.clear()
    outcome = shell.run("request", "POST", "/api/search/v2/query", "--data", *data, stdin=stdin)
    return outcome.code, outcome.stderr


QUERY = json.dumps({"kind": "*:*:*:*", "limit": 3, "query": "J\u00f6rg"}, ensure_ascii=False)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_body_is_sent_without_its_byte_order_mark(
    signed_in: Shell, sandbox: Sandbox, tmp_path: Path, encoding: str
) -> None:
    path = tmp_path / "query.json"
    path.write_bytes(f"{QUERY}\r\n".encode(encoding))
    assert search(signed_in, sandbox, f"@{path}") == (0, "")
    assert search(signed_in, sandbox, "@-", stdin=path.read_bytes()) == (0, "")
    assert search(signed_in, sandbox, f"{BOM}{QUERY}") == (0, "")


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ('{"kind":\u00a0"*:*:*:*"}'.encode(), "a no-break space: line 1, column 9"),
        (
            "{\n\u201ckind\u201d: 1}".encode(),
            "a quote (U+201C, left double quotation mark): line 2",
        ),
        ('{"kind": "J\u00f6rg"}'.encode("latin-1"), "is not UTF-8"),
        ('{"kind": 1}'.encode("utf-16-le"), "NUL characters, as UTF-16"),
        (b"\xff\xfe{", "UTF-16"),
    ],
    ids=["no-break space", "quotes", "Latin-1", "UTF-16 without its mark", "half of UTF-16"],
)
def test_the_error_names_an_invisible_character_that_makes_a_body_no_json(
    signed_in: Shell, sandbox: Sandbox, tmp_path: Path, body: bytes, name: str
) -> None:
    path = tmp_path / "query.json"
    path.write_bytes(body)
    for data, stdin in ((f"@{path}", b""), ("@-", body)):
        code, said = search(signed_in, sandbox, data, stdin=stdin)
        assert (code, "[OA-U208]" in said) == (2, True), said
        assert name in said
        assert str(path) in said or "standard input" in said


def test_the_error_names_an_invisible_character_in_a_file_s_name(
    signed_in: Shell, sandbox: Sandbox
) -> None:
    code, said = search(signed_in, sandbox, "@query.json\u200b")
    assert (code, "It ends in a zero-width space." in said) == (2, True)


# Pasted tokens


PASTED = {
    "quotes": ('"{token}"\n', "quotes"),
    "single quotes": ("'{token}'", "quotes"),
    "typographic quotes": ("\u201c{token}\u201d", "quotes"),
    "a mark": ("\ufeff{token}\r\n", ""),
    "blanks of every kind": ("\u00a0\t{token}\u200b \r\n", ""),
    "Bearer": ("Bearer {token}", ""),
    "a header line": ("Authorization: Bearer {token}\r\n", ""),
    "a quoted header line": ('"Authorization: Bearer {token}"', "quotes"),
    "an option of curl": ("-H 'Authorization: Bearer {token}'", "curl's option"),
    "the JSON answer": ('{{"access_token": "{token}", "token_type": "Bearer"}}\n', "JSON"),
    "the pool's answer": ('{{"AuthenticationResult": {{"AccessToken": "{token}"}}}}', "JSON"),
    "a member": ('"access_token": "{token}",', "a name"),
    "a variable": ("export OSDU_ACCESS_TOKEN={token}\n", "NAME="),
    "PowerShell": ('$env:TOKEN = "{token}"', "NAME="),
}


def test_a_token_is_found_in_a_pasted_text_and_the_parts_around_it_are_named() -> None:
    token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl"
    for name, (form, part) in PASTED.items():
        found, around = token_in(form.format(token=token))
        assert found == token, name
        assert (", ".join(around).startswith(part), bool(around)) == (True, bool(part)), name


@pytest.mark.parametrize("command", ["verify", "decode"])
def test_verify_and_decode_report_the_text_around_a_pasted_token(
    signed_in: Shell, command: str
) -> None:
    token = signed_in.run("token").stdout
    for name in ("quotes", "Bearer", "a quoted header line", "the pool's answer"):
        form, part = PASTED[name]
        pasted = form.format(token=token)
        for outcome in (signed_in.run(command, stdin=pasted), signed_in.run(command, pasted)):
            assert outcome.code == 0, (name, outcome.stderr)
            reported = "Removed from around the token" in outcome.stderr
            assert (reported, part in outcome.stderr) == (bool(part), True), name


@pytest.mark.parametrize("form", ["json", "env", "curl", "header", "bare"])
def test_verify_accepts_each_format_of_token(signed_in: Shell, form: str) -> None:
    printed = signed_in.run("token", "--format", form).stdout
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        outcome = signed_in.run("verify", stdin=printed.encode(encoding))
        assert outcome.code == 0, outcome.stderr


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r", " \n    "], ids=repr)
def test_a_token_on_lines_of_76_characters_is_joined_and_this_is_reported(
    signed_in: Shell, line_end: str
) -> None:
    token = signed_in.run("token").stdout
    wrapped = line_end.join(token[at : at + 76] for at in range(0, len(token), 76))
    outcome = signed_in.run("verify", stdin=f"Bearer {wrapped}\n")
    assert outcome.code == 0, outcome.stderr
    assert "line breaks" in outcome.stderr


def test_quoted_text_that_is_no_token_is_refused(signed_in: Shell) -> None:
    for pasted in ('"a.b"', '{"access_token": 1}', "{", "a.b.c d.e.f", '"', "''"):
        assert signed_in.run("verify", stdin=pasted).code in {2, 5}
