"""No text of a server, a token, a file or a setting controls the terminal.

The row H-05 of the list of abuse and faults.
"""

from __future__ import annotations

import io
import json
import os
import re
import socket
import sys
from base64 import urlsafe_b64encode
from typing import TYPE_CHECKING, Any

import pexpect
import pytest

from osdu_auth.cli.application import run

if TYPE_CHECKING:
    from collections.abc import Callable

    from cli.conftest import Shell
    from osdu_auth.sandbox import Sandbox

# A marker before each text, so that a field that is not shown fails the test.
SHOWN = "zqx"
STRINGS = {
    "clear screen": "\x1b[2J",
    "colour": "\x1b[31mred\x1b[0m",
    "title": "\x1b]0;owned\x07",
    "link (OSC 8)": "\x1b]8;;https://x.example\x1b\\here\x1b]8;;\x1b\\",
    "clipboard (OSC 52)": "\x1b]52;c;cm0gLXJmIH4K\x07",
    "report back (DECRQSS)": "\x1bP$q\x22p\x1b\\",
    "C1 CSI": "\x9b2J",
    "C1 OSC, ST": "\x9d0;owned\x9c",
    "C1 all": "".join(map(chr, range(0x80, 0xA0))),
    "C0 all but NUL": "".join(map(chr, range(1, 0x20))),
    "NUL": "a\x00b",
    "DEL and backspaces": "abc\x7f\x08\x08\x08xyz",
    "carriage return": "evil\rgood",
    "forged lines": "a\n✓ Signed in as admin\r\nb\x0bc\x0cd\x85e\u2028f\u2029g",
    "right to left": "\u202egnp.exe",
    "isolates": "\u2066a\u2067b\u2068c\u2069",
    "embeddings and marks": "\u202aa\u202bb\u202cc\u202dd\u200ee\u200ff\u061cg",
    "zero width": "a\u200bb\u200cc\u200dd\ufeffe",
    "lone surrogate": "a\ud800b\udfffc",
    "long": "\x1b[31m" * 500,
}
ALL = "".join(text[:9] for text in STRINGS.values())
STEERS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
JSON, JSON_1_1 = "application/json", "application/x-amz-json-1.1"
GROUPS = "/api/entitlements/v2/groups"


class Screen:
    """Runs the program in this process; a process for each case would take minutes."""

    def __init__(self, capsys: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch) -> None:
        self._capsys = capsys
        self._patch = patch

    def shown(
        self, *arguments: str, stdin: bytes = b"", environment: dict[str, str] | None = None
    ) -> str:
        """Run a command, and return its whole output."""
        with self._patch.context() as patch:
            patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8"))
            for name, value in (environment or {}).items():
                patch.setenv(name, value)
            self.code = run(list(arguments))
        return "".join(self._capsys.readouterr())


