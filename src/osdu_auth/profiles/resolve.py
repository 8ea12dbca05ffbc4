"""Which profile is in force, and why: the name that was given, the environment, or the file."""

from __future__ import annotations

from osdu_auth.errors import ConfigurationError
from osdu_auth.fixes import Command, Run
from osdu_auth.light_typing import TYPE_CHECKING, NamedTuple
from osdu_auth.places import ENVIRONMENT, NO_SETTINGS
from osdu_auth.profiles.environment import (
    fingerprint_of_environment,
    makes_a_profile,
    profile_of_environment,
    value_of_variable,
)
from osdu_auth.profiles.profile import AnyProfile
from osdu_auth.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from osdu_auth.profiles.file import ProfilesFile

VARIABLE = "OSDU_AUTH_PROFILE"


class FoundProfile(NamedTuple):
    """A profile, and how it was found.

    Args:
        profile: the profile.
        reason: why this one, as a clause that follows its name.
        settings_fingerprint: the fingerprint of its file, or of the variables that make it, for
            `FileStore`; `-` for a profile that was made in Python.
        is_current: whether it is in force when no profile is named, so that the fast path may note
            it.
    """

    profile: AnyProfile
    reason: str
    settings_fingerprint: str
    is_current: bool = False

    @property
    def is_in_file(self) -> bool:
        """Whether it is in the file of profiles."""
        return self.settings_fingerprint != NO_SETTINGS and self.profile.name != ENVIRONMENT


def find_profile(name: str | None = None) -> FoundProfile:
    """Find the profile to use.

    The first of these decides: `name`; the variable OSDU_AUTH_PROFILE; the profile of the
    environment, if OSDU_AUTH_CLIENT_ID is set; the file's default profile; its only profile.

    Args:
        name: the profile that the caller named; None if the caller named none.

    Raises:
        ConfigurationError: OA-C784: there is no profile of that name; OA-C785: there is no profile;
            OA-C788: there are several, and no default; or the profile has a mistake.
    """
    wanted, reason = name, "it was named"
    if not wanted:
        wanted, reason = value_of_variable(VARIABLE), f"{VARIABLE} names it"
    if wanted:
        return _named(wanted, reason)
    if makes_a_profile():
        return _of_environment("OSDU_AUTH_CLIENT_ID is set and no profile was named")
    from osdu_auth.profiles.file import read_profiles

    file = read_profiles()
    chosen, reason = _default(file)
    return FoundProfile(file.profile(chosen), reason, file.settings_fingerprint, is_current=True)


def places_of_profile(name: str | None = None) -> Iterator[tuple[str, bool, str]]:
    """Yield the places that `find_profile` reads before the file, until one names the profile.

    Args:
        name: the profile that the caller named; None if the caller named none.

    Yields:
        The place, whether it names the profile, and why or why not.
    """
    yield "the call", bool(name), "it names a profile" if name else "it names none"
    if name:
        return
    variable = value_of_variable(VARIABLE)
    yield VARIABLE, bool(variable), "it is set" if variable else "it is not set"
    if variable:
        return
    made = makes_a_profile()
    yield "OSDU_AUTH_CLIENT_ID", made, "it is set" if made else "it is not set"


def given_profile(profile: object) -> FoundProfile:
    """Return a profile that the caller made as a `FoundProfile`.

    Raises:
        ConfigurationError: OA-C799: it is not a `Profile`, so its settings were not checked.
    """
    if isinstance(profile, AnyProfile):
        return FoundProfile(profile, "it was given", NO_SETTINGS)
    raise ConfigurationError(
        f"A value of type {printable(type(profile).__name__, 40)} was given as a profile.",
        code="OA-C799",
        why="A profile is given by its name, or as a Profile, whose settings are checked.",
        fix='Give it as in: Session("acme")',
    )


def _named(name: str, reason: str) -> FoundProfile:
    if name == ENVIRONMENT and makes_a_profile():
        return _of_environment(reason)
    from osdu_auth.profiles.file import read_profiles

    file = read_profiles()
    return FoundProfile(file.profile(name), reason, file.settings_fingerprint)


def _of_environment(reason: str) -> FoundProfile:
    return FoundProfile(profile_of_environment(), reason, fingerprint_of_environment())


def _default(file: ProfilesFile) -> tuple[str, str]:
    """Return the name of the profile in force when no profile is named, and the reason."""
    if file.current is not None:
        noun = "default" if file.current == file.default else "only"
        return file.current, f"it is the {noun} profile in {file.path}"
    if not file.names:
        raise ConfigurationError(
            "There is no profile yet.",
            code="OA-C785",
            why=f"A profile has the values of your sign-in page. File: {file.path}.",
            fix=Run("init"),
        )
    names = [printable(name, 64) for name in file.names]
    raise ConfigurationError(
        "There are several profiles, and no default one.",
        code="OA-C788",
        why=f"The profiles are: {', '.join(names)}. File: {file.path}.",
        fix="Name one with "
        + Command("-p", file.names[0])
        + ", or have one used by default: "
        + Run("init", "--default", profile=file.names[0]),
    )
