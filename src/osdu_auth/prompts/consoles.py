"""Which kind of console this program has, and whether the console hides what is typed.

Invariant: a password is asked for only at a console that is known to hide it, and nothing is asked
at a terminal that no person watches.
"""

from __future__ import annotations

import os
import sys

from osdu_auth.errors import SignInRequired, UsageError
from osdu_auth.fixes import Command, Fix, LoginInCell, Run, Unset
from osdu_auth.ipython_shell import in_notebook_cell, running_shell

_ECHOING_KERNELS = ("spyder_kernels", "ipykernel.inprocess")
# Variables of a program that a kernel has started, as `!command` in a cell does. jupyter_client,
# which starts most kernels, sets the first one; ipykernel itself sets the second one.
_KERNEL_VARIABLE = "JPY_PARENT_PID"
_PLOTS, _PLOTS_IN_A_CELL = "MPLBACKEND", ("module://matplotlib_inline", "module://ipykernel")
# Variables of an automatic build; most build services set the first one.
_BUILD_VARIABLES = ("CI", "TF_BUILD", "JENKINS_URL", "TEAMCITY_VERSION", "CODEBUILD_BUILD_ID")


def require_hidden_typing(profile_name: str, *, in_browser: bool = False) -> None:
    """Check that a password can be typed here without being shown.

    Args:
        profile_name: the profile's name, for the command to type in a terminal.
        in_browser: whether the person signs in in a browser, and pastes an address at most: only
            this program can use the code in it (PKCE), so a cell may show it.

    Raises:
        SignInRequired: OA-S390: this console would show a password; OA-S391: no person can be
            asked here.
    """
    if in_notebook_cell():
        if not in_browser and _kernel_of_an_echoing_console():
            raise would_show_password(profile_name)
    elif sys.stdin is not sys.__stdin__:
        # A program with its own window (IDLE, PyCharm's console) has replaced standard input.
        raise would_show_password(profile_name)
    elif sys.stdin is None or not sys.stdin.isatty() or why_unattended() is not None:
        raise no_person_to_ask(profile_name)


def require_input(profile_name: str) -> None:
    """Check, before the first question, that the front end of a notebook can answer one.

    It cannot if nbconvert or papermill runs the whole notebook.

    Args:
        profile_name: the profile's name, for the command to type in a terminal.

    Raises:
        SignInRequired: OA-S391: the front end takes no input.
    """
    kernel = getattr(running_shell(), "kernel", None)
    if not getattr(kernel, "_allow_stdin", True):  # ipykernel's own `input` checks the same
        raise no_person_to_ask(profile_name)


def why_unattended() -> str | None:
    """Return why no person answers at this terminal, as a sentence; None if a person may answer.

    A notebook's kernel and many builds give the programs that they run a pseudo-terminal, at which
    a question would wait without end.
    """
    if started_by_kernel():
        return "A command after ! in a notebook's cell has a terminal without a keyboard."
    build = _build_variable()
    return None if build is None else f"{build} is set: an automatic build runs this."


def started_by_kernel() -> bool:
    """Return whether a notebook's kernel has started this program, and this is not the kernel."""
    if in_notebook_cell():
        return False
    plots = os.environ.get(_PLOTS, "")
    return bool(os.environ.get(_KERNEL_VARIABLE)) or plots.startswith(_PLOTS_IN_A_CELL)


def no_person_can_answer(command: str) -> UsageError:
    """Return the error of a command with a question, at a terminal that no person watches.

    Args:
        command: the command as typed, such as `login`.
    """
    words = command.split()
    fix: Fix = "Give all answers by options: " + Command("osdu-auth", *words, "--help")
    if started_by_kernel():
        in_cell = "Type in a cell: " + LoginInCell()
        fix = in_cell if command == "login" else "Run it in a terminal: " + Run(*words)
    elif (build := _build_variable()) is not None:
        fix += "; if a person can answer: " + Unset(build)
    return UsageError(
        "No person can answer here.", code="OA-U212", why=why_unattended() or "", fix=fix
    )


def _build_variable() -> str | None:
    """Return the variable that an automatic build has set; None outside a build."""
    for name in _BUILD_VARIABLES:
        if os.environ.get(name, "").strip().lower() not in {"", "0", "false", "no"}:
            return name
    return None


def would_show_password(profile_name: str | None = None) -> SignInRequired:
    """Return the error of a console that shows what is typed."""
    return SignInRequired(
        "This console would show your password as you type it.",
        code="OA-S390",
        why="Spyder, QtConsole, IDLE and PyCharm's console cannot hide what is typed.",
        fix="Sign in in a terminal, then come back: "
        + Run("login", profile=profile_name, in_terminal=True),
    )


def no_person_to_ask(profile_name: str) -> SignInRequired:
    """Return the error of a program that has no console to ask a person at."""
    return SignInRequired(
        f'Not signed in to "{profile_name}", and no person can be asked here.',
        code="OA-S391",
        why="The program has neither a terminal nor a notebook that takes input.",
        fix="Sign in in a terminal, then come back: "
        + Run("login", profile=profile_name, in_terminal=True),
    )


def _kernel_of_an_echoing_console() -> bool:
    kernel = getattr(running_shell(), "kernel", None)
    modules = {kind.__module__ for kind in type(kernel).__mro__}
    if any(module.startswith(_ECHOING_KERNELS) for module in modules):
        return True
    return is_qtconsole(_parent_command_line())


def is_qtconsole(words: list[str]) -> bool:
    """Return whether a process with this command line is QtConsole."""
    if words[1:3] == ["-m", "qtconsole"]:
        return True
    return any("qtconsole" in os.path.basename(word).lower() for word in words[:2])


def _parent_command_line() -> list[str]:
    """Return the command line of the program that started this kernel; [] if it is unknown."""
    try:
        from importlib import import_module

        # ipykernel depends on psutil, and this package does not.
        words: list[str] = import_module("psutil").Process().parent().cmdline()
    except Exception:  # noqa: BLE001 - no psutil, no parent, no permission
        return _parent_command_line_in_proc()
    return words


def _parent_command_line_in_proc() -> list[str]:
    try:
        with open(f"/proc/{os.getppid()}/cmdline", "rb") as file:
            return [os.fsdecode(word) for word in file.read().split(b"\0") if word]
    except OSError:
        return []
