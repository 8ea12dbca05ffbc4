"""The command line: `main` decides between the fast path and the whole program.

A plain `token` needs no click: its token is printed by the fast path, or renewed first. All other
calls go through click (`osdu_auth.cli.application`).

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
        from osdu_auth.cli.fresh_token import plain_call, print_fresh_token

        call = plain_call(arguments[1:])
        if call is not None:
            return 0 if print_fresh_token(call) else _print_token_after_renewal(call[0])
    from osdu_auth.cli.application import run

    return run(arguments)


def _print_token_after_renewal(profile_name: "str | None") -> int:
    """Print the bare token by the whole program but for click, and return the exit code."""
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
