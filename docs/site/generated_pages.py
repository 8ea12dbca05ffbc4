"""The pages that are made from the code: commands, settings and variables, public names."""

from __future__ import annotations

import inspect
from dataclasses import MISSING
from importlib import import_module
from typing import TYPE_CHECKING

import click

import osdu_auth
from osdu_auth.cli.application import application
from osdu_auth.profiles.kinds import KINDS, SIGN_IN
from osdu_auth.profiles.setting_places import at_flag, flag_of, variable_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# The variables that are no settings of a profile; a test compares them with the source.
VARIABLES = {
    "OSDU_AUTH_PROFILE": "The profile in force when no profile is named (`-p`).",
    "OSDU_AUTH_CONFIG_DIR": "The folder of `config.toml`: an absolute path, or `~/…`.",
    "OSDU_AUTH_STATE_DIR": "The folder of sessions and keys: an absolute path, or `~/…`.",
    "OSDU_AUTH_KEY_STORE": "`off`: the OS key store is not asked; keys and secrets lie in files.",
    "OSDU_AUTH_BOARD_KEY": "Where the board key is, such as `file:PATH`, for `share` and workers.",
    "OSDU_AUTH_BOARD_PASSWORD": "Where the password of a board in Redis is, such as `file:PATH`.",
    "OSDU_AUTH_DEBUG": "`1`: what is asked and decided is said on standard error, as by `--debug`.",
    "OSDU_AUTH_TRACEBACK": "`full`: a notebook shows the whole traceback of an error.",
    "BROWSER": "The command that opens the page of a sign-in in a browser.",
    "CI, TF_BUILD, JENKINS_URL, TEAMCITY_VERSION, CODEBUILD_BUILD_ID": "Set: no person is asked.",
    "NO_COLOR": "Set: no colours.",
    "HTTPS_PROXY, ALL_PROXY, NO_PROXY": "The proxy, and what is called without it.",
    "AWS_CA_BUNDLE, REQUESTS_CA_BUNDLE, SSL_CERT_FILE, SSL_CERT_DIR": "The authorities that are "
    "trusted instead of the system's; the first that is set.",
    "AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER": "Another address of the user "
    "pool, for signing in.",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "`true`: the two above count for nothing.",
    "AWS_USE_FIPS_ENDPOINT": "`true`: AWS's FIPS address of the user pool.",
    "XDG_CONFIG_HOME, XDG_STATE_HOME, XDG_RUNTIME_DIR": "Folders, where none of ours is named.",
    "NETRC": "The file in which `doctor` looks for what `requests` would send besides a token.",
}
# What `osdu-auth exec` sets for its command.
OF_EXEC = {
    "OSDU_ACCESS_TOKEN_FILE": "A file with the bare token; read it for each request.",
    "OSDU_ACCESS_TOKEN": "With `--env-token`: a token that is not renewed.",
    "OSDU_URL": "The platform's address.",
    "OSDU_DATA_PARTITION_ID": "The data partition.",
    "OSDU_AUTH_PROFILE": "The profile's name.",
}

# The pages of the library's names, each with the modules that they are at home in.
NAMES = {
    "sessions": ("Sessions, tokens, accounts", ()),  # and all that is on no other page
    "profiles": ("Profiles", ("osdu_auth.profiles",)),
    "notebook": ("In a notebook", ("osdu_auth.notebook",)),
    "challenges": ("What a sign-in asks", ("osdu_auth.cognito", "osdu_auth.oidc")),
    "stores": ("Stores", ("osdu_auth.stores",)),
    "verification": ("Verifiers", ("osdu_auth.verification",)),
    "errors": ("Errors", ("osdu_auth.errors",)),
    "sandbox": ("The sandbox", ("osdu_auth.sandbox",)),
}
# What is imported from a module of its own, as it needs a library that may not be there.
MODULES: dict[str, tuple[str, dict[str, tuple[str, ...]]]] = {
    "adapters": (
        "HTTP libraries",
        {
            "osdu_auth.adapters.aiohttp": ("session_middleware",),
            "osdu_auth.adapters.urllib3": ("SessionPoolManager", "SessionProxyManager"),
        },
    ),
    "services": (
        "Adapters for services",
        {
            "osdu_auth.verification.services.asgi": ("BearerMiddleware",),
            "osdu_auth.verification.services.fastapi": ("BearerToken",),
            "osdu_auth.verification.services.wsgi": ("BearerMiddleware",),
            "osdu_auth.verification.services.aws_lambda": ("authorizer",),
            "osdu_auth.verification.services.gateway": ("VerifyEndpoint",),
        },
    ),
}


