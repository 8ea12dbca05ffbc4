"""In a notebook: errors, fixes that a cell can run, sessions, and repeated questions."""

from __future__ import annotations

import base64
import json
import os
import re
import sys
from dataclasses import replace
from secrets import token_hex
from typing import TYPE_CHECKING, Any

import pytest

import osdu_auth
from canaries import register
from documents.blocks import ROOT, text_of
from front_end import FrontEnd, require_no_secret
from osdu_auth.profiles.edits import write_profile
from osdu_auth.profiles.file import read_profiles
from osdu_auth.sandbox.pool.software_tokens import SoftwareToken
from osdu_auth.secret import Secret
from osdu_auth.session import Session

if TYPE_CHECKING:
    from pathlib import Path

    from osdu_auth.profiles.profile import Profile
    from osdu_auth.sandbox import Sandbox

WRONG = "Wrong-password-in-a-cell-2"
SIGN_IN = "import osdu_auth\nsession = osdu_auth.login()"


@pytest.fixture(autouse=True)
def wrong_password_is_watched() -> None:
    register(WRONG)


def tracebacks(saved: str) -> list[str]:
    """The lines of each cell's error, without colours; "" where a cell had none."""
    return [
        "\n".join(
            re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(output["traceback"]))
            for output in cell["outputs"]
            if output["output_type"] == "error"
        )
        for cell in json.loads(saved)["cells"]
    ]


def texts(saved: str) -> list[str]:
    """What each cell printed and showed, as text."""
    shown = []
    for cell in json.loads(saved)["cells"]:
        parts = [output.get("text", "") for output in cell["outputs"]]
        parts += [output.get("data", {}).get("text/plain", "") for output in cell["outputs"]]
        shown.append("".join("".join(part) for part in parts))
    return shown


def in_kernel(tmp_path: Path, *cells: str, answers: tuple[str, ...] = ()) -> str:
    saved = FrontEnd(tmp_path / "wells.ipynb", *answers).run(*cells)
    require_no_secret(saved)
    return saved


# What an error shows.


NOT_SIGNED_IN = """Cell In[2], line 3
----> 3 session.token()

SignInRequired: Not signed in to "acme". [OA-S301]
  Next: osdu_auth.login("acme")"""


def test_an_error_is_its_sentences_and_the_user_s_own_line(
    notebook_profile: Profile, tmp_path: Path
) -> None:
    saved = in_kernel(
        tmp_path,
        "import osdu_auth\nsession = osdu_auth.Session('acme')",
        "# one\n# two\nsession.token()",
        "try:\n    {}['wells']\nexcept KeyError as error:\n    session.token()",
        "try:\n    {}['wells']\nexcept KeyError as error:\n"
        "    raise osdu_auth.SignInRequired('No.', code='OA-S301', fix='Do.') from error",
        "try:\n    session.token()\nexcept osdu_auth.OsduAuthError as error:\n    print(error.fix)",
        "%xmode Verbose\nsession.token()",
        "%xmode Context\nimport os\nos.environ['OSDU_AUTH_TRACEBACK'] = 'full'\nsession.token()",
    )
    _, plain, within, caused, _, verbose, asked_for = tracebacks(saved)
    assert plain == NOT_SIGNED_IN
    assert "KeyError" not in within + caused.partition("SignInRequired")[2]
    assert within.splitlines()[1] == "----> 4 session.token()"
    assert caused.splitlines()[-2:] == ["SignInRequired: No. [OA-S301]", "  Next: Do."]
    assert texts(saved)[4] == 'osdu_auth.login("acme")\n'
    for whole in (verbose, asked_for):
        assert "renewer.py" in whole
        assert len(whole.splitlines()) > 40


def test_an_error_of_a_user_s_own_module_shows_the_cell_and_the_module_s_line(
    notebook_profile: Profile, tmp_path: Path
) -> None:
    (tmp_path / "wells.py").write_text(
        "import requests\nfrom osdu_auth import Session\n\n\ndef load():\n"
        "    return requests.get('http://127.0.0.1:9/', auth=Session('acme'))\n"
    )
    saved = in_kernel(tmp_path, "import wells\nwells.load()")
    lines = tracebacks(saved)[0].splitlines()
    assert lines[:2] == ["Cell In[1], line 2", "----> 2 wells.load()"]
    assert lines[2] == f"File {tmp_path / 'wells.py'}, line 6"
    assert lines[3].startswith("----> 6 return requests.get(")
    assert not any("site-packages" in line for line in lines)


