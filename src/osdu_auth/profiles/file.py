"""The file of profiles: reading `config.toml`.

    default_profile = "acme"

    [profiles.acme]
    region = "us-east-1"
    client_id = "…"
    client_secret = "env:ACME_CLIENT_SECRET"
    store.sealed = "preferred"

The settings of a profile are keys of its table. `sign_in = "…"` names the kind of sign-in; without
it the kind is `password`.

A mistake in one profile is reported only when that profile is used; the other profiles can still be
used. An unknown key is a mistake: more often it is a typing mistake than a setting of a newer
version.
"""

from __future__ import annotations

from collections.abc import Mapping

from osdu_auth.errors import ConfigurationError
from osdu_auth.fixes import Edit, Fix, Run
from osdu_auth.input_text import odd_character_in, value_in
from osdu_auth.light_typing import TYPE_CHECKING, NamedTuple
from osdu_auth.places import ENVIRONMENT, config_file, settings_fingerprint
from osdu_auth.profiles.checks import check_profile_name
from osdu_auth.profiles.kinds import KINDS
from osdu_auth.profiles.setting_places import in_file
from osdu_auth.profiles.toml_text import parse_toml, read_text
from osdu_auth.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from osdu_auth.profiles.kinds import Kinds
    from osdu_auth.profiles.profile import AnyProfile
    from osdu_auth.profiles.setting_places import Place

_TOP = ("default_profile", "profiles")
LARGE = 64 * 1024  # characters; a smaller file is parsed as a whole within milliseconds


class ProfilesFile(NamedTuple):
    """The contents of the file of profiles; empty if there is no file.

    Args:
        path: the path of the file.
        settings_fingerprint: the fingerprint of the file, taken before it was read.
        default: the name of the default profile; None if the file sets none.
        tables: the table of each profile, by the profile's name, unchecked.
        kinds: the kinds of sign-in that a profile may be of.
    """

    path: str
    settings_fingerprint: str
    default: str | None
    tables: Mapping[str, Any]
    kinds: Kinds = KINDS

    @property
    def names(self) -> list[str]:
        """The profiles' names, in the order of the file."""
        return list(self.tables)

    @property
    def current(self) -> str | None:
        """The profile in force when no profile is named: the default one, the only one, or None."""
        if self.default is not None:
            return self.default
        return self.names[0] if len(self.names) == 1 else None

    def profile(self, name: str) -> AnyProfile:
        """Return a profile, checked.

        Raises:
            ConfigurationError: OA-C784: there is no profile of that name; or it has a mistake.
        """
        if name not in self.tables:
            raise self.no_such_profile(name)
        if name == ENVIRONMENT:
            what = f'"{ENVIRONMENT}" is the name of the profile that the variables make.'
            raise _mistake(what, "OA-C782", "Give it another name", self.path)
        self._require_name(name)
        return self.kinds.make(name, self.settings_of(name), lambda each: self.place_of(each, name))

    def settings_of(self, name: str) -> dict[str, str]:
        """Return the settings of a profile of the file, unchecked.

        Raises:
            ConfigurationError: OA-C782: a setting is not a text; OA-C783: a key is not a setting.
        """
        return dict(self._settings_in(self.tables[name], name, keys_of(self.kinds)))

    def place_of(self, setting: str, name: str) -> Place:
        """Return the place of a profile's setting in the file."""
        return in_file(setting, self._key_of(setting), name, self.path)

    def no_such_profile(self, name: str) -> ConfigurationError:
        """Return the error of an unknown profile, which lists the profiles of the file."""
        import difflib

        shown = printable(name, 64)
        near = difflib.get_close_matches(value_in(name), self.names, n=1)
        others = f"The profiles are: {', '.join(map(printable, self.names))}."
        return ConfigurationError(
            f'There is no profile "{shown}".',
            code="OA-C784",
            why=f"{odd_character_in(name)} {others if self.names else 'There is no profile yet.'} "
            f"File: {self.path}.".strip(),
            fix=(f'Did you mean "{printable(near[0], 64)}"? Else: ' if near else "")
            + _init_of(name),
        )

    def _settings_in(
        self, table: object, name: str, keys: Mapping[str, Any], within: str = ""
    ) -> Iterator[tuple[str, str]]:
        """Yield the settings of a profile's table and of the tables in it, with their names."""
        for key, value in _table(table, f"profiles.{name}{within}", keys, self.path).items():
            setting = keys[key]
            if not isinstance(setting, str):
                yield from self._settings_in(value, name, setting, f"{within}.{key}")
            elif isinstance(value, str):
                yield setting, value
            else:
                named = self._key_of(setting)
                what = f"{named} of profile {name} is not a text."
                raise _mistake(what, "OA-C782", _as_text(named, value), self.path)

    def _key_of(self, setting: str) -> str:
        return self.kinds.settings[setting].key or setting

    def _require_name(self, name: str) -> None:
        try:
            check_profile_name(name)
        except ConfigurationError as error:
            advice = "Write [profiles.acme], or another such name, in its place"
            raise _mistake(error.what, error.code, advice, self.path, error.why) from None


