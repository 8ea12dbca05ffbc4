"""Edits: writing and removing profiles in `config.toml`; the rest of the file stays as it is.

Three invariants: the edited text is parsed, and must have the wanted change and no other, before it
replaces the file; two edits at the same time both take effect; after a failure the file is
unchanged. Comments, the order and other profiles stay.
"""

from __future__ import annotations

import os
import stat
from codecs import BOM_UTF8
from contextlib import contextmanager, nullcontext, suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from osdu_auth.errors import ConfigurationError
from osdu_auth.file_lock import FileLock
from osdu_auth.fixes import Blank, Command, Edit, Export
from osdu_auth.places import CONFIG_DIRECTORY, config_file
from osdu_auth.private_files import NotPrivate, PrivateFolder
from osdu_auth.profiles.file import keys_of, parse_profiles
from osdu_auth.profiles.kinds import KINDS
from osdu_auth.profiles.toml_text import decode, parse_toml
from osdu_auth.trusted_paths import NotTrusted, require_trusted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from osdu_auth.profiles.file import ProfilesFile
    from osdu_auth.profiles.kinds import Kinds
    from osdu_auth.profiles.profile import AnyProfile

PATIENCE = 10.0  # seconds to wait for another edit
_HEAD = "# Profiles of osdu-auth. `osdu-auth init` writes here, and so may you.\n"


def write_profile(
    profile: AnyProfile,
    *,
    make_default: bool = False,
    path: str | None = None,
    kinds: Kinds = KINDS,
    together_with: AbstractContextManager[object] | None = None,
) -> None:
    """Write a profile into the file, in the place of one of the same name.

    Args:
        profile: what to write.
        make_default: whether it becomes the default profile.
        path: the file; None for `places.config_file()`.
        kinds: the kinds of sign-in that a profile may have.
        together_with: another change that belongs to this one; it is entered just before the file
            is replaced, and exits with the error if that fails.

    Raises:
        ConfigurationError: OA-C787: it cannot be written; OA-C789: another edit takes too long;
            OA-C798: other users could change it; or the present file cannot be read. The file is
            unchanged.
    """

    def edit(document: Any, new_table: Callable[[], Any]) -> None:
        if make_default:
            document["default_profile"] = profile.name
        tables = document.setdefault("profiles", new_table())
        if not isinstance(tables.get(profile.name), dict):
            tables[profile.name] = new_table()
        _fill(tables[profile.name], profile, kinds)

    _edit(
        edit,
        path or config_file(),
        expected=lambda _: profile,
        kinds=kinds,
        together_with=together_with,
    )


def write_setting(name: str, setting: str, value: str, *, path: str | None = None) -> None:
    """Write one setting of a profile of the file; the others stay as they are.

    A file that its owner has made read-only is not written: the user did not ask for an edit.

    Args:
        name: the profile's name.
        setting: its name in the file, such as `auth_flow`.
        value: its new value.
        path: the file; None for `places.config_file()`.

    Raises:
        ConfigurationError: OA-C784: there is no profile of that name; or as for `write_profile`.
    """
    path = path or config_file()
    with suppress(OSError):  # the edit reports it
        if not os.stat(path).st_mode & stat.S_IWUSR:
            raise _unwritable(path, "It is read-only.")

    def edit(document: Any, _: Callable[[], Any]) -> None:
        document["profiles"][name][setting] = value

    def expected(former: ProfilesFile) -> AnyProfile:
        return KINDS.changed(former.profile(name), {setting: value})

    _edit(edit, path, expected=expected)


def write_default(name: str, *, path: str | None = None) -> None:
    """Make a profile of the file the default one.

    Args:
        name: the profile's name.
        path: the file; None for `places.config_file()`.

    Raises:
        ConfigurationError: OA-C784: there is no profile of that name; or as for `write_profile`.
    """

    def edit(document: Any, _: Callable[[], Any]) -> None:
        document["default_profile"] = name

    _edit(edit, path or config_file(), named=name)


def header_of(name: str) -> str:
    """Return the header of a profile's table in the file, such as `[profiles.acme]`."""
    return f'[profiles."{name}"]' if "." in name else f"[profiles.{name}]"


def remove_profile(name: str, *, path: str | None = None) -> None:
    """Remove a profile from the file; if it is the default one, there is no default any more.

    Args:
        name: the profile's name.
        path: the file; None for `places.config_file()`.

    Raises:
        ConfigurationError: OA-C784: there is no profile of that name; or as for `write_profile`.
    """

    def edit(document: Any, _: Callable[[], Any]) -> None:
        del document["profiles"][name]
        if document.get("default_profile") == name:
            del document["default_profile"]

    _edit(edit, path or config_file(), named=name)


def remove_empty_file(path: str | None = None) -> None:
    """Remove the file of profiles and its folder, if the user has written nothing in them.

    Args:
        path: the file; None for `places.config_file()`.
    """
    path = path or config_file()
    with suppress(OSError):
        with open(path, encoding="utf-8-sig") as file:
            lines = {line.strip() for line in file}
        if os.path.islink(path) or lines - {"", "[profiles]", _HEAD.strip()}:
            return
        os.unlink(path)
        os.unlink(f"{path}.lock")
        os.rmdir(os.path.dirname(path))