@pytest.fixture
def screen(
    shell: Shell, sandbox: Sandbox, init_arguments: list[str], capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Screen:  # fmt: skip
    """A signed-in account, in this process."""
    for name in ("OSDU_AUTH_CONFIG_DIR", "OSDU_AUTH_STATE_DIR"):
        monkeypatch.setenv(name, shell.environment[name])
    made = Screen(capsys, monkeypatch)
    made.shown(*init_arguments)
    made.shown("login", "--password-stdin", stdin=sandbox.password.encode())
    assert made.code == 0
    return made


def jwt(claims: Any, header: Any = None) -> str:
    parts = [json.dumps(header or {"alg": "RS256", "kid": "k"}), json.dumps(claims), "signature"]
    return ".".join(urlsafe_b64encode(part.encode()).decode().rstrip("=") for part in parts)


def json_reply(sandbox: Sandbox, target: str, body: Any, status: int = 200) -> None:
    kind = JSON if target.startswith("/") else JSON_1_1
    sandbox.faults.reply(
        target, status=status, body=json.dumps(body), content_type=kind, times=None
    )


def pool_error(operation: str, *command: str) -> Callable[[Screen, Sandbox, str], str]:
    """A field: the message of a refusal of the pool that the table does not have."""

    def show(screen: Screen, sandbox: Sandbox, text: str) -> str:
        body = {"__type": "OddException", "message": text}
        json_reply(sandbox, operation, body, status=400)
        return screen.shown(*command, stdin=b"Some-password-1\nSome-password-2\n")

    return show


def pool_error_type(screen: Screen, sandbox: Sandbox, text: str) -> str:
    json_reply(sandbox, "InitiateAuth", {"__type": text, "message": "no"}, status=400)
    return screen.shown("login", "--password-stdin", stdin=b"Some-password-1")


def groups(field: str, *command: str) -> Callable[[Screen, Sandbox, str], str]:
    def show(screen: Screen, sandbox: Sandbox, text: str) -> str:
        group = {"name": "n", "email": "e", "description": "d"}
        body: dict[str, Any] = {"groups": [{**group, field: text}], "memberEmail": "m"}
        if field == "memberEmail":
            body = {"groups": [group], "memberEmail": text}
        if field == "name":
            body["groups"][0]["email"] = ""
        json_reply(sandbox, GROUPS, body)
        return screen.shown(*command)

    return show


def osdu_error(member: str) -> Callable[[Screen, Sandbox, str], str]:
    def show(screen: Screen, sandbox: Sandbox, text: str) -> str:
        json_reply(sandbox, GROUPS, {member: text}, status=403)
        return screen.shown("groups")

    return show


def osdu_text(screen: Screen, sandbox: Sandbox, text: str) -> str:
    body = text.encode("utf-8", "replace")
    sandbox.faults.reply(GROUPS, status=401, body=body, content_type="text/plain", times=None)
    return screen.shown("groups")


def devices(field: str, *options: str) -> Callable[[Screen, Sandbox, str], str]:
    def show(screen: Screen, sandbox: Sandbox, text: str) -> str:
        device = {
            "DeviceKey": text if field == "key" else "key",
            "DeviceAttributes": [{"Name": "device_name", "Value": text}],
        }
        json_reply(sandbox, "ListDevices", {"Devices": [device]})
        return screen.shown("account", "devices", *options)

    return show


def code_sent(screen: Screen, sandbox: Sandbox, text: str) -> str:
    details = {"DeliveryMedium": "EMAIL", "Destination": text}
    json_reply(sandbox, "ForgotPassword", {"CodeDeliveryDetails": details})
    return screen.shown("account", "forgot-password")


def token_text(*command: str) -> Callable[[Screen, Sandbox, str], str]:
    """Fields: each place in a token that a command reads."""

    def show(screen: Screen, _sandbox: Sandbox, text: str) -> str:
        claims = {"iss": text, "sub": text, text: "x", "exp": text, "list": [text], "aud": text}
        claims |= {"token_use": text, "client_id": text}
        shown = ""
        for header in ({"alg": text, "kid": text, "typ": text}, {"alg": "RS256", text: text}):
            shown += screen.shown(*command, stdin=jwt(claims, header).encode())
        return shown

    return show


def not_a_token(screen: Screen, _sandbox: Sandbox, text: str) -> str:
    shown = screen.shown("decode", stdin=text.encode("utf-8", "replace"))
    return shown + screen.shown("decode", text.replace("\x00", "")) + SHOWN  # which is not repeated


def claims_of_the_session(screen: Screen, sandbox: Sandbox, text: str) -> str:
    access = jwt({"username": text, "sub": text, "iss": text, "iat": 0, "exp": 3600})
    identity = jwt({"sub": text, "email": text})
    tokens = {"AccessToken": access, "IdToken": identity, "ExpiresIn": 3600}
    json_reply(sandbox, "InitiateAuth", {"AuthenticationResult": tokens})
    arguments = ("login", "--password-stdin", "--auth-flow", "USER_PASSWORD_AUTH")
    shown = screen.shown(*arguments, stdin=b"p")
    assert screen.code == 0
    return shown + screen.shown("whoami") + screen.shown("whoami", "--json")


def setting(name: str) -> Callable[[Screen, Sandbox, str], str]:
    """Fields: a setting in the file of profiles, written by a person or a program."""

    def show(screen: Screen, _sandbox: Sandbox, text: str) -> str:
        path = os.path.join(os.environ["OSDU_AUTH_CONFIG_DIR"], "config.toml")
        quoted = json.dumps(text.encode("utf-8", "replace").decode()).replace("\x7f", "\\u007F")
        with open(path, "w", encoding="utf-8") as file:
            file.write(f'[profiles.acme]\nregion = "us-east-1"\nclient_id = "c"\n{name}')
            file.write(f" = {quoted}\n")
        shown = "".join(screen.shown(command, "-p", "acme") for command in ("status", "token"))
        shown += screen.shown("status", "--json")
        return shown + SHOWN  # a text that may be a secret by mistake is not repeated

    return show


def profile_name_in_file(screen: Screen, sandbox: Sandbox, text: str) -> str:
    name = json.dumps(text.encode("utf-8", "replace").decode())
    shown = setting(f"x = 1\n[profiles.{name}]\nregion")(screen, sandbox, "us-east-1")
    return shown + screen.shown("status")


def from_outside(text: str) -> str:
    """Return a text as it comes through the operating system (PEP 383)."""
    raw = text.replace("\x00", "").encode("utf-8", "surrogatepass")
    return raw.decode("utf-8", "surrogateescape")


def user_name(as_variable: bool) -> Callable[[Screen, Sandbox, str], str]:
    """Fields: the user name, at a pool that knows each name."""

    def show(screen: Screen, sandbox: Sandbox, text: str) -> str:
        json_reply(sandbox, "InitiateAuth", {"AuthenticationResult": ISSUED})
        json_reply(sandbox, "ForgotPassword", {})
        screen.shown("init", "-p", "other", *OTHER, "--endpoint-url", sandbox.endpoint_url)
        assert screen.code == 0
        shown = ""
        for command in (LOGIN, ("account", "forgot-password"), ("token",), ("status",)):
            given: tuple[str, ...] = ("-p", "other") if command != ("status",) else ()
            if not as_variable and command not in {("token",), ("status",)}:
                given += ("--username", from_outside(text))
            variables = {"OSDU_AUTH_USERNAME": from_outside(text)} if as_variable else {}
            shown += screen.shown(*command, *given, stdin=b"Some-password-1", environment=variables)
        return shown

    return show


def argument(*command: str) -> Callable[[Screen, Sandbox, str], str]:
    """Fields: an argument that another person dictated, or that a script passes on."""

    def show(screen: Screen, _sandbox: Sandbox, text: str) -> str:
        given = [part.replace("TEXT", from_outside(text)) for part in command]
        return screen.shown(*given)

    return show


def variable(name: str, *command: str) -> Callable[[Screen, Sandbox, str], str]:
    def show(screen: Screen, _sandbox: Sandbox, text: str) -> str:
        return screen.shown(*command, environment={name: from_outside(text)})

    return show


def network_variable(name: str, host: str) -> Callable[[Screen, Sandbox, str], str]:
    """Fields: a network setting of the machine's owner, for a call of `host`."""

    def show(screen: Screen, _sandbox: Sandbox, text: str) -> str:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            address = f"https://{host}:{listener.getsockname()[1]}"
            screen.shown("init", "-p", "other", *OTHER, "--endpoint-url", address)
            assert screen.code == 0
            command = (*LOGIN, "-p", "other", "--username", "u")
            return screen.shown(*command, stdin=b"p", environment={name: from_outside(text)})

    return show


LOGIN = ("login", "--password-stdin")
ISSUED = {"AccessToken": jwt({"sub": "s", "iat": 0, "exp": 3600}), "ExpiresIn": 3600}
OTHER = ("--region", "us-east-1", "--client-id", "c", "--auth-flow", "USER_PASSWORD_AUTH")
FIELDS: dict[str, Callable[[Screen, Sandbox, str], str]] = {
    "a refusal at sign-in": pool_error("InitiateAuth", *LOGIN),
    "a refusal later": pool_error("ChangePassword", "account", "change-password",
                                  "--password-stdin", "--new-password-stdin"),
    "the type of a refusal": pool_error_type,
    "a group's name": groups("name", "groups"),
    "a group's full name": groups("email", "groups"),
    "groups as JSON": groups("description", "groups", "--json"),
    "OSDU's name of the user": groups("memberEmail", "whoami"),
    "the same as JSON": groups("memberEmail", "whoami", "--json"),
    "OSDU's reason": osdu_error("reason"),
    "OSDU's message": osdu_error("message"),
    "OSDU's plain text": osdu_text,
    "a device's name": devices("name"),
    "a device's key": devices("key"),
    "devices as JSON": devices("name", "--json"),
    "where a code went": code_sent,
    "a token, decoded": token_text("decode"),
    "the same as JSON, decoded": token_text("decode", "--json"),
    "a token, verified": token_text("verify"),
    "the same as JSON, verified": token_text("verify", "--json"),
    "no token": not_a_token,
    "claims of the session": claims_of_the_session,
    "a setting": setting("username"),
    "an address": setting("platform_url"),
    "a partition": setting("data_partition_id"),
    "an unknown setting": setting("odd"),
    "a profile's name in the file": profile_name_in_file,
    "a profile's name": argument("token", "-p", "TEXT"),
    "a user name": user_name(as_variable=False),
    "a region": argument("init", "--region", "TEXT"),
    "an unknown command": argument("TEXT"),
    "an unknown option": argument("token", "--TEXT"),
    "a path of OSDU's": argument("request", "GET", "/TEXT"),
    "a file's name": argument("request", "POST", "/api", "--data", "@TEXT"),
    "an issuer": argument("verify", "--issuer", "TEXT", "a.b.c"),
    "the profile's variable": variable("OSDU_AUTH_PROFILE", "token"),
    "the user name's variable": user_name(as_variable=True),
    "the proxy's variable": network_variable("HTTPS_PROXY", "pool.invalid"),
    "the variable of certificates": network_variable("SSL_CERT_FILE", "localhost"),
}  # fmt: skip
NOT_REPEATED = {
    "a path of OSDU's", "the proxy's variable", "a profile's name in the file",
}  # fmt: skip


@pytest.mark.parametrize("field", FIELDS)
def test_no_foreign_text_controls_the_terminal(
    field: str, screen: Screen, sandbox: Sandbox
) -> None:
    repeated = 0
    for kind, text in STRINGS.items():
        shown = FIELDS[field](screen, sandbox, SHOWN + text)
        sandbox.faults.clear()
        found = [f"U+{ord(character):04X}" for character in STEERS.findall(shown)]
        assert not found, f"{kind}: {found}"
        assert "OA-D101" not in shown, kind
        repeated += SHOWN in shown
    assert repeated > len(STRINGS) / 2 or field in NOT_REPEATED


def test_a_terminal_gets_the_same_text_as_a_pipe_plus_our_colours(
    signed_in: Shell, sandbox: Sandbox
) -> None:
    """Only our colours are allowed as control characters."""
    json_reply(sandbox, GROUPS, {"reason": SHOWN + ALL}, status=403)
    for arguments in (("request", "GET", GROUPS), ("groups",), ("whoami",)):
        terminal = signed_in.terminal(*arguments)
        terminal.expect(pexpect.EOF)
        shown = terminal.logfile_read.getvalue().replace("\r\n", "\n")
        ours = re.sub(r"\x1b\[(?:31|32|33|0)m", "", shown)
        assert SHOWN in ours
        assert not STEERS.search(ours)
