"""Faults of a profile, a variable or an app client."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING

from advice.registry import provokes
from advice.sandboxes import sandbox_started_otherwise
from advice.scene import Fault, Outcome, Scene, in_python
from osdu_auth import MemoryStore, Profile, Session
from stores.conftest import BACKEND

if TYPE_CHECKING:
    from collections.abc import Callable

EVERY_FLOW = (
    *("ALLOW_USER_SRP_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_AUTH"),
    "ALLOW_REFRESH_TOKEN_AUTH",
)


def sign_in(scene: Scene, *words: str) -> Callable[[], Outcome]:
    return scene.attempt("login", *words, "--password-stdin", stdin=scene.password["login"])


def edits(scene: Scene, good: str) -> None:
    """Make this account's editor write a good text into the file."""
    right = scene.folder / "right"
    right.write_text(good)
    editor = scene.folder / "editor"
    editor.write_text(f'#!/bin/sh\nexec cp {shlex.quote(str(right))} "$1"\n')
    editor.chmod(0o755)
    # An editor is a command with its arguments, which a shell splits at blanks.
    link = scene.folder.parent / "editor"
    link.symlink_to(editor)
    scene.environment["EDITOR"] = str(link)


@provokes("OA-C708")
def name_of_a_profile(scene: Scene) -> Fault:
    good = scene.file.read_text()
    scene.file.write_text(good.replace("acme", "con").replace("[profiles.con]", '[profiles."con"]'))
    edits(scene, good)
    return Fault(scene.attempt("status", "-p", "con"), ends_in=None)


@provokes("OA-C712")
def sealing(scene: Scene) -> Fault:
    good = scene.file.read_text()
    scene.file.write_text(good + 'store.sealed = "perhaps"\n')
    edits(scene, good + 'store.sealed = "preferred"\n')
    return Fault(sign_in(scene))


@provokes("OA-C714")
def setting_that_lacks(scene: Scene) -> Fault:
    client_id = scene.settings["client_id"]
    scene.write("client_id")
    return Fault(sign_in(scene), fill={"1h57kf5cpq17m0eml12EXAMPLE": client_id})


@provokes("OA-C722")
def no_proxy(scene: Scene) -> Fault:
    scene.write(endpoint_url="https://pool.invalid")
    scene.environment["https_proxy"] = "socks5://127.0.0.1:1"
    # The next error is that this address does not exist.
    return Fault(sign_in(scene), ends_in=None)


@provokes("OA-C726")
def address_in_a_variable(scene: Scene) -> Fault:
    scene.write("endpoint_url")
    scene.environment |= {"AWS_ENDPOINT_URL": "http://osdu.example.com"}
    scene.environment["AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER"] = "nowhere"
    scene.environment["AWS_ENDPOINT_URL"] = scene.sandbox.endpoint_url
    return Fault(sign_in(scene))


@provokes("OA-C730")
def wrong_secret(scene: Scene) -> Fault:
    other = scene.folder / "another-secret"
    other.touch(mode=0o600)
    other.write_text("another1secret2of3twenty4four5")
    scene.write(client_secret=f"file:{other}")
    return Fault(sign_in(scene), fill={"REF": shlex.quote(f"file:{scene.secret}")})


@provokes("OA-C731")
def changed_secret(scene: Scene) -> Fault:
    scene.sign_in()
    other = scene.folder / "another-secret"
    other.touch(mode=0o600)
    other.write_text("another1secret2of3twenty4four5")
    scene.write(client_secret=f"file:{other}")
    renew = scene.attempt("token", "--min-ttl", "1h")
    scene.sandbox.faults.error("InitiateAuth", "NotAuthorizedException", "Invalid client secret")
    scene.sandbox.faults.error(
        "GetTokensFromRefreshToken", "NotAuthorizedException", "Invalid client secret"
    )
    return Fault(
        renew,
        fill={"REF": shlex.quote(f"file:{scene.secret}")},
        first=scene.sandbox.faults.clear,
        ends_in=None,
    )


@provokes("OA-C732")
def no_secret(scene: Scene) -> Fault:
    scene.write("client_secret")
    return Fault(sign_in(scene), fill={"REF": shlex.quote(f"file:{scene.secret}")})


@provokes("OA-C733")
def password_flow_is_not_enabled(scene: Scene) -> Fault:
    scene.app_client(explicit_auth_flows=("ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"))
    scene.write(auth_flow="USER_PASSWORD_AUTH")
    return Fault(sign_in(scene))


@provokes("OA-C734")
def app_client_of_another_region(scene: Scene) -> Fault:
    client_id = scene.settings["client_id"]
    scene.write(client_id="1h57kf5cpq17m0eml12EXAMPLE")
    pool = f"--user-pool-id {scene.sandbox.user_pool_id}"
    return Fault(
        sign_in(scene),
        fill={"REGION": scene.sandbox.region, "--client-id ID": f"--client-id {client_id} {pool}"},
    )


