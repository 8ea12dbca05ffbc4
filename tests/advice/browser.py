"""Faults of a profile for a sign-in in a browser."""

from __future__ import annotations

import json
import os
import re
import shlex
import socket
import subprocess
import sys
from contextlib import suppress
from functools import partial
from threading import Thread
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from advice.configuration import EVERY_FLOW
from advice.registry import provokes
from advice.scene import Fault, Outcome, Scene, by_turns
from canaries import register
from osdu_auth import Session
from osdu_auth.credentials.browser import BrowserCredential
from sandbox.form_browser import FormBrowser

if TYPE_CHECKING:
    from collections.abc import Callable

    from osdu_auth.oidc.questions import BrowserAddressQuestion
    from osdu_auth.profiles.profile import BrowserProfile
    from osdu_auth.sandbox import AppClient
    from sandbox.form_browser import Page

    Step = Callable[[FormBrowser, Page], Page]

# The fake browser: it gives the address to the person.
_BROWSER = """sh -c 'echo "$1" > "$ADDRESSES"' sh %s"""
_TOKEN = "/oauth2/token"

_WRONG = {
    "OA-B730": ("issuer", "http://login.example.com"),
    "OA-B731": ("scopes", "openid \u00e9"),
    "OA-B732": ("redirect_ports", "80"),
    "OA-B733": ("client_auth", "nones"),
    "OA-B734": ("token_use", "refresh"),
    "OA-B735": ("prompt", "log-in"),
    "OA-B736": ("identity_provider", "a\u0007b"),
    "OA-B737": ("authorize_parameters", "state=x"),
    "OA-B738": ("endpoint_hosts", "https://login.example.com"),
}


def write_browser_profile(scene: Scene, *without: str, **settings: str) -> None:
    """Replace the scene's profile by one of the kind "browser"."""
    told = {
        "sign_in": "browser",
        "client_id": scene.sandbox.browser_client_id,
        "user_pool_id": scene.sandbox.user_pool_id,
        "endpoint_url": scene.sandbox.endpoint_url,
        **settings,
    }
    lines = [f"{name} = {json.dumps(text)}" for name, text in told.items() if name not in without]
    scene.file.write_text("\n".join(['default_profile = "acme"', "[profiles.acme]", *lines, ""]))
    scene.signs_in_in_browser = True


@provokes(*_WRONG)
def setting_that_is_wrong(scene: Scene, code: str) -> Fault:
    name, text = _WRONG[code]
    without = ("user_pool_id", "endpoint_url") if name == "issuer" else ()
    write_browser_profile(scene, *without, **{name: text})
    return Fault(scene.attempt("token"), ends_in=None)


@provokes("OA-B739")
def no_issuer(scene: Scene) -> Fault:
    write_browser_profile(scene, "user_pool_id")
    return Fault(scene.attempt("token"), ends_in=None)


@provokes("OA-C716")
def kind_that_is_not_named(scene: Scene) -> Fault:
    told = {"client_id": "of-a-browser", "issuer": scene.sandbox.issuer}
    scene.environment |= {f"OSDU_AUTH_{name.upper()}": text for name, text in told.items()}
    return Fault(scene.attempt("status", "-p", "environment"), ends_in=None)


@provokes("OA-B740")
def pool_that_is_not_named(scene: Scene) -> Fault:
    scene.write("user_pool_id")
    acts = [partial(scene.run, "login", "--browser"), partial(scene.run, "status")]
    return Fault(by_turns(*acts), fill={"ID": scene.sandbox.user_pool_id})


class PersonWithBrowser:
    """A person at a browser, which opens what `BROWSER` is given in a scene's account.

    Args:
        scene: the account.
        steps: what the person does at the page of each sign-in, in order; after them, they sign in.
    """

    def __init__(self, scene: Scene, *steps: Step) -> None:
        self.browser = FormBrowser(scene.sandbox, comes_back=True)
        self._steps = list(steps)
        self._addresses = scene.folder / f"addresses of {id(self)}"
        os.mkfifo(self._addresses)
        scene.environment |= {"BROWSER": _BROWSER, "ADDRESSES": str(self._addresses)}
        self._thread = Thread(target=self._sit_there, name="a person", daemon=True)
        self._thread.start()
        scene.leaving.callback(self._leave)

    def _sit_there(self) -> None:
        while address := self._addresses.read_text().strip():
            page = self.browser.open(address)
            if page.action is not None:
                step = self._steps.pop(0) if self._steps else FormBrowser.sign_in
                step(self.browser, page)

    def _leave(self) -> None:
        for _ in range(300):
            with suppress(OSError):  # the person reads a page, and no address
                os.close(os.open(self._addresses, os.O_WRONLY | os.O_NONBLOCK))
            self._thread.join(0.1)
            if not self._thread.is_alive():
                return
        raise AssertionError("The person at the browser does not leave.")


