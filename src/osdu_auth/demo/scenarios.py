"""The scenarios of the tour: a challenge each, and an account that meets it."""

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
        name: the challenge, by Cognito's name, or a question of our own.
        meaning: what it is, in words.
        account: how the account is made, as of the sandbox's `UserPool.add_user`.
        pool: how the pool is set meanwhile, by the names of the sandbox's `PoolSettings`.
        profile: how the profile is set, by the names of `Profile`.
        gives_password: whether the password is given before anything is asked.
        choice: which factor to choose where there is a choice.
        wrong_first: whether the first code is to be a wrong one.
        sign_ins: how often to sign in; the second time the pool may remember something.
        meets: what the user pool must be asked for the scenario to count, in the diagram's words.
        refused_with: the code of the error that is the right end; "" for tokens.
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
    meets: tuple[str, ...] = ()
    refused_with: str = ""

    def account_on(self, sandbox: Sandbox, number: int) -> User:
        """Set the pool as this scenario wants it, and return the account to sign in with.

        Args:
            sandbox: a running one.
            number: this scenario's, as no two accounts may have one address.
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
            "a password, proven by SRP and never sent",
            meets=("InitiateAuth USER_SRP_AUTH", "PASSWORD_VERIFIER"),
        ),
        Scenario(
            "NEW_PASSWORD_REQUIRED",
            "the first sign-in, with a temporary password",
            {"status": UserStatus.FORCE_CHANGE_PASSWORD, "attributes": {"given_name": "Ada"}},
            meets=("NEW_PASSWORD_REQUIRED",),
        ),
        Scenario(
            app,
            "a code from an authenticator app; a wrong one first",
            {"mfa": (app,)},
            wrong_first=True,
            meets=(app, app),
        ),
        Scenario(sms, "a code by text message", {"mfa": (sms,)}, meets=(sms,)),
        Scenario("EMAIL_OTP", "a code by e-mail", {"mfa": ("EMAIL_OTP",)}, meets=("EMAIL_OTP",)),
        Scenario(
            "SELECT_MFA_TYPE",
            "two second factors, of which one is chosen",
            {"mfa": (app, sms)},
            choice=sms,
            meets=("SELECT_MFA_TYPE", sms),
        ),
        Scenario(
            "MFA_SETUP",
            "an authenticator app is set up during the sign-in",
            pool={"mfa": MfaConfiguration.REQUIRED, "mfa_factors": (app,)},
            meets=("AssociateSoftwareToken", "VerifySoftwareToken", "MFA_SETUP"),
        ),
        Scenario(
            "SELECT_CHALLENGE",
            "the first factor is chosen, and need be no password",
            profile={"auth_flow": "USER_AUTH"},
            gives_password=False,
            choice="EMAIL_OTP",
            meets=("InitiateAuth USER_AUTH", "SELECT_CHALLENGE", "EMAIL_OTP"),
        ),
        Scenario(
            "SendPassword",
            "the password itself is sent, after a yes to a question that names the host",
            profile={"auth_flow": "USER_AUTH"},
            gives_password=False,
            choice="PASSWORD",
            meets=("InitiateAuth USER_AUTH", "SELECT_CHALLENGE"),
        ),
        Scenario(
            "SMS_OTP",
            "a preferred first factor is not asked for",
            {"phone_number": phone},
            profile={"auth_flow": "USER_AUTH", "preferred_factor": "SMS_OTP"},
            gives_password=False,
            meets=("InitiateAuth USER_AUTH", "SMS_OTP"),
        ),
        Scenario(
            "CUSTOM_CHALLENGE",
            "a question of the pool owner's own",
            pool={"custom_questions": (question,)},
            profile={"auth_flow": "CUSTOM_AUTH"},
            gives_password=False,
            meets=("InitiateAuth CUSTOM_AUTH", "CUSTOM_CHALLENGE"),
        ),
        Scenario(
            "DEVICE_PASSWORD_VERIFIER",
            "a remembered computer stands for the second factor",
            {"mfa": (app,)},
            {"device_tracking": DeviceTracking.USER_OPT_IN},
            sign_ins=2,
            meets=(app, "ConfirmDevice", "DEVICE_SRP_AUTH", "DEVICE_PASSWORD_VERIFIER"),
        ),
        Scenario(
            "WEB_AUTHN",
            "a passkey, which only a browser can show",
            {"has_passkey": True},
            {"first_factors": ("WEB_AUTHN", "PASSWORD")},
            {"auth_flow": "USER_AUTH", "preferred_factor": "WEB_AUTHN"},
            gives_password=False,
            meets=("InitiateAuth USER_AUTH",),
            refused_with="OA-S336",
        ),
    )