@pytest.mark.skipif(sys.version_info < (3, 11), reason="exception groups came with Python 3.11")
def test_a_group_of_errors_shows_each_as_its_sentences_and_the_user_s_own_lines(
    notebook_profile: Profile, sandbox: Sandbox, tmp_path: Path
) -> None:
    gathered = (
        "import asyncio\nasync def load():\n    async with asyncio.TaskGroup() as group:\n"
        "        group.create_task(session.atoken())\n        group.create_task(session.atoken())\n"
    )
    saved = in_kernel(
        tmp_path,
        "import osdu_auth\nosdu_auth.login('acme')\nosdu_auth.logout('acme')\n"
        "session = osdu_auth.Session('acme')",
        gathered + "await load()",
        "raise ExceptionGroup('wells', [ValueError('theirs')])",
        answers=(sandbox.password,),
    )
    _, ours, theirs = (text.replace("\x1b", "") for text in texts(saved))
    ours += tracebacks(saved)[1]
    assert "ExceptionGroup" in ours
    assert "OA-S301" in ours
    assert "renewer.py" not in ours
    assert "ValueError: theirs" in theirs + tracebacks(saved)[2]


def test_outside_ipython_the_traceback_is_python_s_own(notebook_profile: Profile) -> None:
    import subprocess

    code = "from osdu_auth import Session\nSession('acme').token()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr.startswith("Traceback (most recent call last):")
    assert "renewer.py" in done.stderr
    assert done.stderr.splitlines()[-1].startswith("osdu_auth.errors.SignInRequired: Not signed in")
    assert "osdu-auth login -p acme" in done.stderr


# Fixes, and the result of typing them.

FIXES = """
import httpx, osdu_auth, requests
from osdu_auth import Account, Profile, Session, MemoryStore
url = Session("acme").profile.platform_url
profile = Profile(name="acme", region="us-east-1", client_id="a" * 26)
doors = {
    "session": lambda: Session("acme").token(),
    "headers": lambda: Session("acme").headers(),
    "requests": lambda: requests.get(url, auth=Session("acme")),
    "httpx": lambda: httpx.get(url, auth=Session("acme")),
    "account": lambda: Account(Session("acme")).devices(),
    "groups": lambda: osdu_auth.groups("acme"),
    "whoami": lambda: osdu_auth.whoami("acme"),
    "in Python": lambda: Session(profile).token(),
    "own store": lambda: Session("acme", store=MemoryStore()).token(),
}
for name, door in doors.items():
    try:
        door()
    except Exception as error:
        print(name, "|", error.fix)
"""


def test_in_every_function_the_fix_is_code_that_a_cell_can_run(
    notebook_profile: Profile, tmp_path: Path
) -> None:
    (shown,) = texts(in_kernel(tmp_path, FIXES))
    fixes = dict(line.split(" | ", 1) for line in shown.splitlines())
    login = 'osdu_auth.login("acme")'
    assert fixes == {
        **dict.fromkeys(("session", "headers", "requests", "httpx", "account"), login),
        **dict.fromkeys(("groups", "whoami"), login),
        "in Python": "osdu_auth.login(profile)",
        "own store": "osdu_auth.login(session)",
    }


def test_the_fix_in_a_cell_works_as_it_is_typed(
    notebook_profile: Profile, sandbox: Sandbox, tmp_path: Path
) -> None:
    caught = "try:\n    session.token()\nexcept Exception as error:\n    fix = error.fix"
    cells = (
        "from osdu_auth import MemoryStore, Session\nfix = ''",
        f"session = Session('acme')\n{caught}",
        "exec(fix)\nsession.token()",
        f"session = Session('acme', store=MemoryStore())\n{caught}",
        "exec(fix)\nsession.token()",
    )
    saved = in_kernel(tmp_path, *cells, answers=(sandbox.password, sandbox.password))
    assert tracebacks(saved) == [""] * 5
    assert [text for text in texts(saved) if "Secret('****')" in text]


