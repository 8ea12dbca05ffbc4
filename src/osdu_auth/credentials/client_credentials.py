"""The credential of a service account, which gets tokens without a person.

There is no refresh token (RFC 6749, section 4.4.3): each renewal is a new request. All processes of
a machine share one token through the session, which renews it in the last quarter of its life.
"""

from __future__ import annotations

import time

from osdu_auth.credentials.credential import HURRIED_TIMEOUT, IssuedTokens
from osdu_auth.errors import ConfigurationError, UnusableReply, UsageError
from osdu_auth.fixes import Blank, Run
from osdu_auth.light_typing import TYPE_CHECKING, NamedTuple, cast
from osdu_auth.profiles.settings import KEY_AUTHS
from osdu_auth.secret import ErrorsWithoutLocals
from osdu_auth.tokens import unverified_claims, unverified_subject

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import NoReturn

    from osdu_auth.credentials.credential import SignInInput
    from osdu_auth.fixes import Fix
    from osdu_auth.oidc.client import ClientAuth, OidcClient
    from osdu_auth.oidc.token_endpoint import TokenAnswer
    from osdu_auth.profiles.profile import Profile, ServiceProfile
    from osdu_auth.secret import Secret

# Not earlier, as AWS bills each request; not later, so that a job always has a token.
RENEWAL_SHARE = 0.25
_BY_API = "GetClientToken"
# The audience of a federated assertion at Entra (Microsoft Graph, "federatedIdentityCredential").
_ENTRA, _ENTRA_AUDIENCE = "https://login.microsoftonline.com/", "api://AzureADTokenExchange"
# The errors after which the issuer may be asked again: it did nothing.
_BUSY = frozenset({"OA-B610"})
# The errors of a refused secret, key or assertion, which may have been replaced.
_REFUSED_PROOFS = frozenset({"OA-A710", "OA-A711", "OA-B711", "OA-B712"})


class TokenEndpoint(NamedTuple):
    """Where tokens are requested.

    Args:
        issuer: the issuer; the endpoint's address if the issuer is not known.
        address: of the endpoint.
        auth_methods: the ways of client authentication; empty if the issuer does not name them.
    """

    issuer: str
    address: str
    auth_methods: tuple[str, ...] = ()


