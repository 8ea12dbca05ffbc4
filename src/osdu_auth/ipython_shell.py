"""The IPython shell that this program runs in, if any. IPython is never imported for this."""

from __future__ import annotations

import sys

from osdu_auth.light_typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

# The class of the shells that run in a terminal; every other IPython shell has cells.
_TERMINAL_SHELL = "TerminalInteractiveShell"


def running_shell() -> Any:
    """Return the running IPython shell; None where there is none."""
    ipython = sys.modules.get("IPython")
    find: Any = getattr(ipython, "get_ipython", None)  # absent while IPython is being imported
    return None if find is None else find()


def in_notebook_cell() -> bool:
    """Say whether this runs in a cell: in a kernel of Jupyter, Colab, VS Code and the like."""
    if "IPython" not in sys.modules:
        return False
    shell = running_shell()
    return shell is not None and _TERMINAL_SHELL not in {
        kind.__name__ for kind in type(shell).__mro__
    }
