"""`osdu-auth logout`: ending the session here and at the user pool."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cli.conftest import Shell
    from osdu_auth.sandbox import Sandbox


def test_signing_out_revokes_wipes_and_says_both(signed_in: Shell, sandbox: Sandbox) -> None:
    before = sandbox.requests.count("RevokeToken")
    outcome = signed_in.run("logout")
    assert outcome.code == 0
    assert "revoked" in outcome.stderr
    assert sandbox.requests.count("RevokeToken") == before + 1
    assert signed_in.run("token").code == 3
    assert not list(signed_in.state.rglob("*.session"))


def test_after_a_failed_revocation_the_session_is_wiped_and_the_failure_printed(
    signed_in: Shell, sandbox: Sandbox
) -> None:
    sandbox.faults.drop("RevokeToken", times=None)
    outcome = signed_in.run("logout")
    assert outcome.code == 6
    assert "not revoked" in outcome.stderr
    assert signed_in.run("token").code == 3


def test_if_the_session_cannot_be_wiped_the_fix_names_no_other_folder(
    signed_in: Shell,
) -> None:
    for lock in signed_in.state.rglob("acme.lock"):
        lock.unlink()
        lock.mkdir()
    outcome = signed_in.run("logout", "-p", "acme")
    assert outcome.code == 8
    assert "OSDU_AUTH_STATE_DIR" not in outcome.stderr
    assert "osdu-auth logout -p acme" in outcome.stderr


def test_the_printed_command_repairs_an_untrusted_lock(signed_in: Shell) -> None:
    (lock,) = signed_in.state.rglob("acme.lock")
    lock.with_suffix(".again").hardlink_to(lock)
    outcome = signed_in.run("logout", "-p", "acme")
    assert (outcome.code, "OA-F806" in outcome.stderr) == (8, True)
    assert f"Next: rm {lock} && osdu-auth logout -p acme\n" in outcome.stderr
    lock.unlink()
    assert signed_in.run("logout", "-p", "acme").code == 0


def test_the_fix_does_not_remove_a_session_that_was_wiped(signed_in: Shell) -> None:
    (session,) = signed_in.state.rglob("acme.session")
    session.with_suffix(".again").hardlink_to(session)
    outcome = signed_in.run("logout", "-p", "acme")
    assert (outcome.code, "Wiped here, but not revoked" in outcome.stderr) == (8, True)
    assert "Next:" not in outcome.stderr
    assert not session.exists()


def test_signing_out_twice_is_no_error(signed_in: Shell) -> None:
    signed_in.run("logout")
    outcome = signed_in.run("logout")
    assert (outcome.code, "There was no session" in outcome.stderr) == (0, True)


def test_a_damaged_session_can_be_signed_out(signed_in: Shell) -> None:
    (session,) = signed_in.state.rglob("*.session")
    session.write_bytes(session.read_bytes()[:100])
    outcome = signed_in.run("logout")
    assert "not revoked" in outcome.stderr
    assert signed_in.run("token").code == 3
