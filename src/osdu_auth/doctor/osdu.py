"""The checks on the OSDU platform: that it answers, your groups, and the legal tags."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from osdu_auth.doctor.finding import Fact, FactKind, Finding, Level, failed, passed, skipped
from osdu_auth.errors import OsduAuthError, OsduError, OsduFailed
from osdu_auth.platform.call import call_or_raise, probe
from osdu_auth.platform.entitlements import membership
from osdu_auth.session.workers import worker_session

if TYPE_CHECKING:
    from osdu_auth.doctor.checked_profile import CheckedProfile
    from osdu_auth.session.workers import WorkerSession

_INFO = "/api/entitlements/v2/info"
_TAGS = "/api/legal/v1/legaltags?valid=true"
_OK = 200


def platform(checked: CheckedProfile) -> Finding:
    """Check that the address is an OSDU platform's, by a request that needs no token."""
    address = checked.profile.platform_url or ""
    try:
        reply = probe(address, _INFO)
    except OsduAuthError as error:
        return failed("platform", error)
    if reply.status == _OK:
        return passed(
            "platform", f"{address} is an OSDU platform.", Fact("url", address, FactKind.HOST)
        )
    return failed(
        "platform",
        OsduFailed(
            f"{address} does not answer as an OSDU platform ({reply.status}).",
            code="OA-O914",
            status=reply.status,
            why=f"Each platform has {_INFO}, which needs no token.",
            fix="Compare the platform URL with your platform's sign-in page.",
        ),
    )


def groups(checked: CheckedProfile) -> Finding:
    """Ask Entitlements for the user's groups, which also checks the data partition."""
    source = _source(checked)
    if source is None:
        return skipped("groups", "the access token has expired, and doctor renews no token")
    try:
        found_groups = membership(source)
    except OsduAuthError as error:
        return _refused("groups", error)
    count = len(found_groups.groups)
    return passed(
        "groups",
        f"Entitlements knows you as {found_groups.member}, in {count} groups of "
        f"{checked.profile.data_partition_id}.",
        Fact("member", found_groups.member, FactKind.USER),
        Fact("groups", str(count)),
    )


def legal(checked: CheckedProfile) -> Finding:
    """Ask Legal for its valid tags, one of which each new record has to name."""
    source = _source(checked)
    if source is None:
        return skipped("legal", "the access token has expired, and doctor renews no token")
    try:
        call_or_raise(source, "GET", _TAGS)
    except OsduAuthError as error:
        return _refused("legal", error)
    return passed("legal", "Legal shows you its tags.")


def _source(checked: CheckedProfile) -> WorkerSession | None:
    """Return a token source with the saved token, which is not renewed; None if it has expired."""
    saved = checked.saved
    if saved is None or saved.tokens.expires_at <= time.time():
        return None
    return worker_session(checked.profile, saved)


def _refused(check_id: str, error: OsduAuthError) -> Finding:
    correlation_id = error.correlation_id if isinstance(error, OsduError) else ""
    facts = [Fact("correlation_id", correlation_id)] if correlation_id else []
    finding = failed(check_id, error, *facts)
    return finding if check_id == "groups" else finding._replace(level=Level.WARN, exit_code=0)
