"""The scenarios of the tour: each has one challenge, and an account that gets it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from osdu_auth.sandbox import Sandbox, User


@dataclass(frozen=True)
class Scenario:
    """One scenario.

    Args:
        name: the challenge's name in Cognito, or the name of a question of our own.
        meaning: the challenge in words.
        account: arguments for the sandbox's `UserPool.add_user`.
        pool: settings of the pool, by the names of the sandbox's `PoolSettings`.
        profile: settings of the profile, by the names of `Profile`.
        gives_password: whether the password is given before the first question.
        choice: which factor to choose.
        wrong_first: whether the first code is wrong.
        sign_ins: how often to sign in; at the second sign-in the pool may remember the device.
        expected_requests: the requests that have to be sent, in this order, as in the diagram.
        refused_with: the code of the expected error; "" for a sign-in that succeeds.
    """

    name: str
    meaning: str
    account: Mapping[str, Any] = field(default_factory=dict)
    pool: Mapping[str, Any] = field(default_factory=dict)
    profile: Mapping[str, Any] = field(default_factory=dict)
    gives_password: bool = True
    choice: str = ""
    wrong_first: bool = False
    sign_ins: int = 1
    expected_requests: tuple[str, ...] = ()
    refused_with: str = ""

    def new_account(self, sandbox: Sandbox, number: int) -> User:
        """Change the pool's settings for this scenario, and return a new account.

        Args:
            sandbox: a running sandbox.
            number: the scenario's number, for the account's address, which has to be unique.
        """
        from osdu_auth.sandbox import PoolSettings

        sandbox.pool.settings = replace(PoolSettings(), **self.pool)
        names = {"given_name": "Ada", "family_name": "Tour"}
        settings = {"attributes": names, **self.account}
        return sandbox.pool.add_user(email=f"tour-{number}@example.com", **settings)


def scenarios() -> tuple[Scenario, ...]:
    """Return the scenarios in the order of the tour."""
    from osdu_auth.sandbox import CustomQuestion, DeviceTracking, MfaConfiguration, UserStatus

    app, sms = "SOFTWARE_TOKEN_MFA", "SMS_MFA"
    phone = "+15555550142"
    question = CustomQuestion({"question": "Which field did you first work on?"}, "Volve")
    return (
        Scenario(
            "PASSWORD_VERIFIER",
            "a password, which SRP proves without sending it",
            expected_requests=("InitiateAuth USER_SRP_AUTH", "PASSWORD_VERIFIER"),
        ),
        Scenario(
            "NEW_PASSWORD_REQUIRED",
            "the first sign-in, with a temporary password",
            {"status": UserStatus.FORCE_CHANGE_PASSWORD, "attributes": {"given_name": "Ada"}},
            expected_requests=("NEW_PASSWORD_REQUIRED",),
        ),
        Scenario(
            app,
            "a code from an authenticator app, after a wrong code",
            {"mfa": (app,)},
            wrong_first=True,
            expected_requests=(app, app),
        ),
        Scenario(sms, "a code by text message", {"mfa": (sms,)}, expected_requests=(sms,)),
        Scenario(
            "EMAIL_OTP",
            "a code by e-mail",
            {"mfa": ("EMAIL_OTP",)},
            expected_requests=("EMAIL_OTP",),
        ),
        Scenario(
            "SELECT_MFA_TYPE",
            "the user has two second factors and chooses one",
            {"mfa": (app, sms)},
            choice=sms,
            expected_requests=("SELECT_MFA_TYPE", sms),
        ),
        Scenario(
            "MFA_SETUP",
            "an authenticator app is set up during the sign-in",
            pool={"mfa": MfaConfiguration.REQUIRED, "mfa_factors": (app,)},
            expected_requests=("AssociateSoftwareToken", "VerifySoftwareToken", "MFA_SETUP"),
        ),
        Scenario(
            "SELECT_CHALLENGE",
            "the user chooses the first factor, such as a code instead of a password",
            profile={"auth_flow": "USER_AUTH"},
            gives_password=False,
            choice="EMAIL_OTP",
            expected_requests=("InitiateAuth USER_AUTH", "SELECT_CHALLENGE", "EMAIL_OTP"),
        ),
        Scenario(
            "SendPassword",
            "the password itself is sent, after the user allowed it for this host",
            profile={"auth_flow": "USER_AUTH"},
            gives_password=False,
            choice="PASSWORD",
            expected_requests=("InitiateAuth USER_AUTH", "SELECT_CHALLENGE"),
        ),
        Scenario(
            "SMS_OTP",
            "the profile names the first factor, so there is no question",
            {"phone_number": phone},
            profile={"auth_flow": "USER_AUTH", "preferred_factor": "SMS_OTP"},
            gives_password=False,
            expected_requests=("InitiateAuth USER_AUTH", "SMS_OTP"),
        ),
        Scenario(
            "CUSTOM_CHALLENGE",
            "a question that the pool's owner has written",
            pool={"custom_questions": (question,)},
            profile={"auth_flow": "CUSTOM_AUTH"},
            gives_password=False,
            expected_requests=("InitiateAuth CUSTOM_AUTH", "CUSTOM_CHALLENGE"),
        ),
        Scenario(
            "DEVICE_PASSWORD_VERIFIER",
            "a remembered computer replaces the second factor",
            {"mfa": (app,)},
            {"device_tracking": DeviceTracking.USER_OPT_IN},
            sign_ins=2,
            expected_requests=(app, "ConfirmDevice", "DEVICE_SRP_AUTH", "DEVICE_PASSWORD_VERIFIER"),
        ),
        Scenario(
            "WEB_AUTHN",
            "a passkey, which only a browser can use",
            {"has_passkey": True},
            {"first_factors": ("WEB_AUTHN", "PASSWORD")},
            {"auth_flow": "USER_AUTH", "preferred_factor": "WEB_AUTHN"},
            gives_password=False,
            expected_requests=("InitiateAuth USER_AUTH",),
            refused_with="OA-S336",
        ),
    )
