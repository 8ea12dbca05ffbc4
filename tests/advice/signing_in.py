"""Faults of a sign-in, of a session that has ended, and of a user's account."""

from __future__ import annotations

import shlex
import time
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from advice.configuration import EVERY_FLOW, profile_of, sign_in
from advice.registry import provokes
from advice.scene import Fault, Outcome, Scene, by_turns, in_python, latest
from canaries import register
from osdu_auth import (
    MemoryStore,
    NewPassword,
    Secret,
    Session,
    WorkerSession,
    answers_from,
)
from osdu_auth.sandbox import UserStatus
from session_test_parts import Clock

if TYPE_CHECKING:
    from collections.abc import Callable

RENEWAL = "GetTokensFromRefreshToken"
NEW_PASSWORD = "Another-fine-1-password"
NAMES = {"given_name": "Al", "family_name": "Ice"}
register(NEW_PASSWORD)


def refused(scene: Scene, operation: str, kind: str, message: str = "", times: int = 1) -> None:
    scene.sandbox.faults.error(operation, kind, message, times=times)


@provokes("OA-S301")
def not_signed_in(scene: Scene) -> Fault:
    return Fault(scene.attempt("token"), stdin=scene.password)


@provokes("OA-S302")
def session_of_another_app_client(scene: Scene) -> Fault:
    scene.sign_in()
    scene.app_client(explicit_auth_flows=EVERY_FLOW)
    return Fault(scene.attempt("token"), stdin=scene.password)


@provokes("OA-S310")
def wrong_password(scene: Scene) -> Fault:
    typed = [scene.sandbox.password + "x", scene.sandbox.password]
    return Fault(
        lambda: scene.run("login", "--password-stdin", stdin=typed.pop(0)), stdin=scene.password
    )


# What the user pool refuses a sign-in with once, and signing in once more mends.
AT_SIGN_IN = {
    "OA-S311": ("NotAuthorizedException", "Password attempts exceeded"),
    "OA-S314": ("NotAuthorizedException", "Invalid session for the user."),
    "OA-N642": ("LimitExceededException", "Attempt limit exceeded"),
}


@provokes(*AT_SIGN_IN)
def refusal_that_passes(scene: Scene, code: str = "") -> Fault:
    kind, message = AT_SIGN_IN[code]
    refused(scene, "RespondToAuthChallenge", kind, message, times=5)
    clear = scene.sandbox.faults.clear
    return Fault(sign_in(scene), first=clear, stdin=scene.password)


# What the pool refuses a renewal with, for which it is signed in anew; what stands before the
# command, an administrator has done by then: the fault is there once.
AT_RENEWAL = {
    "OA-S411": ("NotAuthorizedException", "Refresh Token has expired"),
    "OA-S412": ("NotAuthorizedException", "Refresh Token has been revoked"),
    "OA-S413": ("NotAuthorizedException", "Invalid Refresh Token"),
    "OA-S414": ("RefreshTokenReuseException", "Refresh token reuse detected"),
    "OA-S415": ("NotAuthorizedException", "User is disabled."),
    "OA-S416": ("UserNotFoundException", "User does not exist."),
    "OA-S418": ("UserNotConfirmedException", "User is not confirmed."),
    "OA-S419": ("NotAuthorizedException", "Something else"),
}


@provokes(*AT_RENEWAL)
def session_that_has_ended(scene: Scene, code: str = "") -> Fault:
    scene.sign_in()
    refused(scene, RENEWAL, *AT_RENEWAL[code], times=2)
    return Fault(
        scene.attempt("token", "--min-ttl", "1h"),
        first=scene.sandbox.faults.clear,
        stdin=scene.password,
    )


# What the pool refuses the access token with.
SIGNED_IN = {
    "OA-S347": ("DeviceKeyExistsException", "Device exists"),
    "OA-S348": ("ResourceNotFoundException", "Device does not exist."),
    "OA-S420": ("NotAuthorizedException", "Access Token has been revoked"),
    "OA-S422": ("NotAuthorizedException", "Something else"),
}


