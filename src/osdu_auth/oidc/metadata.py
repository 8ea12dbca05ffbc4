"""An issuer's metadata: where its endpoints are, checked before they are used.

OpenID Connect Discovery 1.0, sections 3 and 4. The rules of this module:

- The issuer is the profile's issuer, compared code point by code point; it is never taken from a
  token.
- An endpoint is on the issuer's own host, on a host that is known to belong to it (a user pool's
  sign-in domain, Google's token host), or on a host that the profile lists. An endpoint on any
  other host is refused, and the error names the host: a person who can change the metadata must not
  be able to have passwords and codes sent elsewhere.
- https everywhere; http only if issuer and endpoint are both on this machine.
- No redirect, 1 MiB, 10 s. The last good copy is used during an outage; it passes the same checks.
"""

from __future__ import annotations

import json
import re
from hashlib import sha256
from typing import NamedTuple

from osdu_auth.errors import ConfigurationError, OsduAuthError, Unreachable, UnusableReply
from osdu_auth.fixes import Blank, Fix, Run
from osdu_auth.log import logger
from osdu_auth.places import state_directory
from osdu_auth.private_files import NotPrivate, PrivateFolder
from osdu_auth.text import printable
from osdu_auth.url import read_url_or_none
from osdu_auth.wire import send
from osdu_auth.wire.json_reader import strict_value
from osdu_auth.wire.retries import retry_after, when_to_try_again

_PATH = "/.well-known/openid-configuration"
_CONNECT_TIMEOUT, TOTAL_TIMEOUT = 4.0, 10.0  # seconds
_OK = 200

_NEEDED = ("authorization_endpoint", "token_endpoint", "jwks_uri")
_NEEDED_FOR_SERVICE = ("token_endpoint",)
_OPTIONAL = (
    "revocation_endpoint",
    "end_session_endpoint",
    "pushed_authorization_request_endpoint",
)

# The characters of an address (RFC 3986, section 2) except "#". No other character is allowed: an
# address is shown in a terminal, given to the browser's program, and sent in a line of a request.
_ADDRESS = re.compile(r"[\w.~!$&'()*+,;=:@/?%\[\]-]+", re.ASCII)

# Pairs of hosts: an issuer's host, and another host on which its endpoints may be.
_POOL_HOST = r"cognito-idp\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(?:\.cn)?"
_POOL_API = r"(?:issuer-)?cognito-idp\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?"
_POOL_PATH = re.compile(r"/[a-z]{2}(?:-[a-z]+)+-[0-9]_[0-9a-zA-Z]+\Z")  # ends with a pool's id
_KNOWN_PAIRS = (
    (_POOL_HOST, r"[a-z0-9-]+\.auth(?:-fips)?\.{region}\.amazoncognito\.com(?:\.cn)?"),
    (
        r"issuer-cognito-idp\.(?P<region>[a-z0-9-]+)\.amazonaws\.com",
        r"cognito-idp\.{region}\.amazonaws\.com|[a-z0-9-]+\.auth\.{region}\.amazoncognito\.com",
    ),
    (r"accounts\.google\.com", r"(?:oauth2|openidconnect|www)\.googleapis\.com"),
    (r"sts\.windows\.net", r"login\.microsoftonline\.com|graph\.microsoft\.com"),
    (r"login\.microsoftonline\.com", r"graph\.microsoft\.com"),
)


class IssuerMetadata(NamedTuple):
    """Where an issuer's endpoints are, and what they accept.

    Args:
        issuer: exactly as tokens name it.
        authorization_endpoint: where a browser signs in.
        token_endpoint: where tokens are requested.
        jwks_uri: where its keys are.
        revocation_endpoint: where a refresh token is revoked; None if there is none.
        end_session_endpoint: where a browser signs out; None if there is none.
        auth_methods: the authentication methods of app clients; empty if the metadata has none.
        sends_issuer: whether each answer of the authorization endpoint has `iss` (RFC 9207).
        pushed_authorization_request_endpoint: where parameters are pushed (RFC 9126); None if there
            is none.
        requires_pushed_requests: whether parameters have to be pushed.
        updated_issuer: a user pool's other issuer, which its tokens may name; None for others.
    """

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    revocation_endpoint: str | None = None
    end_session_endpoint: str | None = None
    pushed_authorization_request_endpoint: str | None = None
    auth_methods: tuple[str, ...] = ()
    sends_issuer: bool = False
    requires_pushed_requests: bool = False
    updated_issuer: str | None = None


