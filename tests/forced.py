"""Operations of a signed-in user, the faults that make them fail, and all texts of an error."""

from __future__ import annotations

import copy
import io
import json
import logging
import pickle
import traceback
from dataclasses import dataclass, replace
from itertools import count
from typing import TYPE_CHECKING, Any

from canaries import shows_a_secret
from osdu_auth import Account, Profile, Secret, Session, TotpSetUp, answers_from
from osdu_auth.platform.call import call_or_raise
from osdu_auth.stores.memory import MemoryStore
from session_test_parts import sign_in_without_srp
from stored import store_session, user_pool_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from osdu_auth.sandbox import Sandbox
    from osdu_auth.stores.saved_session import SavedSession

JSON_1_1 = "application/x-amz-json-1.1"
_NUMBERS = count(1)


@dataclass(frozen=True)
class SignedInUser:
    """A signed-in user, and the texts that the user types; each text is a canary."""

    session: Session
    saved: SavedSession
    sandbox: Sandbox
    workshop_password: Secret
    temporary_password: Secret
    password: Secret
    new_password: Secret
    code: Secret
    totp_username: str

    def restore(self) -> None:
        """Remove all faults, and save the first session again."""
        self.sandbox.faults.clear()
        store_session(self.session.store, self.session.profile.name, self.saved)

    def other(self, **changes: Any) -> Session:
        """Return a session of the same user with other settings."""
        return Session(
            replace(user_pool_of(self.session).profile, **changes),
            store=self.session.store,
            boto3=user_pool_of(self.session).boto3,
        )


def sign_in_with_new_password(world: SignedInUser) -> None:
    answer = answers_from(new_password=world.new_password)
    world.other(auth_flow="USER_PASSWORD_AUTH").sign_in(
        world.sandbox.new_username, world.temporary_password, answer
    )


def sign_in_with_code(world: SignedInUser) -> None:
    answer = answers_from(code=lambda _: world.code)
    world.other(auth_flow="USER_PASSWORD_AUTH").sign_in(world.totp_username, world.password, answer)


def sign_in_by(flow: str) -> Callable[[SignedInUser], None]:
    def sign_in(world: SignedInUser) -> None:
        world.other(auth_flow=flow).sign_in(
            world.sandbox.username, world.workshop_password, answers_from()
        )

    return sign_in


def sign_out(world: SignedInUser) -> None:
    error = world.session.sign_out().revocation_error
    if error is not None:
        raise error


def set_up_totp(world: SignedInUser) -> None:
    Account(world.session).set_up_totp(lambda _: TotpSetUp(world.code))


# For each operation of a program: the pool's operation, or the platform's path, that fails.
SCENARIOS: dict[str, tuple[str, Callable[[SignedInUser], object]]] = {
    "SRP, first step": ("InitiateAuth", sign_in_by("USER_SRP_AUTH")),
    "SRP, proof": ("RespondToAuthChallenge", sign_in_by("USER_SRP_AUTH")),
    "password": ("InitiateAuth", sign_in_by("USER_PASSWORD_AUTH")),
    "new password": ("RespondToAuthChallenge", sign_in_with_new_password),
    "code": ("RespondToAuthChallenge", sign_in_with_code),
    "renewal": ("GetTokensFromRefreshToken", lambda world: world.session.renew()),
    "sign-out": ("RevokeToken", sign_out),
    "change password": (
        "ChangePassword",
        lambda world: Account(world.session).change_password(world.password, world.new_password),
    ),
    "reset password": (
        "ConfirmForgotPassword",
        lambda world: Account(world.session).reset_password(
            world.sandbox.username, world.code, world.new_password
        ),
    ),
    "confirm sign-up": (
        "ConfirmSignUp",
        lambda world: Account(world.session).confirm_sign_up(world.sandbox.username, world.code),
    ),
    "authenticator app": ("AssociateSoftwareToken", set_up_totp),
    "its first code": ("VerifySoftwareToken", set_up_totp),
    "no authenticator app": (
        "SetUserMFAPreference",
        lambda world: Account(world.session).remove_totp(),
    ),
    "devices": ("ListDevices", lambda world: Account(world.session).devices()),
    "everywhere": ("GlobalSignOut", lambda world: Account(world.session).sign_out_everywhere()),
    "OSDU": ("/api/", lambda world: call_or_raise(world.session, "GET", "/api/search/v2/query")),
}