@provokes("OA-C735")
def older_stand_in(scene: Scene) -> Fault:
    good = scene.settings["endpoint_url"]
    scene.sandbox.faults.error("InitiateAuth", "UnknownOperationException", "", times=None)
    return Fault(sign_in(scene), fill={"URL": good}, first=scene.sandbox.faults.clear)


@provokes("OA-C737")
def scope_of_the_pool_s_own_operations(scene: Scene) -> Fault:
    scene.sign_in()
    message = "Access Token does not have required scopes"
    scene.sandbox.faults.error("ListDevices", "NotAuthorizedException", message)
    return Fault(scene.attempt("account", "devices"), stdin=scene.password)


@provokes("OA-C742")
def secret_of_another_client(scene: Scene) -> Fault:
    client_id = scene.settings["client_id"]
    scene.write(client_id=scene.sandbox.public_client_id)
    # The message of a real pool was not seen; the sandbox has another one.
    message = "Client is not configured for secret but secret was received"
    scene.sandbox.faults.error("InitiateAuth", "NotAuthorizedException", message)
    pool = f"ID --user-pool-id {scene.sandbox.user_pool_id}".replace("ID ", f"{client_id} ", 1)
    return Fault(sign_in(scene), fill={"--client-id ID": f"--client-id {pool}"})


@provokes("OA-C747")
def folder_that_is_relative(scene: Scene) -> Fault:
    scene.environment["OSDU_AUTH_CONFIG_DIR"] = "settings of mine"
    return Fault(scene.attempt("status"))


@provokes("OA-C755")
def settings_of_the_sdk(scene: Scene) -> Fault:
    scene.write(transport="boto3")
    scene.environment["AWS_PROFILE"] = "no-such-profile"
    return Fault(sign_in(scene))


@provokes("OA-C757")
def srp_without_the_pool(scene: Scene) -> Fault:
    pool = scene.settings["user_pool_id"]
    scene.write("user_pool_id", auth_flow="USER_SRP_AUTH")
    return Fault(sign_in(scene), fill={"us-east-1_Ab12Cd34E": pool})


@provokes("OA-C758")
def srp_is_not_enabled(scene: Scene) -> Fault:
    good = scene.app_client(explicit_auth_flows=EVERY_FLOW).client_id
    scene.app_client(explicit_auth_flows=("ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"))
    scene.write(auth_flow="USER_SRP_AUTH")
    pool = f"--user-pool-id {scene.sandbox.user_pool_id}"
    return Fault(sign_in(scene), fill={"--client-id ID": f"--client-id {good} {pool}"})


@provokes("OA-C760")
def flow_is_not_enabled(scene: Scene) -> Fault:
    scene.app_client(explicit_auth_flows=("ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"))
    scene.write(auth_flow="USER_AUTH")
    return Fault(sign_in(scene))


@provokes("OA-C768")
def verifying_without_the_pool(scene: Scene) -> Fault:
    scene.sign_in()
    token = scene.run("token").stdout
    pool = scene.settings["user_pool_id"]
    scene.write("user_pool_id")
    words = ["verify"]

    def follow(advice: str) -> None:
        typed = shlex.split(advice.partition(",")[0].replace("us-east-1_Ab12Cd34E", pool))
        assert typed[:2] == ["osdu-auth", "verify"]
        words[:] = typed[1:]

    return Fault(lambda: scene.run(*words, stdin=token), in_python=follow)


@provokes("OA-C780")
def file_that_is_not_toml(scene: Scene) -> Fault:
    return file_with(scene, b"[\n")


@provokes("OA-C782")
def value_that_is_no_text(scene: Scene) -> Fault:
    return file_with(scene, b"session_lifetime = 30\n")


@provokes("OA-C783")
def key_that_is_no_setting(scene: Scene) -> Fault:
    return file_with(scene, b'regoin = "us-east-1"\n')


def file_with(scene: Scene, mistake: bytes) -> Fault:
    good = scene.file.read_text()
    scene.file.write_bytes(good.encode() + mistake)
    edits(scene, good)
    return Fault(sign_in(scene))


@provokes("OA-C781")
def bytes_that_are_no_text(scene: Scene) -> Fault:
    return file_with(scene, b"# caf\xe9\n")


@provokes("OA-C784")
def profile_that_there_is_not(scene: Scene) -> Fault:
    scene.environment |= {
        f"OSDU_AUTH_{name.upper()}": scene.settings[name] for name in ("region", "client_id")
    }
    return Fault(
        scene.attempt("status", "-p", "akme"),
        line=lambda advice: advice.partition("Else: ")[2],
        ends_in=None,
    )


@provokes("OA-C786")
def folder_in_the_place_of_the_file(scene: Scene) -> Fault:
    scene.file.unlink()
    scene.file.mkdir()
    elsewhere = scene.folder / "of mine"
    return Fault(scene.attempt("status"), fill={"/a/folder/of/yours": shlex.quote(str(elsewhere))})


@provokes("OA-C787")
def file_that_cannot_be_edited(scene: Scene) -> Fault:
    good = scene.file.read_text()
    values = ", ".join(f"{name} = {json.dumps(text)}" for name, text in scene.settings.items())
    scene.file.write_text(f"profiles = {{ other = {{ {values} }} }}\n")
    edits(scene, good.replace("acme", "other"))
    words = ("init", "-p", "acme", "--region", "us-east-1", "--client-id", "abc")
    return Fault(scene.attempt(*words))


