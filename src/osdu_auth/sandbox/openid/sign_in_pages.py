"""The pages of the sign-in domain: plain forms, without script.

Invariant: every text of a request or a user is escaped. The pages' content security policy has no
`form-action`, as Chromium applies it to the redirect after a form too.
"""

from __future__ import annotations

import json
from html import escape
from typing import TYPE_CHECKING

from osdu_auth.sandbox.http_messages import Response
from osdu_auth.sandbox.openid.refusals import NOT_CACHED
from osdu_auth.sandbox.openid.sign_in_steps import CHOICE, CODES, NEW_PASSWORD

if TYPE_CHECKING:
    from osdu_auth.sandbox.http_messages import Headers
    from osdu_auth.sandbox.openid.browsers import SignInAttempt

SIGN_IN = "/login"
"""The path that every form is sent to."""

_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; "
    "base-uri 'none'"
)
HEADERS: Headers = (
    *NOT_CACHED,
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
    ("Content-Security-Policy", _POLICY),
)
_STYLE = (
    ":root{color-scheme:light dark}body{font:1rem/1.5 system-ui,sans-serif;margin:3rem auto;"
    "max-width:24rem;padding:0 1rem}label,button{display:block;margin:.75rem 0}"
    "input:not([type=radio]){display:block;width:100%;box-sizing:border-box;font:inherit}"
    "button{font:inherit;padding:.25rem 1rem}"
)
_CANCEL = '<button name="cancel" value="yes" formnovalidate>Cancel</button>'


def error_page(reason: str) -> Response:
    """Return the page for a request that cannot be redirected, with Amazon Cognito's sentence."""
    body = f"<p>An error was encountered with the requested page.</p><p>{escape(reason)}</p>"
    return _page("Error", body, status=400)


def sign_in_page(attempt: SignInAttempt, sentence: str = "") -> Response:
    """Return the page of the next step of a sign-in.

    Args:
        attempt: the sign-in.
        sentence: what was wrong with the last answer; empty if nothing was.
    """
    title, inputs, button = _step(attempt)
    wrong = f'<p role="alert">{escape(sentence)}</p>' if sentence else ""
    identifier = f'<input type="hidden" name="sign_in" value="{escape(attempt.identifier)}">'
    form = f'<form method="post" action="{SIGN_IN}">{identifier}{inputs}{button}{_CANCEL}</form>'
    return _page(title, wrong + form)


def _step(attempt: SignInAttempt) -> tuple[str, str, str]:
    """Return the title, the inputs and the button of the page."""
    authorization = attempt.authorization
    if attempt.signed_in is not None:
        scopes = "".join(f"<li>{escape(scope)}</li>" for scope in authorization.scopes)
        name = escape(authorization.callback.app_client.name)
        user = escape(attempt.signed_in.user.email)
        text = f"<p>{name} asks for these scopes of {user}:</p><ul>{scopes}</ul>"
        return "Consent", text, '<button name="consent" value="yes">Allow</button>'
    continue_button = "<button>Continue</button>"
    if attempt.challenge is None:
        at = f" at {authorization.identity_provider}" if authorization.identity_provider else ""
        inputs = _input("User name", "username", value=authorization.login_hint) + _input(
            "Password", "password", kind="password"
        )
        return f"Sign in{at}", inputs, "<button>Sign in</button>"
    challenge = attempt.challenge["ChallengeName"]
    parameters = attempt.challenge["ChallengeParameters"]
    if challenge == NEW_PASSWORD:
        wanted = json.loads(parameters["requiredAttributes"])
        inputs = _input("New password", "new_password", kind="password")
        inputs += "".join(_input(name.partition(".")[2], name) for name in wanted)
        return "Choose a new password", inputs, continue_button
    if challenge == CHOICE:
        choices = "".join(
            f'<label><input type="radio" name="factor" value="{escape(each)}" required>'
            f"{escape(each)}</label>"
            for each in json.loads(parameters["MFAS_CAN_CHOOSE"])
        )
        return "Choose a second factor", choices, continue_button
    if challenge in CODES:
        sent_to = parameters.get("CODE_DELIVERY_DESTINATION")
        text = f"<p>The code was sent to {escape(sent_to)}.</p>" if sent_to else ""
        return "Enter the code", text + _input("Code", "code"), continue_button
    return "Unsupported challenge", f"<p>The sandbox has no page for {escape(challenge)}.</p>", ""


def _input(label: str, name: str, *, kind: str = "text", value: str = "") -> str:
    return (
        f'<label>{escape(label)}<input type="{kind}" name="{escape(name)}" '
        f'value="{escape(value)}" required></label>'
    )


def _page(title: str, body: str, *, status: int = 200) -> Response:
    text = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<title>{escape(title)}</title><link rel="icon" href="data:,">'
        f"<style>{_STYLE}</style></head><body><h1>{escape(title)}</h1>{body}</body></html>"
    )
    return Response(status, text.encode(), "text/html; charset=utf-8", HEADERS)
