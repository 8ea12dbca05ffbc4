"""Sign in to the OSDU Data Platform once, and every tool you run has a fresh bearer token.

    from osdu_auth import Session

    session = Session("acme")
    requests.get("https://osdu.acme.com/api/entitlements/v2/groups", auth=session)

A public name is imported when it is first used, so `import osdu_auth` takes almost no time.
"""

# This import makes a fork wait for the imports of other threads.
import osdu_auth.forks  # noqa: F401

# Type checkers treat this name as true; importing `typing` for it would take milliseconds.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from osdu_auth.account import Account
    from osdu_auth.cognito.challenges import (
        Code,
        CodeRequired,
        CustomAnswer,
        CustomQuestion,
        FactorChoice,
        FactorChoiceRequired,
        NewPassword,
        NewPasswordRequired,
        Password,
        PasswordRequired,
        RememberDevice,
        RememberDeviceQuestion,
        SendPassword,
        SendPasswordQuestion,
        TotpSetUp,
        TotpSetUpRequired,
        answers_from,
        unattended,
    )
    from osdu_auth.credentials.browser import in_browser
    from osdu_auth.credentials.credential import Credential, IssuedTokens, SignInInput
    from osdu_auth.errors import (
        BoardUnavailable,
        Cancelled,
        ChallengeUnanswered,
        ConfigurationError,
        KeysUnavailable,
        NothingSent,
        OsduAuthError,
        OsduError,
        OsduFailed,
        RefusedByOsdu,
        ServiceBusy,
        SessionEnded,
        SignInRefused,
        SignInRequired,
        StoreConflict,
        StoreNotWritable,
        StoreUnavailable,
        Unreachable,
        UnusableReply,
        UsageError,
    )
    from osdu_auth.fleet.shared_token_source import SharedTokenSource
    from osdu_auth.notebook import (
        Identity,
        confirm_sign_up,
        groups,
        init,
        login,
        logout,
        reset_password,
        set_up_totp,
        whoami,
    )
    from osdu_auth.oidc.questions import (
        BrowserAddress,
        BrowserAddressQuestion,
        KeepAccount,
        OtherAccountQuestion,
    )
    from osdu_auth.platform.why import RefusalExplanation, explain_refusal
    from osdu_auth.profiles.profile import AnyProfile, BrowserProfile, Profile, ServiceProfile
    from osdu_auth.sandbox import Sandbox
    from osdu_auth.secret import Secret
    from osdu_auth.session import Session
    from osdu_auth.session.deadline import SessionDeadline
    from osdu_auth.session.events import SessionEvent
    from osdu_auth.session.explanation import Tried
    from osdu_auth.session.sign_in_and_out import SignedOut
    from osdu_auth.session.workers import WorkerSession
    from osdu_auth.stores.file import FileStore
    from osdu_auth.stores.memory import MemoryStore
    from osdu_auth.stores.saved_session import SavedSession
    from osdu_auth.stores.token_store import HeldSession, SessionKey, StorageLevel, TokenStore
    from osdu_auth.tokens import TokenSet
    from osdu_auth.verification import (
        AnyOf,
        IssuerKeys,
        KeySet,
        SeveralIssuers,
        TokenRejected,
        Unchecked,
        UserPoolVerifier,
        VerificationKey,
        VerifiedToken,
        Verifier,
    )
    from osdu_auth.version import __version__

__all__ = [
    "Account",
    "AnyOf",
    "AnyProfile",
    "BoardUnavailable",
    "BrowserAddress",
    "BrowserAddressQuestion",
    "BrowserProfile",
    "Cancelled",
    "ChallengeUnanswered",
    "Code",
    "CodeRequired",
    "ConfigurationError",
    "Credential",
    "CustomAnswer",
    "CustomQuestion",
    "FactorChoice",
    "FactorChoiceRequired",
    "FileStore",
    "HeldSession",
    "Identity",
    "IssuedTokens",
    "IssuerKeys",
    "KeepAccount",
    "KeySet",
    "KeysUnavailable",
    "MemoryStore",
    "NewPassword",
    "NewPasswordRequired",
    "NothingSent",
    "OsduAuthError",
    "OsduError",
    "OsduFailed",
    "OtherAccountQuestion",
    "Password",
    "PasswordRequired",
    "Profile",
    "RefusalExplanation",
    "RefusedByOsdu",
    "RememberDevice",
    "RememberDeviceQuestion",
    "Sandbox",
    "SavedSession",
    "Secret",
    "SendPassword",
    "SendPasswordQuestion",
    "ServiceBusy",
    "ServiceProfile",
    "Session",
    "SessionDeadline",
    "SessionEnded",
    "SessionEvent",
    "SessionKey",
    "SeveralIssuers",
    "SharedTokenSource",
    "SignInInput",
    "SignInRefused",
    "SignInRequired",
    "SignedOut",
    "StorageLevel",
    "StoreConflict",
    "StoreNotWritable",
    "StoreUnavailable",
    "TokenRejected",
    "TokenSet",
    "TokenStore",
    "TotpSetUp",
    "TotpSetUpRequired",
    "Tried",
    "Unchecked",
    "Unreachable",
    "UnusableReply",
    "UsageError",
    "UserPoolVerifier",
    "VerificationKey",
    "VerifiedToken",
    "Verifier",
    "WorkerSession",
    "__version__",
    "answers_from",
    "confirm_sign_up",
    "explain_refusal",
    "groups",
    "in_browser",
    "init",
    "login",
    "logout",
    "reset_password",
    "set_up_totp",
    "unattended",
    "whoami",
]