def read_metadata(
    issuer: str,
    value: object,
    endpoint_hosts: tuple[str, ...] = (),
    *,
    is_user_pool: bool = False,
    for_service_account: bool = False,
) -> IssuerMetadata:
    """Return the metadata in a JSON value, checked.

    Args:
        issuer: the issuer that the metadata has to name.
        value: the JSON value that the issuer publishes.
        endpoint_hosts: other hosts on which endpoints may be.
        is_user_pool: whether the profile names a user pool, and no issuer.
        for_service_account: whether only the token endpoint is needed, as for a service account.

    Raises:
        UnusableReply: OA-B601: the value is not metadata; OA-B602: it is another issuer's.
        ConfigurationError: OA-B701: an endpoint is on a foreign host; OA-B702, or OA-A715 for a
            service account: the user pool has no sign-in domain.
    """
    needed = _NEEDED_FOR_SERVICE if for_service_account else _NEEDED
    if not isinstance(value, dict) or not all(
        isinstance(value.get(name), str) and value[name] for name in needed
    ):
        why = "Its metadata lacks the authorization endpoint, the token endpoint or the key set."
        if for_service_account:
            why = "Its metadata lacks the token endpoint."
        raise _unusable(issuer, why, is_user_pool=is_user_pool)
    if value.get("issuer") != issuer:
        raise _of_another_issuer(issuer, value.get("issuer"), is_user_pool=is_user_pool)
    if not _has_sign_in_domain(issuer, value["token_endpoint"]):
        raise _no_domain(for_service_account=for_service_account)
    endpoints = dict.fromkeys(_NEEDED, "") | {
        name: _endpoint(issuer, name, value[name], endpoint_hosts, is_user_pool=is_user_pool)
        for name in (*_NEEDED, *_OPTIONAL)
        if isinstance(value.get(name), str) and value[name] != ""
    }
    methods = value.get("token_endpoint_auth_methods_supported")
    return IssuerMetadata(
        issuer,
        **endpoints,
        auth_methods=_texts(methods),
        sends_issuer=value.get("authorization_response_iss_parameter_supported") is True,
        requires_pushed_requests=value.get("require_pushed_authorization_requests") is True,
    )


def metadata_of(
    issuer: str,
    endpoint_hosts: tuple[str, ...] = (),
    *,
    is_user_pool: bool = False,
    for_service_account: bool = False,
    keeps_copy: bool = True,
    patience: float = TOTAL_TIMEOUT,
) -> IssuerMetadata:
    """Fetch an issuer's metadata, and return it; if the fetch fails, the last good copy.

    Args:
        issuer: as the profile names it.
        endpoint_hosts: hosts on which endpoints may be, in addition to the issuer's own host.
        is_user_pool: whether the profile names a user pool, and no issuer.
        for_service_account: whether only the token endpoint is needed, as for a service account.
        keeps_copy: whether the fetched metadata is saved for an outage.
        patience: how many seconds the issuer has to answer.

    Raises:
        Unreachable: OA-N6…: the issuer does not answer, and there is no copy.
        UnusableReply, ConfigurationError: as for `read_metadata`; or the answer is not metadata,
            and there is no copy.
    """
    is_fetched = True
    try:
        value = _fetched(issuer, patience, is_user_pool=is_user_pool)
    except (Unreachable, UnusableReply) as error:  # a page of a proxy counts as an outage as well
        is_fetched, value = False, _copy_of(issuer)
        if value is None:
            raise
        logger().info("The issuer's metadata is the last good copy: %s", error.what)
    metadata = read_metadata(
        issuer,
        value,
        endpoint_hosts,
        is_user_pool=is_user_pool,
        for_service_account=for_service_account,
    )
    if is_fetched and keeps_copy:
        _keep_copy(issuer, value)
    return metadata


