"""`login()` in a notebook: a real kernel, and a front end that saves all that JupyterLab saves."""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from secrets import token_hex
from typing import TYPE_CHECKING, Any

import pytest

import osdu_auth
from canaries import CANARIES, register
from cases import for_each
from front_end import FrontEnd, require_no_secret
from osdu_auth.profiles.edits import write_profile
from osdu_auth.profiles.file import read_profiles
from osdu_auth.prompts.consoles import is_qtconsole
from osdu_auth.sandbox import MfaConfiguration
from osdu_auth.sandbox.pool.software_tokens import SoftwareToken
from osdu_auth.secret import Secret
from osdu_auth.session import Session
from session_test_parts import token_of
from stored import store_session

if TYPE_CHECKING:
    from pathlib import Path

    from osdu_auth.profiles.profile import Profile
    from osdu_auth.sandbox import Sandbox

nbclient = pytest.importorskip("nbclient")
nbformat = pytest.importorskip("nbformat")
pytest.importorskip("ipykernel")

LOGIN = "from osdu_auth.notebook import login, whoami\nsession = login()\nsession"


QTCONSOLE = """
import sys
from jupyter_client.manager import start_new_kernel

manager, kernel = start_new_kernel()
kernel.execute_interactive(
    sys.argv[1],
    allow_stdin=True,
    stdin_hook=lambda message: sys.exit("it asked for a password"),
    output_hook=lambda message: print(message["content"]),
)
manager.shutdown_kernel(now=True)
"""


def test_a_cell_asks_and_the_saved_notebook_holds_no_secret(
    notebook_profile: Profile, sandbox: Sandbox, tmp_path: Path
) -> None:
    front_end = FrontEnd(tmp_path / "wells.ipynb", sandbox.password)
    saved = front_end.run(LOGIN, "whoami()", "%history\n_, Out", "session.token()")
    assert front_end.asked == [("Password: ", True)]
    assert f"Signed in as {sandbox.username}" in saved
    assert "Identity(signed_in_as=" in saved
    assert "Secret('****')" in saved
    require_no_secret(saved)
    assert Session("acme").token()


def test_a_user_who_is_signed_in_is_asked_nothing(
    notebook_profile: Profile, sandbox: Sandbox, tmp_path: Path
) -> None:
    from osdu_auth.cognito.challenges import unattended

    Session("acme").sign_in(sandbox.username, Secret(sandbox.password), unattended)
    front_end = FrontEnd(tmp_path / "wells.ipynb", "never asked")
    saved = front_end.run(LOGIN)
    assert front_end.asked == []
    assert "error" not in {
        output["output_type"] for output in json.loads(saved)["cells"][0]["outputs"]
    }


@pytest.fixture
def other(sandbox: Sandbox) -> str:
    """Another user, with the same password; the workshop's is signed in."""
    from osdu_auth.cognito.challenges import unattended

    email = f"other-cell-{token_hex(4)}@example.com"
    sandbox.pool.add_user(email=email, password=sandbox.password)
    Session("acme").sign_in(sandbox.username, Secret(sandbox.password), unattended)
    return email


def test_another_user_than_the_one_who_is_signed_in_is_asked_for(
    notebook_profile: Profile, sandbox: Sandbox, tmp_path: Path, other: str
) -> None:
    front_end = FrontEnd(tmp_path / "wells.ipynb", sandbox.password)
    saved = front_end.run(LOGIN.replace("login()", f"login(username={other!r})"), "whoami()")
    assert front_end.asked == [("Password: ", True)]
    assert f"Signed in as {other}" in saved
    assert f"signed_in_as='{other}'" in saved
    require_no_secret(saved)


def test_with_force_a_signed_in_user_is_asked(
    notebook_profile: Profile, sandbox: Sandbox, tmp_path: Path, other: str
) -> None:
    before = Session("acme").token()
    front_end = FrontEnd(tmp_path / "wells.ipynb", sandbox.password)
    saved = front_end.run(LOGIN.replace("login()", "login(force=True)"))
    assert front_end.asked == [("Password: ", True)]
    assert f"Signed in as {sandbox.username}" in saved
    assert Session("acme").token() != before


