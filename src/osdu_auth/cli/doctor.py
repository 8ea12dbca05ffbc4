"""`osdu-auth doctor`: check everything that a session needs, and say what to type."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from osdu_auth.cli.console import say, say_success
from osdu_auth.cli.options import command_line_reader, json_option, profile_option
from osdu_auth.errors import UsageError
from osdu_auth.fixes import fix_text
from osdu_auth.text import printable

if TYPE_CHECKING:
    from osdu_auth.doctor.finding import Finding

SCHEMA = 1


@click.command(
    epilog="""\b
Example:
  osdu-auth doctor
  osdu-auth doctor --bundle report.json
"""
)
@profile_option
@json_option
@click.option("--bundle", "bundle_file", metavar="FILE", help="Write a report without secrets.")
@click.option(
    "--include",
    "included",
    multiple=True,
    type=click.Choice(["hosts", "users"]),
    help="Also put host names or user names into the report.",
)
def command(
    profile_name: str | None, as_json: bool, bundle_file: str | None, included: tuple[str, ...]
) -> int:
    """Check everything that a session needs, change nothing, and say what to do.

    The checks run at the same time and take ten seconds at most. The exit code is that of the first
    failure; 0 without one. A report (--bundle) has no token, no secret, no user name and no host
    name, except what --include names.
    """
    from osdu_auth.doctor.checks import run_checks
    from osdu_auth.doctor.finding import Level

    findings = run_checks(profile_name)
    if bundle_file is not None:
        _write(bundle_file, findings, included)
    if as_json:
        import json

        click.echo(json.dumps({"version": SCHEMA, "checks": [_as_data(each) for each in findings]}))
    else:
        _print(findings)
    return next((each.exit_code for each in findings if each.level is Level.FAIL), 0)


def _print(findings: list[Finding]) -> None:
    from osdu_auth.doctor.checks import CHECKS
    from osdu_auth.doctor.finding import Level

    marks = {Level.OK: "✓", Level.WARN: "!", Level.FAIL: "✗", Level.SKIPPED: "·"}
    titles = {check.id: check.title for check in CHECKS}
    for each in findings:
        code = f"  [{each.code}]" if each.code else ""
        click.echo(f"{marks[each.level]} {titles[each.id]:15} {printable(each.what, 400)}{code}")
        if each.fix and each.level in {Level.WARN, Level.FAIL}:
            click.echo(
                f"  {'':15} Next: {printable(fix_text(each.fix, command_line_reader()), 400)}"
            )
    count = sum(each.level in {Level.WARN, Level.FAIL} for each in findings)
    if count == 0:
        say_success("Nothing is wrong.")
    else:
        say(f"{count} of {len(findings)} checks found a problem.")


def _as_data(finding: Finding) -> dict[str, object]:
    return {
        "id": finding.id,
        "level": finding.level.value,
        "what": finding.what,
        "fix": fix_text(finding.fix, command_line_reader()),
        "code": finding.code,
        "exit_code": finding.exit_code,
        "facts": {fact.name: fact.value for fact in finding.facts},
        "milliseconds": finding.milliseconds,
    }


def _write(path: str, findings: list[Finding], included: tuple[str, ...]) -> None:
    from osdu_auth.doctor.finding import report

    try:
        with open(path, "x", encoding="utf-8") as file:
            file.write(report(findings, included))
    except OSError as error:
        raise UsageError(
            f"The report cannot be written to {printable(path, 200)}.",
            code="OA-U252",
            why=f"{error.strerror}.",
            fix="Give --bundle a new file, in a folder that exists.",
        ) from None
    say(f"The report is in {path}: read it before you send it.")
