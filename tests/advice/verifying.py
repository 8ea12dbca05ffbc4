"""Faults of verifiers: wrong arguments, and keys that cannot be fetched.

What is told is an argument as Python writes it, which is given as it is printed.
"""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Any
from urllib.request import urlopen

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from advice.registry import provokes
from advice.scene import Fault, Scene, in_python, latest
from osdu_auth import KeySet, Session, SeveralIssuers, Unchecked, UserPoolVerifier, Verifier
from osdu_auth.cognito.boto3_transport import Boto3Transport
from osdu_auth.verification import IssuerKeys, VerificationKey
from verification.minting import CLIENT, ISSUER, POOL, jwks, rsa_jwk

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

OF_A_POOL: dict[str, Any] = {"user_pool_id": POOL, "client_id": CLIENT, "token_use": "access"}
OF_AN_ISSUER: dict[str, Any] = {"issuer": ISSUER, "audience": CLIENT}


def given(
    make: Callable[..., object],
    settings: dict[str, Any],
    wrong: dict[str, Any],
    read: Callable[[str], str],
    **names: object,
) -> Fault:
    """A call that is repeated with the argument that the fix shows.

    Args:
        make: the call.
        settings: its arguments.
        wrong: those that bring the fault about.
        read: takes the argument out of the advice.
        names: what is known where the argument is written.
    """
    arguments = [{**settings, **wrong}]

    def follow(advice: str) -> None:
        typed = eval(f"dict({read(advice)})", {"Unchecked": Unchecked, "KeySet": KeySet, **names})
        arguments.append({**settings, **wrong, **typed})

    return Fault(in_python(lambda: make(**arguments[-1])), in_python=follow)


def after(words: str) -> Callable[[str], str]:
    return lambda advice: advice.partition(words)[2]


AS_IN = after("Write it as in this example: ")


@provokes("OA-C770")
def rule_that_is_not_given(scene: Scene) -> Fault:
    del scene
    return given(
        UserPoolVerifier,
        OF_A_POOL,
        {"client_id": None},
        lambda advice: advice[5:].partition(", or")[0],
    )


@provokes("OA-C771")
def rule_that_compares_with_nothing(scene: Scene) -> Fault:
    del scene
    return given(UserPoolVerifier, OF_A_POOL, {"token_use": "refresh"}, AS_IN)


@provokes("OA-C772")
def algorithm_of_a_shared_secret(scene: Scene) -> Fault:
    del scene
    return given(Verifier, OF_AN_ISSUER, {"algorithms": "HS256"}, AS_IN)


@provokes("OA-C773")
def leeway_of_an_hour(scene: Scene) -> Fault:
    del scene
    return given(UserPoolVerifier, OF_A_POOL, {"leeway": 3600}, AS_IN)


@provokes("OA-C776")
def keys_that_are_none(scene: Scene) -> Fault:
    path = key_set(scene, json.dumps(jwks(rsa_jwk())))
    return given(UserPoolVerifier, OF_A_POOL, {"keys": b"key"}, AS_IN, PATH=path)


def key_set(scene: Scene, text: str) -> Path:
    path = scene.folder / "jwks.json"
    path.write_text(text)
    return path


@provokes("OA-C777")
def issuer_that_is_no_address(scene: Scene) -> Fault:
    path = key_set(scene, json.dumps(jwks(rsa_jwk())))
    settings = {"issuer": "urn:issuer", "audience": "a"}

    def read(advice: str) -> str:
        return advice.partition("or give its keys: ")[2].replace("…", "PATH")

    return given(Verifier, settings, {}, read, PATH=path)


@provokes("OA-C778")
def check_that_is_left_out_for_no_reason(scene: Scene) -> Fault:
    del scene
    reasons: list[Callable[[], object]] = [lambda: Unchecked("")]

    def follow(advice: str) -> None:
        typed = advice.partition("for example: ")[2]
        reasons.append(lambda: eval(typed, {"Unchecked": Unchecked}))

    return Fault(in_python(latest(reasons)), in_python=follow)