def test_an_unset_variable_of_a_secret_is_an_error_before_the_password_is_asked(
    notebook_profile: Profile, sandbox: Sandbox, tmp_path: Path
) -> None:
    write_profile(replace(notebook_profile, client_secret="env:ACME_CLIENT_SECRET"))
    front_end = FrontEnd(tmp_path / "wells.ipynb", sandbox.client_secret, sandbox.password)
    saved = front_end.run(
        "import osdu_auth",
        "try:\n    osdu_auth.login('acme')\n"
        "except osdu_auth.ConfigurationError as error:\n    fix = error.fix\n    raise",
        "exec(fix)",
        "osdu_auth.login('acme').token()",
    )
    require_no_secret(saved)
    shown = tracebacks(saved)[1]
    assert "ACME_CLIENT_SECRET, which is not set. [OA-C792]" in shown
    assert 'os.environ["ACME_CLIENT_SECRET"] = getpass.getpass()' in shown
    assert "restart the kernel" in shown
    assert [hidden for _, hidden in front_end.asked] == [True, True]
    assert "Secret('****')" in texts(saved)[3]


# Questions that are repeated, and questions that are not.


def test_a_wrong_password_is_asked_again_and_says_how_often(
    notebook_profile: Profile, sandbox: Sandbox, tmp_path: Path
) -> None:
    shown: list[str] = []

    def right(so_far: str) -> str:
        shown.append(so_far)
        return sandbox.password

    front_end = FrontEnd(tmp_path / "wells.ipynb", WRONG, right)
    saved = front_end.run(SIGN_IN)
    require_no_secret(saved)
    assert [hidden for _, hidden in front_end.asked] == [True, True]
    assert "OA-S310" in shown[0]
    assert "2 more tries here; after five wrong ones in a row the pool makes you wait" in shown[0]
    assert f"Signed in as {sandbox.username}" in saved


def test_three_wrong_passwords_end_the_sign_in_before_the_pool_locks_the_user_out(
    every_flow_profile: Profile, sandbox: Sandbox, tmp_path: Path
) -> None:
    user = sandbox.pool.add_user(email=f"wrong-{token_hex(4)}@example.com")
    register(user.password)
    front_end = FrontEnd(tmp_path / "wells.ipynb", WRONG, WRONG, WRONG, user.password)
    saved = front_end.run(f"import osdu_auth\nosdu_auth.login(username={user.email!r})")
    require_no_secret(saved)
    assert len(front_end.asked) == 3
    assert "One more try here" in saved
    assert "OA-S310" in tracebacks(saved)[0]
    Session("acme").sign_in(user.email, Secret(user.password))


def test_a_wrong_password_that_is_asked_for_during_sign_in_is_asked_again_too(
    every_flow_profile: Profile, sandbox: Sandbox, tmp_path: Path
) -> None:
    user = sandbox.pool.add_user(email=f"on-the-way-{token_hex(4)}@example.com")
    register(user.password)
    write_profile(
        replace(every_flow_profile, auth_flow="USER_AUTH", preferred_factor="PASSWORD_SRP")
    )
    front_end = FrontEnd(tmp_path / "wells.ipynb", WRONG, user.password)
    saved = front_end.run(f"import osdu_auth\nosdu_auth.login(username={user.email!r})")
    require_no_secret(saved)
    assert [hidden for _, hidden in front_end.asked] == [True, True]
    assert f"Signed in as {user.email}" in saved


def test_names_typed_at_a_first_login_are_kept_when_the_password_is_refused(
    notebook_profile: Profile, sandbox: Sandbox, tmp_path: Path
) -> None:
    from osdu_auth.sandbox.pool.users import UserStatus

    email, chosen = f"first-{token_hex(4)}@example.com", "A-fine-new-2-password-in-a-cell"
    register(chosen)
    sandbox.pool.add_user(
        email=email,
        password=sandbox.temporary_password,
        status=UserStatus.FORCE_CHANGE_PASSWORD,
    )
    front_end = FrontEnd(
        tmp_path / "wells.ipynb",
        *(sandbox.temporary_password, "too-short", "too-short", "Grace", "Hopper", chosen, chosen),
    )
    saved = front_end.run(f"import osdu_auth\nosdu_auth.login(username={email!r})")
    assert "OA-S317" in saved
    assert [hidden for _, hidden in front_end.asked] == [True] * 3 + [False] * 2 + [True] * 2
    assert f"Signed in as {email}" in saved
    require_no_secret(saved)


def test_login_says_in_one_line_who_is_signed_in_already(
    notebook_profile: Profile, sandbox: Sandbox, tmp_path: Path
) -> None:
    Session("acme").sign_in(sandbox.username, Secret(sandbox.password))
    saved = in_kernel(tmp_path, SIGN_IN, "osdu_auth.logout()")
    assert texts(saved)[0] == f"✓ Already signed in as {sandbox.username} (acme)\n"


