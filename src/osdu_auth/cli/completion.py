"""`osdu-auth completion`: a script with which a shell completes commands, options and profiles."""

from __future__ import annotations

import click
from click.shell_completion import BashComplete, FishComplete, ZshComplete

_VARIABLE = "_OSDU_AUTH_COMPLETE"


class _Bash(BashComplete):
    """click's class without its check of the bash version: this computer may have no bash."""

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
    """Print a script with which SHELL completes commands, options and, after -p, profiles.

    It needs bash 4.4 or later; zsh needs its own completion switched on (compinit).
    """
    complete = _SHELLS[shell](context.find_root().command, {}, "osdu-auth", _VARIABLE)
    click.echo(complete.source())
