"""Which kind of console this is, and whether it hides what is typed.

The law of this module: a console that is not known to hide a password is not asked for one.
"""

from __future__ import annotations

import os
import sys

from osdu_auth.errors import SignInRequired
from osdu_auth.fixes import Run
from osdu_auth.ipython_shell import in_notebook_cell, running_shell

_ECHOING_KERNELS = ("spyder_kernels", "ipykernel.inprocess")


def require_hidden_typing(profile_name: str) -> None:
    """See that a password can be typed here without being shown.

    Args:
        profile_name: for the command to type elsewhere.

    Raises:
        SignInRequired: OA-S390: this console would show it; OA-S391: nobody can be asked here.
    """
    if in_notebook_cell():
        if _kernel_of_an_echoing_console():
            raise would_show_password(profile_name)
    elif sys.stdin is not sys.__stdin__:
        # A program with a window of its own (IDLE, PyCharm's console) has put itself in between.
        raise would_show_password(profile_name)
    elif sys.stdin is None or not sys.stdin.isatty():
        raise nobody_here(profile_name)


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
