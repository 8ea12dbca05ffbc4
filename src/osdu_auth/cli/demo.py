"""`osdu-auth demo`: the whole job, on a sandbox, before your eyes."""

from __future__ import annotations

import click


@click.command(epilog="\b\nExample:\n  osdu-auth demo\n  osdu-auth demo --tour")
@click.option("--tour", is_flag=True, help="Show every way in which a user pool asks, instead.")
def command(tour: bool) -> int:
    """Show the whole job on a sandbox: sign in, call OSDU, renew, sign out.

    It needs no AWS account and no network, and leaves nothing behind. The exit code is 0 only if
    every step did what it should.
    """
    from osdu_auth.sandbox import Sandbox

    with Sandbox() as sandbox:
        if tour:
            from osdu_auth.demo.runner import run_tour

            return 0 if run_tour(sandbox) else 1
        from osdu_auth.demo.story import tell

        return 0 if tell(sandbox) else 1