def keys_of(kinds: Kinds) -> dict[str, Any]:
    """Return the keys of a profile's table, each with a setting's name or a table of keys."""
    keys: dict[str, Any] = {}
    for name, setting in kinds.settings.items():
        outer, _, inner = setting.key.partition(".")
        if inner:
            keys.setdefault(outer, {})[inner] = name
        else:
            keys[outer or name] = name
    return keys


def read_profiles(path: str | None = None, kinds: Kinds = KINDS) -> ProfilesFile:
    """Read the file of profiles.

    Args:
        path: the file; None for `places.config_file()`.
        kinds: the kinds of sign-in that a profile may have.

    Raises:
        ConfigurationError: OA-C780 to OA-C783, OA-C786: it cannot be read, or is not a file of
            profiles; OA-C798: other users could change it.
    """
    path = path or config_file()
    fingerprint = settings_fingerprint(path)
    return parse_profiles(read_text(path), path, fingerprint, kinds)


def parse_profiles(
    text: str, path: str, fingerprint: str = "", kinds: Kinds = KINDS
) -> ProfilesFile:
    """Read the text of a file of profiles; arguments and errors are those of `read_profiles`."""
    parts = None
    if len(text) >= LARGE:
        from osdu_auth.profiles.sections import split_sections

        parts = split_sections(text, path)
    top = _table(parse_toml(parts[0] if parts else text, path), "the file", _TOP, path)
    default = top.get("default_profile")
    if default is not None and not isinstance(default, str):
        raise _mistake("default_profile is not a text.", "OA-C782", "Put it in quotes", path)
    tables = parts[1] if parts else top.get("profiles", {})
    if not isinstance(tables, Mapping):
        raise _mistake("profiles is not a table.", "OA-C782", "Write [profiles.NAME]", path)
    return ProfilesFile(path, fingerprint, default, tables, kinds)


def _init_of(name: str) -> str | Fix:
    """Return the command that makes a profile of that name, if the name is possible."""
    try:
        return Run("init", profile=check_profile_name(name))
    except ConfigurationError as error:
        return f"Name a profile of the file. {error.why}"


def _table(value: object, where: str, known: Iterable[str], path: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _mistake(f"{where} is not a table.", "OA-C782", f"Write [{where}]", path)
    for key in value:
        if key not in known:
            raise _unknown(key, where, known, path)
    return dict(value)


def _unknown(key: str, where: str, known: Iterable[str], path: str) -> ConfigurationError:
    import difflib

    near = difflib.get_close_matches(key, known, n=1)
    advice = f"Write {near[0]}" if near else f"The settings are: {', '.join(known)}"
    what = f'"{printable(key, 60)}" in {where} is not a setting.'
    return _mistake(what, "OA-C783", advice, path)


def _as_text(key: str, value: object) -> str:
    """Return what to write in place of a value that is not a text, such as a list of ports."""
    if isinstance(value, list) and value and all(type(each) is int for each in value):
        return f'Write {key} = "{printable(",".join(map(str, value[:10])))}"'
    return "Put it in quotes"


def _mistake(what: str, code: str, advice: str, path: str, why: str = "") -> ConfigurationError:
    return ConfigurationError(
        f"In {path}: {printable(what)}", code=code, why=why, fix=f"{advice}: " + Edit(path)
    )
