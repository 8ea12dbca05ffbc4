"""`osdu-auth completion`: what has a shell complete our commands, options and profiles."""

from __future__ import annotations

import click
from click.shell_completion import BashComplete, FishComplete, ZshComplete

_VARIABLE = "_OSDU_AUTH_COMPLETE"


class _Bash(BashComplete):
    """As click's, but for the look at which bash there is: it need not be on this computer."""

    @staticmethod
    def _check_version() -> None:
        pass


_SHELLS = {"bash": _Bash, "zsh": ZshComplete, "fish": FishComplete}


@click.command(
    epilog="""\b
Example:
  osdu-auth completion bash >> ~/.bashrc
  osdu-auth completion zsh >> ~/.zshrc
  osdu-auth completion fish > ~/.config/fish/completions/osdu-auth.fish

\b
For this terminal alone:
  eval "$(osdu-auth completion bash)"
"""
)
@click.argument("shell", type=click.Choice(sorted(_SHELLS)))
@click.pass_context
def command(context: click.Context, shell: str) -> None:
    """Print the lines that have SHELL complete commands, options and, after -p, profiles.

    bash has to be 4.4 or later; zsh has to have its own completion on (compinit).
    """
    complete = _SHELLS[shell](context.find_root().command, {}, "osdu-auth", _VARIABLE)
    click.echo(complete.source())