def test_without_a_person_another_user_name_is_an_error_that_names_both(
    notebook_profile: Profile, sandbox: Sandbox, other: str
) -> None:
    before = Session("acme").load()
    for force, code in ((False, "OA-S392"), (True, "OA-S390")):
        with pytest.raises(osdu_auth.SignInRequired) as refused:
            osdu_auth.login("acme", username=other, force=force)
        assert refused.value.code == code
    with pytest.raises(osdu_auth.SignInRequired, match=f"{sandbox.username}.*not {other}"):
        osdu_auth.login("acme", username=other)
    assert Session("acme").load() == before


def test_every_name_of_the_user_at_the_pool_is_the_same_user(
    notebook_profile: Profile, sandbox: Sandbox, other: str
) -> None:
    subject = Session("acme").load().subject
    for name in (None, "", sandbox.username, sandbox.username.upper(), subject):
        assert osdu_auth.login("acme", username=name).token() == Session("acme").token()


@pytest.mark.parametrize(
    ("claims", "is_theirs"),
    [
        ({"cognito:username": "Bob"}, True),
        ({"email": "bob", "email_verified": True}, True),
        ({"phone_number": "bob", "phone_number_verified": "true"}, True),
        ({"email": "bob"}, False),
        ({"email": "bob", "email_verified": False}, False),
        ({"email": "bob", "email_verified": "false"}, False),
        ({"email": "bob", "email_verified": ["true"]}, False),
        ({"preferred_username": "bob"}, False),
        ({"name": "bob", "nickname": "bob"}, False),
    ],
)
def test_a_name_that_users_choose_themselves_does_not_make_them_another_user(
    notebook_profile: Profile, other: str, claims: dict[str, Any], is_theirs: bool
) -> None:
    session = Session("acme")
    saved = session.load()
    identity = Secret(token_of(sub=saved.subject, **claims))
    store_session(
        session.store, "acme", replace(saved, tokens=replace(saved.tokens, id_token=identity))
    )
    if is_theirs:
        assert osdu_auth.login("acme", username="bob").token() == saved.tokens.access_token
    else:
        with pytest.raises(osdu_auth.SignInRequired, match="OA-S392"):
            osdu_auth.login("acme", username="bob")


def test_signing_out_in_a_cell_ends_the_session_and_says_so(
    notebook_profile: Profile, sandbox: Sandbox, other: str
) -> None:
    before = sandbox.requests.count("RevokeToken")
    assert osdu_auth.logout("acme") == osdu_auth.SignedOut(was_signed_in=True)
    assert sandbox.requests.count("RevokeToken") == before + 1
    assert osdu_auth.logout("acme") == osdu_auth.SignedOut(was_signed_in=False)
    with pytest.raises(osdu_auth.SignInRequired, match="OA-S301"):
        Session("acme").token()


