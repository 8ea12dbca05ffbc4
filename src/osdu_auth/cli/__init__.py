"""The command line: `main` decides between the fast path of `token` and the whole program.

Invariant: `osdu-auth token` with a fresh token imports only what it uses, so each import here is in
the function that needs it.
"""

import sys


def program() -> None:
    """Run the command line, and end the process with its exit code."""
    import atexit
    import gc

    codes: list[int] = []
    # The function that is registered first is called last: after all threads and other functions.
    atexit.register(_end_at_once, codes)
    # A command allocates modules above all, which live as long as it does: collecting garbage took
    # a tenth of a sign-in's time.
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
    """End the process without Python's own clean-up, which takes a tenth of a sign-in's time.

    Args:
        codes: the exit code; empty after an unhandled exception, which Python reports itself.
    """
    import os

    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (AttributeError, OSError, ValueError):  # Python reports an output that fails
        return
    if codes:
        os._exit(codes[0])
