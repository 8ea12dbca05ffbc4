"""Python code that a program runs instead of the commands of fixes (`osdu_auth.fixes`).

A program that keeps its session in its own store, or made its profile itself, cannot use a command:
the command would use another store. The fix names a call instead.
"""

from __future__ import annotations

from osdu_auth.shell_words import Blank, ShellExpression

# The call that a program makes instead of a command.
CALLS = {
    "login": "session.sign_in({username}, password{answer})",
    "logout": "session.sign_out()",
    "token": "session.token()",
    "status": "session.explain()",
    "groups": "GET /api/entitlements/v2/groups",
    "why": "explain_refusal(error, session)",
    "account forgot-password": "Account(session).request_password_reset(username)",
    "account confirm-sign-up": "Account(session).confirm_sign_up(username, code)",
    "account resend-code": "Account(session).resend_confirmation(username)",
    "account set-up-totp": "Account(session).set_up_totp(answer)",
    "account devices": "Account(session).devices()",
}
# The options without a value, and the argument that each one becomes in a call.
_SWITCHES = {
    "--default": ("make_default", "True"),
    "--browser": ("browser", "True"),
    "--no-browser": ("browser", "False"),
}


def in_python(text: str) -> str:
    """Return a text as a Python literal; a `Blank` is returned unchanged."""
    if isinstance(text, Blank):
        return text
    literal = repr(text)
    return f'"{text}"' if literal == f"'{text}'" and '"' not in text else literal


def literal(text: str) -> str:
    """Return a text as a Python literal, even where it is a `Blank`."""
    return in_python(str(text))


def settings_in(options: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return the settings that the options of `init` name, such as `region`, with their values."""
    flags = [flag.removeprefix("--").replace("-", "_") for flag in options[::2]]
    return list(zip(flags, options[1::2], strict=False))


def arguments_of(options: tuple[str, ...]) -> dict[str, str]:
    """Return the options of a command as arguments of a call, with values as Python literals."""
    switches = dict(_SWITCHES[word] for word in options if word in _SWITCHES)
    whole = tuple("--username" if word == "-u" else word for word in options)
    others = tuple(word for word in whole if word not in _SWITCHES)
    return {**{key: literal(value) for key, value in settings_in(others)}, **switches}


def profile_call(name: str | None, options: tuple[str, ...], *, in_browser: bool) -> str:
    """Return the call that makes a profile with the settings that the options of `init` name."""
    kind = "BrowserProfile" if in_browser else "Profile"
    settings = [f", {key}={in_python(value)}" for key, value in settings_in(options)]
    return f"{kind}({in_python(name or Blank('NAME'))}, …{''.join(settings)})"


def browser_sign_in_call(named: dict[str, str], *, once: bool) -> str:
    """Return the call with which a program signs in its user by a browser.

    Args:
        named: the arguments of `login`, as Python literals.
        once: whether the profile itself is for a password.
    """
    credential_arguments = {"prompt": named["prompt"]} if "prompt" in named else {}
    if named.get("browser") == "False":
        credential_arguments["opens_browser"] = "False"
    arguments = "".join(f", {key}={value}" for key, value in credential_arguments.items())
    by = f", by=in_browser(session.profile{arguments})" if once or arguments else ""
    username = named.get("username", '""')
    return f"session.sign_in({username}, None, answer{by})"


def value_in_cell(pieces: tuple[str, ...]) -> str:
    """Return the value of an environment variable, given in pieces, as a Python expression."""
    first, rest = pieces[0], "".join(pieces[1:])
    if not isinstance(first, ShellExpression):
        return literal("".join(pieces))
    return f"os.path.expandvars({literal(first)}) + {literal(rest)}"