def test_a_variable_that_moves_the_pool_is_named_in_the_cell_before_the_password_is_typed(
    notebook_profile: Profile, sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_profile(replace(notebook_profile, endpoint_url=None))
    monkeypatch.setenv("AWS_ENDPOINT_URL", sandbox.endpoint_url)
    shown: list[str] = []

    def typed(so_far: str) -> str:
        shown.append(so_far)
        return sandbox.password

    FrontEnd(tmp_path / "wells.ipynb", typed).run(LOGIN)
    host = sandbox.endpoint_url.removeprefix("http://")
    assert f"! The user pool is asked at {host}, as AWS_ENDPOINT_URL says." in shown[0]


def test_a_first_login_asks_for_a_new_password(
    notebook_profile: Profile, sandbox: Sandbox, tmp_path: Path
) -> None:
    from osdu_auth.sandbox.pool.users import UserStatus

    chosen = "A-fine-new-1-password-in-a-cell"
    register(chosen)
    sandbox.pool.add_user(
        email="cell@example.com",
        password=sandbox.temporary_password,
        status=UserStatus.FORCE_CHANGE_PASSWORD,
    )
    front_end = FrontEnd(
        tmp_path / "wells.ipynb",
        *(sandbox.temporary_password, chosen, "a typing error", chosen, chosen, "Grace", "Hopper"),
    )
    saved = front_end.run(LOGIN.replace("login()", "login(username='cell@example.com')"))
    assert "The two are not the same" in saved
    assert "Signed in as cell@example.com" in saved
    assert [hidden for _, hidden in front_end.asked] == [True] * 5 + [False] * 2
    require_no_secret(saved)


def test_a_code_is_typed_hidden_as_front_ends_save_what_is_not(
    every_flow_profile: Profile, sandbox: Sandbox, tmp_path: Path
) -> None:
    user = sandbox.pool.add_user(email="coded-cell@example.com", mfa=("SOFTWARE_TOKEN_MFA",))
    register(user.password)
    code = sandbox.pool.totp_code(user.email)
    front_end = FrontEnd(
        tmp_path / "wells.ipynb", user.password, "000000", f"{code[:3]} {code[3:]}"
    )
    saved = front_end.run(LOGIN.replace("login()", f"login(username={user.email!r})"))
    assert f"Signed in as {user.email}" in saved
    assert "2 tries left" in saved
    assert [hidden for _, hidden in front_end.asked] == [True] * 3
    assert code[:3] + " " + code[3:] not in saved
    require_no_secret(saved)


def test_an_invalid_code_is_asked_again_in_the_cell_and_not_sent(
    every_flow_profile: Profile, sandbox: Sandbox, tmp_path: Path
) -> None:
    user = sandbox.pool.add_user(email="slip-cell@example.com", mfa=("SOFTWARE_TOKEN_MFA",))
    register(user.password)
    code = sandbox.pool.totp_code(user.email)
    pasted = f"\ufeff{user.password}\r"
    front_end = FrontEnd(tmp_path / "wells.ipynb", pasted, "abc", f"{code[:3]}-{code[3:]}")
    sandbox.requests.clear()
    saved = front_end.run(LOGIN.replace("login()", f"login(username={user.email!r})"))
    assert "That is not a code. A code is six digits." in saved
    assert f"Signed in as {user.email}" in saved
    answered = [
        entry.parameters["ChallengeName"]
        for entry in sandbox.requests.matching("RespondToAuthChallenge")
    ]
    assert answered == ["PASSWORD_VERIFIER", "SOFTWARE_TOKEN_MFA"]


def test_a_code_that_was_sent_and_a_choice_are_asked_in_the_cell(
    every_flow_profile: Profile, sandbox: Sandbox, tmp_path: Path
) -> None:
    user = sandbox.pool.add_user(email="choosing-cell@example.com")
    write_profile(replace(every_flow_profile, auth_flow="USER_AUTH"))
    front_end = FrontEnd(
        tmp_path / "wells.ipynb",
        "EMAIL_OTP",
        lambda _: sandbox.outbox.last_code(user.username),
    )
    saved = front_end.run(LOGIN.replace("login()", f"login(username={user.email!r})"))
    assert f"Signed in as {user.email}" in saved
    assert [prompt for prompt, _ in front_end.asked] == ["Number [1]: ", "Code from the e-mail: "]
    require_no_secret(saved)


def test_the_key_of_an_app_is_shown_only_while_it_is_asked_for(
    every_flow_profile: Profile, sandbox: Sandbox, tmp_path: Path
) -> None:
    former = sandbox.pool.settings
    app = "SOFTWARE_TOKEN_MFA"
    sandbox.pool.settings = replace(former, mfa=MfaConfiguration.REQUIRED, mfa_factors=(app,))
    user = sandbox.pool.add_user(email="key-cell@example.com")

    def not_yet(shown: str) -> str:
        assert "then answer within 2 minutes" in shown
        assert "<svg" not in shown
        return ""

    def first_code(shown: str) -> str:
        found = re.search(r"<code>([A-Z2-7 ]{60,})</code>", shown)
        assert found
        assert "<svg" in shown
        text = found[1].replace(" ", "")
        register(text, found[1])
        key = base64.b32decode(text + "=" * (-len(text) % 8))
        return SoftwareToken(key).code_at(sandbox.clock.now())

    front_end = FrontEnd(tmp_path / "wells.ipynb", user.password, not_yet, first_code)
    try:
        saved = front_end.run(
            "get_ipython().display_pub.store_display_history = True\n"
            + LOGIN.replace("login()", f"login(username={user.email!r})"),
            # Where IPython remembers what was displayed, from its version 9 on.
            "print(getattr(get_ipython().history_manager, 'outputs', None))",
        )
    finally:
        sandbox.pool.settings = former
    assert f"Signed in as {user.email}" in saved
    assert "<svg" not in saved
    require_no_secret(saved)


def test_a_password_that_was_sent_is_noted_in_the_cell(
    notebook_profile: Profile, sandbox: Sandbox, tmp_path: Path
) -> None:
    write_profile(replace(notebook_profile, user_pool_id=None))
    saved = FrontEnd(tmp_path / "wells.ipynb", sandbox.password).run(LOGIN)
    assert "! The password itself was sent" in saved


def test_the_cell_asks_before_the_password_itself_is_sent_and_keeps_the_answer(
    every_flow_profile: Profile, sandbox: Sandbox, tmp_path: Path
) -> None:
    flows = frozenset({"ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"})
    sandbox.pool.change_app_client(every_flow_profile.client_id, explicit_auth_flows=flows)
    host = sandbox.endpoint_url.removeprefix("http://")
    front_end = FrontEnd(tmp_path / "wells.ipynb", sandbox.password, "y")
    saved = front_end.run(LOGIN)
    question = f"Send the password itself to {host}? [y/N]: "
    assert front_end.asked == [("Password: ", True), (question, False)]
    assert "! The password itself was sent" in saved
    assert read_profiles().profile("acme").get("auth_flow") == "USER_PASSWORD_AUTH"


def test_a_refused_password_ends_in_an_error_without_it(
    notebook_profile: Profile, sandbox: Sandbox, tmp_path: Path
) -> None:
    register("Wrong-password-in-a-cell-1")
    user = sandbox.pool.add_user(email=f"refused-{token_hex(4)}@example.com")
    register(user.password)
    wrong = ["Wrong-password-in-a-cell-1"] * 3
    saved = FrontEnd(tmp_path / "wells.ipynb", *wrong).run(
        "%xmode Verbose\n" + LOGIN.replace("login()", f"login(username={user.email!r})")
    )
    assert "OA-S310" in saved
    require_no_secret(saved)


def test_an_unattended_notebook_gets_an_error_with_the_command_to_type(
    notebook_profile: Profile, tmp_path: Path
) -> None:
    saved = FrontEnd(tmp_path / "wells.ipynb").run(LOGIN)
    assert "OA-S391" in saved
    assert "osdu-auth login -p acme" in saved


def test_a_kernel_that_qtconsole_started_is_asked_for_no_password(
    notebook_profile: Profile, tmp_path: Path
) -> None:
    """QtConsole starts its kernel as its child process; here a program of that name does."""
    program = tmp_path / "jupyter-qtconsole"
    program.write_text(QTCONSOLE)
    done = subprocess.run(
        [sys.executable, str(program), LOGIN], capture_output=True, text=True, check=False
    )
    assert "OA-S390" in done.stdout + done.stderr


@for_each(
    ("words", "echoes"),
    [
        (["/usr/bin/python3", "/usr/bin/jupyter-qtconsole"], True),
        (["python", "-m", "qtconsole", "--existing"], True),
        (["C:\\env\\Scripts\\jupyter-qtconsole.exe".replace("\\", os.sep)], True),
        (["/usr/bin/python3", "/usr/bin/jupyter-lab", "--notebook-dir=/home/qtconsole"], False),
        (["/usr/bin/python3", "-m", "jupyter", "lab"], False),
        ([], False),
    ],
)
def test_qtconsole_is_known_by_its_command_line(words: list[str], echoes: bool) -> None:
    assert is_qtconsole(words) is echoes


@pytest.mark.parametrize("stdin", ["io.StringIO('secret')", "None"])
def test_a_console_with_its_own_standard_input_is_asked_for_no_password(
    notebook_profile: Profile, stdin: str
) -> None:
    """IDLE and PyCharm's console replace standard input by their own object."""
    code = f"import io, sys\nsys.stdin = {stdin}\n{LOGIN}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "OA-S390" in done.stderr


def test_login_asks_nothing_in_a_pipe(notebook_profile: Profile) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOGIN], input="x\n", capture_output=True, text=True, check=False
    )
    assert "OA-S391" in done.stderr