@provokes(*SIGNED_IN)
def access_token_that_is_refused(scene: Scene, code: str = "") -> Fault:
    scene.sign_in()
    refused(scene, "ListDevices", *SIGNED_IN[code])
    login = "osdu-auth login"
    return Fault(scene.attempt("account", "devices"), line=login, stdin=scene.password)


@provokes("OA-S421")
def access_token_that_has_expired(scene: Scene) -> Fault:
    scene.sign_in()
    refused(scene, "ListDevices", "NotAuthorizedException", "Access Token has expired")
    return Fault(scene.attempt("account", "devices"), line="osdu-auth token")


@provokes("OA-S417")
def password_to_reset_in_a_session(scene: Scene) -> Fault:
    user = scene.user()
    assert scene.run("login", "--password-stdin", stdin=user.password).code == 0
    refused(scene, RENEWAL, "PasswordResetRequiredException", "Password reset required")

    def follow(advice: str) -> None:
        forgot, login = advice.partition(": ")[2].split(", then ")
        reset_password(scene, forgot)
        scene.type(login, {"login": NEW_PASSWORD})

    return Fault(scene.attempt("token", "--min-ttl", "1h"), in_python=follow)


def reset_password(scene: Scene, line: str) -> None:
    """Type what has a code sent, and then what that command says to type."""
    forgot = scene.run(*shlex.split(line)[1:])
    assert forgot.code == 0, forgot.said
    code = scene.sandbox.outbox.last_code(scene.settings["username"])
    begun = forgot.advice.partition("osdu-auth ")[2]
    words = ["account", "reset-password"]
    assert begun.startswith(" ".join(words)), forgot.said
    flags = ("--code-stdin", "--new-password-stdin")
    done = scene.run(*words, *flags, stdin=f"{code}\n{NEW_PASSWORD}\n")
    assert done.code == 0, done.said


@provokes("OA-S316")
def password_to_reset(scene: Scene) -> Fault:
    user = scene.user(status=UserStatus.RESET_REQUIRED)
    typed = [user.password, NEW_PASSWORD]

    def follow(advice: str) -> None:
        reset_password(scene, advice.partition(": ")[2])

    return Fault(
        lambda: scene.run("login", "--password-stdin", stdin=typed.pop(0)), in_python=follow
    )


@provokes("OA-S315")
def account_that_is_not_confirmed(scene: Scene) -> Fault:
    user = scene.user(status=UserStatus.UNCONFIRMED)
    assert scene.run("account", "resend-code").code == 0
    code = scene.sandbox.outbox.last_code(user.email)
    return Fault(
        scene.attempt("login", "--password-stdin", stdin=user.password),
        stdin={"account confirm-sign-up": code},
    )


@provokes("OA-S341")
def account_that_is_confirmed_already(scene: Scene) -> Fault:
    user = scene.user()
    done = (
        scene.attempt("account", "confirm-sign-up", "--code-stdin", stdin="123456"),
        scene.attempt("status", "--check"),
    )
    return Fault(by_turns(*done), stdin={"login": user.password})


# Codes that the pool does not take, and what is done about each.
@provokes("OA-S321", "OA-S323", "OA-S349")
def code_that_is_not_taken(scene: Scene, code: str = "") -> Fault:
    user = scene.user(status=UserStatus.UNCONFIRMED)
    assert scene.run("account", "resend-code").code == 0
    right = scene.sandbox.outbox.last_code(user.email)
    wrong = "".join(str(9 - int(digit)) for digit in right)
    kinds = {
        "OA-S323": ("ExpiredCodeException", "Your code has already been used once."),
        "OA-S349": ("TooManyFailedAttemptsException", "Too many failed attempts"),
    }
    if code in kinds:
        refused(scene, "ConfirmSignUp", *kinds[code])
    typed = [wrong, right]

    def attempt() -> Outcome:
        return scene.run("account", "confirm-sign-up", "--code-stdin", stdin=typed.pop(0))

    return Fault(attempt, line="")