@provokes("OA-C790")
def no_platform(scene: Scene) -> Fault:
    scene.sign_in()
    good = scene.settings["platform_url"]
    scene.write("platform_url")
    return Fault(scene.attempt("groups"), fill={"https://YOUR-OSDU-HOST": good})


@provokes("OA-C791")
def url_with_a_user(scene: Scene) -> Fault:
    session = Session(profile_of(scene), store=MemoryStore())
    session.sign_in(scene.sandbox.username, scene.sandbox.password)
    urls = [scene.sandbox.platform_url.replace("//", "//someone@") + "/api"]

    def follow(advice: str) -> None:
        urls.append(advice.partition("the @: ")[2].replace("…", "api"))

    return Fault(in_python(lambda: session.headers(urls[-1])), in_python=follow)


def profile_of(scene: Scene) -> Profile:
    settings = {name: text for name, text in scene.settings.items() if name != "client_secret"}
    secret = f"file:{scene.secret}" if "client_secret" in scene.settings else None
    return Profile("acme", **settings, client_secret=secret)  # type: ignore[arg-type]


@provokes("OA-C792")
def variable_of_the_secret(scene: Scene) -> Fault:
    scene.write(client_secret="env:ACME_CLIENT_SECRET")
    return Fault(sign_in(scene), stdin={"shell": scene.sandbox.client_secret + "\n"})


@provokes("OA-C796")
def empty_secret(scene: Scene) -> Fault:
    scene.write(client_secret="command:true")
    return Fault(sign_in(scene), fill={"REF": shlex.quote(f"file:{scene.secret}")})


@provokes("OA-C793")
def entry_that_the_key_store_lacks(scene: Scene) -> Fault:
    with_key_store(scene)
    scene.write(client_secret="keyring:acme")
    return Fault(sign_in(scene), stdin={"shell": scene.sandbox.client_secret + "\n"})


def with_key_store(scene: Scene) -> None:
    """Give the account a key store, whose mode a variable sets."""
    folder = scene.folder / "backends"
    folder.mkdir()
    (folder / "fake_key_store.py").write_text(BACKEND)
    scene.environment |= {
        "PYTHONPATH": str(folder),
        "PYTHON_KEYRING_BACKEND": "fake_key_store.Keyring",
        "FAKE_KEY_STORE": str(scene.folder / "entries.json"),
    }
    del scene.environment["OSDU_AUTH_KEY_STORE"]
    (scene.folder / "entries.json").touch(mode=0o600)
    (scene.folder / "entries.json").write_text("{}")


# Faults of a key store with the client secret.
KEY_STORES = {
    "OA-F821": {"OSDU_AUTH_KEY_STORE": "off"},
    "OA-F823": {"FAKE_KEY_STORE_MODE": "locked"},
    "OA-F824": {"PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"},
}


@provokes(*KEY_STORES)
def key_store_that_cannot_be_used(scene: Scene, code: str = "") -> Fault:
    with_key_store(scene)
    scene.write(client_secret="keyring:acme")
    scene.environment |= KEY_STORES[code]
    return Fault(sign_in(scene), fill={"REF": shlex.quote(f"file:{scene.secret}")})


@provokes("OA-F813")
def key_store_that_is_locked_by_now(scene: Scene) -> Fault:
    with_key_store(scene)
    scene.sign_in()
    scene.environment["FAKE_KEY_STORE_MODE"] = "locked"
    return Fault(scene.attempt("token", "--min-ttl", "1h"), stdin=scene.password)


@provokes("OA-C797")
def profile_of_the_user_s_in_the_way_of_a_sandbox(scene: Scene) -> Fault:
    return sandbox_started_otherwise(
        scene, ["sandbox", "--port", "0", "-p", "acme"], {"ANOTHER-NAME": "another --port 0"}
    )


@provokes("OA-C719")
def path_in_a_folder_that_is_gone(scene: Scene) -> Fault:
    """The folder belongs to another process, so the fix is typed into the same shell."""
    gone = "mkdir gone && cd gone && rmdir ../gone\n"
    init = "osdu-auth init --region us-east-1 --client-id c --client-secret file:secret"
    lines = [gone + init]

    def follow(advice: str) -> None:
        lines.append(f"{gone}{advice.rpartition('folder: ')[2]}\n{init}")

    return Fault(lambda: scene.process(lines[-1]), in_python=follow)


@provokes("OA-C748")
def folder_in_quotes(scene: Scene) -> Fault:
    scene.environment["OSDU_AUTH_CONFIG_DIR"] += "\u200b"
    return Fault(scene.attempt("profile", "list"))


@provokes("OA-C749")
def secret_that_was_copied_with_more(scene: Scene) -> Fault:
    good = scene.secret.read_text()
    scene.secret.write_text(good[:10] + "\u00a0" + good[10:])
    return Fault(sign_in(scene), line="", first=lambda: scene.secret.write_text(good))
