"""What a notebook cell runs in the place of the commands of fixes (`osdu_auth.fixes`).

The law of this module: what is shown can be typed into a cell as it is, leaves no secret in the
notebook, and waits for nothing that a cell cannot give. A text that is given here in Python's form
(`"acme"`) is passed on; a word that the reader fills in is passed on as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from osdu_auth.ipython_shell import running_shell

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

# What is called, by the command that it stands for: {source} is a profile's name, a profile or a
# session; {session} is a session; {named} are arguments by name, each with a comma before it.
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
    """Return the call that stands for a command of ours; None where none does.

    Args:
        command: such as `account devices`.
        source: the profile's name in Python's form, or a variable; "" for the profile in force.
        named: arguments by name, their values in Python's form.
        username: the user's name in Python's form.
        is_session: whether `source` is a variable that holds a session.
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
    """Return the call that stands for `osdu-auth request`.

    Args:
        method: the HTTP method in Python's form.
        path: on the platform, in Python's form.
        source: as of `call`.
        is_session: as of `call`.
    """
    session = source if is_session else f"osdu_auth.Session({source})"
    address = f"{session}.profile.platform_url + {path}"
    return _with_imports(f"requests.request({method}, {address}, auth={session}).text")


def share(board: str, source: str, *, is_session: bool) -> str:
    """Return the call that stands for `osdu-auth share`.

    Args:
        board: the address in Python's form.
        source: as of `call`.
        is_session: as of `call`.
    """
    session = source if is_session else f"osdu_auth.Session({source})"
    return _with_imports(f"publisher = {session}.share({board})")


def _with_imports(code: str) -> str:
    for module in ("osdu_auth", "requests", "sys"):
        if f"{module}." in code:
            code = with_import(module, code)
    return code


def shell_line(line: str, words: Sequence[str]) -> str:
    """Return what a cell runs for another program's command.

    Args:
        line: the command as a shell reads it.
        words: the same as words.
    """
    program, *operands = words
    if program in _PROGRAMS:
        return _PROGRAMS[program](operands)
    return f"%{line}  # and restart the kernel" if program == "pip" else f"!{line}"


def _chmod(operands: Sequence[str]) -> str:
    mode, *paths = operands
    if mode.isdigit():
        modes = dict.fromkeys(paths, f"0o{mode}")
    else:  # go-w, and no other
        modes = {path: f"os.stat({path!r}).st_mode & ~0o022" for path in paths}
    calls = (f"os.chmod({path!r}, {bits})" for path, bits in modes.items())
    return with_import("os", "; ".join(calls))


def _rm(operands: Sequence[str]) -> str:
    if operands[0] == "-r":
        return with_import("shutil", f"shutil.rmtree({operands[1]!r})")
    return with_import("os", f"os.remove({operands[0]!r})")


def _install(operands: Sequence[str]) -> str:
    """Make a folder (`-d -m MODE PATH`), or copy a file (`-m MODE FROM TO`)."""
    if operands[0] == "-d":
        return with_import("os", f"os.makedirs({operands[3]!r}, 0o{operands[2]}, exist_ok=True)")
    place = f"os.path.expanduser({str(operands[3])!r})"
    copy = f"shutil.copyfile({operands[2]!r}, {place}); os.chmod({place}, 0o{operands[1]})"
    return with_import("os", with_import("shutil", copy))


def _keyring(operands: Sequence[str]) -> str:
    """Set an entry, as `keyring set` would ask for it where a cell cannot answer."""
    names = ", ".join(map(repr, operands[1:]))
    code = f"keyring.set_password({names}, getpass.getpass())"
    return with_import("getpass", with_import("keyring", code))


_PROGRAMS: Mapping[str, Callable[[Sequence[str]], str]] = {
    "chmod": _chmod,
    "edit": lambda operands: f"open {operands[0]!r} in an editor",
    "install": _install,
    "keyring": _keyring,
    "rm": _rm,
    # The option that names a profile, of any command.
    "-p": lambda operands: call("login", repr(operands[0]), {}, "", is_session=False) or "",
}


def assignment(name: str, value: str) -> str:
    """Return what sets a variable of the kernel's environment to a value in Python's form."""
    return with_import("os", f'os.environ["{name}"] = {value}')


def secret_assignment(name: str) -> str:
    """Return what sets a variable to a secret, which is typed hidden and is not in the notebook."""
    typed = with_import("getpass", assignment(name, "getpass.getpass()"))
    return f"{typed}  # or set {name} where Jupyter is started, and restart the kernel"


def removal(names: Sequence[str]) -> str:
    """Return what takes variables out of the kernel's environment."""
    return with_import("os", "; ".join(f'os.environ.pop("{name}", None)' for name in names))


def with_import(module: str, code: str) -> str:
    """Return code with the import that it needs, where the notebook has not made it."""
    namespace = getattr(running_shell(), "user_ns", {})
    present = getattr(namespace.get(module), "__name__", None) == module
    return code if present else f"import {module}; {code}"
