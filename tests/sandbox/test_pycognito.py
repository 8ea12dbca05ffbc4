"""pycognito against the sandbox: another client, with its own SRP and its own verifier.

Its devices are left out: it sends no `Session` with a device's answers and no SECRET_HASH with the
first of them, and it confirms devices at an address of AWS that cannot be changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from osdu_auth.sandbox import UserStatus
from sandbox.raw_client import ALL_FLOWS, PASSWORD

if TYPE_CHECKING:
    from collections.abc import Callable

    from osdu_auth.sandbox import AppClient, Sandbox, User

pycognito = pytest.importorskip("pycognito")
NEW = "Brand-New-Horse-8"


@pytest.fixture(params=[True, False], ids=["secret", "public"])
def app_client(sandbox: Sandbox, request: pytest.FixtureRequest) -> AppClient:
    return sandbox.pool.add_app_client(
        "pycognito", generate_secret=request.param, explicit_auth_flows=ALL_FLOWS
    )


@pytest.fixture
def client(
    sandbox: Sandbox, app_client: AppClient, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], Any]:
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")

    def made(username: str) -> Any:
        return pycognito.Cognito(
            sandbox.user_pool_id,
            app_client.client_id,
            client_secret=app_client.client_secret,
            username=username,
            boto3_client_kwargs={"endpoint_url": sandbox.endpoint_url},
        )

    return made


def test_pycognito_signs_in_verifies_renews_and_signs_out(
    client: Callable[[str], Any], user: User
) -> None:
    ours = client(user.email)
    ours.authenticate(password=PASSWORD)
    assert ours.access_claims["username"] == user.username
    # Its renewal hashes the name that it has; a pool needs the hash of the name in the token.
    ours.username = user.username
    before = ours.access_token
    ours.renew_access_token()
    assert ours.access_token != before
    ours.update_profile({"locale": "nb"})
    assert ours.get_user().locale == "nb"
    ours.change_password(PASSWORD, NEW)
    ours.send_verification("email")
    refused = ours.client.exceptions.CodeMismatchException
    with pytest.raises(refused):
        ours.validate_verification("none", "email")
    ours.logout()
    with pytest.raises(ours.client.exceptions.NotAuthorizedException):
        client(user.email).authenticate(password=PASSWORD)


def test_pycognito_signs_up_confirms_resets_and_deletes(
    sandbox: Sandbox, client: Callable[[str], Any], app_client: AppClient
) -> None:
    name = f"py-{app_client.client_id}@example.com"
    ours = client(name)
    ours.set_base_attributes(email=name, given_name="Grace", family_name="Visitor")
    assert ours.register(name, PASSWORD)["UserConfirmed"] is False
    ours.resend_confirmation_code(name)
    ours.confirm_sign_up(sandbox.outbox.last_code(name, "SIGN_UP"), username=name)
    ours.initiate_forgot_password()
    ours.confirm_forgot_password(sandbox.outbox.last_code(name, "FORGOTTEN_PASSWORD"), NEW)
    ours.authenticate(password=NEW)
    ours.delete_user()
    assert sandbox.pool.find_user(name) is None


def test_pycognito_answers_a_first_sign_in(client: Callable[[str], Any], new_user: User) -> None:
    new_user.attributes |= {"given_name": "Ada", "family_name": "New"}
    ours = client(new_user.email)
    ours.new_password_challenge(PASSWORD, NEW)
    assert new_user.status is UserStatus.CONFIRMED
    assert ours.access_claims["username"] == new_user.username


def test_pycognito_sets_up_a_software_token_and_signs_in_with_it(
    sandbox: Sandbox, client: Callable[[str], Any], user: User
) -> None:
    ours = client(user.email)
    ours.authenticate(password=PASSWORD)
    ours.associate_software_token()
    assert user.pending_software_token is not None
    code = user.pending_software_token.code_at(sandbox.clock.now())
    assert ours.verify_software_token(code, "my phone")
    ours.set_user_mfa_preference(False, True, "SOFTWARE_TOKEN")
    with pytest.raises(pycognito.exceptions.SoftwareTokenMFAChallengeException):
        ours.authenticate(password=PASSWORD)
    ours.username = user.username
    ours.respond_to_software_token_mfa_challenge(sandbox.pool.totp_code(user.email, steps_ahead=1))
    assert ours.access_claims["username"] == user.username