def _fetched(issuer: str, patience: float, *, is_user_pool: bool) -> object:
    """Fetch the metadata that an issuer publishes.

    Raises:
        Unreachable: the issuer does not answer, or answers that it cannot now.
        UnusableReply: OA-B601: its answer is not metadata.
    """
    reply = send(
        "GET",
        issuer.removesuffix("/") + _PATH,
        {"Accept": "application/json"},
        connect_timeout=_CONNECT_TIMEOUT,
        total_timeout=patience,
    )
    if reply.status >= 500 or reply.status == 429:  # noqa: PLR2004 - not now
        seconds = retry_after(reply.headers.get("retry-after"))
        raise Unreachable(
            f"{_shown(issuer)} does not say where its endpoints are ({reply.status}).",
            code="OA-B603",
            why="The issuer has an internal error, or gets too many requests.",
            fix=when_to_try_again(seconds),
            retry_after=seconds,
        )
    if reply.status != _OK:
        why = f"It answered with the status {reply.status}."
        raise _unusable(issuer, why, is_user_pool=is_user_pool)
    try:
        return strict_value(reply.body)
    except ValueError:
        why = "Its answer is not strict JSON."
        raise _unusable(issuer, why, is_user_pool=is_user_pool) from None


def _endpoint(
    issuer: str, name: str, address: str, endpoint_hosts: tuple[str, ...], *, is_user_pool: bool
) -> str:
    """Return an endpoint's address if the issuer may name it."""
    own, there = read_url_or_none(issuer), read_url_or_none(address)
    if own is None or there is None or not _ADDRESS.fullmatch(address):
        raise _unusable(issuer, f"Its {name} is not an address.", is_user_pool=is_user_pool)
    in_clear = there.scheme != "https"
    if in_clear and not (own.scheme == "http" and own.is_loopback and there.is_loopback):
        raise _unusable(issuer, f"Its {name} is not an https address.", is_user_pool=is_user_pool)
    if there.host == own.host or there.host in endpoint_hosts or _are_a_pair(own.host, there.host):
        return address
    raise ConfigurationError(
        f"The {name} that {_shown(issuer)} names is on another host: {printable(there.host, 80)}.",
        code="OA-B701",
        why="A person who can change the issuer's metadata could send sign-ins to another host.",
        fix="If that host belongs to the issuer, allow it: "
        + Run(
            "init", "--endpoint-hosts", " ".join((*endpoint_hosts, there.host)), for_browser=True
        ),
    )


def _are_a_pair(host: str, other: str) -> bool:
    """Say whether one host is known to serve the other's endpoints."""
    for issuer_host, endpoint_host in _KNOWN_PAIRS:
        match = re.fullmatch(issuer_host, host)
        if match is not None:
            pattern = endpoint_host.replace(
                "{region}", re.escape(match.groupdict().get("region", ""))
            )
            if re.fullmatch(pattern, other):
                return True
    return False


def _has_sign_in_domain(issuer: str, address: str) -> bool:
    """Say whether an issuer has usable endpoints; a user pool without a domain has none.

    The metadata of such a pool names endpoints on the host of the pool's API, but they do not
    exist. If that host is not AWS's, such as a sandbox's, they are below the issuer's address.
    """
    own, there = read_url_or_none(issuer), read_url_or_none(address)
    if own is None or there is None:
        return True
    is_of_api = all(re.fullmatch(_POOL_API, each.host) for each in (own, there))
    return not (is_of_api or (_POOL_PATH.search(issuer) and address.startswith(f"{issuer}/")))


