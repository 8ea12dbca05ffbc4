"""The checks on this machine: settings and their places, variables, files, the session's store."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

from osdu_auth.doctor.finding import Fact, FactKind, failed, passed, skipped, warned
from osdu_auth.errors import OsduAuthError
from osdu_auth.fixes import Edit, Run, Unset
from osdu_auth.stores.state_folder import network_disk
from osdu_auth.stores.token_store import level_of
from osdu_auth.url import read_url
from osdu_auth.version import __version__

if TYPE_CHECKING:
    from osdu_auth.doctor.checked_profile import CheckedProfile
    from osdu_auth.doctor.finding import Finding

# Variables that other programs read too.
_TRUST = ("SSL_CERT_FILE", "SSL_CERT_DIR", "AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
_PROXIES = ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY")
_TLS_KEY_LOGS = ("SSLKEYLOGFILE",)


def versions(checked: CheckedProfile) -> Finding:
    """Return the versions of osdu-auth, Python and the system."""
    del checked
    python = sys.version.split()[0]
    return passed(
        "versions",
        f"Version {__version__}, Python {python}, {sys.platform}.",
        Fact("osdu-auth", __version__),
        Fact("python", python),
        Fact("system", sys.platform),
    )


def profile(checked: CheckedProfile) -> Finding:
    """Check which profile is in force, and why."""
    if checked.profile_error is not None:
        return failed("profile", checked.profile_error)
    where = checked.session.found.reason
    return passed(
        "profile",
        f"{checked.profile.name}: {where}.",
        Fact("profile", checked.profile.name, FactKind.USER),
        Fact("sign_in", checked.profile.sign_in),
    )


def settings(checked: CheckedProfile) -> Finding:
    """Return where each setting comes from; contradictions were refused before."""
    from osdu_auth.places import ENVIRONMENT

    from_variables = checked.profile.name == ENVIRONMENT
    defaults = checked.profile.defaults()
    given = [name for name in defaults if checked.profile.get(name) != defaults[name]]
    places = {
        name: f"OSDU_AUTH_{name.upper()}" if from_variables else "config.toml" for name in given
    }
    listed = ", ".join(f"{name} ({place})" for name, place in places.items())
    return passed("settings", f"{listed}.", *(Fact(name, place) for name, place in places.items()))


def variables(checked: CheckedProfile) -> Finding:
    """Check for variables that change addresses, or write secrets to a file."""
    try:
        moved = checked.session.credential.moved_to()
    except OsduAuthError as error:
        return failed("variables", error)
    key_logs = [name for name in _TLS_KEY_LOGS if os.environ.get(name)]
    if key_logs:
        return warned(
            "variables",
            f"{key_logs[0]} is set: TLS keys are written to a file, which makes tokens readable.",
            Unset(*key_logs),
            Fact("variable", key_logs[0]),
        )
    if moved is not None:
        return warned(
            "variables",
            f"The user pool is asked at {moved}.",
            "Unset the variable if that is wrong; if it is right, write it into the profile: "
            + Run("init", "--endpoint-url", checked.pool_address),
            Fact("moved_to", moved, FactKind.HOST),
        )
    names = [name for name in (*_TRUST, *_PROXIES) if os.environ.get(name)]
    if names:
        return passed(
            "variables",
            f"These variables are set and used: {', '.join(names)}.",
            Fact("set", ", ".join(names)),
        )
    return passed("variables", "No variable changes an address.")


def netrc(checked: CheckedProfile) -> Finding:
    """Check for an entry of the platform in ~/.netrc, which some libraries would send."""
    import netrc as netrc_module

    host = read_url(checked.profile.platform_url or "").host
    path = os.environ.get("NETRC") or os.path.expanduser("~/.netrc")
    try:
        entry = netrc_module.netrc(path).authenticators(host)
    except FileNotFoundError:
        return passed("netrc", "There is no ~/.netrc.")
    except (OSError, netrc_module.NetrcParseError):
        return warned("netrc", "~/.netrc cannot be read.", Edit(path))
    if entry is None:
        return passed("netrc", "~/.netrc has no entry for the platform.")
    return warned(
        "netrc",
        "~/.netrc has an entry for the platform, which `requests` sends instead of a token in each "
        "call without auth=session.",
        "Give each call auth=session, or remove the platform from ~/.netrc.",
    )


def client_secret(checked: CheckedProfile) -> Finding:
    """Check that the app client's secret or key can be read at its place."""
    from osdu_auth.oidc.assertions import PRIVATE_KEY
    from osdu_auth.oidc.client import READY_BASIC
    from osdu_auth.profiles.references import CLIENT_SECRET, resolve

    profile = checked.profile
    wanted = READY_BASIC if profile.get("client_auth") == "ready_basic" else CLIENT_SECRET
    reference = profile.secret_shown
    if reference is None:
        wanted, reference = PRIVATE_KEY, profile.get("client_key")
    if reference is None and profile.get("client_assertion") is not None:
        return _assertion_of_workload(profile.get("client_assertion") or "")
    if reference is None:
        return passed("client-secret", "The profile names no secret, as for a public app client.")
    kind = reference.partition(":")[0]
    try:
        secret = resolve(reference, wanted)
    except OsduAuthError as error:
        return failed("client-secret", error, Fact("kind", kind))
    del secret
    if kind == "file" and not os.path.isabs(os.path.expanduser(reference.partition(":")[2])):
        return warned(
            "client-secret",
            "The path of the secret's file is relative to the current folder.",
            "Write the absolute path into the profile.",
            Fact("kind", kind),
        )
    return passed("client-secret", f"The secret or key can be read ({kind}:…).", Fact("kind", kind))


