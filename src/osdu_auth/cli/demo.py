"""`osdu-auth demo`: the whole job, on a sandbox, before your eyes."""

from __future__ import annotations

import click


@click.command(
    epilog="""\b
Example:
  osdu-auth demo
  osdu-auth demo --tour
  osdu-auth demo --svg > flow.svg
"""
)
@click.option(
    "--tour", "form", flag_value="tour", help="Show every way in which a user pool asks, instead."
)
@click.option(
    "--svg", "form", flag_value="svg", help="Print a picture of the job as SVG, once it is done."
)
def command(form: str | None) -> int:
    """Show the whole job on a sandbox: sign in, call OSDU, renew, sign out.

    It needs no AWS account and no network, and leaves nothing behind. The exit code is 0 only if
    every step did what it should.
    """
    from osdu_auth.sandbox import Sandbox

    with Sandbox() as sandbox:
        if form == "tour":
            from osdu_auth.demo.runner import run_tour

            return 0 if run_tour(sandbox) else 1
        if form == "svg":
            from osdu_auth.demo.story import draw_as_svg

            drawn = draw_as_svg(sandbox)
            if drawn:
                click.echo(drawn, nl=False)
            return 0 if drawn else 1
        from osdu_auth.demo.story import tell

        return 0 if tell(sandbox) else 1