def bodies(echo: str) -> dict[str, dict[str, Any]]:
    """Return replies that repeat the request, in all faulty forms."""
    result = {"AccessToken": echo, "RefreshToken": echo, "IdToken": echo, "ExpiresIn": "soon"}
    whole = json.dumps({"AuthenticationResult": result, "Session": echo, "SecretCode": echo})
    leave_alone = (("Retry-After", "60"),)
    return {
        "a page": {"body": f"<html>{echo}</html>"},
        "a page, 403": {"status": 403, "body": f"<html>{echo}</html>"},
        "nothing": {"body": b""},
        "busy": {"status": 503, "body": echo, "headers": leave_alone},
        "broken": {"status": 500, "body": pool_error("Odd", echo), "headers": leave_alone},
        "a bad member": {"body": whole, "content_type": JSON_1_1},
        "damaged JSON": {"body": whole[:-1], "content_type": JSON_1_1},
        "no number": {"body": whole.replace('"soon"', "NaN"), "content_type": JSON_1_1},
        "no text": {"body": whole.encode() + b"\xff", "content_type": JSON_1_1},
        "deep": {"body": "[" * 40 + whole, "content_type": JSON_1_1},
        "long": {"body": (echo + " ") * (1_100_000 // (len(echo) + 1))},
        "elsewhere": {"status": 302, "headers": (("Location", f"https://x.example/{echo}"),)},
        **{
            kind: {"status": 400, "body": pool_error(kind, f"no: {echo}"), "content_type": JSON_1_1}
            for kind in (
                "NotAuthorizedException", "InvalidParameterException", "CodeMismatchException",
                "InvalidPasswordException", "LimitExceededException", "ForbiddenException",
                "OddException",
            )
        },
    }  # fmt: skip


def pool_error(kind: str, message: str) -> str:
    return json.dumps({"__type": kind, "message": message})


def ways_to_fail(world: SignedInUser, target: str, echo: str) -> Iterator[str]:
    """Have the sandbox fail at `target` in one way after the other, and yield the name of each."""
    for name, reply in bodies(echo).items():
        world.sandbox.faults.reply(target, times=None, **reply)
        yield name
    for name, reset in (("dropped", False), ("reset", True)):
        world.sandbox.faults.drop(target, reset=reset, times=None)
        yield name


def origins(error: BaseException) -> list[BaseException]:
    """Return an error and all its causes and contexts, hidden ones included."""
    found = [error]
    for present in found:
        for origin in (present.__cause__, present.__context__):
            if origin is not None and not any(origin is one for one in found):
                found.append(origin)
    return found


def shown_by(error: BaseException) -> str:
    """Return all texts of an error: as text, with local variables, in a log, pickled, copied."""
    shown = [str(error), repr(error), repr(error.args), repr(vars(error)), str(copy.copy(error))]
    shown.append(pickle.dumps(error, 0).decode("latin-1"))
    for one in origins(error):
        shown += [str(one), repr(one), repr(vars(one))]
        trace = traceback.TracebackException.from_exception(one, capture_locals=True)
        shown += list(trace.format())
    log = io.StringIO()
    handler = logging.StreamHandler(log)
    logger = logging.getLogger("a service")
    logger.addHandler(handler)
    try:
        raise error
    except type(error):
        logger.exception("it failed")
    finally:
        logger.removeHandler(handler)
    return "\n".join([*shown, log.getvalue()])


def places_of_secrets(error: BaseException) -> list[str]:
    """Return the places where an error contains a secret, and not the secret."""
    texts = [
        f"the text of {type(one).__name__}"
        for one in origins(error)
        if shows_a_secret(f"{one} {one!r} {vars(one)!r}")
    ]
    return texts + [
        f"{name} in {frame.f_code.co_name}, line {line}"
        for one in origins(error)
        for frame, line in traceback.walk_tb(one.__traceback__)
        for name, value in tuple(frame.f_locals.items())
        if shows_a_secret(repr(value))
    ]


def large_numbers_in(error: BaseException) -> list[str]:
    """Return the names of local variables with numbers as large as SRP's."""
    return [
        name
        for one in origins(error)
        for frame, _ in traceback.walk_tb(one.__traceback__)
        for name, value in frame.f_locals.items()
        if isinstance(value, int) and value.bit_length() > 200
    ]


def signed_in_user(sandbox: Sandbox, profile: Profile, boto3: object | None = None) -> SignedInUser:
    """Sign a user in, and make the texts that the user types."""
    from canaries import register

    sandbox.faults.clear()
    session = Session(profile, store=MemoryStore(), boto3=boto3)
    saved = sign_in_without_srp(session, sandbox)
    number = next(_NUMBERS)
    typed = {name: f"Canary-{name}-number-{number}-7" for name in ("password", "new", "code")}
    totp_username = f"forced-{number}@example.com"
    totp = "SOFTWARE_TOKEN_MFA"
    sandbox.pool.add_user(
        email=totp_username, password=typed["password"], mfa=[totp], preferred_mfa=totp
    )
    register(*typed.values())
    return SignedInUser(
        session,
        saved,
        sandbox,
        workshop_password=Secret(sandbox.password),
        temporary_password=Secret(sandbox.temporary_password),
        password=Secret(typed["password"]),
        new_password=Secret(typed["new"]),
        code=Secret(typed["code"]),
        totp_username=totp_username,
    )