@provokes("OA-C779")
def issuers_that_are_no_verifiers(scene: Scene) -> Fault:
    del scene
    first = UserPoolVerifier(**OF_A_POOL)
    second = Verifier(issuer="https://issuer.example", audience="a")
    made: list[Callable[[], object]] = [lambda: SeveralIssuers([first, second])]  # type: ignore[arg-type]

    def follow(advice: str) -> None:
        typed = advice.rpartition(": ")[2]
        names = {"SeveralIssuers": SeveralIssuers, "first": first, "second": second}
        made.append(lambda: eval(typed, names))

    return Fault(in_python(latest(made)), in_python=follow)


@provokes("OA-C752")
def something_else_than_boto3(scene: Scene) -> Fault:
    import boto3

    settings = {"region": "us-east-1", "endpoint_url": scene.sandbox.endpoint_url}
    return given(
        Boto3Transport,
        settings,
        {"boto3": 5},
        lambda advice: advice.partition(", or")[0],
        boto3=boto3,
    )


@provokes("OA-C799")
def something_else_than_a_profile(scene: Scene) -> Fault:
    del scene
    made: list[Callable[[], object]] = [lambda: Session(42).profile]  # type: ignore[arg-type]

    def follow(advice: str) -> None:
        typed = advice.partition("as in: ")[2]
        made.append(lambda: eval(typed, {"Session": Session}))

    return Fault(in_python(latest(made)), in_python=follow)


# The answers of an issuer instead of its keys.
INSTEAD: dict[str, dict[str, Any]] = {
    "OA-N671": {"status": 404, "body": "no"},
    "OA-N672": {"body": "<html>"},
    "OA-N673": {"body": json.dumps({"issuer": "https://another.example", "jwks_uri": "https://a"})},
}


@provokes("OA-N670", *INSTEAD)
def keys_that_cannot_be_had(scene: Scene, code: str = "") -> Fault:
    sandbox = scene.sandbox
    scene.sign_in()
    token = scene.run("token").stdout.strip()
    with urlopen(sandbox.issuer + "/.well-known/jwks.json") as answer:
        path = key_set(scene, answer.read().decode())
    place = f"/{sandbox.user_pool_id}"
    if code in INSTEAD:
        sandbox.faults.reply(place, times=None, **INSTEAD[code])
    else:
        sandbox.faults.drop(place, times=None)
    settings: dict[str, Any] = {
        "issuer": sandbox.issuer,
        "audience": Unchecked("access tokens have none"),
    }

    def verified(**keys: Any) -> object:
        return Verifier(**settings, **keys).verify(token)

    def read(advice: str) -> str:
        return advice.partition("give the keys yourself: ")[2].partition(" in code")[0]

    # Separate keys for this test: the shared ones do not repeat a failed fetch for some time.
    return given(verified, {}, {"keys": IssuerKeys(sandbox.issuer)}, read, PATH=path)


@provokes("OA-C774")
def key_in_another_form(scene: Scene) -> Fault:
    """As `openssl` writes it with `-outform DER`."""
    public = rsa.generate_private_key(65537, 2048).public_key()
    info = serialization.PublicFormat.SubjectPublicKeyInfo
    file = scene.folder / "key.der"
    file.write_bytes(public.public_bytes(serialization.Encoding.DER, info))

    def attempt() -> object:
        pem = scene.folder / "key.pem"
        return VerificationKey.from_pem(
            (pem if pem.exists() else file).read_bytes(), algorithm="RS256"
        )

    return Fault(in_python(attempt), after("bytes: "), fill={"KEY": shlex.quote(str(file))})


@provokes("OA-C775")
def key_that_is_too_weak(scene: Scene) -> Fault:
    path = key_set(scene, json.dumps(jwks(rsa_jwk())))
    weak = rsa.generate_private_key(65537, 1024).public_key()
    made: list[Callable[[], object]] = [lambda: VerificationKey("RS256", weak)]

    def follow(advice: str) -> None:
        typed = advice.partition("issuer's key set: ")[2]
        made.append(lambda: eval(typed, {"KeySet": KeySet, "PATH": path}))

    return Fault(in_python(latest(made)), in_python=follow)