def generated_pages() -> dict[str, str]:
    """Return the text of each page by its path, in the order of the site."""
    pages = {"reference/commands.md": commands_page(), "reference/settings.md": settings_page()}
    for name, (title, _) in NAMES.items():
        pages[f"reference/python-{name}.md"] = names_page(title, names_of(name))
    for name, (title, modules) in MODULES.items():
        qualified = [f"{module}.{each}" for module, names in modules.items() for each in names]
        pages[f"reference/python-{name}.md"] = names_page(title, qualified)
    return pages


def commands_page() -> str:
    """Return the page of all commands, each as its `--help`."""
    parts = ["# Commands", "", "As `--help` prints them.", ""]
    for name, shown in helps(application, "osdu-auth"):
        parts += [f"## {name}", "", "```text", shown.rstrip(), "```", ""]
    return "\n".join(parts)


def helps(
    command: click.Command, name: str, above: click.Context | None = None
) -> Iterator[tuple[str, str]]:
    """Yield the name and the help of a command, and those of the commands in it."""
    settings = {} if above else dict(application.context_settings)
    context = click.Context(command, info_name=name.rpartition(" ")[2], parent=above, **settings)
    context.terminal_width = 80
    yield name, command.get_help(context)
    if isinstance(command, click.Group):
        for each in command.list_commands(context):
            inner = command.get_command(context, each)
            if inner is not None:
                yield from helps(inner, f"{name} {each}", context)


def settings_page() -> str:
    """Return the page of all settings and variables."""
    words = KINDS.settings[SIGN_IN].choices
    kinds = [KINDS.kind_of({SIGN_IN: word}, at_flag) for word in words]
    parts = [
        "# Settings and variables",
        "",
        "A setting of a profile stands in `config.toml`, or is a variable. It is a flag of",
        "`osdu-auth init`, and an argument of the profile's class in Python. `osdu-auth status",
        "--why` says which of them are in force.",
        "",
    ]
    for name, setting in KINDS.settings.items():
        parts += [f"## `{setting.key or name}`", "", setting.help, ""]
        if not setting.key:
            parts += [f"- Variable: `{variable_of(name)}`. Flag: `{flag_of(name)}`."]
        has = [kind for kind in kinds if name in kind.defaults()]
        if name != SIGN_IN:
            needed = [kind.sign_in for kind in has if kind.defaults()[name] is MISSING]
            parts += [f"- Of a profile for: {', '.join(kind.sign_in for kind in has)}."]
            parts += [f"- Needed for: {', '.join(needed)}."] * bool(needed)
        parts += [f"- One of: {', '.join(f'`{word}`' for word in setting.choices)}."] * bool(
            setting.choices
        )
        parts += [f"- Such as `{setting.example}`."] * bool(setting.example)
        parts += ["- It is not sent to workers."] * setting.is_private
        parts += [""]
    parts += ["## References to a secret", "", "A secret is not a setting, but where it is: "]
    parts += ["[the app client's secret](../signing-in.md#the-app-client-s-secret).", ""]
    parts += ["## Other variables", "", *_table(VARIABLES), ""]
    parts += ["## What `osdu-auth exec` sets for its command", "", *_table(OF_EXEC), ""]
    return "\n".join(parts)


def _table(rows: dict[str, str]) -> list[str]:
    return ["| variable | what it is |", "|---|---|"] + [
        f"| {', '.join(f'`{name}`' for name in names.split(', '))} | {what} |"
        for names, what in rows.items()
    ]


def names_of(page: str) -> list[str]:
    """Return the public names that a page has, in the order of the alphabet."""
    claimed = [module for _, modules in NAMES.values() for module in modules]

    def is_here(name: str) -> bool:
        home = getattr(osdu_auth, name).__module__
        own = NAMES[page][1]
        return home.startswith(own) if own else not home.startswith(tuple(claimed))

    public = [name for name in osdu_auth.__all__ if name != "__version__"]
    return [f"osdu_auth.{name}" for name in public if is_here(name)]


def names_page(title: str, names: Iterable[str]) -> str:
    """Return a page of names, each with what its docstring says."""
    parts = [f"# {title}", ""]
    for name in names:
        module, _, last = name.rpartition(".")
        thing = getattr(import_module(module), last)
        kind = "autofunction" if inspect.isfunction(thing) else "autoclass"
        if inspect.isclass(thing) and issubclass(thing, BaseException):
            kind = "autoexception"
        options = [] if kind == "autofunction" else [":members:"]
        options += [":show-inheritance:"] * (kind == "autoexception")
        described = [f".. {kind}:: {name}", *(f"   {each}" for each in options)]
        parts += [
            f"## {last}",
            "",
            f"`from {module} import {last}`",
            "",
            "```{eval-rst}",
            *described,
            "```",
            "",
        ]
    return "\n".join(parts)
