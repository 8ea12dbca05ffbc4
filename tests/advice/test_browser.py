"""Signing in in a browser: nothing is lost by an error, and its advice fits who reads it."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Any

import pytest

from advice.browser import PersonWithBrowser, app_client, file_of, in_browser
from advice.configuration import EVERY_FLOW
from advice.scene import Fault, by_turns
from advice.test_advice import follow

if TYPE_CHECKING:
    from collections.abc import Callable

    from advice.scene import Scene
    from sandbox.form_browser import FormBrowser, Page

LOST_NOTHING: dict[str, Callable[[Scene], object]] = {
    name: lambda scene, how=how: scene.sandbox.openid.change_settings(**how)
    for name, how in {
        "OA-B313": {"code_seconds": 0.0},
        "OA-B314": {"authorization_error": {"error": "access_denied"}},
        "OA-B317": {"response_issuer": "wrong"},
        "OA-B602": {"discovery_issuer": "https://login.example.com"},
        "OA-B605": {"nonce": "absent"},
        "OA-B701": {"endpoint_origin": "https://login.example.com"},
        "OA-B702": {"has_domain": False},
        "OA-B716": {"authorization_error": {"error": "unauthorized_client"}},
    }.items()
} | {
    "OA-B604": lambda scene: scene.sandbox.faults.reply("/oauth2/token", body="<html>"),
    "OA-B610": lambda scene: scene.sandbox.faults.reply("/oauth2/token", status=503),
    "OA-B711": lambda scene: scene.sandbox.faults.reply(
        "/oauth2/token", status=401, body=json.dumps({"error": "invalid_client"})
    ),
}


@pytest.mark.parametrize("code", LOST_NOTHING)
def test_a_failed_sign_in_does_not_change_the_former_session(code: str, scene: Scene) -> None:
    login = in_browser(scene)
    signed_in = login()
    assert signed_in.code == 0, signed_in.said
    token = scene.run("token").stdout
    LOST_NOTHING[code](scene)
    refused = login()
    assert f"[{code}]" in refused.said
    assert refused.advice
    assert scene.run("token").stdout == token


def password_profile(scene: Scene, **settings: Any) -> None:
    """Write a profile for a password, of an app client that may be signed in to in a browser."""
    client = app_client(scene, explicit_auth_flows=EVERY_FLOW, **settings)
    scene.write("client_secret", "region", client_id=client.client_id)


def cancel(browser: FormBrowser, page: Page) -> Page:
    return browser.submit(page, "cancel")


def test_the_fix_of_a_sign_in_with_browser_has_the_flag_again(scene: Scene) -> None:
    password_profile(scene)
    PersonWithBrowser(scene, cancel)
    line = "osdu-auth login -p acme --browser"
    follow(Fault(scene.attempt("login", "--browser"), line), "OA-B314", scene)


def test_a_setting_of_a_browser_makes_a_password_s_profile_one_for_a_browser(scene: Scene) -> None:
    """For once there are the usual ports alone, and this app client may come back to none of them.

    What is left is a profile whose `login` signs in in a browser, at any port.
    """
    password_profile(scene)
    PersonWithBrowser(scene)
    scene.sandbox.openid.change_settings(
        authorization_error={"error": "invalid_request", "error_description": "max_age is missing"}
    )
    refused = scene.run("login", "--browser")
    assert "[OA-B717]" in refused.said
    scene.sandbox.openid.change_settings(authorization_error=None)
    line = refused.advice.partition("for example: ")[2]
    assert line == 'osdu-auth init -p acme --sign-in browser --authorize-parameters "A=B"'
    scene.type(line.replace("A=B", "max_age=300"), {})
    assert "max_age=300" in scene.run("profile", "show", "acme").stdout
    assert scene.run("init", "-p", "acme", "--redirect-ports", "0").code == 0
    assert scene.run("login").code == 0


def test_with_browser_and_no_terminal_the_fix_names_a_program_for_the_address(
    scene: Scene,
) -> None:
    password_profile(scene)
    PersonWithBrowser(scene)
    browser = scene.environment.pop("BROWSER")
    scene.environment["SSH_CONNECTION"] = "192.0.2.1 1 192.0.2.2 22"
    fault = Fault(scene.attempt("login", "--browser"), fill={"COMMAND": shlex.quote(browser)})
    follow(fault, "OA-B220", scene)


@pytest.mark.parametrize("program", ["false", "/no/such/browser"])
def test_a_browser_that_does_not_start_is_reported_at_once(scene: Scene, program: str) -> None:
    login = in_browser(scene)
    scene.environment["BROWSER"] = program
    refused = login()
    assert (refused.code, "[OA-B220]" in refused.said) == (2, True), refused.said
    assert "The browser could not be started" in refused.said


def test_the_fix_stops_sending_a_public_app_client_s_secret(scene: Scene) -> None:
    """For an issuer that does not say that the app client has the wrong kind."""
    login = in_browser(scene, client_secret=file_of(scene, "another1secret2of3twenty4"))
    follow(Fault(login, "osdu-auth init -p acme --client-auth none"), "OA-B713", scene)


def test_the_fix_sends_a_secret_that_the_issuer_needs(scene: Scene) -> None:
    client = app_client(scene, generate_secret=True)
    secret = file_of(scene, client.client_secret)
    login = in_browser(scene, client_id=client.client_id, client_secret=secret, client_auth="none")
    follow(Fault(login, "osdu-auth init -p acme --client-auth basic"), "OA-B711", scene)


def test_the_fix_names_another_app_client_id(scene: Scene) -> None:
    body = json.dumps({"error": "invalid_client"})
    scene.sandbox.faults.reply("/oauth2/token", status=401, body=body)
    client_id = app_client(scene).client_id
    login = in_browser(scene, client_id=client_id)
    other = Fault(
        login, lambda advice: advice.partition("client's id: ")[2], {" ID": f" {client_id}"}
    )
    follow(other, "OA-B711", scene)


def test_the_fix_fetches_missing_keys_again(scene: Scene) -> None:
    path = f"/{scene.sandbox.user_pool_id}/.well-known/jwks.json"
    scene.sandbox.faults.reply(path, status=404)
    follow(Fault(in_browser(scene), "osdu-auth login -p acme"), "OA-N671", scene)


def test_the_fix_sends_no_secret_for_a_public_app_client(scene: Scene) -> None:
    login = in_browser(scene, client_auth="post")
    follow(Fault(login, "osdu-auth init -p acme --client-auth none"), "OA-B703", scene)


def test_the_fix_makes_each_profile_one_for_a_browser(scene: Scene) -> None:
    fill = {"us-east-1_Ab12Cd34E": scene.sandbox.user_pool_id}
    scene.write("user_pool_id")
    init = ("init", "-p", "acme", "--sign-in", "browser")
    fault = Fault(
        by_turns(scene.attempt(*init), scene.attempt("status")),
        lambda advice: " ".join(["osdu-auth", *init, advice.removeprefix("Give it as in: ")]),
        fill=fill,
    )
    follow(fault, "OA-B739", scene)
    assert f'user_pool_id = "{scene.sandbox.user_pool_id}"' in scene.file.read_text()
    assert 'sign_in = "browser"' in scene.file.read_text()


def test_the_fix_changes_the_kind_of_a_profile_with_another_kind_s_setting(
    scene: Scene,
) -> None:
    scene.write("user_pool_id", issuer=scene.sandbox.issuer)
    line = "osdu-auth init -p acme --sign-in browser"
    follow(Fault(scene.attempt("token"), line, ends_in=None), "OA-C716", scene)


def test_the_fix_unsets_one_of_two_issuers_in_variables(scene: Scene) -> None:
    told = {
        "sign_in": "browser",
        "client_id": app_client(scene).client_id,
        "user_pool_id": scene.sandbox.user_pool_id,
        "issuer": scene.sandbox.issuer,
    }
    scene.environment |= {f"OSDU_AUTH_{name.upper()}": text for name, text in told.items()}
    named = scene.attempt("status", "-p", "environment")
    line = "unset OSDU_AUTH_ISSUER"
    follow(Fault(named, line, ends_in=None), "OA-B739", scene)


def test_the_fix_names_a_user_pool_at_another_address(scene: Scene) -> None:
    sandbox = scene.sandbox
    address = sandbox.endpoint_url.replace("127.0.0.1", "localhost")
    follow(Fault(in_browser(scene, endpoint_url=address)), "OA-B602", scene)


def test_the_command_in_the_note_gets_the_missing_refresh_token(scene: Scene) -> None:
    scene.sandbox.openid.change_settings(refresh_token_needs_consent=True)

    login = in_browser(scene)
    noted = login()
    assert noted.code == 0
    line = noted.said.partition("give one after: ")[2].partition("\n")[0]
    assert line.startswith("osdu-auth init -p acme --scopes")
    scene.type(line, {})
    PersonWithBrowser(scene, lambda browser, page: browser.submit(browser.sign_in(page), "consent"))
    again = login()
    assert (again.code, "no refresh token" in again.said) == (0, False), again.said
    assert scene.run("token", "--renew").code == 0
