"""Workload identity: the assertion of a GitHub Actions job, or of a pod in Kubernetes.

An issuer that trusts GitHub or the cluster (Entra's "workload identity federation") accepts this
assertion instead of a secret, so no secret has to be stored. An assertion is valid for a few
minutes, so a new assertion is read or requested for each exchange.
"""

from __future__ import annotations

import os

from osdu_auth.durations import duration_in_words
from osdu_auth.errors import ConfigurationError, UnusableReply
from osdu_auth.fixes import Blank, Fix, Run
from osdu_auth.input_text import value_in
from osdu_auth.oidc.token_endpoint import with_query
from osdu_auth.profiles.openid_checks import AZURE_WORKLOAD, GITHUB_ACTIONS
from osdu_auth.profiles.references import ReferenceTarget, resolve
from osdu_auth.secret import ErrorsWithoutLocals, Secret
from osdu_auth.text import printable
from osdu_auth.tokens import unverified_claims
from osdu_auth.url import read_url_or_none
from osdu_auth.wire import send
from osdu_auth.wire.json_reader import strict_value

AZURE_FILE = "AZURE_FEDERATED_TOKEN_FILE"
GITHUB_URL, GITHUB_TOKEN = "ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"
_OK, _SERVER_ERRORS = 200, 500
_TIMEOUT = 20.0  # seconds
_CLOCK_TOLERANCE = 300  # seconds; issuers accept an assertion for a few minutes more


def workload_assertion(source: str, audience: str, now: float) -> Secret:
    """Return the workload's current assertion.

    Args:
        source: `github-actions`, `azure-workload` or `file:PATH`.
        audience: the audience for GitHub's assertion; an assertion in a file has its own.
        now: seconds since 1970.

    Raises:
        ConfigurationError: OA-A706: there is no assertion here, or it has expired; OA-C794:
            its file cannot be read.
        UnusableReply: OA-A602: GitHub's answer has no assertion.
        Unreachable: GitHub did not answer.
    """
    with ErrorsWithoutLocals():
        if source == GITHUB_ACTIONS:
            return _github_assertion(audience)
        if source != AZURE_WORKLOAD:
            return _unexpired(resolve(source, ASSERTION), source, now)
        path = os.environ.get(AZURE_FILE)
        if not path:
            raise _no_assertion(
                f"The variable {AZURE_FILE} is not set.",
                "Label the pod with azure.workload.identity/use: 'true', and give it a service "
                "account that names the client id (AKS, workload identity); or name the file: "
                + Run("init", "--client-assertion", Blank("file:PATH")),
            )
        return _unexpired(resolve(f"file:{path}", ASSERTION), f"file:{path}", now)


def _unexpired(token: Secret, place: str, now: float) -> Secret:
    """Return the assertion of a file, unless no issuer accepts it any more.

    Raises:
        ConfigurationError: OA-A706: it expired a while ago, so its file is not replaced any more.
    """
    expiry = unverified_claims(token).get("exp")
    if isinstance(expiry, bool) or not isinstance(expiry, (int, float)):
        return token
    ago = now - expiry
    if ago <= _CLOCK_TOLERANCE:
        return token
    raise ConfigurationError(
        "The workload's assertion has expired.",
        code="OA-A706",
        why=f"The token at {printable(place, 100)} expired {duration_in_words(ago)} ago, by this "
        "computer's clock.",
        fix=_CHECK_FILE,
    )


def _github_assertion(audience: str) -> Secret:
    """Ask GitHub's service for a token that identifies this job."""
    address, token = os.environ.get(GITHUB_URL), os.environ.get(GITHUB_TOKEN)
    url = read_url_or_none((address or "").partition("?")[0])
    if not address or not token or url is None or not url.may_carry_secrets:
        raise _no_assertion(
            f"The variable {GITHUB_URL} or {GITHUB_TOKEN} is not set.",
            "Add this to the job: permissions: {id-token: write, contents: read}",
        )
    reply = send(
        "GET",
        with_query(address, {"audience": audience}),
        {"Authorization": f"Bearer {token}", "Accept": "application/json"},
        total_timeout=_TIMEOUT,
    )
    if _OK < reply.status < _SERVER_ERRORS:
        raise _no_assertion(
            f"GitHub refused with the status {reply.status}.",
            "Add this to the job: permissions: {id-token: write, contents: read}",
        )
    try:
        answer = strict_value(reply.body)
    except ValueError:
        answer = None
    value = answer.get("value") if isinstance(answer, dict) else None
    if reply.status != _OK or not isinstance(value, str):
        raise UnusableReply(
            "The answer of GitHub's service has no assertion for this job.",
            code="OA-A602",
            why=f"It answered with the status {reply.status}.",
            fix="Try again in a few minutes.",
        )
    return _token_in(value, GITHUB_ACTIONS)


def _token_in(text: str, place: str) -> Secret:
    """Return the JWT in a text from a file or a service."""
    token = value_in(text)
    if token.count(".") == 2 and token.isascii() and token.isprintable() and " " not in token:  # noqa: PLR2004 - RFC 7515, section 3.1
        return Secret(token)
    raise _no_assertion(
        f"The text at {printable(place, 100)} is not a token.",
        _CHECK_FILE,
    )


ASSERTION = ReferenceTarget(
    "The workload's assertion", "client_assertion", _token_in, blank="file:PATH"
)
_CHECK_FILE: Fix = (
    "Check that the file is the pod's projected token, or name another file: " + ASSERTION.elsewhere
)


def _no_assertion(why: str, fix: str | Fix) -> ConfigurationError:
    return ConfigurationError("This workload has no assertion.", code="OA-A706", why=why, fix=fix)
