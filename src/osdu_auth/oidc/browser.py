"""Opening a browser, if this machine has one whose window the person can see."""

from __future__ import annotations

import os
import sys
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_PATIENCE = 3.0  # seconds to wait for the browser's command to end
_KERNEL_VARIABLE = "JPY_PARENT_PID"  # jupyter_client sets it for each kernel that it starts
# Files that Docker and Podman put into a container; variables of Kubernetes and other containers.
_CONTAINER_FILES = ("/.dockerenv", "/run/.containerenv")
_CONTAINER_VARIABLES = ("container", "KUBERNETES_SERVICE_HOST", "CODESPACES", "REMOTE_CONTAINERS")
# Browsers that run in the terminal: they run no scripts, which sign-in pages need, and they would
# cover the screen.
_TERMINAL_BROWSERS = frozenset({"www-browser", "links", "elinks", "lynx", "w3m", "browsh"})


def why_no_browser(environment: Mapping[str, str], *, in_cell: bool = False) -> str | None:
    """Return why no browser can be opened here, as a clause; None if a browser can be opened.

    The variable `BROWSER` names a browser to use on any machine (as in Python's `webbrowser`). The
    kernel of a notebook may run on another computer than the person's browser. If there is a sign
    of that, `BROWSER` is ignored, and the person clicks the link in the notebook.

    Args:
        environment: the environment variables.
        in_cell: whether the code runs in a notebook's cell.
    """
    is_kernel = in_cell or bool(environment.get(_KERNEL_VARIABLE))
    if is_kernel and any(name.startswith("JUPYTERHUB_") for name in environment):
        return "this kernel runs in a JupyterHub"
    is_over_ssh = environment.get("SSH_CONNECTION") or environment.get("SSH_TTY")
    if is_kernel and is_over_ssh:
        return "this kernel was started over SSH"
    if is_kernel and _is_windows_subsystem(environment):
        return "this kernel runs in WSL"
    if environment.get("BROWSER"):
        return None
    if is_over_ssh:
        return "this is a session over SSH"
    if is_kernel and _is_container(environment):
        return "this kernel runs in a container"
    if sys.platform.startswith("linux"):
        has_display = environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY")
        if not has_display and not _is_windows_subsystem(environment):
            return "there is no display"
    return None


def open_browser(address: str) -> bool:
    """Open an address in the person's browser, and say whether that seems to have worked.

    The address is an argument of a program, which other users of this computer can see. It has the
    parameters of the request, but no value that is needed to get a token.

    Args:
        address: the address to open.
    """
    outcome: list[bool] = []
    thread = threading.Thread(
        target=lambda: outcome.append(_opened(address)), name="osdu-auth browser", daemon=True
    )
    thread.start()
    thread.join(_PATIENCE)
    return outcome[0] if outcome else True  # the browser's command still runs: it is open


def _opened(address: str) -> bool:
    import webbrowser

    try:
        controller = webbrowser.get(_windows_browser_command())
        if getattr(controller, "basename", "") in _TERMINAL_BROWSERS and not os.environ.get(
            "BROWSER"
        ):
            return False
        return controller.open(address, new=2)
    except (webbrowser.Error, OSError):
        return False


def _windows_browser_command() -> str | None:
    """Return the command of wslu that opens the browser of Windows; None outside of WSL.

    Python's `webbrowser` does not know that command. This was not tested on Windows.
    """
    import shutil

    if os.environ.get("BROWSER") or not _is_windows_subsystem(os.environ):
        return None
    return "wslview %s" if shutil.which("wslview") else None


def _is_container(environment: Mapping[str, str]) -> bool:
    return any(environment.get(name) for name in _CONTAINER_VARIABLES) or any(
        os.path.exists(path) for path in _CONTAINER_FILES
    )


def _is_windows_subsystem(environment: Mapping[str, str]) -> bool:
    return bool(environment.get("WSL_DISTRO_NAME"))