def _edit(
    edit: Callable[[Any, Callable[[], Any]], None],
    path: str,
    *,
    expected: Callable[[ProfilesFile], AnyProfile] | None = None,
    named: str | None = None,
    kinds: Kinds = KINDS,
    together_with: AbstractContextManager[object] | None = None,
) -> None:
    # If the file or its folder is a symbolic link (dotfiles), the target is edited; the lock file
    # is made next to the link, so that it is not added to the dotfiles.
    true_path = os.path.realpath(path)
    linking_folder = os.path.realpath(os.path.dirname(path))
    parse = partial(parse_profiles, kinds=kinds)
    require_trusted_place(path)
    with (
        _translate_os_errors(path),
        PrivateFolder(linking_folder, make=True, must_be_private=False) as folder,
        FileLock(folder, os.path.basename(path) + ".lock", PATIENCE),
        PrivateFolder(os.path.dirname(true_path), make=True, must_be_private=False) as true_folder,
    ):
        require_trusted_place(path)  # again, as a missing folder may exist now
        name = os.path.basename(true_path)
        content = true_folder.read(name) or b""
        former = decode(content, path)
        file = parse(former, path)
        if named is not None and named not in file.tables:
            raise file.no_such_profile(named)
        wanted = expected(file) if expected else None
        edited = _edited(edit, former, path)
        if wanted is not None and parse(edited, path).profile(wanted.name) != wanted:
            raise _not_editable(path, wanted.name)
        mark = BOM_UTF8 if content.startswith(BOM_UTF8) else b""
        with together_with or nullcontext():
            true_folder.replace(name, mark + edited.encode())


def require_trusted_place(path: str) -> None:
    """Refuse a file, or a place for it, that other users could change: it would not be used.

    Args:
        path: the file, which need not exist.

    Raises:
        ConfigurationError: OA-C798: other users could change it; OA-C787: the operating system
            did not say who could.
    """
    try:
        require_trusted(path)
    except NotTrusted as fault:
        from osdu_auth.profiles.toml_text import untrusted_file_error

        raise untrusted_file_error(path, fault) from None
    except OSError as error:
        raise _unwritable(path, f"{error.strerror}.") from None


def _edited(edit: Callable[[Any, Callable[[], Any]], None], former: str, path: str) -> str:
    """Return the text after an edit.

    Args:
        edit: changes a document of TOML, or its plain values; its second argument makes a table.
        former: the text before the edit.
        path: the path of the file, for error messages.

    Raises:
        ConfigurationError: OA-C787: the text does not have the wanted change and no other.
    """
    import tomlkit

    wanted = {"profiles": {}} | parse_toml(former, path)
    edit(wanted, dict)
    try:
        document = tomlkit.parse(former or _HEAD)
        edit(document, tomlkit.table)
        edited = tomlkit.dumps(document)
        # With the last profile, the table `profiles` may disappear.
        is_as_wanted = {"profiles": {}, **parse_toml(edited, path)} == {"profiles": {}, **wanted}
    except Exception:  # noqa: BLE001 - tomlkit may raise anything if it cannot edit
        is_as_wanted = False
    if not is_as_wanted:
        raise _not_editable(path)
    return edited


def _fill(table: Any, profile: AnyProfile, kinds: Kinds) -> None:
    """Write a profile's settings into its table; remove defaults and settings of other kinds."""
    texts = kinds.settings_of(profile)
    for key, setting in keys_of(kinds).items():
        if isinstance(setting, str):
            value: object = texts.get(setting)
        else:
            value = {inner: texts[name] for inner, name in setting.items() if name in texts}
        if value:
            table[key] = value
        elif key in table:
            del table[key]


def _not_editable(path: str, name: str = "acme") -> ConfigurationError:
    return ConfigurationError(
        f"The layout of {path} cannot be edited here; the file is unchanged.",
        code="OA-C787",
        why="Profiles in one line of braces, or with dotted keys, are read, but not edited.",
        fix=f"Write each profile as a table of its own, such as {header_of(name)}: " + Edit(path),
    )


@contextmanager
def _translate_os_errors(path: str) -> Iterator[None]:
    try:
        yield
    except TimeoutError:
        raise ConfigurationError(
            f"{path} is being edited by another process.",
            code="OA-C789",
            fix="Try again, or end that process: " + Command("fuser", f"{path}.lock"),
        ) from None
    except NotPrivate as fault:
        raise _unwritable(path, f"{fault}.") from None
    except OSError as error:
        raise _unwritable(path, f"{error.strerror}.") from None


def _unwritable(path: str, why: str) -> ConfigurationError:
    return ConfigurationError(
        f"{path} cannot be written; it is unchanged.",
        code="OA-C787",
        why=why,
        fix="Put profiles elsewhere: " + Export(CONFIG_DIRECTORY, Blank("/a/folder/of/yours")),
    )
