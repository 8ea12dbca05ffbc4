"""What this machine offers: settings and where they come from, variables, files, stores."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

from osdu_auth.doctor.finding import Fact, Kind, failed, found, noticed, skipped
from osdu_auth.errors import OsduAuthError
from osdu_auth.fixes import Edit, Run, Unset
from osdu_auth.stores.state_folder import network_disk
from osdu_auth.stores.token_store import level_of
from osdu_auth.url import read_url
from osdu_auth.version import __version__

if TYPE_CHECKING:
    from osdu_auth.doctor.checked_profile import CheckedProfile
    from osdu_auth.doctor.finding import Finding

# What other programs read, and what it moves for us.
_TRUST = ("SSL_CERT_FILE", "SSL_CERT_DIR", "AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
_PROXIES = ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY")
_SPIES = ("SSLKEYLOGFILE",)


def versions(checked: CheckedProfile) -> Finding:
    """Say which versions are at work."""
    del checked
    python = sys.version.split()[0]
    return found(
        "versions",
        f"Version {__version__}, Python {python}, {sys.platform}.",
        Fact("osdu-auth", __version__),
        Fact("python", python),
        Fact("system", sys.platform),
    )


def profile(checked: CheckedProfile) -> Finding:
    """Say which profile is in force, and why."""
    if checked.profile_error is not None:
        return failed("profile", checked.profile_error)
    where = checked.session.found.reason
    return found(
        "profile",
        f"{checked.profile.name}: {where}.",
        Fact("profile", checked.profile.name, Kind.USER),
        Fact("sign_in", checked.profile.sign_in),
    )


def settings(checked: CheckedProfile) -> Finding:
    """Say where each setting comes from, and that none of them contradicts another."""
    from osdu_auth.places import ENVIRONMENT

    of_variables = checked.profile.name == ENVIRONMENT
    defaults = checked.profile.defaults()
    given = [name for name in defaults if checked.profile.get(name) != defaults[name]]
    places = {
        name: f"OSDU_AUTH_{name.upper()}" if of_variables else "config.toml" for name in given
    }
    told = ", ".join(f"{name} ({place})" for name, place in places.items())
    return found("settings", f"{told}.", *(Fact(name, place) for name, place in places.items()))


def variables(checked: CheckedProfile) -> Finding:
    """Say which variables lead elsewhere, or tell secrets to others."""
    try:
        moved = checked.session.credential.moved_to()
    except OsduAuthError as error:
        return failed("variables", error)
    spies = [name for name in _SPIES if os.environ.get(name)]
    if spies:
        return noticed(
            "variables",
            f"{spies[0]} has what is sent over TLS written down, tokens included.",
            Unset(*spies),
            Fact("variable", spies[0]),
        )
    if moved is not None:
        return noticed(
            "variables",
            f"The user pool is asked at {moved}.",
            "Unset the variable if that is not meant, or keep it in the profile: "
            + Run("init", "--endpoint-url", checked.pool_address),
            Fact("moved_to", moved, Kind.HOST),
        )
    names = [name for name in (*_TRUST, *_PROXIES) if os.environ.get(name)]
    if names:
        return found(
            "variables", f"Set, and gone by: {', '.join(names)}.", Fact("set", ", ".join(names))
        )
    return found("variables", "No variable leads elsewhere.")


def netrc(checked: CheckedProfile) -> Finding:
    """Say whether ~/.netrc has something for the platform, which some libraries would send."""
    import netrc as netrc_module

    host = read_url(checked.profile.platform_url or "").host
    path = os.environ.get("NETRC") or os.path.expanduser("~/.netrc")
    try:
        entry = netrc_module.netrc(path).authenticators(host)
    except FileNotFoundError:
        return found("netrc", "There is no ~/.netrc.")
    except (OSError, netrc_module.NetrcParseError):
        return noticed("netrc", "~/.netrc cannot be read.", Edit(path))
    if entry is None:
        return found("netrc", "~/.netrc has nothing for the platform.")
    return noticed(
        "netrc",
        "~/.netrc has a user for the platform, which `requests` sends instead of a token wherever "
        "it was not given auth=session.",
        "Give each call auth=session, or take the platform out of ~/.netrc.",
    )


def client_secret(checked: CheckedProfile) -> Finding:
    """Say whether what shows who the app client is can be read where the profile says it is."""
    from osdu_auth.oidc.assertions import PRIVATE_KEY
    from osdu_auth.oidc.client import READY_BASIC
    from osdu_auth.profiles.references import CLIENT_SECRET, resolve

    profile = checked.profile
    wanted = READY_BASIC if profile.get("client_auth") == "ready_basic" else CLIENT_SECRET
    reference = profile.secret_shown
    if reference is None:
        wanted, reference = PRIVATE_KEY, profile.get("client_key")
    if reference is None:
        return found("client-secret", "The profile names no secret: the app client needs none.")
    kind = reference.partition(":")[0]
    try:
        secret = resolve(reference, wanted)
    except OsduAuthError as error:
        return failed("client-secret", error, Fact("kind", kind))
    del secret
    if kind == "file" and not os.path.isabs(os.path.expanduser(reference.partition(":")[2])):
        return noticed(
            "client-secret",
            "The secret's file is named from the current folder, and is not found from another.",
            "Name it by its whole path.",
            Fact("kind", kind),
        )
    return found("client-secret", f"It can be read ({kind}:…).", Fact("kind", kind))


def store(checked: CheckedProfile) -> Finding:
    """Say how the session is kept."""
    try:
        level = level_of(checked.session.store, checked.session.key)
    except OsduAuthError as error:
        return failed("store", error)
    return found("store", f"{level.description}.", Fact("sealed", str(level.sealed).lower()))


def disk(checked: CheckedProfile) -> Finding:
    """Say whether the state folder lies on a disk that several computers share."""
    from osdu_auth.places import state_directory

    del checked
    try:
        kind = network_disk(state_directory())
    except OsduAuthError as error:
        return failed("disk", error)
    if kind is None:
        return found("disk", "The state folder is on a disk of this computer.")
    return found(
        "disk",
        f"The state folder is on a network disk ({kind}): each computer has a folder of its own "
        "there, and signs in for itself.",
        Fact("kind", kind),
    )


def session(checked: CheckedProfile) -> Finding:
    """Say who is signed in, until when."""
    from osdu_auth.durations import duration_in_words

    if checked.saved is None and not checked.profile.needs_person:
        return found("session", "A service account's token is not kept; the next use gets one.")
    if checked.saved is None:
        error = checked.session_error
        return failed("session", error) if error else skipped("session", "there is no profile")
    saved, now = checked.saved, time.time()
    left = saved.tokens.expires_at - now
    state = f"valid for {duration_in_words(left)}" if left > 0 else "expired; it is renewed next"
    who = "is signed in" if checked.profile.needs_person else "is a service account"
    return found(
        "session",
        f"{saved.account} {who}; the access token is {state}.",
        Fact("account", saved.account, Kind.USER),
        Fact("access_token", saved.tokens.freshness(now).value),
        Fact("rotates", str(saved.tokens.rotates).lower()),
    )


def deadline(checked: CheckedProfile) -> Finding:
    """Say when a person has to sign in again."""
    from osdu_auth.durations import duration_in_words
    from osdu_auth.session.deadline import deadline_of

    now = time.time()
    if not checked.profile.needs_person:
        return found("deadline", "A service account needs no sign-in.")
    if checked.saved is None:
        return skipped("deadline", "there is no session")
    end = deadline_of(checked.saved, checked.profile, now)
    if end is None:
        return found("deadline", "When the session ends is not known.")
    if end.is_near(now):
        words = end.in_words(now, checked.session.reader).partition(" Sign in again")[0]
        return noticed("deadline", words, "Sign in again: " + Run("login"))
    told = duration_in_words(end.at - now)
    assumed = ", by Cognito's default" if end.assumed else ""
    return found("deadline", f"The session ends in {told}{assumed}.")


def lock(checked: CheckedProfile) -> Finding:
    """Say whether the right to renew can be had, or who has it."""
    from osdu_auth.errors import StoreUnavailable

    try:
        with checked.session.store.open(checked.session.key, 0.5):
            return found("lock", "The session can be renewed from here.")
    except StoreUnavailable as error:
        return failed("lock", error)
