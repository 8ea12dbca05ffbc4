"""The search for secrets finds each kind, in all output and all files of a test."""

from __future__ import annotations

import os
import shlex
from typing import TYPE_CHECKING

import pytest

from canaries import SHAPES, open_files_with_secrets, register, shows_a_secret
from cases import for_each
from osdu_auth.cognito.srp import SrpExchange

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from osdu_auth.sandbox import Sandbox

pytest_plugins = ["pytester"]


def a_session(sandbox: Sandbox) -> str:
    from osdu_auth.cognito.api import UserPoolApi
    from osdu_auth.cognito.app_client import AppClient
    from osdu_auth.cognito.direct_transport import DirectTransport
    from osdu_auth.cognito.replies import ChallengeReply
    from osdu_auth.secret import Secret

    posed = UserPoolApi(DirectTransport(sandbox.region, sandbox.endpoint_url)).begin_sign_in(
        AppClient(sandbox.public_client_id),
        "USER_PASSWORD_AUTH",
        {"USERNAME": sandbox.new_username, "PASSWORD": Secret(sandbox.temporary_password)},
    )
    assert isinstance(posed, ChallengeReply)
    assert posed.session is not None
    return posed.session.reveal()


def a_totp_key(sandbox: Sandbox) -> str:
    email = f"watched-{os.getpid()}@example.com"
    sandbox.pool.add_user(email=email, mfa=["SOFTWARE_TOKEN_MFA"])
    return sandbox.pool.totp_secret(email)


OF_EACH_SHAPE: dict[str, Callable[[Sandbox], str]] = {
    "a user's password": lambda sandbox: sandbox.password,
    "an app client's secret": lambda sandbox: sandbox.client_secret,
    "an access, id or refresh token": lambda sandbox: sandbox.issue_tokens()["RefreshToken"],
    "a sign-in's session": a_session,
    "an authenticator app's key": a_totp_key,
    "a number of a password proof": lambda _: str(SrpExchange()._secret),
}


@pytest.mark.parametrize("kind", SHAPES)
def test_a_secret_that_the_sandbox_makes_is_known_by_its_shape(kind: str, sandbox: Sandbox) -> None:
    secret = OF_EACH_SHAPE[kind](sandbox)
    for text in (secret, f"x={secret};", f'"{secret}"', f"before {secret} after\n", f"b'{secret}'"):
        assert shows_a_secret(text) is True, kind


def test_every_token_is_known_by_its_shape(sandbox: Sandbox) -> None:
    for name, token in sandbox.issue_tokens().items():
        assert shows_a_secret(f"{token}") is (name in {"AccessToken", "IdToken", "RefreshToken"})


@for_each(
    "text",
    ["", "a" * 51 + "b" * 60, "9" * 5000, "us-east-1_Ab12Cd34E", "0123456789abcdef" * 4,
     "eyJ", "/a/path/" * 200, "x" * 700],
)  # fmt: skip
def test_ordinary_text_is_not_taken_for_a_secret(text: str) -> None:
    assert not shows_a_secret(text)


def test_a_file_with_a_secret_is_reported_only_if_others_can_read_it(tmp_path: Path) -> None:
    register("Canary-in-a-file-7")
    for name, mode in (("private", 0o600), ("group", 0o640), ("world", 0o604)):
        path = tmp_path / name
        path.write_text("x Canary-in-a-file-7 y")
        path.chmod(mode)
    (tmp_path / "harmless").write_text("nothing")
    found = sorted(os.path.basename(path) for path in open_files_with_secrets(tmp_path))
    for name in ("group", "world"):
        (tmp_path / name).unlink()
    assert found == ["group", "world"]


WAYS = {
    "standard output": "print(SECRET)",
    "standard error": "import sys; print(SECRET, file=sys.stderr)",
    "a debug log": "import logging; logging.getLogger('urllib3').debug('x %s', SECRET)",
    "asyncio's log": "import logging; logging.getLogger('asyncio').debug(SECRET)",
    "a warning": "import warnings; warnings.warn(SECRET)",
    "an error": "raise ValueError(SECRET)",
    "a traceback's locals": "shown = SECRET; assert not shown",
    "a file": "(tmp_path / 'log').write_text(SECRET)",
    "a file at home": "open(os.path.expanduser('~/history'), 'w').write(SECRET)",
}


def test_a_test_that_lets_a_secret_out_fails_and_its_output_is_withheld(
    pytester: pytest.Pytester, request: pytest.FixtureRequest
) -> None:
    tests = request.config.rootpath / "tests"
    settings = (
        f"pythonpath = {shlex.quote(str(tests))}\nlog_level = DEBUG\nfilterwarnings = error\n"
    )
    pytester.makeini("[pytest]\n" + settings)
    pytester.makeconftest((tests / "conftest.py").read_text())
    careless = "".join(
        f"def test_{number}(tmp_path):\n    {act}\n" for number, act in enumerate(WAYS.values())
    )
    pytester.makepyfile(
        "import os\nfrom canaries import register\nSECRET = 'Canary-let-out-7'\n"
        f"register(SECRET)\n{careless}def test_careful(): print('nothing')\n"
    )
    outcome = pytester.runpytest_subprocess("-q", "-p", "no:cacheprovider", "--tb=long")
    counts = outcome.parseoutcomes()
    assert (counts["failed"], counts["passed"]) == (len(WAYS), 1)
    assert "Canary-let-out-7" not in outcome.stdout.str() + outcome.stderr.str()