def _no_domain(*, for_service_account: bool) -> ConfigurationError:
    if for_service_account:
        return ConfigurationError(
            "This user pool has no sign-in domain, so it has no token endpoint.",
            code="OA-A715",
            why="The user pool's API has an operation for service accounts, which needs no domain. "
            "The app client has to allow ALLOW_CLIENT_TOKEN_AUTH, and no other flow.",
            fix="Get tokens by that operation: " + Run("init", "--token-api", "GetClientToken"),
        )
    return ConfigurationError(
        "This user pool has no sign-in domain, so no sign-in in a browser is possible.",
        code="OA-B702",
        why="An administrator of the user pool can add a domain (Amazon Cognito developer guide, "
        "“Configuring a user pool domain”).",
        fix="Ask the administrator of the user pool for a domain, or sign in with a password: "
        + Run("init", "--sign-in", "password"),
    )


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        return ()
    return tuple(each for each in value if isinstance(each, str))


def _unusable(issuer: str, why: str, *, is_user_pool: bool) -> UnusableReply:
    return UnusableReply(
        f"{_shown(issuer)} does not answer as an OpenID issuer.",
        code="OA-B601",
        why=why,
        fix=_check_setting(is_user_pool=is_user_pool),
    )


def _of_another_issuer(issuer: str, named: object, *, is_user_pool: bool) -> UnusableReply:
    """Return the error of another issuer's metadata; its fix names that issuer in the profile."""
    from osdu_auth.profiles.openid_checks import check_issuer

    name = named if isinstance(named, str) else ""
    try:
        fix = "If that is your issuer, write it into the profile: " + Run(
            "init", "--issuer", check_issuer(name)
        )
    except ConfigurationError:
        fix = _check_setting(is_user_pool=False)
    if is_user_pool:  # its issuer follows from its address and its id
        pool = issuer[issuer.rindex("/") :]
        fix = _check_setting(is_user_pool=True)
        if name.endswith(pool) and read_url_or_none(name) is not None:
            address = name.removesuffix(pool)
            fix = "If that is your user pool, name its address: " + Run(
                "init", "--endpoint-url", address
            )
    return UnusableReply(
        f"The metadata of {_shown(issuer)} names another issuer.",
        code="OA-B602",
        why=f'It names "{printable(name, 100)}". The two texts have to be equal: a slash at the '
        "end makes a difference, and so does a tenant's name instead of its id.",
        fix=fix,
    )


def _check_setting(*, is_user_pool: bool) -> Fix:
    if is_user_pool:
        return "Check the user pool's id: " + Run("init", "--user-pool-id", Blank("ID"))
    return "Check the issuer: " + Run("init", "--issuer", Blank("URL"))


def _shown(issuer: str) -> str:
    read = read_url_or_none(issuer)
    return printable(issuer if read is None else f"{read.origin}{read.path}", 120)


# The last good copy is a private file of the state folder. A digest is its name, since a name that
# is made from a URL could lead to another folder.


def _name(issuer: str) -> str:
    return f"issuer-{sha256(issuer.encode()).hexdigest()[:32]}.json"


def is_metadata_copy(name: str) -> bool:
    """Say, by its name, whether a file of the state folder is a copy of an issuer's metadata."""
    return re.fullmatch(r"issuer-[0-9a-f]{32}\.json", name) is not None


def _keep_copy(issuer: str, value: object) -> None:
    try:
        with PrivateFolder(state_directory(), make=True) as folder:
            if folder.read(_name(issuer)) != (content := json.dumps(value).encode()):
                folder.replace(_name(issuer), content)
    except (OSError, NotPrivate, OsduAuthError):
        return  # the sign-in works without a copy


def _copy_of(issuer: str) -> object | None:
    try:
        with PrivateFolder(state_directory()) as folder:
            value: object = strict_value(folder.read(_name(issuer)) or b"")
            return value
    except (OSError, NotPrivate, ValueError, OsduAuthError):
        return None
