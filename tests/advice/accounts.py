"""Faults of service accounts, which get their tokens without a person."""

from __future__ import annotations

import json
import shlex
from base64 import b64encode
from functools import partial
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from advice.browser import file_of
from advice.registry import provokes
from advice.scene import Fault, by_turns
from canaries import register
from osdu_auth.sandbox.pool.app_clients import TrustedKey
from wire.scripted_server import ScriptedServer, reply

if TYPE_CHECKING:
    import socket

    from advice.scene import Scene
    from osdu_auth.sandbox import AppClient

SCOPES = ("osdu/read", "osdu/write")


def service_client(scene: Scene, **settings: Any) -> AppClient:
    """Make an app client that gets tokens for itself."""
    made = scene.sandbox.pool.add_app_client(
        "of a pipeline",
        **{
            "explicit_auth_flows": ("ALLOW_CLIENT_TOKEN_AUTH",),
            "allowed_oauth_flows": ("client_credentials",),
            "allowed_oauth_scopes": SCOPES,
            **settings,
        },
    )
    register(made.client_secret or "")
    return made


def write_service_profile(scene: Scene, client: AppClient | None, **settings: str | None) -> None:
    """Replace the scene's profile by one of a service account."""
    client = client or service_client(scene)
    told: dict[str, str | None] = {
        "sign_in": "client-credentials",
        "client_id": client.client_id,
        "client_secret": file_of(scene, client.client_secret),
        "user_pool_id": scene.sandbox.user_pool_id,
        "endpoint_url": scene.sandbox.endpoint_url,
        **settings,
    }
    lines = [f"{name} = {json.dumps(text)}" for name, text in told.items() if text is not None]
    scene.file.write_text("\n".join(['default_profile = "acme"', "[profiles.acme]", *lines, ""]))
    scene.signs_in_in_browser = True  # in fact, `login` needs no password


_WRONG = {
    "OA-A701": ("audience", "an audience"),
    "OA-A702": ("token_api", "getclienttoken"),
    "OA-A703": ("client_assertion", "github"),
}


@provokes(*_WRONG)
def setting_that_is_wrong(scene: Scene, code: str) -> Fault:
    name, text = _WRONG[code]
    by_assertion = {"client_auth": "federated", "client_secret": None}
    more: dict[str, str | None] = by_assertion if name == "client_assertion" else {}
    write_service_profile(scene, None, **{name: text, **more})
    # No job is run here, so the next error is that there is no assertion.
    return Fault(scene.attempt("token"), ends_in=None if more else 0)


@provokes("OA-A704")
def service_account_that_shows_nothing(scene: Scene) -> Fault:
    client = service_client(scene)
    write_service_profile(scene, client, client_secret=None)
    return Fault(
        scene.attempt("token"), fill={"REF": shlex.quote(file_of(scene, client.client_secret))}
    )


@provokes("OA-A710")
def secret_that_was_rotated(scene: Scene) -> Fault:
    client = service_client(scene)
    write_service_profile(scene, client)
    new = scene.sandbox.pool.rotate_client_secret(client.client_id, keep_former=False)
    register(new)
    scene.secret.write_text(new)
    return Fault(scene.attempt("token"), fill={"REF": shlex.quote(f"file:{scene.secret}")})


def an_id_that_is_wrong(scene: Scene) -> Fault:
    """An issuer may say `invalid_client`, and no more, to a wrong id as to a wrong secret."""
    client = service_client(scene)
    write_service_profile(scene, client, client_id="another1id2of3an4app5client")
    line = "osdu-auth init -p acme --client-id ID"
    return Fault(scene.attempt("token"), line, fill={"ID": client.client_id})


@provokes("OA-A713")
def app_client_for_people(scene: Scene) -> Fault:
    """The right app client has the same secret here, as the fix changes the id only."""
    right = service_client(scene)
    wrong = service_client(scene, allowed_oauth_flows=("code",))
    wrong = scene.sandbox.pool.change_app_client(wrong.client_id, client_secret=right.client_secret)
    write_service_profile(scene, wrong)
    return Fault(scene.attempt("token"), fill={" ID": f" {right.client_id}"})


@provokes("OA-A714")
def scope_that_is_not_allowed(scene: Scene) -> Fault:
    write_service_profile(scene, None, scopes="osdu/admin")
    return Fault(scene.attempt("token"), fill={"A B": "osdu/read"})


@provokes("OA-A715")
def pool_without_a_domain(scene: Scene) -> Fault:
    scene.sandbox.openid.change_settings(has_domain=False)
    write_service_profile(scene, None)
    return Fault(scene.attempt("token"))


@provokes("OA-A717")
def issuer_that_wants_an_audience(scene: Scene) -> Fault:
    scene.sandbox.openid.change_settings(service_audiences=("osdu-api",))
    write_service_profile(scene, None)
    return Fault(scene.attempt("token"), fill={"TEXT": "osdu-api"})


