"""Tokens of a service account, which gets them for itself: no person signs in.

One request gives a token for its whole life, to all processes of a machine: the session keeps it,
and asks again in the last quarter. There is no refresh token (RFC 6749, section 4.4.3).
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple, NoReturn, cast

from osdu_auth.credentials.credential import IssuedTokens
from osdu_auth.errors import ConfigurationError, UnusableReply, UsageError
from osdu_auth.fixes import Blank, Run
from osdu_auth.profiles.settings import KEY_AUTHS
from osdu_auth.secret import ErrorsWithoutLocals
from osdu_auth.tokens import unverified_claims, unverified_subject

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from osdu_auth.credentials.credential import SignInInput
    from osdu_auth.fixes import Fix
    from osdu_auth.oidc.client import ClientAuth, OidcClient
    from osdu_auth.oidc.token_endpoint import TokenAnswer
    from osdu_auth.profiles.profile import Profile, ServiceProfile
    from osdu_auth.secret import Secret

# Each request is billed, and a token that is renewed late is one that a pipeline may lack.
RENEWAL_SHARE = 0.25
# How long the issuer has to answer while the access token is still good, in seconds.
HURRIED = 5.0
_BY_API = "GetClientToken"
# Whom a federated assertion is for at Entra (Microsoft Graph, "federatedIdentityCredential").
_ENTRA, _AT_ENTRA = "https://login.microsoftonline.com/", "api://AzureADTokenExchange"
# The issuer says of these that it has done nothing, and that trying again is right.
_BUSY = frozenset({"OA-B610"})
# What may have been replaced where it is kept since it was read.
_REFUSED_PROOFS = frozenset({"OA-A710", "OA-A711", "OA-B711", "OA-B712"})


class TokenEndpoint(NamedTuple):
    """Where tokens are asked for.

    Args:
        issuer: by its name; by the endpoint's address where no more is known.
        address: of the endpoint.
        auth_methods: how an app client may say who it is; empty where the issuer does not tell.
    """

    issuer: str
    address: str
    auth_methods: tuple[str, ...] = ()


class ClientCredentials(NamedTuple):
    """Tokens of a service account, which gets them for itself.

    Args:
        profile: which issuer, which app client.
        clock: this machine's clock, in seconds since 1970.
    """

    profile: ServiceProfile
    clock: Callable[[], float] = time.time

    @property
    def binding(self) -> str:
        """All settings that change the token."""
        return self.profile.binding

    @property
    def needs_person(self) -> bool:
        """No person signs in."""
        return False

    @property
    def issuer(self) -> str:
        """The issuer that is asked, by the name that its tokens are kept under."""
        profile = self.profile
        return profile.issuer or profile.token_endpoint or self._issuer_of_pool

    @property
    def _issuer_of_pool(self) -> str:
        from osdu_auth.profiles.user_pool_issuers import issuers_of_user_pool

        profile = self.profile
        return issuers_of_user_pool(cast("str", profile.user_pool_id), profile.endpoint_url)[0]

    @property
    def scopes(self) -> tuple[str, ...]:
        """What is asked for; empty for all that the app client has."""
        return tuple((self.profile.scopes or "").split())

    def obtain(self, given: SignInInput | None, before: IssuedTokens | None) -> IssuedTokens:
        """Get a token; errors as of `Credential.obtain`.

        Args:
            given: not needed.
            before: what was issued here last; not needed.
        """
        del given, before
        return self._issued(None)

    def renew(self, issued: IssuedTokens, *, hurried: bool = False) -> IssuedTokens:
        """Get another token; errors as of `Credential.renew`.

        Args:
            issued: the newest one, which is of no use for that.
            hurried: whether the issuer is asked once and has a few seconds to answer.
        """
        self.require_issuer_of(issued)
        return self._issued(HURRIED if hurried else None)

    def revoke(self, issued: IssuedTokens) -> None:
        """Do nothing: no session lives at the issuer, and the token ends by itself."""

    def moved_to(self) -> str | None:
        """Say where a user pool's API is asked instead of at the profile's own address, and why.

        No variable leads elsewhere from a token endpoint.
        """
        if self.profile.token_api != _BY_API:
            return None
        from osdu_auth.credentials.user_pool import UserPoolCredential

        return UserPoolCredential(self._pool, None, self.clock).moved_to()

    def require_issuer_of(self, issued: IssuedTokens) -> None:
        """Take what any issuer gave: nothing of it is sent to get another token."""

    def _issued(self, patience: float | None) -> IssuedTokens:
        """Ask for a token.

        Args:
            patience: how many seconds the issuer has to answer, which is asked once then; None for
                the usual ones.
        """
        from osdu_auth.credentials.openid_tokens import token_set_of

        with ErrorsWithoutLocals():
            is_by_api = self.profile.token_api == _BY_API
            answer = self._answer_of_api(patience) if is_by_api else self._answer(patience)
            token = answer.access_token
            if self.profile.token_use == "id":  # noqa: S105 - which token, and none
                token = answer.id_token or self._raise_no_id_token()
            tokens = token_set_of(answer, token, self.clock(), renewal_share=RENEWAL_SHARE)
        client_id = self.profile.client_id
        subject = unverified_subject(unverified_claims(token)) or f"client:{client_id}"
        notes = tuple(_notes(answer, self.scopes))
        return IssuedTokens(tokens, client_id, subject, self.issuer, None, notes)

    def _answer(self, patience: float | None) -> TokenAnswer:
        from osdu_auth.oidc.token_endpoint import TOTAL_TIMEOUT, client_credentials_tokens
        from osdu_auth.wire.attempts import Attempts

        endpoint = self._endpoint()
        attempts = Attempts() if patience is None else Attempts(most=1)

        def ask(client: OidcClient) -> TokenAnswer:
            return attempts.run(
                lambda: client_credentials_tokens(
                    endpoint.address,
                    client,
                    self._asked_for(),
                    self.clock,
                    patience or TOTAL_TIMEOUT,
                ),
                lambda error: error.code in _BUSY,
            )

        client = self._client(endpoint)
        try:
            return ask(client)
        except ConfigurationError as error:
            if error.code not in _REFUSED_PROOFS:
                raise
            again = self._another(client, endpoint)
            if again is None:
                raise
        return ask(again)

    @property
    def _pool(self) -> Profile:
        """The user pool, as its API is asked."""
        from osdu_auth.profiles.checks import region_of_user_pool
        from osdu_auth.profiles.profile import Profile

        profile = self.profile
        pool_id = cast("str", profile.user_pool_id)
        return Profile(
            profile.name,
            region_of_user_pool(pool_id),
            profile.client_id,
            user_pool_id=pool_id,
            endpoint_url=profile.endpoint_url,
        )

    def _answer_of_api(self, patience: float | None) -> TokenAnswer:
        from osdu_auth.cognito.api import UserPoolApi
        from osdu_auth.cognito.app_client import AppClient
        from osdu_auth.cognito.direct import ONE_REQUEST, DirectTransport
        from osdu_auth.oidc.token_endpoint import TokenAnswer
        from osdu_auth.wire.attempts import Attempts

        pool = self._pool
        transport = DirectTransport(pool.region, pool.endpoint_url, patience or ONE_REQUEST)
        api = UserPoolApi(transport, None if patience is None else Attempts(most=1))
        secret = self._secret()
        try:
            result = api.get_client_token(AppClient(pool.client_id, secret), self.scopes)
        except ConfigurationError as error:
            again = self._secret()
            if error.code not in _REFUSED_PROOFS or again == secret:
                raise
            result = api.get_client_token(AppClient(pool.client_id, again), self.scopes)
        life = None if result.expires_in is None else float(result.expires_in)
        return TokenAnswer(result.access_token, life, None, None, None, api.date)

    def _secret(self) -> Secret:
        from osdu_auth.profiles.references import resolve

        self.profile.require_complete()
        return resolve(cast("str", self.profile.client_secret))

    def _another(self, client: OidcClient, endpoint: TokenEndpoint) -> OidcClient | None:
        """Return the app client with what it shows read again, or shown otherwise; None for same.

        What was replaced in between, as AWS replaces an app client's secret each week, is read
        where it is kept. Whether a user pool decodes the `+` of a secret in Basic is not known:
        such a secret is shown in the form as well, where the profile leaves that open.
        """
        again = self._client(endpoint)
        if again.secret != client.secret or again.assertion_source != client.assertion_source:
            return again
        is_open = self.profile.client_auth is None and self.profile.user_pool_id is not None
        if is_open and client.auth == "basic" and "+" in _revealed(client):
            return client._replace(auth="post")
        return None

    def _endpoint(self) -> TokenEndpoint:
        profile = self.profile
        if profile.token_endpoint is not None:
            return TokenEndpoint(profile.token_endpoint, profile.token_endpoint)
        from osdu_auth.oidc.metadata import metadata_of

        hosts = tuple((profile.endpoint_hosts or "").split())
        is_user_pool = profile.issuer is None
        found = metadata_of(self.issuer, hosts, is_user_pool=is_user_pool, for_service=True)
        return TokenEndpoint(found.issuer, found.token_endpoint, found.auth_methods)

    def _asked_for(self) -> dict[str, str]:
        profile = self.profile
        fields = {
            "scope": " ".join(self.scopes) or None,
            "audience": profile.audience,
            "resource": profile.resource,
        }
        return {name: text for name, text in fields.items() if text is not None}

    def _client(self, endpoint: TokenEndpoint) -> OidcClient:
        """Return the app client with what shows who it is, read where it is kept now."""
        from osdu_auth.oidc.client import OidcClient

        profile = self.profile
        profile.require_complete()
        if profile.client_auth in KEY_AUTHS:
            return self._client_with_key(endpoint)
        if profile.client_auth == "federated":
            return self._client_of_workload(endpoint)
        if profile.client_auth == "ready_basic":
            return OidcClient(profile.client_id, self._ready_basic(), "ready_basic")
        wanted = cast("ClientAuth | None", profile.client_auth)
        return OidcClient.chosen(profile.client_id, self._secret(), wanted, endpoint.auth_methods)

    def _client_with_key(self, endpoint: TokenEndpoint) -> OidcClient:
        """Return the app client that signs an assertion for each request."""
        from osdu_auth.oidc import assertions
        from osdu_auth.oidc.client import OidcClient
        from osdu_auth.profiles.references import resolve

        profile = self.profile
        reference = cast("str", profile.client_key)
        pem = resolve(reference, assertions.PRIVATE_KEY)
        with_certificate = profile.client_auth == "certificate"
        if with_certificate:
            place = profile.client_certificate or reference
            signer = assertions.signer_with_certificate(pem, resolve(place, assertions.CERTIFICATE))
        else:
            signer = assertions.signer_of(pem, profile.client_key_id)
        # Entra wants the token endpoint; so does an issuer of which no more is known.
        is_named = not with_certificate and profile.token_endpoint is None
        audience = self._audience(endpoint, "issuer" if is_named else "token_endpoint")
        for_issuer = audience == endpoint.issuer and not with_certificate and is_named
        return OidcClient(
            profile.client_id,
            assertion=lambda: assertions.assertion(
                signer, profile.client_id, audience, self.clock(), for_issuer=for_issuer
            ),
            assertion_source=pem,
        )

    def _client_of_workload(self, endpoint: TokenEndpoint) -> OidcClient:
        """Return the app client that shows the assertion of its job or pod, read each time."""
        from osdu_auth.oidc.client import OidcClient
        from osdu_auth.oidc.workloads import workload_assertion
        from osdu_auth.profiles.openid_checks import GITHUB_ACTIONS

        source = cast("str", self.profile.client_assertion)
        is_entra = endpoint.address.startswith(_ENTRA)
        audience = self._audience(endpoint, _AT_ENTRA if is_entra else "issuer")
        # Of GitHub each one is another: what is compared is what a file holds.
        assertion_source = (
            None if source == GITHUB_ACTIONS else workload_assertion(source, audience)
        )
        return OidcClient(
            self.profile.client_id,
            assertion=lambda: workload_assertion(source, audience),
            assertion_source=assertion_source,
        )

    def _audience(self, endpoint: TokenEndpoint, usual: str) -> str:
        """Return whom assertions are for."""
        wanted = self.profile.assertion_audience or usual
        named = {"issuer": endpoint.issuer, "token_endpoint": endpoint.address}
        return named.get(wanted, wanted)

    def _ready_basic(self) -> Secret:
        """Return the ready value of Basic, which is to be of this app client.

        Raises:
            ConfigurationError: OA-A707: it is none, or another app client's.
        """
        from osdu_auth.oidc.client import READY_BASIC, client_id_in
        from osdu_auth.profiles.references import resolve

        value = resolve(cast("str", self.profile.client_secret), READY_BASIC)
        if client_id_in(value) == self.profile.client_id:
            return value
        raise ConfigurationError(
            "The ready value of Basic is another app client's.",
            code="OA-A707",
            why="The id in it is not the one that the profile names.",
            fix="Name the place of the right value, or the id in it: "
            + Run("init", "--client-secret", Blank("REF"), "--client-id", Blank("ID")),
        )

    def _raise_no_id_token(self) -> NoReturn:
        scopes = " ".join(("openid", *self.scopes))
        raise UnusableReply(
            "The issuer gave no id token, which the platform is to be sent.",
            code="OA-B606",
            why='The profile says token_use = "id".',
            fix="Ask for it: " + Run("init", "--scopes", scopes),
        )


def without_a_person() -> UsageError:
    """Return the error of what is about a person, asked of a service account."""
    return UsageError(
        "A service account gets its token without a person.",
        code="OA-U225",
        why="There is no user name, no password and no browser.",
        fix=Run("login"),
    )


def _revealed(client: OidcClient) -> str:
    return "" if client.secret is None else client.secret.reveal()


def _notes(answer: TokenAnswer, scopes: tuple[str, ...]) -> Iterator[str | Fix]:
    """Give what is to be known of a token although it came."""
    if answer.scope is None:
        return
    lacking = [scope for scope in scopes if scope not in answer.scope]
    if lacking:
        yield f"The issuer did not give these scopes: {', '.join(lacking)}."
