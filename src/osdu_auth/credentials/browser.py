"""The credential of a person who signs in to an OpenID issuer in a browser."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple, cast

from osdu_auth.credentials.credential import HURRIED_TIMEOUT, IssuedTokens, SignInInput
from osdu_auth.credentials.openid_tokens import token_set_of
from osdu_auth.errors import ConfigurationError, OsduAuthError, SignInRefused, UnusableReply
from osdu_auth.fixes import Blank, Reader, Run
from osdu_auth.secret import ErrorsWithoutLocals

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from osdu_auth.fixes import Fix
    from osdu_auth.oidc.client import OidcClient
    from osdu_auth.oidc.id_token import SignedInUser
    from osdu_auth.oidc.metadata import IssuerMetadata
    from osdu_auth.oidc.sign_in import BrowserOptions
    from osdu_auth.oidc.token_endpoint import TokenAnswer
    from osdu_auth.profiles.profile import AnyProfile, BrowserProfile
    from osdu_auth.secret import Secret
    from osdu_auth.tokens import TokenSet

_SECRET_REFUSED = "OA-B713"  # noqa: S105 - the code of an error
# The default scopes; a user pool gives a refresh token without `offline_access`.
_POOL_SCOPES, _ISSUER_SCOPES = ("openid",), ("openid", "offline_access")


class BrowserCredential(NamedTuple):
    """Gets tokens from an OpenID issuer, for a person with a browser.

    Args:
        profile: names the issuer and the app client.
        clock: this machine's clock, in seconds since 1970.
        opens_browser: whether a browser may be opened.
        prompt: what the issuer asks the person at this sign-in; None for the profile's setting.
        is_for_user_pool: whether the user pool's API renews the session that begins here, as the
            profile signs in with a password; no issuer address is then saved with it.
        patience: how many seconds to wait until the browser calls back.
    """

    profile: BrowserProfile
    clock: Callable[[], float] = time.time
    opens_browser: bool = True
    prompt: str | None = None
    is_for_user_pool: bool = False
    patience: float = 600.0  # a person may have to fetch a phone

    @property
    def binding(self) -> str:
        """All settings that change the token."""
        return self.profile.binding

    @property
    def needs_person(self) -> bool:
        """True: a person signs in."""
        return True

    @property
    def issuer(self) -> str:
        """The issuer that requests go to; for a user pool its original issuer."""
        return self._issuers[0]

    @property
    def _issuers(self) -> tuple[str, str | None]:
        """The issuer, and a user pool's updated issuer, which its tokens may name."""
        profile = self.profile
        if profile.issuer is not None:
            return profile.issuer, None
        from osdu_auth.profiles.user_pool_addresses import issuers_of_user_pool

        return issuers_of_user_pool(cast("str", profile.user_pool_id), profile.endpoint_url)

    @property
    def _ports(self) -> tuple[int, ...]:
        """The ports for the browser's redirect, in order."""
        from osdu_auth.oidc.listener import DEFAULT_PORTS

        ports = self.profile.redirect_ports
        return tuple(map(int, ports.split(","))) if ports else DEFAULT_PORTS

    @property
    def scopes(self) -> tuple[str, ...]:
        """The scopes that are requested."""
        if self.profile.scopes is not None:
            return tuple(self.profile.scopes.split())
        return _ISSUER_SCOPES if self.profile.user_pool_id is None else _POOL_SCOPES

    def obtain(self, given: SignInInput | None, before: IssuedTokens | None) -> IssuedTokens:
        """Sign in with a browser; errors as for `Credential.obtain`.

        Args:
            given: the user who is expected, and the function that asks the person.
            before: the tokens that were issued last; not needed.
        """
        del before
        try:
            return self._sign_in(cast("SignInInput", given))
        except OsduAuthError as error:
            error.note_reader(Reader(in_browser_once=self.is_for_user_pool))
            raise

    def _sign_in(self, given: SignInInput) -> IssuedTokens:
        from osdu_auth.oidc.sign_in import sign_in
        from osdu_auth.oidc.token_endpoint import revoke_unsaved

        with self._metadata() as metadata:
            client = self._client(metadata)
            answer, user = sign_in(metadata, client, self._options(given), given.answer, self.clock)
            try:
                self._require_expected(given, user)
                tokens = self._token_set(answer, None)
            except OsduAuthError:
                revoke_unsaved(metadata, client, answer.refresh_token)
                raise
        return IssuedTokens(
            tokens,
            user.account,
            user.subject,
            None if self.is_for_user_pool else metadata.issuer,
            None,
            tuple(_notes(answer, self.scopes, self.prompt or self.profile.prompt)),
        )

    def renew(self, issued: IssuedTokens, *, hurried: bool = False) -> IssuedTokens:
        """Get new tokens for the refresh token; errors as for `Credential.renew`.

        If the issuer refuses the app client's secret, it is read again, as it may have been
        replaced.

        Args:
            issued: the newest tokens.
            hurried: whether the issuer has only a few seconds to answer.
        """
        from osdu_auth.oidc.token_endpoint import TOTAL_TIMEOUT, renewed_tokens

        self.require_issuer_of(issued)
        refresh_token = _refresh_token(issued, self.profile.name)
        patience = HURRIED_TIMEOUT if hurried else TOTAL_TIMEOUT
        with self._metadata(hurried=hurried) as metadata:
            client = self._client(metadata)
            try:
                answer = renewed_tokens(metadata, client, refresh_token, None, patience)
            except ConfigurationError as error:
                again = self._client(metadata) if error.code == _SECRET_REFUSED else client
                if again.secret == client.secret:
                    raise
                answer = renewed_tokens(metadata, again, refresh_token, None, patience)
            self._require_same_user(metadata, issued, answer)
        return issued._replace(tokens=self._token_set(answer, refresh_token))

    def revoke(self, issued: IssuedTokens) -> None:
        """Have the issuer end the session; errors as for `Credential.revoke`.

        Raises:
            SignInRefused: OA-B319: the issuer has no revocation endpoint.
        """
        from osdu_auth.oidc.token_endpoint import revoke

        self.require_issuer_of(issued)
        if issued.tokens.refresh_token is None:
            return
        with self._metadata() as metadata:
            if revoke(metadata, self._client(metadata), issued.tokens.refresh_token):
                return
        raise SignInRefused(
            "This issuer cannot end a session early.",
            code="OA-B319",
            why="Its metadata names no revocation endpoint; Entra's does not either.",
            fix="The session is wiped here. An administrator can end all sessions of a user.",
        )

    def sign_out_of_browser(self, say: Callable[[str], object]) -> None:
        """Have the browser end its own session at the issuer; `revoke` does not end that.

        Args:
            say: shows a line to the person.

        Raises:
            SignInRefused: OA-B321: the browser did not call back; OA-B322: the issuer has no page
                for a sign-out.
            OsduAuthError: the issuer's metadata cannot be read, or no port is free.
        """
        from osdu_auth.oidc.sign_out import sign_out

        with self._metadata() as metadata:
            is_pool = self.profile.user_pool_id is not None
            sign_out(metadata, self.profile.client_id, self._ports if is_pool else None, say)

    def moved_to(self) -> str | None:
        """Return None: no variable changes the address of an OpenID issuer."""
        return None

    def require_issuer_of(self, issued: IssuedTokens) -> None:
        """Refuse tokens of another issuer; errors as for `Credential.require_issuer_of`."""
        if issued.issuer_address in {None, self.issuer}:
            return
        raise ConfigurationError(
            f'The session of "{self.profile.name}" is of another issuer than the profile names '
            "now; nothing was sent.",
            code="OA-C728",
            why="The session is kept.",
            fix=Run("login"),
        )

    @contextmanager
    def _metadata(self, *, hurried: bool = False) -> Iterator[IssuerMetadata]:
        """Yield the issuer's metadata; tracebacks of errors have no secrets."""
        from osdu_auth.oidc.metadata import TOTAL_TIMEOUT, metadata_of

        hosts = tuple((self.profile.endpoint_hosts or "").split())
        with ErrorsWithoutLocals():
            issuer, updated = self._issuers
            is_user_pool = self.profile.issuer is None
            patience = HURRIED_TIMEOUT if hurried else TOTAL_TIMEOUT
            metadata = metadata_of(issuer, hosts, is_user_pool=is_user_pool, patience=patience)
            yield metadata._replace(updated_issuer=updated)

    def _client(self, metadata: IssuerMetadata) -> OidcClient:
        from osdu_auth.oidc.client import OidcClient
        from osdu_auth.profiles.references import resolve

        profile = self.profile
        reference = profile.secret_shown
        secret = None if reference is None else resolve(reference)
        client = OidcClient.chosen(
            profile.client_id, secret, profile.client_auth, metadata.auth_methods
        )
        return client._replace(withholds_secret=profile.client_secret != reference)

    def _options(self, given: SignInInput) -> BrowserOptions:
        from osdu_auth.oidc.sign_in import BrowserOptions

        return BrowserOptions(
            self._ports,
            self.scopes,
            self._authorize_parameters(given.username),
            self.opens_browser,
            self.patience,
        )

    def _authorize_parameters(self, username: str) -> Mapping[str, str]:
        profile = self.profile
        usual = {
            "login_hint": username or None,
            "prompt": profile.prompt,
            "identity_provider": profile.identity_provider,
        }
        pairs = (pair.partition("=") for pair in (profile.authorize_parameters or "").split())
        of_profile = {name: value for name, _, value in pairs}
        of_this_sign_in = {} if self.prompt is None else {"prompt": self.prompt}
        present = {name: value for name, value in usual.items() if value}
        return {**present, **of_profile, **of_this_sign_in}

    def _require_expected(self, given: SignInInput, user: SignedInUser) -> None:
        """Ask the person to confirm if another user signed in than was expected.

        Raises:
            SignInRefused: OA-B320: the person did not confirm it.
        """
        from osdu_auth.oidc.questions import KeepAccount, OtherAccountQuestion

        if not given.username or given.username.lower() in user.names:
            return
        ask = cast("Callable[[object], object]", given.answer)
        refused = SignInRefused(
            f"{user.account} signed in, and not {given.username}; nothing was saved.",
            code="OA-B320",
            why="The browser was signed in as another user.",
            fix="Sign in again, and have the page ask who you are: "
            + self._login_that_asks(given.username),
        )
        try:
            answer = ask(OtherAccountQuestion(given.username, user.account))
        except OsduAuthError:
            raise refused from None
        if answer != KeepAccount(keep=True):
            raise refused

    def _login_that_asks(self, username: str) -> Run:
        """The command that signs in as `username` on a page that asks who signs in."""
        return Run(
            "login",
            *(() if username == self.profile.username else ("-u", username)),
            *("--prompt", "login"),
        )

    def _require_same_user(
        self, metadata: IssuerMetadata, issued: IssuedTokens, answer: TokenAnswer
    ) -> None:
        """Refuse tokens of another user (OpenID Connect Core 1.0, section 12.2)."""
        if answer.id_token is None:
            return
        from osdu_auth.cognito.pool_clock import clock_offset
        from osdu_auth.oidc.id_token import verified_user

        user = verified_user(
            metadata,
            self.profile.client_id,
            answer.id_token,
            answer.access_token,
            None,
            self.clock,
            clock_offset(answer.date, self.clock()),
        )
        if issued.subject not in {None, user.subject}:
            raise UnusableReply(
                "The issuer answered with the tokens of another user.",
                code="OA-N636",
                why="They were discarded, and the session has not changed.",
                fix="Sign in again: " + Run("login"),
            )

    def _token_set(self, answer: TokenAnswer, former: Secret | None) -> TokenSet:
        """Return the tokens with their times by this machine's clock."""
        token = answer.access_token
        if self.profile.token_use == "id":  # noqa: S105 - which token, and none
            if answer.id_token is None:
                raise self._no_id_token()
            token = answer.id_token
        return token_set_of(answer, token, self.clock(), former)

    def _no_id_token(self) -> UnusableReply:
        scopes = self.scopes
        ask = "Ask for it: " + Run(
            "init", "--scopes", " ".join(("openid", *scopes)), for_browser=True
        )
        # With `openid` an issuer gives an id token at each sign-in, but not always at a renewal.
        again = "Sign in again, as this issuer gives one only at a sign-in: " + Run("login")
        return UnusableReply(
            "The issuer gave no id token, but the profile sends that to the platform.",
            code="OA-B606",
            why='The profile says token_use = "id".',
            fix=again if "openid" in scopes else ask,
        )


