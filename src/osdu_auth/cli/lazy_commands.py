"""A group of commands, each a module that is imported when it is called."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

import click

from osdu_auth.cli.help_text import HelpContext
from osdu_auth.cli.options import debug_option, typed_reader
from osdu_auth.errors import OsduAuthError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from click.shell_completion import CompletionItem


class LazyCommands(click.Group):
    """A group whose commands are imported when they are called.

    Args:
        table: what each command does, by its name, in the order of use.
        package: where their modules are; the module of `forget-device` is `forget_device`, and
            holds a `command`.
        settings: as of `click.Group`.
    """

    context_class = HelpContext

    def __init__(self, *, table: Mapping[str, str], package: str, **settings: Any) -> None:
        super().__init__(**settings)
        self.params.append(debug_option())
        self._table = table
        self._package = package

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of use."""
        del ctx
        return list(self._table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command, None if there is none of that name; each takes `--debug`."""
        del ctx
        if cmd_name not in self._table:
            return None
        module = importlib.import_module(f"{self._package}.{cmd_name.replace('-', '_')}")
        command: click.Command = module.command
        command.context_class = HelpContext
        if not any(option.name == "debug" for option in command.params):
            command.params.append(debug_option())
        return command

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read what was typed; where that is nothing, show the help."""
        if not args and not ctx.resilient_parsing:
            click.echo(ctx.get_help())
            ctx.exit()
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that was typed.

        Raises:
            click.UsageError: there is none of that name; it says which may be meant.
        """
        name = args[0]
        # Before 8.4, click has no error of its own for this, and knows no names but those imported.
        if name in self._table or ctx.resilient_parsing or name.startswith("-"):
            return super().resolve_command(ctx, args)
        from difflib import get_close_matches

        meant = sorted(get_close_matches(name, self._table))
        words = ", ".join(repr(each) for each in meant)
        asked = f" Did you mean {'one of: ' if len(meant) > 1 else ''}{words}?" if meant else ""
        raise click.UsageError(f"No such command {name!r}.{asked}", ctx)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; an error of it names its profile in what it says to type."""
        try:
            return super().invoke(ctx)
        except OsduAuthError as error:
            error.note_reader(typed_reader())
            raise

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Return what completes a command's name, without importing any."""
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
