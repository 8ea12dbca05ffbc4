"""Kinds: the kinds of sign-in, and how the texts of settings become a profile of a kind."""

from __future__ import annotations

from osdu_auth.errors import ConfigurationError
from osdu_auth.frozen import NEEDED
from osdu_auth.light_typing import TYPE_CHECKING
from osdu_auth.profiles.checks import check_profile_name, region_of_user_pool
from osdu_auth.profiles.profile import AnyProfile, BrowserProfile, Profile, ServiceProfile
from osdu_auth.profiles.setting_places import in_call
from osdu_auth.profiles.settings import Setting, check_settings, one_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from osdu_auth.profiles.setting_places import Place

SIGN_IN = "sign_in"


class Kinds:
    """The kinds of sign-in, and the settings of all of them.

    Args:
        kinds: the classes of profiles; the first is the kind of a profile without `sign_in`.
    """

    def __init__(self, *kinds: type[AnyProfile]) -> None:
        self._kinds = {kind.sign_in: kind for kind in kinds}
        self._default = kinds[0].sign_in
        names = tuple(self._kinds)
        check = one_of(names, "a kind of sign-in", "OA-C715")
        self.settings: dict[str, Setting] = {
            SIGN_IN: Setting(check, f"The kind of sign-in; default: {self._default}.", names)
        }
        for kind in kinds:
            self.settings |= {name: kind.settings[name] for name in kind.defaults()}

    def settings_of(self, profile: AnyProfile) -> dict[str, str]:
        """Return the settings of a profile that are not defaults, and its kind if not the first."""
        texts = {name: profile.get(name) for name in type(profile).defaults()}
        defaults: dict[str, Any] = {SIGN_IN: self._default, **type(profile).defaults()}
        set_ = {SIGN_IN: profile.sign_in, **texts}
        return {name: text for name, text in set_.items() if text and text != defaults[name]}

    def changed(
        self,
        profile: AnyProfile,
        texts: Mapping[str, str],
        place_of: Callable[[str], Place] = in_call,
    ) -> AnyProfile:
        """Return a profile in which some settings are changed; errors as for `make`."""
        return self.make(profile.name, {**self.settings_of(profile), **texts}, place_of)

    def kind_of(
        self, texts: Mapping[str, object], place_of: Callable[[str], Place]
    ) -> type[AnyProfile]:
        """Return the kind that the setting `sign_in` names, or the default one.

        Raises:
            ConfigurationError: OA-C715: there is no such kind.
        """
        named = {SIGN_IN: texts.get(SIGN_IN, self._default)}
        return self._kinds[check_settings(named, place_of, self.settings)[SIGN_IN]]

    def make(
        self, name: str, texts: Mapping[str, str], place_of: Callable[[str], Place] = in_call
    ) -> AnyProfile:
        """Make a profile of checked settings; a user pool's id also gives the region.

        Args:
            name: the profile's name.
            texts: the settings that are set, by their names.
            place_of: returns the place of a setting, for error messages.

        Raises:
            ConfigurationError: OA-C701 to OA-C713, OA-C715, OA-C764 to OA-C767: a setting cannot be
                used, or the region is not the user pool's; OA-C716: it belongs to another kind;
                OA-C714: a needed setting is missing; OA-B739, OA-C718: settings do not
                belong together;
                OA-A704, OA-B703: as for `require_complete`.
        """
        check_profile_name(name)
        kind = self.kind_of(texts, place_of)
        defaults = kind.defaults()
        texts = {setting: text for setting, text in texts.items() if setting != SIGN_IN}
        for setting in texts:
            if setting not in defaults:
                raise self._of_another_kind(setting, kind, place_of)
        settings = check_settings(texts, place_of, kind.settings)
        if "user_pool_id" in settings and "region" in defaults:
            settings.setdefault("region", region_of_user_pool(settings["user_pool_id"]))
        for setting, default in defaults.items():
            if default is NEEDED and setting not in settings:
                raise _missing(setting, kind, place_of)
        kind.check_together(settings, place_of)
        construct: Callable[..., AnyProfile] = kind
        profile = construct(name, **settings)
        profile.require_complete(place_of)
        return profile

    def _of_another_kind(
        self, setting: str, kind: type[AnyProfile], place_of: Callable[[str], Place]
    ) -> ConfigurationError:
        of = [each.sign_in for each in self._kinds.values() if setting in each.defaults()]
        leave = f"leave out {place_of(setting).words}"
        return ConfigurationError(
            f'{place_of(setting).words}: this is not a setting of {SIGN_IN} = "{kind.sign_in}".',
            code="OA-C716",
            why=f"It is a setting of {SIGN_IN} = " + " and ".join(f'"{each}"' for each in of) + ".",
            fix=place_of(SIGN_IN).fix_for(of[0]) + f", or {leave}",
        )


def _missing(
    setting: str, kind: type[AnyProfile], place_of: Callable[[str], Place]
) -> ConfigurationError:
    place = place_of(setting)
    return ConfigurationError(
        f"{place.words}: this is not set.",
        code="OA-C714",
        why="No sign-in is possible without it.",
        fix=place.fix_for(kind.settings[setting].example),
    )


KINDS = Kinds(Profile, BrowserProfile, ServiceProfile)