def _assertion_of_workload(source: str) -> Finding:
    """Check that the assertion of this job or pod can be read; GitHub is not asked for one."""
    from osdu_auth.oidc.workloads import workload_assertion
    from osdu_auth.profiles.openid_checks import GITHUB_ACTIONS

    kind = Fact("kind", source.partition(":")[0])
    if source == GITHUB_ACTIONS:
        return passed("client-secret", "GitHub gives the job an assertion for each token.", kind)
    try:
        workload_assertion(source, "", time.time())
    except OsduAuthError as error:
        return failed("client-secret", error, kind)
    return passed("client-secret", "The workload's assertion can be read.", kind)


def store(checked: CheckedProfile) -> Finding:
    """Return where the session is stored."""
    try:
        level = level_of(checked.session.store, checked.session.key)
    except OsduAuthError as error:
        return failed("store", error)
    return passed("store", f"{level.description}.", Fact("sealed", str(level.sealed).lower()))


def disk(checked: CheckedProfile) -> Finding:
    """Check whether the state folder is on a disk that several computers share."""
    from osdu_auth.places import state_directory

    del checked
    try:
        kind = network_disk(state_directory())
    except OsduAuthError as error:
        return failed("disk", error)
    if kind is None:
        return passed("disk", "The state folder is on a disk of this computer.")
    return passed(
        "disk",
        f"The state folder is on a network disk ({kind}): each computer has its own folder there, "
        "and its own session.",
        Fact("kind", kind),
    )


def session(checked: CheckedProfile) -> Finding:
    """Check who is signed in, and until when the access token is valid."""
    from osdu_auth.durations import duration_in_words

    if checked.saved is None and not checked.profile.needs_person:
        return passed(
            "session", "No token of the service account is saved; the next use requests a token."
        )
    if checked.saved is None:
        error = checked.session_error
        return failed("session", error) if error else skipped("session", "there is no profile")
    saved, now = checked.saved, time.time()
    left = saved.tokens.expires_at - now
    state = (
        f"valid for {duration_in_words(left)}" if left > 0 else "expired; the next use renews it"
    )
    who = "is signed in" if checked.profile.needs_person else "is a service account"
    return passed(
        "session",
        f"{saved.account} {who}; the access token is {state}.",
        Fact("account", saved.account, FactKind.USER),
        Fact("access_token", saved.tokens.freshness(now).value),
        Fact("rotates", str(saved.tokens.rotates).lower()),
    )


def deadline(checked: CheckedProfile) -> Finding:
    """Check when a person has to sign in again."""
    from osdu_auth.durations import duration_in_words
    from osdu_auth.session.deadline import deadline_of

    now = time.time()
    if not checked.profile.needs_person:
        return passed("deadline", "A service account needs no sign-in.")
    if checked.saved is None:
        return skipped("deadline", "there is no session")
    end = deadline_of(checked.saved, checked.profile, now)
    if end is None:
        return passed("deadline", "The end of the session is not known.")
    if end.is_near(now):
        words = end.in_words(now, checked.session.reader).partition(" Sign in again")[0]
        return warned("deadline", words, "Sign in again: " + Run("login"))
    left = duration_in_words(end.at - now)
    assumed = ", by Cognito's default" if end.assumed else ""
    return passed("deadline", f"The session ends in {left}{assumed}.")


def lock(checked: CheckedProfile) -> Finding:
    """Check that this process can take the lock for a renewal."""
    from osdu_auth.errors import StoreUnavailable

    try:
        with checked.session.store.open(checked.session.key, 0.5):
            return passed("lock", "The session can be renewed from here.")
    except StoreUnavailable as error:
        return failed("lock", error)