class ClientCredentials(NamedTuple):
    """Gets tokens of a service account, without a person.

    Args:
        profile: names the issuer and the app client.
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
        """False: no person signs in."""
        return False

    @property
    def issuer(self) -> str:
        """The issuer, by the name that is saved with its tokens."""
        profile = self.profile
        return profile.issuer or profile.token_endpoint or self._issuer_of_pool

    @property
    def _issuer_of_pool(self) -> str:
        from osdu_auth.profiles.user_pool_addresses import issuers_of_user_pool

        profile = self.profile
        return issuers_of_user_pool(cast("str", profile.user_pool_id), profile.endpoint_url)[0]

    @property
    def scopes(self) -> tuple[str, ...]:
        """The scopes that are requested; empty for all that the app client has."""
        return tuple((self.profile.scopes or "").split())

    def obtain(self, given: SignInInput | None, before: IssuedTokens | None) -> IssuedTokens:
        """Get a token; errors as for `Credential.obtain`.

        Args:
            given: not needed.
            before: the tokens that were issued last; not needed.
        """
        del given, before
        return self._request_tokens(None)

    def renew(self, issued: IssuedTokens, *, hurried: bool = False) -> IssuedTokens:
        """Get a new token; errors as for `Credential.renew`.

        Args:
            issued: the newest tokens; they are not sent.
            hurried: whether the issuer is asked only once, with a few seconds to answer.
        """
        self.require_issuer_of(issued)
        return self._request_tokens(HURRIED_TIMEOUT if hurried else None)

    def revoke(self, issued: IssuedTokens) -> None:
        """Do nothing: the issuer has no session, and the token expires."""

    def moved_to(self) -> str | None:
        """Return to which other address requests go; as for `Credential.moved_to`.

        A variable can change the address of a user pool's API, but not of a token endpoint.
        """
        if self.profile.token_api != _BY_API:
            return None
        from osdu_auth.credentials.user_pool import UserPoolCredential

        return UserPoolCredential(self._pool, None, self.clock).moved_to()

    def require_issuer_of(self, issued: IssuedTokens) -> None:
        """Accept the tokens of any issuer: a new token is requested without them."""

    def _request_tokens(self, patience: float | None) -> IssuedTokens:
        """Request a token.

        Args:
            patience: how many seconds the issuer has to answer to a single request; None for the
                usual time-outs and repeats.
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
        from osdu_auth.wire.retries import RetryPolicy

        endpoint = self._endpoint()
        attempts = RetryPolicy() if patience is None else RetryPolicy(attempts=1)

        def ask(client: OidcClient) -> TokenAnswer:
            return attempts.run(
                lambda: client_credentials_tokens(
                    endpoint.address,
                    client,
                    self._request_fields(),
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
            again = self._client_read_again(client, endpoint)
            if again is None:
                raise
        return ask(again)

    @property
    def _pool(self) -> Profile:
        """The user pool as a profile, for requests to its API."""
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
        from osdu_auth.cognito.direct_transport import REQUEST_TIMEOUT, DirectTransport
        from osdu_auth.oidc.token_endpoint import TokenAnswer
        from osdu_auth.wire.retries import RetryPolicy

        pool = self._pool
        transport = DirectTransport(pool.region, pool.endpoint_url, patience or REQUEST_TIMEOUT)
        api = UserPoolApi(transport, None if patience is None else RetryPolicy(attempts=1))
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

    def _client_read_again(self, client: OidcClient, endpoint: TokenEndpoint) -> OidcClient | None:
        """Return the app client with its secret or key read again; None if nothing has changed.

        AWS can replace an app client's secret each week. If the secret is the same, has a `+` and
        was sent by HTTP Basic, it is now sent in the form, unless the profile sets `client_auth`:
        it is not known whether a user pool decodes the `+` in Basic.
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
        found = metadata_of(self.issuer, hosts, is_user_pool=is_user_pool, for_service_account=True)
        return TokenEndpoint(found.issuer, found.token_endpoint, found.auth_methods)

    def _request_fields(self) -> dict[str, str]:
        profile = self.profile
        fields = {
            "scope": " ".join(self.scopes) or None,
            "audience": profile.audience,
            "resource": profile.resource,
        }
        return {name: text for name, text in fields.items() if text is not None}

    def _client(self, endpoint: TokenEndpoint) -> OidcClient:
        """Return the app client with its secret, key or assertion, which is read now."""
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
            certificate = resolve(place, assertions.CERTIFICATE)
            signer = assertions.signer_with_certificate(pem, certificate, self.clock())
        else:
            signer = assertions.signer_with_key(pem, profile.client_key_id)
        # The usual audience is the issuer. It is the token endpoint for a certificate (Entra), and
        # if the issuer is not known.
        uses_issuer = not with_certificate and profile.token_endpoint is None
        audience = self._audience(endpoint, "issuer" if uses_issuer else "token_endpoint")
        for_issuer = uses_issuer and audience == endpoint.issuer
        return OidcClient(
            profile.client_id,
            assertion=lambda: assertions.assertion(
                signer, profile.client_id, audience, self.clock(), for_issuer=for_issuer
            ),
            assertion_source=pem,
        )

    def _client_of_workload(self, endpoint: TokenEndpoint) -> OidcClient:
        """Return the app client that sends the assertion of its job or pod, read each time."""
        from osdu_auth.oidc.client import OidcClient
        from osdu_auth.oidc.workloads import workload_assertion
        from osdu_auth.profiles.openid_checks import GITHUB_ACTIONS

        source = cast("str", self.profile.client_assertion)
        is_entra = endpoint.address.startswith(_ENTRA)
        audience = self._audience(endpoint, _ENTRA_AUDIENCE if is_entra else "issuer")
        # The source shows whether a file has changed; GitHub gives a new assertion each time.
        assertion_source = (
            None if source == GITHUB_ACTIONS else workload_assertion(source, audience, self.clock())
        )
        return OidcClient(
            self.profile.client_id,
            assertion=lambda: workload_assertion(source, audience, self.clock()),
            assertion_source=assertion_source,
        )

    def _audience(self, endpoint: TokenEndpoint, usual: str) -> str:
        """Return the audience of assertions."""
        wanted = self.profile.assertion_audience or usual
        named = {"issuer": endpoint.issuer, "token_endpoint": endpoint.address}
        return named.get(wanted, wanted)

    def _ready_basic(self) -> Secret:
        """Return the ready value for Basic, if it belongs to this app client.

        Raises:
            ConfigurationError: OA-A707: it is not a value for HTTP Basic, or belongs to another app
                client.
        """
        from osdu_auth.oidc.client import READY_BASIC, client_id_in
        from osdu_auth.profiles.references import resolve

        value = resolve(cast("str", self.profile.client_secret), READY_BASIC)
        if client_id_in(value) == self.profile.client_id:
            return value
        raise ConfigurationError(
            "The ready value for Basic belongs to another app client.",
            code="OA-A707",
            why="The client id in it is not the client id of the profile.",
            fix="Name the place of the right value, or the client id in it: "
            + Run("init", "--client-secret", Blank("REF"), "--client-id", Blank("ID")),
        )

    def _raise_no_id_token(self) -> NoReturn:
        scopes = " ".join(("openid", *self.scopes))
        raise UnusableReply(
            "The issuer gave no id token, but the profile sends that to the platform.",
            code="OA-B606",
            why='The profile says token_use = "id". Most issuers give none without a person.',
            fix="Ask for it: "
            + Run("init", "--scopes", scopes)
            + ", or send the access token: "
            + Run("init", "--token-use", "access"),
        )


def no_person_signs_in() -> UsageError:
    """Return the error of an action for a person, on a service account."""
    return UsageError(
        "A service account gets its token without a person.",
        code="OA-U225",
        why="There is no user name, no password and no browser.",
        fix=Run("login"),
    )


def _revealed(client: OidcClient) -> str:
    return "" if client.secret is None else client.secret.reveal()


def _notes(answer: TokenAnswer, scopes: tuple[str, ...]) -> Iterator[str | Fix]:
    """Yield notes for the user about a request that succeeded."""
    if answer.scope is None:
        return
    missing = [scope for scope in scopes if scope not in answer.scope]
    if missing:
        yield f"The issuer did not give these scopes: {', '.join(missing)}."
