"""The command line: `main` decides between the fast path and the whole program.

A plain `token` needs no click: its token is printed by the fast path, or renewed first. All other
calls go through click (`osdu_auth.cli.application`).

Invariant: `osdu-auth token` with a fresh token imports only what it uses, so each import here is in
the function that needs it.
"""

import sys


def program() -> None:
    """Run the command line, and end the process with its exit code."""
    import atexit
    import gc

    codes: list[int] = []
    # A function that is registered first is called last: after all threads and other functions.
    atexit.register(_end_at_once, codes)
    # Most objects of a command are of its modules, which it needs until its end: the garbage
    # collector took a tenth of a sign-in's time.
    gc.set_threshold(50_000)
    codes.append(main())
    sys.exit(codes[0])


def main() -> int:
    """Run the command line and return its exit code."""
    arguments = sys.argv[1:]
    if arguments[:1] == ["token"]:
        from osdu_auth.cli.fresh_token import plain_call, print_fresh_token

        call = plain_call(arguments[1:])
        if call is not None:
            return 0 if print_fresh_token(call) else _print_token_after_renewal(call[0])
    from osdu_auth.cli.application import run

    return run(arguments)


def _print_token_after_renewal(profile_name: "str | None") -> int:
    """Print the bare token with the whole program except click, and return the exit code."""
    from osdu_auth.cli.exit_codes import exit_code_of

    def work() -> None:
        from osdu_auth.cli.printing_token import print_token
        from osdu_auth.errors import OsduAuthError

        try:
            print_token(profile_name)
        except OsduAuthError as error:
            from osdu_auth.cli.options import reader_who_typed

            error.note_reader(reader_who_typed(profile_name))
            raise

    def say_failure(failure: BaseException) -> int:
        from osdu_auth.cli.application import say_failure as say

        return say(failure)

    return exit_code_of(work, say_failure)


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
