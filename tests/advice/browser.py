"""Provokers of faults in a profile of a person who signs in in a browser."""

from __future__ import annotations

import json
from functools import partial

from advice.registry import provokes
from advice.scene import Fault, Scene, by_turns

_WRONG = {
    "OA-B730": ("issuer", "http://login.example.com"),
    "OA-B731": ("scopes", "openid \u00e9"),
    "OA-B732": ("redirect_ports", "80"),
    "OA-B733": ("client_auth", "secret"),
    "OA-B734": ("token_use", "refresh"),
    "OA-B735": ("prompt", "log-in"),
    "OA-B736": ("identity_provider", "a\u0007b"),
    "OA-B737": ("authorize_parameters", "state=x"),
    "OA-B738": ("endpoint_hosts", "https://login.example.com"),
}


def write_browser_profile(scene: Scene, *without: str, **settings: str) -> None:
    """Write a profile of the kind "browser" in the place of the scene's."""
    told = {
        "sign_in": "browser",
        "client_id": scene.sandbox.browser_client_id,
        "user_pool_id": scene.sandbox.user_pool_id,
        "endpoint_url": scene.sandbox.endpoint_url,
        **settings,
    }
    lines = [f"{name} = {json.dumps(text)}" for name, text in told.items() if name not in without]
    scene.file.write_text("\n".join(['default_profile = "acme"', "[profiles.acme]", *lines, ""]))


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


@provokes("OA-B740")
def pool_that_is_not_named(scene: Scene) -> Fault:
    scene.write("user_pool_id")
    acts = [partial(scene.run, "login", "--browser"), partial(scene.run, "status")]
    return Fault(by_turns(*acts), fill={"ID": scene.sandbox.user_pool_id})
