"""No secret of a sign-in is logged, printed or shown, whatever happens."""

from __future__ import annotations

import logging
import pickle
import traceback
from typing import TYPE_CHECKING, Any

import pytest

from canaries import CANARIES, register
from cases import for_each
from osdu_auth.cognito.challenges import Code, NewPassword, TotpSetUp, answers_from
from osdu_auth.cognito.password_proof import Prover
from osdu_auth.cognito.sign_in import sign_in
from osdu_auth.cognito.sign_in_attempt import SignInOptions
from osdu_auth.cognito.srp import SrpExchange
from osdu_auth.errors import OsduAuthError
from osdu_auth.sandbox import DeviceTracking, PoolSettings
from osdu_auth.secret import Secret

if TYPE_CHECKING:
    from osdu_auth.cognito.api import UserPoolApi
    from osdu_auth.cognito.app_client import AppClient
    from osdu_auth.cognito.sign_in import SignedIn
    from osdu_auth.sandbox import Sandbox

PASSWORD = "Canary-Horse-7-of-secrecy"


def secrets_of(signed_in: SignedIn) -> list[str]:
    tokens, device = signed_in.tokens, signed_in.device
    assert tokens.id_token
    assert tokens.refresh_token
    assert device
    return [
        tokens.access_token.reveal(),
        tokens.id_token.reveal(),
        tokens.refresh_token.reveal(),
        device.password.reveal(),
        device.key.reveal(),
    ]


def test_a_whole_sign_in_logs_no_secret(
    pool: UserPoolApi, app_client: AppClient, sandbox: Sandbox, caplog: pytest.LogCaptureFixture,
    request: pytest.FixtureRequest, capfd: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    caplog.set_level(logging.DEBUG)
    for name in ("botocore", "boto3", "urllib3", "osdu_auth"):
        caplog.set_level(logging.DEBUG, name)
    sandbox.pool.settings = PoolSettings(device_tracking=DeviceTracking.ALWAYS)
    email = f"secrecy-{abs(hash(request.node.name))}@example.com"
    totp = "SOFTWARE_TOKEN_MFA"
    sandbox.pool.add_user(email=email, password=PASSWORD, mfa=[totp], preferred_mfa=totp)
    register(PASSWORD, sandbox.pool.totp_secret(email))
    options = SignInOptions(user_pool_id=sandbox.user_pool_id)
    answers = answers_from(code=lambda _: sandbox.pool.totp_code(email))
    try:
        first = sign_in(pool, app_client, email, Secret(PASSWORD), answers, options=options)
        again = sign_in(
            pool, app_client, email, Secret(PASSWORD), answers,
            options=options._replace(device=first.device),
        )  # fmt: skip
    finally:
        sandbox.pool.settings = PoolSettings()
    register(*secrets_of(first), *secrets_of(again))
    shown = caplog.text + "".join(capfd.readouterr())
    leaked = [name for name in sorted(CANARIES) if name in shown]
    assert len(leaked) == 0


def test_an_error_during_sign_in_shows_no_secret_not_even_with_locals(
    pool: UserPoolApi, app_client: AppClient, sandbox: Sandbox
) -> None:
    register(PASSWORD)
    options = SignInOptions(user_pool_id=sandbox.user_pool_id)
    refusal = f"no: {PASSWORD}"
    sandbox.faults.error("RespondToAuthChallenge", "NotAuthorizedException", refusal)
    with pytest.raises(OsduAuthError) as raised:
        sign_in(
            pool, app_client, sandbox.username, Secret(PASSWORD), answers_from(), options=options
        )
    # The test's own frame contains it; the frames of the package must not.
    package = [
        frame
        for frame in traceback.TracebackException.from_exception(
            raised.value, capture_locals=True
        ).stack
        if "osdu_auth/cognito" in frame.filename and "/tests/" not in frame.filename
    ]
    assert package
    for frame in package:
        for value in (frame.locals or {}).values():
            assert len(value.split(PASSWORD)) == 1, frame.name


@for_each("value", [
    Code(Secret(PASSWORD)), NewPassword(Secret(PASSWORD)), TotpSetUp(Secret(PASSWORD)),
    Prover("pool", "user", Secret(PASSWORD)), SrpExchange(), SignInOptions(),
], ids=lambda value: type(value).__name__)  # fmt: skip
def test_no_value_of_a_sign_in_shows_a_secret(value: Any) -> None:
    assert len(f"{value!r} {value}".split(PASSWORD)) == 1
    if not isinstance(value, (SignInOptions, SrpExchange)):
        with pytest.raises(TypeError):
            pickle.dumps(value)
