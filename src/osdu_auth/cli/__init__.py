"""The command line: `main` decides between the short way and the whole program.

The law of this module: `osdu-auth token` with a fresh token imports nothing that it does not use,
so nothing is imported here before it is known to be needed.
"""

import sys


def main() -> int:
    """Run the command line and return its exit code."""
    arguments = sys.argv[1:]
    if arguments[:1] == ["token"]:
        from osdu_auth.cli.fresh_token import print_fresh_token

        if print_fresh_token(arguments[1:]):
            return 0
    import gc

    # What a command allocates is nearly all modules, and lives as long as the command: looking for
    # garbage among them, at start and once more at exit, was a sixth of a sign-in's time.
    gc.set_threshold(50_000)
    from osdu_auth.cli.application import run

    try:
        return run(arguments)
    finally:
        gc.freeze()