def test_a_program_in_a_terminal_asks_there(notebook_profile: Profile, sandbox: Sandbox) -> None:
    import pexpect

    terminal = pexpect.spawn(
        sys.executable, ["-c", LOGIN + "\nprint(whoami())"], encoding="utf-8", timeout=20
    )
    terminal.expect("Password")
    terminal.sendline(sandbox.password)
    terminal.expect("Signed in as")
    terminal.expect("Identity")
    terminal.expect(pexpect.EOF)
    assert not any(canary in str(terminal.before) for canary in CANARIES)


def test_a_program_in_a_terminal_asks_for_codes_there(
    every_flow_profile: Profile, sandbox: Sandbox
) -> None:
    import pexpect

    user = sandbox.pool.add_user(email="coded-terminal@example.com", mfa=("SMS_MFA",))
    program = LOGIN.replace("login()", f"login(username={user.email!r})") + "\nprint('done')"
    terminal = pexpect.spawn(sys.executable, ["-c", program], encoding="utf-8", timeout=20)
    terminal.expect("Password")
    terminal.sendline(user.password)
    terminal.expect("Code from the text message")
    terminal.sendline("000000")
    terminal.expect("2 tries left")
    terminal.expect("Code from the text message")
    terminal.sendline(sandbox.outbox.last_code(user.username))
    terminal.expect("Signed in as")
    terminal.expect("done")


