"""`osdu-auth demo`: a whole session, shown step by step on a sandbox."""

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
    "--tour", "form", flag_value="tour", help="Show each challenge of a user pool instead."
)
@click.option("--svg", "form", flag_value="svg", help="Print a diagram of the steps as SVG.")
def command(form: str | None) -> int:
    """Show a whole session on a sandbox: sign in, call OSDU, renew, sign out.

    It needs no AWS account and no network, and leaves no files. The exit code is 0 only if each
    step succeeded.
    """
    from osdu_auth.sandbox import Sandbox

    with Sandbox() as sandbox:
        if form == "tour":
            from osdu_auth.demo.runner import run_tour

            return 0 if run_tour(sandbox) else 1
        if form == "svg":
            from osdu_auth.demo.story import draw_as_svg

            svg = draw_as_svg(sandbox)
            if svg:
                click.echo(svg, nl=False)
            return 0 if svg else 1
        from osdu_auth.demo.story import run_demo

        return 0 if run_demo(sandbox) else 1