def app_client(scene: Scene, **settings: Any) -> AppClient:
    """Make an app client whose callback may have any port."""
    made = scene.sandbox.pool.add_app_client(
        "of a browser",
        callback_urls=["http://localhost/callback"],
        any_loopback_port=True,
        **{"generate_secret": False, **settings},
    )
    if made.client_secret is not None:
        register(made.client_secret)
    return made


def in_browser(scene: Scene, *steps: Step, **settings: str) -> Callable[[], Outcome]:
    """Write a profile for a browser, and return a function that signs in with it."""
    client = {} if "client_id" in settings else {"client_id": app_client(scene).client_id}
    told = {"redirect_ports": "0", **client, **settings}
    if "issuer" in settings:
        write_browser_profile(scene, "user_pool_id", "endpoint_url", scopes="openid", **told)
    else:
        write_browser_profile(scene, **told)
    PersonWithBrowser(scene, *steps)
    return scene.attempt("login")


def file_of(scene: Scene, secret: str | None) -> str:
    """Return the reference to a secret in a private file."""
    file = scene.folder / "of an app client"
    file.touch(mode=0o600)
    file.write_text(secret or "")
    return f"file:{file}"


# Temporary faults of the sign-in domain: after them, a new sign-in or another try works.
_FOR_A_WHILE: dict[str, dict[str, Any]] = {
    "OA-B313": {"code_seconds": 0.0},
    "OA-B317": {"response_issuer": "wrong"},
    "OA-B605": {"nonce": "wrong"},
}
_TO_TRY_AGAIN: dict[str, dict[str, Any]] = {
    "OA-B610": {"authorization_error": {"error": "server_error"}},
}


@provokes(*_FOR_A_WHILE, *_TO_TRY_AGAIN)
def domain_that_behaves_otherwise_for_a_while(scene: Scene, code: str) -> Fault:
    openid = scene.sandbox.openid
    before = openid.settings
    openid.change_settings(**{**_FOR_A_WHILE, **_TO_TRY_AGAIN}[code])

    def restore() -> None:
        openid.settings = before

    line = "" if code in _TO_TRY_AGAIN else None
    return Fault(in_browser(scene), line, first=restore)


@provokes("OA-B603")
def issuer_that_is_busy(scene: Scene) -> Fault:
    scene.sandbox.faults.reply(f"/{scene.sandbox.user_pool_id}/.well-known", status=503)
    return Fault(in_browser(scene), "")


@provokes("OA-B604")
def page_in_place_of_an_answer(scene: Scene) -> Fault:
    scene.sandbox.faults.reply(_TOKEN, body="<html>Sign in to the network</html>")
    return Fault(in_browser(scene), "")


@provokes("OA-B314")
def consent_that_was_refused(scene: Scene) -> Fault:
    return Fault(in_browser(scene, lambda browser, page: browser.submit(page, "cancel")))


@provokes("OA-B315")
def page_that_may_not_ask(scene: Scene) -> Fault:
    return Fault(in_browser(scene, prompt="none"))


@provokes("OA-B318")
def browser_that_does_not_come_back(scene: Scene) -> Fault:
    in_browser(scene)

    def sign_in() -> None:
        session = Session("acme")
        profile: BrowserProfile = session.profile  # type: ignore[assignment]
        by = BrowserCredential(profile, opens_browser=False, patience=0.01)
        session.sign_in("", None, closes_the_tab, by=by)  # type: ignore[arg-type]

    def closes_the_tab(question: BrowserAddressQuestion) -> None:
        assert question.until.wait(30)

    return Fault(by_turns(partial(scene.call, sign_in), scene.attempt("token")))


@provokes("OA-B320")
def another_user_in_the_browser(scene: Scene) -> Fault:
    password = "Correct-Horse-7"
    register(password)
    expected = scene.sandbox.pool.add_user(
        email=f"expected-{uuid4()}@example.com", password=password
    )
    login = in_browser(
        scene,
        FormBrowser.sign_in,
        lambda browser, page: browser.sign_in(page, expected.email, password),
        username=expected.email,
    )
    return Fault(by_turns(login, scene.attempt("token")))


# The refusals of a renewal that the token endpoint sends once.
_AT_RENEWAL = {
    "OA-B410": "invalid_grant",
    "OA-B411": "interaction_required",
    "OA-B611": "quite_another",
}


@provokes(*_AT_RENEWAL)
def renewal_that_is_refused(scene: Scene, code: str) -> Fault:
    signed_in = in_browser(scene)()
    assert signed_in.code == 0, signed_in.said
    body = json.dumps({"error": _AT_RENEWAL[code]})
    scene.sandbox.faults.reply(_TOKEN, status=400, body=body, content_type="application/json")
    return Fault(scene.attempt("token", "--renew"))


@provokes("OA-B601")
def issuer_that_is_none(scene: Scene) -> Fault:
    login = in_browser(scene, issuer=f"{scene.sandbox.endpoint_url}/none")
    return Fault(login, fill={"URL": scene.sandbox.issuer})


@provokes("OA-B602")
def issuer_with_a_slash_too_many(scene: Scene) -> Fault:
    return Fault(in_browser(scene, issuer=f"{scene.sandbox.issuer}/"))