@provokes("OA-S322")
def code_that_is_too_old(scene: Scene) -> Fault:
    user = scene.user(status=UserStatus.UNCONFIRMED)
    refused(scene, "ConfirmSignUp", "ExpiredCodeException", "Invalid code provided")

    def attempt() -> Outcome:
        sent = scene.sandbox.outbox.sent_to(user.email)
        code = scene.sandbox.outbox.last_code(user.email) if sent else "123456"
        return scene.run("account", "confirm-sign-up", "--code-stdin", stdin=code)

    return Fault(attempt, line="osdu-auth account resend-code")


@provokes("OA-S317", "OA-S318")
def new_password_that_is_not_taken(scene: Scene, code: str = "") -> Fault:
    user = scene.user()
    assert scene.run("login", "--password-stdin", stdin=user.password).code == 0
    if code == "OA-S318":
        refused(scene, "ChangePassword", "PasswordHistoryPolicyViolationException", "used before")
    typed = [f"{user.password}\nshort\n", f"{user.password}\n{NEW_PASSWORD}\n"]
    words = ("account", "change-password", "--password-stdin", "--new-password-stdin")
    return Fault(lambda: scene.run(*words, stdin=typed.pop(0)), line="")


@provokes("OA-S340")
def present_password_that_is_wrong(scene: Scene) -> Fault:
    user = scene.user()
    assert scene.run("login", "--password-stdin", stdin=user.password).code == 0
    typed = [f"{user.password}x\n{NEW_PASSWORD}\n", f"{user.password}\n{NEW_PASSWORD}\n"]
    words = ("account", "change-password", "--password-stdin", "--new-password-stdin")
    return Fault(lambda: scene.run(*words, stdin=typed.pop(0)), line="")


@provokes("OA-S337")
def password_that_is_not_to_be_sent(scene: Scene) -> Fault:
    scene.app_client(explicit_auth_flows=("ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"))
    last = "osdu-auth init -p acme --auth-flow USER_PASSWORD_AUTH"
    return Fault(sign_in(scene), line=lambda advice: last if advice.endswith(last) else "false")


# In a program, which has a store of its own.


def session_in_python(scene: Scene) -> Session:
    return Session(profile_of(scene), store=MemoryStore())


def typed_in_python(
    session: Session, scene: Scene, password: str, **names: object
) -> Callable[[str], object]:
    """Return what carries out the call that an advice ends in."""

    def follow(advice: str) -> object:
        call = advice[advice.index("session.") :]
        known = {"session": session, "username": scene.settings["username"], "password": password}
        return eval(call, {**known, **names})

    return follow


def at_first_sign_in(scene: Scene, answer: Any) -> tuple[Session, Fault]:
    user = scene.user(status=UserStatus.FORCE_CHANGE_PASSWORD, attributes={})
    scene.first_password = user.password
    session = session_in_python(scene)
    turns: list[Callable[[], object]] = [
        partial(session.sign_in, user.email, Secret(user.password), answer),
        session.token,
    ]
    good = answers_from(new_password=NEW_PASSWORD, attributes=NAMES)
    follow = typed_in_python(session, scene, user.password, answer=good)
    return session, Fault(in_python(by_turns(*turns)), in_python=follow)


@provokes("OA-S330")
def question_that_is_not_answered(scene: Scene) -> Fault:
    return at_first_sign_in(scene, None)[1]


@provokes("OA-S332")
def attributes_that_lack(scene: Scene) -> Fault:
    return at_first_sign_in(scene, lambda _: NewPassword(Secret(NEW_PASSWORD)))[1]


@provokes("OA-S324")
def attributes_that_are_not_taken(scene: Scene) -> Fault:
    scene.write(auth_flow="USER_PASSWORD_AUTH")
    good = answers_from(new_password=NEW_PASSWORD, attributes=NAMES)
    message = "Invalid attribute: phone number"
    refused(scene, "RespondToAuthChallenge", "InvalidParameterException", message)
    return at_first_sign_in(scene, good)[1]


