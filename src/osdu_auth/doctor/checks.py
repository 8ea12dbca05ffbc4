"""The table of checks, and the function that runs them at the same time, in ten seconds."""

from __future__ import annotations

import threading
import time

from osdu_auth.doctor import machine, network, osdu
from osdu_auth.doctor.checked_profile import CheckedProfile
from osdu_auth.doctor.finding import Check, Finding, Level, failed, skipped
from osdu_auth.errors import OsduAuthError

TIME_LIMIT = 9.5  # seconds for all checks together; the start of the program takes more time

CHECKS = (
    Check("versions", "versions", machine.versions),
    Check("profile", "profile", machine.profile),
    Check("settings", "settings", machine.settings, ("profile",)),
    Check("variables", "variables", machine.variables, ("profile",)),
    Check("netrc", "~/.netrc", machine.netrc, ("profile", "platform")),
    Check("client-secret", "client secret", machine.client_secret, ("profile",)),
    Check("store", "store", machine.store, ("profile",)),
    Check("disk", "disk", machine.disk),
    Check("session", "session", machine.session, ("profile",)),
    Check("deadline", "end of session", machine.deadline, ("profile", "session")),
    Check("lock", "right to renew", machine.lock, ("profile", "session")),
    Check("proxy", "proxy", network.proxy, ("profile",)),
    Check("pool-connection", "to issuer", network.pool_connection, ("profile",)),
    Check("key-set", "key set", network.key_set, ("profile",)),
    Check("app-client", "app client", network.app_client, ("profile", "pool")),
    Check("clock", "clock", network.clock, ("profile",)),
    Check(
        *("platform-connection", "to platform", network.platform_connection),
        ("profile", "platform"),
    ),
    Check("platform", "platform", osdu.platform, ("profile", "platform")),
    Check("groups", "entitlements", osdu.groups, ("profile", "platform", "session")),
    Check("legal", "legal", osdu.legal, ("profile", "platform", "session")),
)


def run_checks(
    name: str | None, checks: tuple[Check, ...] = CHECKS, time_limit: float = TIME_LIMIT
) -> list[Finding]:
    """Run all checks, and return their findings in the order of the table.

    Args:
        name: the profile's name; None for the profile in force.
        checks: the checks to run.
        time_limit: seconds for all of them together.
    """
    checked = CheckedProfile(name)
    findings: dict[str, Finding] = {}
    threads = []
    for check in checks:
        thread = threading.Thread(
            target=lambda check=check: findings.__setitem__(check.id, _run(check, checked)),
            name=f"check of {check.id}",
            daemon=True,  # the program does not wait for a thread in a slow lookup of a name
        )
        thread.start()
        threads.append(thread)
    end = time.monotonic() + time_limit
    for thread in threads:
        thread.join(max(0.0, end - time.monotonic()))
    return [findings.get(check.id) or _too_slow(check, time_limit) for check in checks]


def _run(check: Check, checked: CheckedProfile) -> Finding:
    begin = time.perf_counter()
    reason = next(filter(None, map(checked.why_unmet, check.needs)), None)
    if reason is not None:
        return skipped(check.id, reason)
    try:
        finding = check.run(checked)
    except OsduAuthError as error:
        finding = failed(check.id, error)
    return finding._replace(milliseconds=round((time.perf_counter() - begin) * 1e3))


def _too_slow(check: Check, time_limit: float) -> Finding:
    return Finding(
        check.id,
        Level.FAIL,
        f"This took longer than {time_limit:.0f} s: {check.title}.",
        "Check the network, and its name server.",
        "OA-N652",
        6,
    )