# The module of each public name; a name that is missing here is in `errors`.
_MODULES = {
    "Account": "account",
    "Code": "cognito.challenges",
    "CodeRequired": "cognito.challenges",
    "CustomAnswer": "cognito.challenges",
    "CustomQuestion": "cognito.challenges",
    "FactorChoice": "cognito.challenges",
    "FactorChoiceRequired": "cognito.challenges",
    "Identity": "notebook",
    "AnyOf": "verification",
    "AnyProfile": "profiles.profile",
    "BrowserAddress": "oidc.questions",
    "BrowserAddressQuestion": "oidc.questions",
    "BrowserProfile": "profiles.profile",
    "ServiceProfile": "profiles.profile",
    "KeepAccount": "oidc.questions",
    "OtherAccountQuestion": "oidc.questions",
    "in_browser": "credentials.browser",
    "Credential": "credentials.credential",
    "IssuedTokens": "credentials.credential",
    "SignInInput": "credentials.credential",
    "IssuerKeys": "verification",
    "KeySet": "verification",
    "FileStore": "stores.file",
    "MemoryStore": "stores.memory",
    "SavedSession": "stores.saved_session",
    "StorageLevel": "stores.token_store",
    "TokenStore": "stores.token_store",
    "HeldSession": "stores.token_store",
    "SessionKey": "stores.token_store",
    "NewPassword": "cognito.challenges",
    "NewPasswordRequired": "cognito.challenges",
    "Password": "cognito.challenges",
    "PasswordRequired": "cognito.challenges",
    "Profile": "profiles.profile",
    "RefusalExplanation": "platform.why",
    "RememberDevice": "cognito.challenges",
    "RememberDeviceQuestion": "cognito.challenges",
    "Sandbox": "sandbox",
    "Secret": "secret",
    "SendPassword": "cognito.challenges",
    "SendPasswordQuestion": "cognito.challenges",
    "Session": "session",
    "SessionDeadline": "session.deadline",
    "SessionEvent": "session.events",
    "SeveralIssuers": "verification",
    "SharedTokenSource": "fleet.shared_token_source",
    "SignedOut": "session.sign_in_and_out",
    "TokenRejected": "verification",
    "TokenSet": "tokens",
    "TotpSetUp": "cognito.challenges",
    "TotpSetUpRequired": "cognito.challenges",
    "Tried": "session.explanation",
    "answers_from": "cognito.challenges",
    "explain_refusal": "platform.why",
    "confirm_sign_up": "notebook",
    "groups": "notebook",
    "init": "notebook",
    "login": "notebook",
    "logout": "notebook",
    "unattended": "cognito.challenges",
    "reset_password": "notebook",
    "set_up_totp": "notebook",
    "whoami": "notebook",
    "Unchecked": "verification",
    "UserPoolVerifier": "verification",
    "VerificationKey": "verification",
    "VerifiedToken": "verification",
    "Verifier": "verification",
    "WorkerSession": "session.workers",
    "__version__": "version",
}

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from sys import modules

        module = f"{__name__}.{_MODULES.get(name, 'errors')}"
        __import__(module)  # not `importlib`, which does not wait for a fork (`osdu_auth.forks`)
        value = getattr(modules[module], name)
        globals()[name] = value
        return value

    def __dir__() -> list[str]:
        # The public names and the names that every module has, without the private ones.
        return sorted([*__all__, *(name for name in globals() if name[:2] == name[-2:] == "__")])