# Without a profile.


def values_of(sandbox: Sandbox, *more: str) -> tuple[str, ...]:
    return (sandbox.user_pool_id, sandbox.client_id, sandbox.client_secret, *more)


def test_without_a_profile_the_values_are_asked_for_and_kept_on_request(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("config", "state"):
        monkeypatch.setenv(f"OSDU_AUTH_{name.upper()}_DIR", str(tmp_path / name))
    monkeypatch.setenv("AWS_ENDPOINT_URL", sandbox.endpoint_url)
    username, wanted = sandbox.username, ("mars", sandbox.user_pool_id)
    answers = (*wanted, *values_of(sandbox)[1:], username, "", "opendes")
    front_end = FrontEnd(tmp_path / "wells.ipynb", *answers, "n", sandbox.password)
    saved = front_end.run(SIGN_IN)
    require_no_secret(saved)
    assert f"Signed in as {username}" in saved
    assert "OA-C702" in saved or "OA-C701" in saved
    assert "Keep them as the profile default" in front_end.asked[-2][0]
    assert not os.path.exists(tmp_path / "config" / "config.toml")

    front_end = FrontEnd(tmp_path / "wells.ipynb", *answers[1:], "", sandbox.password)
    saved = front_end.run("import osdu_auth\nosdu_auth.login('acme')", "osdu_auth.login().token()")
    require_no_secret(saved)
    assert 'Wrote the profile \\"acme\\" to' in saved
    assert "the client secret is in a private file" in saved
    profile = read_profiles().profile("acme")
    assert (profile.get("username"), profile.data_partition_id) == (username, "opendes")
    assert "Secret('****')" in saved

    saved = in_kernel(tmp_path, "import osdu_auth\nosdu_auth.login('acne')", answers=("never",))
    assert "OA-C784" in tracebacks(saved)[0]


def test_without_a_profile_and_a_person_the_fix_names_what_a_cell_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OSDU_AUTH_CONFIG_DIR", str(tmp_path / "config"))
    saved = in_kernel(tmp_path, SIGN_IN)
    assert "[OA-C785]" in tracebacks(saved)[0]
    assert "Next: osdu_auth.init()" in tracebacks(saved)[0]


def test_a_setting_is_changed_from_a_cell_as_a_fix_says(
    notebook_profile: Profile, tmp_path: Path
) -> None:
    from osdu_auth.profiles.file import read_profiles

    saved = in_kernel(
        tmp_path,
        'import osdu_auth\nosdu_auth.init("acme", data_partition_id="north")',
        'osdu_auth.init("acme", make_default=True)',
        'osdu_auth.init("acme", data_partition="north")',
    )
    assert read_profiles().profile("acme").data_partition_id == "north"
    assert read_profiles().default == "acme"
    assert 'Wrote the profile "acme"' in texts(saved)[0]
    assert tracebacks(saved)[2]


def test_a_forgotten_password_is_reset_in_a_cell(
    every_flow_profile: Profile, sandbox: Sandbox, tmp_path: Path
) -> None:
    user = sandbox.pool.add_user(email=f"forgetful-{token_hex(4)}@example.com")
    chosen = "Another-fine-3-password"
    register(user.password, chosen)

    def code(_: str) -> str:
        return sandbox.outbox.last_code(user.username)

    front_end = FrontEnd(tmp_path / "wells.ipynb", code, chosen, chosen)
    saved = front_end.run(
        f"import osdu_auth\nosdu_auth.reset_password('acme', username={user.email!r})"
    )
    require_no_secret(saved)
    assert [hidden for _, hidden in front_end.asked] == [True] * 3
    Session("acme").sign_in(user.email, Secret(chosen))


def test_the_page_about_notebooks_runs_as_it_stands(
    notebook_profile: Profile, sandbox: Sandbox, tmp_path: Path
) -> None:
    page = (ROOT / "docs/notebooks.md").read_text()
    cells = [text_of("docs/notebooks.md", name) for name in ("notebook", "trace")]
    more = ("osdu_auth.groups('acme')", "osdu_auth.whoami('acme')", "session.explain()")
    saved = in_kernel(tmp_path, *cells, *more, answers=(sandbox.password,))
    assert not any(tracebacks(saved))
    assert f"{sandbox.username} · opendes · access token until" in texts(saved)[0]
    assert "DEBUG:osdu_auth:request GET /api/entitlements/v2/groups" in texts(saved)[2]
    assert "'users'" in texts(saved)[2]
    named = set(re.findall(r"`(?:osdu_auth)?\.(\w+)\(", page))
    assert named >= {"init", "login", "logout", "whoami", "groups", "set_up_totp"}
    assert named - {"TaskGroup"} <= set(osdu_auth.__all__)


def test_an_account_is_confirmed_and_an_app_set_up_in_a_cell(
    every_flow_profile: Profile, sandbox: Sandbox, tmp_path: Path
) -> None:
    from osdu_auth.sandbox.pool.users import UserStatus

    email = f"new-{token_hex(4)}@example.com"
    user = sandbox.pool.add_user(email=email, status=UserStatus.UNCONFIRMED)
    register(user.password)
    write_profile(replace(every_flow_profile, username=email))

    def sent(_: str) -> str:
        osdu_auth.Account(Session("acme")).resend_confirmation(email)
        return sandbox.outbox.last_code(user.username)

    def of_app(shown: str) -> str:
        found = re.search(r"<code>([A-Z2-7 ]{60,})</code>", shown)
        assert found
        register(found[1], found[1].replace(" ", ""))
        key = found[1].replace(" ", "")
        decoded = base64.b32decode(key + "=" * (-len(key) % 8))
        return SoftwareToken(decoded).code_at(sandbox.clock.now())

    front_end = FrontEnd(tmp_path / "wells.ipynb", sent, user.password, "", of_app)
    saved = front_end.run(
        "import osdu_auth\nosdu_auth.confirm_sign_up('acme')",
        "osdu_auth.login('acme')",
        "osdu_auth.set_up_totp('acme')",
    )
    require_no_secret(saved)
    assert not any(tracebacks(saved))
    assert f"The account {email} is confirmed" in texts(saved)[0]
    assert "The authenticator app is set up" in texts(saved)[2]
    assert "<svg" not in saved


# The output of a session and its headers.


def test_a_cell_that_ends_in_a_session_shows_who_where_and_until_when(
    notebook_profile: Profile, sandbox: Sandbox, tmp_path: Path
) -> None:
    Session("acme").sign_in(sandbox.username, Secret(sandbox.password))
    sandbox_requests = len(sandbox.requests)
    saved = in_kernel(
        tmp_path,
        "from osdu_auth import MemoryStore, Session\nSession('acme')",
        "session = Session('acme')\nsession.token()\n[session]",
        "Session('acme', store=MemoryStore())",
        "Session('acne')",
        "print(repr(Session('acme')))",
        "session.headers()",
        "class Remote:\n    def peek(self, key): raise ConnectionError('on a network')\n"
        "Session('acme', store=Remote())",
    )
    shown = texts(saved)
    line = (
        rf"Session\('acme'\): {re.escape(sandbox.username)} · opendes · access token until "
        r"\d\d:\d\d, \d+ min; it is renewed when needed"
    )
    assert re.fullmatch(line, shown[0])
    assert re.fullmatch(rf"\[{line}\]", shown[1])
    assert shown[2].startswith("Session('acme'): Not signed in to \"acme\".")
    assert "OA-C784" in shown[3]
    assert shown[4] == "Session('acme')\n"
    assert "'Authorization': 'Bearer ****'" in shown[5]
    assert shown[6] == "Session('acme')"
    assert len(sandbox.requests) == sandbox_requests


def test_tab_shows_the_public_names(notebook_profile: Profile) -> None:
    assert set(osdu_auth.__all__) < set(dir(osdu_auth))
    assert {name for name in dir(osdu_auth) if not name.startswith("__")} == {
        name for name in osdu_auth.__all__ if not name.startswith("__")
    }
    for completed in completions("osdu_auth.", "osdu_auth.lo", "osdu_auth.Sess"):
        assert completed
    every, lo, sess = completions("osdu_auth.", "osdu_auth.lo", "osdu_auth.Sess")
    assert {"login", "Session", "whoami"} <= every
    assert not {"TYPE_CHECKING", "_HOMES", "forks"} & every
    assert lo == {"login", "logout"}
    assert sess >= {"Session", "SessionEnded"}


def completions(*begun: str) -> list[set[str]]:
    """What a kernel offers after each text."""
    from jupyter_client.manager import start_new_kernel

    manager, kernel = start_new_kernel()
    try:
        kernel.execute_interactive("import osdu_auth", timeout=60)
        offered = []
        for text in begun:
            reply: Any = kernel.complete(text, reply=True, timeout=60)
            matches = reply["content"]["matches"]
            offered.append({match.rpartition(".")[2] for match in matches})
        return offered
    finally:
        kernel.stop_channels()
        manager.shutdown_kernel(now=True)


# The key of an authenticator app.

SHOWN = """
from osdu_auth import Secret
from osdu_auth.prompts.authenticator_key import AuthenticatorKey
from osdu_auth.prompts.cell import CellPrompter
key = {key!r}
shown = AuthenticatorKey(Secret(key), Secret("otpauth://totp/a?secret=" + key))
prompter = CellPrompter("acme", longest_shown={seconds})
with prompter.show_authenticator_key(shown):
    prompter.ask_code("Code")
"""


def test_a_key_is_shown_on_request_and_taken_away_before_the_next_autosave(tmp_path: Path) -> None:
    import time

    key = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    groups = "GEZD GNBV GY3T QOJQ"
    saved_while_asked: list[str] = []

    def look(so_far: str) -> str:
        saved_while_asked.append(so_far)
        return "" if len(saved_while_asked) == 1 else "123456"

    def look_later(so_far: str) -> str:
        saved_while_asked.append(so_far)
        time.sleep(3)
        return "123456"

    front_end = FrontEnd(tmp_path / "wells.ipynb", look, look)
    done = front_end.run(SHOWN.format(key="", seconds=90).replace("key = ''", f"key = {key!r}"))
    before, while_asked = saved_while_asked
    assert groups not in before
    assert "<svg" not in before
    assert groups in while_asked
    assert "<svg" in while_asked
    assert groups not in done
    assert "<svg" not in done

    saved_while_asked.clear()
    front_end = FrontEnd(tmp_path / "late.ipynb", look, "", look_later)
    front_end.run(
        SHOWN.format(key=key, seconds=0.3).replace(
            "    prompter.ask_code", "    import time; time.sleep(2)\n    prompter.ask_code"
        )
    )
    _, long_after = saved_while_asked[0], saved_while_asked[-1]
    assert groups not in long_after
    assert "The key was removed" in long_after


# Each fix in the library, as Python.

IN_A_CELL = """
import ast, sys
from IPython.core.interactiveshell import InteractiveShell
InteractiveShell.instance()
import osdu_auth
from osdu_auth.fixes import *
from osdu_auth.fixes import AskForSecret
readers = [
    Reader(), Reader("acme"), Reader("environment"),
    Reader("acme", made_in_python=True), Reader("acme", signs_in_itself=True),
]
for words in sys.argv[1:]:
    for reader in readers:
        fix = Run(*words.split(" ")).text(reader)
        if fix == "the variables OSDU_AUTH_*":
            continue
        assert "osdu-auth" not in fix, fix
        if "…" in fix:
            continue
        for node in ast.walk(ast.parse(fix)):
            if isinstance(node, ast.Attribute) and getattr(node.value, "id", "") == "osdu_auth":
                getattr(osdu_auth, node.attr)
path = "/tmp/John's folder/a b;c"
for fix in (
    Chmod("600", path), Chmod("go-w", path, "/x"), Remove(path), Unset("A", "B"),
    Export("A", "b c'"), Export("A", ShellExpression("$HOME"), "/x"), AskForSecret("A"),
    Remove(path).then(Run("logout")), Unset("A").then(Export("B", "c")),
    Command("install", "-d", "-m", "700", path), Command("install", "-m", "600", path, "~/b"),
    Command("keyring", "set", "osdu-auth", "acme"), Command("-p", "acme"),
    GiveSecret(AskForSecret("A")),
):
    ast.parse(fix.text(Reader("acme")))
print("all of them")
"""


def test_each_command_of_a_fix_of_the_library_is_python_in_a_cell() -> None:
    import subprocess

    from test_fixes import commands_in_source

    library = {
        " ".join(word or "VALUE" for word in words)
        for where, words in commands_in_source()
        # A command that was typed in a terminal is named again there.
        if not where.startswith(("cli", "demo")) and words[0] is not None
    }
    assert len(library) > 10
    done = subprocess.run(
        [sys.executable, "-c", IN_A_CELL, *library], capture_output=True, text=True, check=False
    )
    assert done.stdout == "all of them\n", done.stderr