def in_browser(
    profile: AnyProfile, *, opens_browser: bool = True, prompt: str | None = None
) -> BrowserCredential:
    """Return the credential of one sign-in: `session.sign_in("", None, by=in_browser(…))`.

    If the profile signs in to a user pool with a password, the pool's API renews the session.

    Args:
        profile: of the session.
        opens_browser: whether a browser may be opened; otherwise only the address is shown.
        prompt: what the page asks this time, such as `login`; None for the profile's setting.

    Raises:
        ConfigurationError: OA-B735: there is no such prompt; OA-B740: the profile names no user
            pool id.
        UsageError: OA-U225: the profile is a service account.
    """
    from osdu_auth.profiles.openid_checks import check_prompt
    from osdu_auth.profiles.profile import BrowserProfile

    if not profile.needs_person:
        from osdu_auth.credentials.client_credentials import no_person_signs_in

        raise no_person_signs_in()
    prompt = None if prompt is None else check_prompt(prompt)
    if isinstance(profile, BrowserProfile):
        return BrowserCredential(profile, opens_browser=opens_browser, prompt=prompt)
    pool = profile.get("user_pool_id")
    if pool is None:
        raise ConfigurationError(
            f'The profile "{profile.name}" does not name its user pool.',
            code="OA-B740",
            why="The sign-in page is found by the user pool's id.",
            fix=Run("init", "--user-pool-id", Blank("ID"), profile=profile.name),
        )
    browser = BrowserProfile(
        profile.name,
        profile.client_id,
        pool,
        client_secret=profile.get("client_secret"),
        username=profile.get("username"),
        endpoint_url=profile.get("endpoint_url"),
    )
    return BrowserCredential(
        browser, opens_browser=opens_browser, prompt=prompt, is_for_user_pool=True
    )


