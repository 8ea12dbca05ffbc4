"""Which kind of console this is, and whether it hides what is typed.

The law of this module: a console that is not known to hide a password is not asked for one, and a
terminal that no person sits at is asked nothing.
"""

from __future__ import annotations

import os
import sys

from osdu_auth.errors import SignInRequired, UsageError
from osdu_auth.fixes import Command, Fix, LoginInCell, Run, Unset
from osdu_auth.ipython_shell import in_notebook_cell, running_shell

_ECHOING_KERNELS = ("spyder_kernels", "ipykernel.inprocess")
# What tells that a kernel has started this program, as `!command` in a cell does: jupyter_client
# sets the first one, with which most kernels are started; ipykernel the second one, whoever
# started it.
_OF_A_KERNEL = "JPY_PARENT_PID"
_PLOTS, _PLOTS_IN_A_CELL = "MPLBACKEND", ("module://matplotlib_inline", "module://ipykernel")
# What tells that no person watches: most services that build programs set the first one.
_OF_A_BUILD = ("CI", "TF_BUILD", "JENKINS_URL", "TEAMCITY_VERSION", "CODEBUILD_BUILD_ID")


def require_hidden_typing(profile_name: str, *, in_browser: bool = False) -> None:
    """See that a password can be typed here without being shown.

    Args:
        profile_name: for the command to type elsewhere.
        in_browser: whether a person signs in in a browser, and may paste an address alone: the code
            in it is of use to this program alone (PKCE), so a cell may show it.

    Raises:
        SignInRequired: OA-S390: this console would show it; OA-S391: nobody can be asked here.
    """
    if in_notebook_cell():
        if not in_browser and _kernel_of_an_echoing_console():
            raise would_show_password(profile_name)
    elif sys.stdin is not sys.__stdin__:
        # A program with a window of its own (IDLE, PyCharm's console) has put itself in between.
        raise would_show_password(profile_name)
    elif sys.stdin is None or not sys.stdin.isatty() or why_unattended() is not None:
        raise nobody_here(profile_name)


def require_input(profile_name: str) -> None:
    """See that the front end of a notebook takes input, before anything is begun.

    It takes none where a whole notebook is run unattended, by nbconvert or papermill.

    Args:
        profile_name: for the command to type elsewhere.

    Raises:
        SignInRequired: OA-S391: it takes none.
    """
    kernel = getattr(running_shell(), "kernel", None)
    if not getattr(kernel, "_allow_stdin", True):  # as ipykernel's own `input` looks
        raise nobody_here(profile_name)


def why_unattended() -> str | None:
    """Say why no person answers at this terminal, as a sentence; None where one may.

    A notebook's kernel and many builds give the programs that they run a pseudo-terminal, at which
    a question would wait for ever.
    """
    if in_started_kernel():
        return "A command after ! in a notebook's cell has a terminal that no keyboard leads to."
    build = _variable_of_build()
    return None if build is None else f"{build} is set: an automatic build runs this."


def in_started_kernel() -> bool:
    """Say whether a notebook's kernel has started this program, and this is not the kernel."""
    if in_notebook_cell():
        return False
    plots = os.environ.get(_PLOTS, "")
    return bool(os.environ.get(_OF_A_KERNEL)) or plots.startswith(_PLOTS_IN_A_CELL)


def unattended(command: str) -> UsageError:
    """Return the error of a command that has a question and, as it seems, a terminal.

    Args:
        command: what was typed, such as `login`.
    """
    words = command.split()
    fix: Fix = "Give all that it asks for by its options: " + Command("osdu-auth", *words, "--help")
    if in_started_kernel():
        in_cell = "Type in a cell: " + LoginInCell()
        fix = in_cell if command == "login" else "Run it in a terminal: " + Run(*words)
    elif (build := _variable_of_build()) is not None:
        fix += "; if a person is there after all: " + Unset(build)
    return UsageError(
        "No person can answer here.", code="OA-U212", why=why_unattended() or "", fix=fix
    )


def _variable_of_build() -> str | None:
    """The variable that says that an automatic build runs this, None where none does."""
    for name in _OF_A_BUILD:
        if os.environ.get(name, "").strip().lower() not in {"", "0", "false", "no"}:
            return name
    return None


def would_show_password(profile_name: str | None = None) -> SignInRequired:
    """Return the error that stands for a console that shows what is typed."""
    return SignInRequired(
        "This console would show your password as you type it.",
        code="OA-S390",
        why="Spyder, QtConsole, IDLE and PyCharm's console cannot hide what is typed.",
        fix="Sign in in a terminal, then come back: "
        + Run("login", profile=profile_name, in_terminal=True),
    )


def nobody_here(profile_name: str) -> SignInRequired:
    """Return the error that stands for a place where nobody can be asked."""
    return SignInRequired(
        f'Not signed in to "{profile_name}", and nobody can be asked here.',
        code="OA-S391",
        why="Neither a terminal nor a notebook that takes input is at hand.",
        fix="Sign in in a terminal, then come back: "
        + Run("login", profile=profile_name, in_terminal=True),
    )


def _kernel_of_an_echoing_console() -> bool:
    kernel = getattr(running_shell(), "kernel", None)
    modules = {kind.__module__ for kind in type(kernel).__mro__}
    if any(module.startswith(_ECHOING_KERNELS) for module in modules):
        return True
    return is_qtconsole(_words_of_the_parent_process())


def is_qtconsole(words: list[str]) -> bool:
    """Say whether a process with this command line is QtConsole."""
    if words[1:3] == ["-m", "qtconsole"]:
        return True
    return any("qtconsole" in os.path.basename(word).lower() for word in words[:2])


def _words_of_the_parent_process() -> list[str]:
    """The command line of the program that started this kernel, empty where it cannot be read."""
    try:
        from importlib import import_module

        # Wherever ipykernel is, psutil is; it is no dependency of this package.
        words: list[str] = import_module("psutil").Process().parent().cmdline()
    except Exception:  # noqa: BLE001 - no psutil, no parent, no permission: nothing is known
        return _words_in_proc()
    return words


def _words_in_proc() -> list[str]:
    try:
        with open(f"/proc/{os.getppid()}/cmdline", "rb") as file:
            return [os.fsdecode(word) for word in file.read().split(b"\0") if word]
    except OSError:
        return []
