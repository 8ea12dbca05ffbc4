"""A group of commands whose modules are imported when a command is called."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

import click

from osdu_auth.cli.help_text import HelpContext
from osdu_auth.cli.options import command_line_reader, debug_option
from osdu_auth.errors import OsduAuthError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from click.shell_completion import CompletionItem


class LazyCommands(click.Group):
    """A group whose commands are imported when they are called.

    Args:
        table: the help of each command, by its name, in the order of use.
        package: the package of the modules; the module `login` has the function `command`.
        modules: the modules of commands that share one with others, such as "devices" for
            `forget-device`; the function is then called `forget_device_command`.
        settings: as for `click.Group`.
    """

    context_class = HelpContext

    def __init__(
        self,
        *,
        table: Mapping[str, str],
        package: str,
        modules: Mapping[str, str] | None = None,
        **settings: Any,
    ) -> None:
        super().__init__(**settings)
        self.params.append(debug_option())
        self._table = table
        self._package = package
        self._modules = modules or {}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of use."""
        del ctx
        return list(self._table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return a command, with the option `--debug`; None for an unknown name."""
        del ctx
        if cmd_name not in self._table:
            return None
        name = cmd_name.replace("-", "_")
        shared = self._modules.get(cmd_name)
        module = importlib.import_module(f"{self._package}.{shared or name}")
        command: click.Command = getattr(module, f"{name}_command" if shared else "command")
        command.context_class = HelpContext
        if not any(option.name == "debug" for option in command.params):
            command.params.append(debug_option())
        return command

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the arguments; without any, show the help."""
        if not args and not ctx.resilient_parsing:
            click.echo(ctx.get_help())
            ctx.exit()
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that was typed.

        Raises:
            click.UsageError: no command has that name; the error suggests similar names.
        """
        name = args[0]
        # Before 8.4, click suggests nothing, and later only names of commands that are imported.
        if name in self._table or ctx.resilient_parsing or name.startswith("-"):
            typed, command, rest = super().resolve_command(ctx, args)
            return typed, command, _with_long_option(command, rest)
        from difflib import get_close_matches

        similar = sorted(get_close_matches(name, self._table))
        words = ", ".join(repr(each) for each in similar)
        hint = f" Did you mean {'one of: ' if len(similar) > 1 else ''}{words}?" if similar else ""
        raise click.UsageError(f"No such command {name!r}.{hint}", ctx)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; the fix of its error gets the `-p` that this command was given."""
        try:
            return super().invoke(ctx)
        except OsduAuthError as error:
            error.note_reader(command_line_reader())
            raise

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Return the completions of a command's name, without importing a command."""
        from click.shell_completion import CompletionItem

        if incomplete.startswith("-"):
            return super(click.Group, self).shell_complete(ctx, incomplete)
        return [
            CompletionItem(name, help=meaning)
            for name, meaning in self._table.items()
            if name.startswith(incomplete)
        ]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(list(self._table.items()))


def _with_long_option(command: click.Command | None, arguments: list[str]) -> list[str]:
    """Return a command's arguments with `--profile` for a `-p` that is the first of them.

    click looks for each option among the long ones first. Where it is a short one, click imports
    `difflib` and `locale` for a message that is not shown: three per cent of a sign-in's time.
    """
    if arguments[:1] == ["-p"] and command is not None:
        for option in command.params:
            if "-p" in option.opts and "--profile" in option.opts:
                return ["--profile", *arguments[1:]]
    return arguments
