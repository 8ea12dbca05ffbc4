"""The command line: `main` decides between the fast path and the whole program.

The law of this module: `osdu-auth token` with a fresh token imports nothing that it does not use,
so nothing is imported here before it is known to be needed.
"""

import sys


def program() -> None:
    """Run the command line as a process, and end that with its exit code."""
    import atexit
    import gc

    codes: list[int] = []
    # The first function that is registered is called last: after all threads and other functions.
    atexit.register(_end_at_once, codes)
    # What a command allocates is nearly all modules, and lives as long as the command: looking for
    # garbage among them was a tenth of a sign-in's time.
    gc.set_threshold(50_000)
    codes.append(main())
    sys.exit(codes[0])


def main() -> int:
    """Run the command line and return its exit code."""
    arguments = sys.argv[1:]
    if arguments[:1] == ["token"]:
        from osdu_auth.cli.fresh_token import print_fresh_token

        if print_fresh_token(arguments[1:]):
            return 0
    from osdu_auth.cli.application import run

    return run(arguments)


def _end_at_once(codes: list[int]) -> None:
    """End the process without taking its modules apart, which is a tenth of a sign-in's time.

    Args:
        codes: the exit code; empty where an error leaves the program, which Python then tells.
    """
    import os

    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (AttributeError, OSError, ValueError):  # Python tells what cannot be written
        return
    if codes:
        os._exit(codes[0])
