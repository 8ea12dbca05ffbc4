"""Python code that a notebook cell runs instead of the commands of fixes (`osdu_auth.fixes`).

Invariants: a reader can paste the code into a cell as it is shown. It leaves no secret in the
notebook, and it never waits for input that a cell cannot give. Arguments are Python literals
(`"acme"`) or blanks that the reader fills in; both are used unchanged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from osdu_auth.ipython_shell import running_shell

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

# The call for each command. {source} is a profile's name, a profile or a session; {session} is a
# session; {arguments} are the source and the arguments by name.
_CALLS = {
    "init": "osdu_auth.init({arguments})",
    "login": "osdu_auth.login({arguments})",
    "logout": "osdu_auth.logout({source})",
    "whoami": "osdu_auth.whoami({source})",
    "groups": "osdu_auth.groups({source})",
    "token": "{session}.token()",
    "status": "{session}.explain()",
    # The last error that a cell showed.
    "why": "osdu_auth.explain_refusal(sys.last_value, {session})",
    "account forgot-password": "osdu_auth.reset_password({arguments})",
    "account confirm-sign-up": "osdu_auth.confirm_sign_up({arguments})",
    "account set-up-totp": "osdu_auth.set_up_totp({source})",
    "account resend-code": "osdu_auth.Account({session}).resend_confirmation({username})",
    "account devices": "osdu_auth.Account({session}).devices()",
}


def call(
    command: str, source: str, named: Mapping[str, str], username: str, *, is_session: bool
) -> str | None:
    """Return the call that replaces a command of osdu-auth; None where there is no such call.

    Args:
        command: the command, such as `account devices`.
        source: the profile's name as a Python literal, or a variable; "" for the current profile.
        named: arguments by name, their values as Python literals.
        username: the user's name as a Python literal.
        is_session: whether `source` is a variable that contains a session.
    """
    if command not in _CALLS:
        return None
    arguments = [source] if source else []
    arguments += [f"{name}={value}" for name, value in named.items()]
    session = source if is_session else f"osdu_auth.Session({source})"
    code = _CALLS[command].format(
        arguments=", ".join(arguments), source=source, session=session, username=username
    )
    return _with_imports(code)


def request(method: str, path: str, source: str, *, is_session: bool) -> str:
    """Return the call that replaces `osdu-auth request`.

    Args:
        method: the HTTP method as a Python literal.
        path: the path on the platform as a Python literal.
        source: see `call`.
        is_session: see `call`.
    """
    session = source if is_session else f"osdu_auth.Session({source})"
    address = f"{session}.profile.platform_url + {path}"
    return _with_imports(f"requests.request({method}, {address}, auth={session}).text")


def share(board: str, source: str, *, is_session: bool) -> str:
    """Return the call that replaces `osdu-auth share`.

    Args:
        board: the board's address as a Python literal.
        source: see `call`.
        is_session: see `call`.
    """
    session = source if is_session else f"osdu_auth.Session({source})"
    return _with_imports(f"publisher = {session}.share({board})")


def _with_imports(code: str) -> str:
    for module in ("osdu_auth", "requests", "sys"):
        if f"{module}." in code:
            code = with_import(module, code)
    return code


def shell_line(line: str, words: Sequence[str]) -> str:
    """Return the code that a cell runs instead of another program's command.

    Args:
        line: the command as a shell reads it.
        words: the words of the command.
    """
    program, *operands = words
    if program in _PROGRAMS:
        return _PROGRAMS[program](operands)
    return f"%{line}  # and restart the kernel" if program == "pip" else f"!{line}"


def _chmod(operands: Sequence[str]) -> str:
    mode, *paths = operands
    if mode.isdigit():
        modes = dict.fromkeys(paths, f"0o{mode}")
    else:  # the only other mode is go-w
        modes = {path: f"os.stat({path!r}).st_mode & ~0o022" for path in paths}
    calls = (f"os.chmod({path!r}, {bits})" for path, bits in modes.items())
    return with_import("os", "; ".join(calls))


def _rm(operands: Sequence[str]) -> str:
    if operands[0] == "-r":
        return with_import("shutil", f"shutil.rmtree({operands[1]!r})")
    return with_import("os", f"os.remove({operands[0]!r})")


def _install(operands: Sequence[str]) -> str:
    """Return code that makes a folder (`-d -m MODE PATH`) or copies a file (`-m MODE FROM TO`)."""
    if operands[0] == "-d":
        return with_import("os", f"os.makedirs({operands[3]!r}, 0o{operands[2]}, exist_ok=True)")
    place = f"os.path.expanduser({str(operands[3])!r})"
    copy = f"shutil.copyfile({operands[2]!r}, {place}); os.chmod({place}, 0o{operands[1]})"
    return with_import("os", with_import("shutil", copy))


def _keyring(operands: Sequence[str]) -> str:
    """Return code that sets an entry; `keyring set` would ask for it, and a cell cannot answer."""
    names = ", ".join(map(repr, operands[1:]))
    code = f"keyring.set_password({names}, getpass.getpass())"
    return with_import("getpass", with_import("keyring", code))


_PROGRAMS: Mapping[str, Callable[[Sequence[str]], str]] = {
    "chmod": _chmod,
    "edit": lambda operands: f"open {operands[0]!r} in an editor",
    "install": _install,
    "keyring": _keyring,
    "rm": _rm,
    # A fix that begins with `-p NAME` means a sign-in with that profile.
    "-p": lambda operands: call("login", repr(operands[0]), {}, "", is_session=False) or "",
}


def assignment(name: str, value: str) -> str:
    """Return code that sets an environment variable of the kernel to a Python expression."""
    return with_import("os", f'os.environ["{name}"] = {value}')


def secret_assignment(name: str) -> str:
    """Return code that asks for a secret without showing it, and sets a variable to it."""
    typed = with_import("getpass", assignment(name, "getpass.getpass()"))
    return f"{typed}  # or set {name} where Jupyter is started, and restart the kernel"


def removal_of_variables(names: Sequence[str]) -> str:
    """Return code that removes variables from the kernel's environment."""
    return with_import("os", "; ".join(f'os.environ.pop("{name}", None)' for name in names))


def with_import(module: str, code: str) -> str:
    """Return code with an import in front, unless the notebook has imported that module."""
    namespace = getattr(running_shell(), "user_ns", {})
    is_imported = getattr(namespace.get(module), "__name__", None) == module
    return code if is_imported else f"import {module}; {code}"