@provokes("OA-B606")
def id_token_that_was_not_asked_for(scene: Scene) -> Fault:
    return Fault(in_browser(scene, token_use="id", scopes="email phone"))


@provokes("OA-B701")
def endpoint_on_another_host(scene: Scene) -> Fault:
    """The hosts in the profile stay; the next error is that the new host does not exist."""
    signed_in = in_browser(scene, endpoint_hosts="login.example.com")()
    assert signed_in.code == 0, signed_in.said
    scene.sandbox.openid.change_settings(endpoint_origin="https://[::1]:1")
    line = "osdu-auth init -p acme --endpoint-hosts 'login.example.com ::1'"
    return Fault(scene.attempt("token", "--renew"), line, ends_in=6)


@provokes("OA-B702")
def pool_without_a_domain(scene: Scene) -> Fault:
    scene.sandbox.openid.change_settings(has_domain=False)
    client = app_client(scene, explicit_auth_flows=EVERY_FLOW)
    login = in_browser(scene, client_id=client.client_id, username=scene.sandbox.username)
    with_password = partial(scene.run, "login", "--password-stdin", stdin=scene.password["login"])
    return Fault(by_turns(login, with_password))


@provokes("OA-B703")
def secret_that_the_profile_does_not_name(scene: Scene) -> Fault:
    client = app_client(scene, generate_secret=True)
    login = in_browser(scene, client_id=client.client_id, client_auth="basic")
    return Fault(login, fill={"REF": shlex.quote(file_of(scene, client.client_secret))})


@provokes("OA-B711")
def secret_that_was_not_sent(scene: Scene) -> Fault:
    client = app_client(scene, generate_secret=True)
    login = in_browser(scene, client_id=client.client_id)
    return Fault(login, fill={"REF": shlex.quote(file_of(scene, client.client_secret))})


@provokes("OA-B712")
def secret_of_a_public_app_client(scene: Scene) -> Fault:
    scene.sandbox.openid.change_settings(entra_errors=True)
    return Fault(in_browser(scene, client_secret=file_of(scene, "another1secret2of3twenty4")))


@provokes("OA-B713")
def secret_that_was_replaced(scene: Scene) -> Fault:
    client = app_client(scene, generate_secret=True)
    former = file_of(scene, "another1secret2of3twenty4")
    login = in_browser(scene, client_id=client.client_id, client_secret=former)
    scene.secret.write_text(client.client_secret or "")
    return Fault(login, fill={"REF": shlex.quote(f"file:{scene.secret}")})


@provokes("OA-B714")
def app_client_that_is_not_known(scene: Scene) -> Fault:
    """Entra returns this to the program too, if the parameters are pushed."""
    scene.sandbox.openid.change_settings(entra_errors=True, requires_pushed_requests=True)
    right = app_client(scene).client_id
    login = in_browser(scene, issuer=scene.sandbox.issuer, client_id="1h57kf5cpq17m0eml12EXAMPLE")
    return Fault(login, fill={"URL": scene.sandbox.issuer, " ID": f" {right}"})


@provokes("OA-B715")
def scope_that_is_not_known(scene: Scene) -> Fault:
    return Fault(in_browser(scene, scopes="openid osdu"))


@provokes("OA-B717")
def request_that_the_issuer_does_not_understand(scene: Scene) -> Fault:
    fill = {"A=B": "max_age=300"}
    return Fault(in_browser(scene, authorize_parameters="max_age=soon"), fill=fill)


@provokes("OA-B720")
def ports_that_are_taken(scene: Scene) -> Fault:
    taken = scene.leaving.enter_context(socket.create_server(("127.0.0.1", 0)))
    port = str(taken.getsockname()[1])
    return Fault(in_browser(scene, redirect_ports=port), fill={"PORTS": "0"})


@provokes("OA-B220")
def no_browser_and_no_terminal(scene: Scene) -> Fault:
    """Without a visible browser: over SSH."""
    login = in_browser(scene)
    del scene.environment["BROWSER"]
    scene.environment["SSH_CONNECTION"] = "192.0.2.1 1 192.0.2.2 22"
    attempts = by_turns(login, scene.attempt("token"))
    return Fault(attempts, in_python=partial(open_elsewhere, scene))


def open_elsewhere(scene: Scene, advice: str) -> None:
    """Type the command that prints the address, and open the address, as a program may."""
    line = advice.partition(": ")[2]
    program = f'{shlex.quote(sys.executable)} -m osdu_auth "$@"'
    with subprocess.Popen(
        ["bash", "--norc", "-c", f"osdu-auth() {{ {program}; }}\n{line}"],
        env=scene.environment,
        cwd=scene.folder,
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as waiting:
        assert waiting.stderr is not None
        said = iter(waiting.stderr)
        address = next(text.strip() for text in said if re.match(r"https?://", text))
        browser = FormBrowser(scene.sandbox, comes_back=True)
        assert browser.sign_in(browser.open(address)).title == "Your sign-in is done"
        rest = "".join(said)
    assert waiting.returncode == 0, rest