@provokes("OA-A716")
def app_client_of_people_at_the_api(scene: Scene) -> Fault:
    right = service_client(scene)
    wrong = service_client(scene, explicit_auth_flows=("ALLOW_USER_SRP_AUTH",))
    write_service_profile(scene, wrong, token_api="GetClientToken")
    fill = {"ID": right.client_id, "REF": shlex.quote(f"file:{scene.secret}")}
    scene.secret.write_text(right.client_secret or "")
    return Fault(scene.attempt("token"), fill=fill)


@provokes("OA-A718")
def app_client_that_the_pool_does_not_know(scene: Scene) -> Fault:
    client = service_client(scene)
    told = {"token_api": "GetClientToken", "client_id": "1h57kf5cpq17m0eml12EXAMPLE"}
    write_service_profile(scene, client, **told)
    fill = {"POOL": scene.sandbox.user_pool_id, " ID": f" {client.client_id}"}
    return Fault(scene.attempt("token"), fill=fill)


def key_pair() -> tuple[str, str]:
    """Return a private key and its public half, as PEM."""
    key = ed25519.Ed25519PrivateKey.generate()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    register(private.splitlines()[1])
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return private, public.decode()


def client_with_key(scene: Scene, trusted_audience: str = "", **settings: str | None) -> str:
    """Write a profile that signs assertions, and return the path of its key."""
    private, public = key_pair()
    client = service_client(scene, generate_secret=False)
    trusted = (TrustedKey(public, audience=trusted_audience),)
    scene.sandbox.pool.change_app_client(client.client_id, trusted_keys=trusted)
    scene.secret.write_text(private)
    told = {"client_secret": None, "client_auth": "private_key_jwt", **settings}
    write_service_profile(scene, client, **{"client_key": f"file:{scene.secret}", **told})
    return str(scene.secret)


@provokes("OA-A705")
def key_that_is_none(scene: Scene) -> Fault:
    wrong = scene.folder / "no key"
    wrong.touch(mode=0o600)
    wrong.write_text("a-secret-and-no-key")
    path = client_with_key(scene, client_key=f"file:{wrong}")
    return Fault(scene.attempt("token"), fill={"REF": shlex.quote(f"file:{path}")})


@provokes("OA-C718")
def key_that_no_method_uses(scene: Scene) -> Fault:
    client_with_key(scene, client_auth=None)
    line = "osdu-auth init -p acme --client-auth private_key_jwt"
    return Fault(scene.attempt("token"), line)


@provokes("OA-A706")
def workload_without_an_assertion(scene: Scene) -> Fault:
    """The issuer here refuses the right file too, as it trusts no workload."""
    client_with_key(
        scene, client_auth="federated", client_assertion="azure-workload", client_key=None
    )
    scene.secret.write_text("e30.e30.e30")
    fill = {"file:PATH": shlex.quote(f"file:{scene.secret}")}
    return Fault(scene.attempt("token"), fill=fill, ends_in=None)


@provokes("OA-A707")
def ready_value_that_is_none(scene: Scene) -> Fault:
    client = service_client(scene)
    write_service_profile(scene, client, client_auth="ready_basic")
    value = b64encode(f"{client.client_id}:{client.client_secret}".encode()).decode()
    register(value)
    scene.secret.write_text(value)
    return Fault(scene.attempt("token"), fill={"REF": shlex.quote(f"file:{scene.secret}")})


@provokes("OA-A711")
def assertion_for_another_audience(scene: Scene) -> Fault:
    client_with_key(scene, trusted_audience="urn:acme")
    return Fault(scene.attempt("token"), fill={"TEXT": "urn:acme"})


def secret_at_aws(scene: Scene, *refusals: str) -> None:
    """Write a profile with a secret at AWS, which refuses some requests before it returns it."""
    client = service_client(scene)
    left = list(refusals)

    def answer(connection: socket.socket, request: bytes) -> None:
        del request
        told: dict[str, str] = {"Name": "ci", "SecretString": client.client_secret or ""}
        status = "200 OK"
        if left:
            told, status = {"__type": left.pop(0)}, "400 Bad Request"
        kind = "Content-Type: application/x-amz-json-1.1\r\nConnection: close\r\n"
        connection.sendall(reply(json.dumps(told).encode(), status, kind))

    server = scene.leaving.enter_context(ScriptedServer(answer))
    write_service_profile(scene, client, client_secret="secretsmanager:ci")
    scene.environment |= {
        "AWS_ENDPOINT_URL_SECRETS_MANAGER": server.url().rstrip("/"),
        "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "made-up",
        "AWS_REGION": "us-east-1",
    }


@provokes("OA-A601")
def service_for_secrets_that_is_out_of_order(scene: Scene) -> Fault:
    secret_at_aws(scene, "InternalServiceError")
    return Fault(scene.attempt("token"), "")


@provokes("OA-A725")
def no_region_for_a_secret(scene: Scene) -> Fault:
    secret_at_aws(scene)
    del scene.environment["AWS_REGION"]
    return Fault(scene.attempt("token"))


@provokes("OA-U225")
def login_of_a_person(scene: Scene) -> Fault:
    write_service_profile(scene, None)
    return Fault(
        by_turns(partial(scene.run, "login", "--browser"), partial(scene.run, "token")),
    )