def test_a_terminal_that_cannot_hide_what_is_typed_is_asked_for_no_password(
    notebook_profile: Profile,
) -> None:
    import pexpect

    program = f"import getpass\ngetpass.getpass = getpass.fallback_getpass\n{LOGIN}"
    terminal = pexpect.spawn(sys.executable, ["-c", program], encoding="utf-8", timeout=20)
    terminal.expect("OA-S390")


WITHDRAWN = """
from threading import Event, Timer
from osdu_auth.prompts.cell import CellPrompter
from osdu_auth.prompts.prompter import Withdrawn
prompter, until = CellPrompter("acme"), Event()
Timer({after}, until.set).start()
try:
    print("answered", prompter.{ask}("Question", until=until).strip())
except Withdrawn:
    print("withdrawn")
"""


def test_a_question_in_a_cell_can_be_withdrawn_and_the_next_is_asked(tmp_path: Path) -> None:
    import time

    def slowly(_: str) -> str:
        time.sleep(2)
        return "late"

    front_end = FrontEnd(tmp_path / "wells.ipynb", slowly, "in time")
    saved = front_end.run(
        WITHDRAWN.format(after=1, ask="ask"), WITHDRAWN.format(after=60, ask="ask") + "until.set()"
    )
    assert "withdrawn\\n" in saved
    assert "answered in time\\n" in saved
    assert "KeyboardInterrupt" not in saved