def _refresh_token(issued: IssuedTokens, profile_name: str) -> Secret:
    from osdu_auth.errors import SessionEnded

    if issued.tokens.refresh_token is not None:
        return issued.tokens.refresh_token
    raise SessionEnded(
        "This session cannot be renewed.",
        code="OA-S410",
        why="The issuer gave no refresh token.",
        fix=Run("login", profile=profile_name),
    )


def _notes(answer: TokenAnswer, scopes: tuple[str, ...], prompt: str | None) -> Iterator[str | Fix]:
    """Yield notes for the user about a sign-in that succeeded."""
    if answer.refresh_token is None:
        note = "The issuer gave no refresh token, so this session ends with its access token."
        if "offline_access" in scopes and prompt == "consent":
            yield note
        else:  # OpenID Connect Core 1.0, section 11
            wanted = " ".join(dict.fromkeys((*scopes, "offline_access")))
            change = Run("init", "--scopes", wanted, "--prompt", "consent", for_browser=True)
            yield f"{note} Many issuers give one after: " + change
    if answer.scope is not None:
        # An answer may leave out `openid`; the refresh token shows that `offline_access` was given.
        missing = [
            scope
            for scope in scopes
            if scope not in answer.scope and scope not in {"openid", "offline_access"}
        ]
        if missing:
            yield f"The issuer did not give these scopes: {', '.join(missing)}."