@provokes("OA-S334")
def factor_that_is_not_offered(scene: Scene) -> Fault:
    user = scene.user(mfa=["SMS_MFA", "SOFTWARE_TOKEN_MFA"])
    session = session_in_python(scene)
    wrong = answers_from(factor="WEB_AUTHN")
    sign_in = partial(session.sign_in, user.email, Secret(user.password), wrong)
    good = answers_from(
        factor="SMS_MFA", code=lambda _: scene.sandbox.outbox.last_code(user.username)
    )
    follow = typed_in_python(session, scene, user.password, answer=good)
    return Fault(in_python(by_turns(sign_in, session.token)), in_python=follow)


@provokes("OA-S431")
def token_of_a_worker_that_has_ended(scene: Scene) -> Fault:
    session = session_in_python(scene)
    session.sign_in(scene.sandbox.username, scene.sandbox.password)
    ended = WorkerSession(session.profile.without_private(), session.token(), time.time() - 1)
    tokens = [ended.token]

    def follow(advice: str) -> None:
        call = advice.rpartition(": ")[2]
        tokens.append(eval(call, {"session": session, "ttl": "30m"}).token)

    return Fault(in_python(latest(tokens)), in_python=follow)


@provokes("OA-S433")
def session_that_was_signed_out_of_elsewhere(scene: Scene) -> Fault:
    store = MemoryStore()
    session, other = (Session(profile_of(scene), store=store) for _ in range(2))
    session.sign_in(scene.sandbox.username, scene.sandbox.password)
    other.sign_out()
    follow = typed_in_python(session, scene, scene.sandbox.password)
    return Fault(in_python(session.renew), in_python=follow)


@provokes("OA-S333")
def answer_of_another_kind(scene: Scene) -> Fault:
    session, fault = at_first_sign_in(scene, lambda _: "a text")

    def follow(advice: str) -> None:
        assert "return a NewPassword" in advice
        new = NewPassword(Secret(NEW_PASSWORD), NAMES)
        password = Secret(scene.first_password)
        session.sign_in(scene.settings["username"], password, lambda _: new)

    return Fault(fault.attempt, in_python=follow)


@provokes("OA-S410")
def session_without_a_refresh_token(scene: Scene) -> Fault:
    store = MemoryStore()
    session = Session(profile_of(scene), store=store)
    saved = session.sign_in(scene.sandbox.username, scene.sandbox.password)
    with store.open(session.key) as held:
        held.save(replace(saved, tokens=replace(saved.tokens, refresh_token=None)))
    again = Session(profile_of(scene), store=store)
    follow = typed_in_python(again, scene, scene.sandbox.password)
    return Fault(in_python(again.renew), in_python=follow)


@provokes("OA-S430")
def session_that_ends_before_the_work(scene: Scene) -> Fault:
    clock = Clock()
    session = Session(profile_of(scene), store=MemoryStore(), clock=clock)
    session.sign_in(scene.sandbox.username, scene.sandbox.password)
    clock.ahead = 27 * 86_400.0
    follow = typed_in_python(session, scene, scene.sandbox.password)
    return Fault(in_python(partial(session.ensure, "5d")), in_python=follow)


@provokes("OA-S350")
def words_in_the_place_of_a_code(scene: Scene) -> Fault:
    user = scene.user(status=UserStatus.UNCONFIRMED)
    assert scene.run("account", "resend-code").code == 0
    typed = ["the code", scene.sandbox.outbox.last_code(user.email)]

    def attempt() -> Outcome:
        return scene.run("account", "confirm-sign-up", "--code-stdin", stdin=typed.pop(0))

    return Fault(attempt, line="")


@provokes("OA-S352")
def new_password_that_no_keyboard_has(scene: Scene) -> Fault:
    user = scene.user()
    assert scene.run("login", "--password-stdin", stdin=user.password).code == 0
    typed = [f"{user.password}\nNew\u200b{NEW_PASSWORD}\n", f"{user.password}\n{NEW_PASSWORD}\n"]
    words = ("account", "change-password", "--password-stdin", "--new-password-stdin")
    return Fault(lambda: scene.run(*words, stdin=typed.pop(0)), line="")
