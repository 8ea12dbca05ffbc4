"""Tokens from an OpenID issuer, for a person with a browser."""

from __future__ import annotations

import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, NamedTuple, cast

from osdu_auth.credentials.credential import IssuedTokens, SignInInput
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
    from osdu_auth.oidc.sign_in import BrowserWishes
    from osdu_auth.oidc.token_endpoint import TokenAnswer
    from osdu_auth.profiles.profile import AnyProfile, BrowserProfile
    from osdu_auth.secret import Secret
    from osdu_auth.tokens import TokenSet

# How long the issuer has to answer while the access token is still good, in seconds.
HURRIED = 5.0
_SECRET_REFUSED = "OA-B713"  # noqa: S105 - the code of an error
# What a profile of a user pool for a password says of a browser, too.
_OF_A_POOL, _OF_OTHERS = ("openid",), ("openid", "offline_access")


class BrowserCredential(NamedTuple):
    """Tokens from an OpenID issuer, for a person with a browser.

    Args:
        profile: which issuer, which app client.
        clock: this machine's clock, in seconds since 1970.
        opens_browser: whether a browser may be opened.
        prompt: what the issuer is to ask this time; None as the profile says.
        is_for_user_pool: whether the session that begins so is a user pool's own, which its API
            renews: it is then as one that was issued at the profile's own address.
        patience: how long the person has to come back from the browser, in seconds.
    """

    profile: BrowserProfile
    clock: Callable[[], float] = time.time
    opens_browser: bool = True
    prompt: str | None = None
    is_for_user_pool: bool = False
    patience: float = 600.0  # people fetch a phone

    @property
    def binding(self) -> str:
        """All settings that change the token."""
        return self.profile.binding

    @property
    def needs_person(self) -> bool:
        """A person signs in."""
        return True

    @property
    def issuer(self) -> str:
        """The issuer that is asked; a user pool's original one."""
        return self._issuers[0]

    @property
    def _issuers(self) -> tuple[str, str | None]:
        """The issuer, and the updated one of a user pool, which its tokens may name."""
        profile = self.profile
        if profile.issuer is not None:
            return profile.issuer, None
        from osdu_auth.profiles.user_pool_issuers import issuers_of_user_pool

        return issuers_of_user_pool(cast("str", profile.user_pool_id), profile.endpoint_url)

    @property
    def _ports(self) -> tuple[int, ...]:
        """Where the browser comes back to, in order."""
        from osdu_auth.oidc.listener import DEFAULT_PORTS

        ports = self.profile.redirect_ports
        return tuple(map(int, ports.split(","))) if ports else DEFAULT_PORTS

    @property
    def scopes(self) -> tuple[str, ...]:
        """What is asked for."""
        if self.profile.scopes is not None:
            return tuple(self.profile.scopes.split())
        return _OF_OTHERS if self.profile.user_pool_id is None else _OF_A_POOL

    def obtain(self, given: SignInInput | None, before: IssuedTokens | None) -> IssuedTokens:
        """Sign in in a browser; errors as of `Credential.obtain`.

        Args:
            given: who is expected, and what asks the person.
            before: what was issued here last; not needed.
        """
        del before
        try:
            return self._obtained(cast("SignInInput", given))
        except OsduAuthError as error:
            error.note_reader(Reader(in_browser_once=self.is_for_user_pool))
            raise

    def _obtained(self, given: SignInInput) -> IssuedTokens:
        from osdu_auth.oidc.sign_in import sign_in

        with self._opened() as metadata:
            client = self._client(metadata)
            signed_in = sign_in(metadata, client, self._wishes(given), given.answer, self.clock)
            try:
                self._require_expected(given, signed_in.user)
            except SignInRefused:
                _revoke_unkept(metadata, client, signed_in.answer.refresh_token)
                raise
        answer, user = signed_in
        return IssuedTokens(
            self._token_set(answer, None),
            user.account,
            user.subject,
            None if self.is_for_user_pool else metadata.issuer,
            None,
            tuple(_notes(answer, self.scopes, self.prompt or self.profile.prompt)),
        )

    def renew(self, issued: IssuedTokens, *, hurried: bool = False) -> IssuedTokens:
        """Get new tokens for the refresh token; errors as of `Credential.renew`.

        A secret that the issuer refuses is read once more where it is kept: it may have been
        replaced in between.

        Args:
            issued: the newest tokens.
            hurried: whether the issuer has only a few seconds to answer.
        """
        from osdu_auth.oidc.token_endpoint import TOTAL_TIMEOUT, renewed_tokens

        self.require_issuer_of(issued)
        refresh_token = _refresh_token(issued, self.profile.name)
        patience = HURRIED if hurried else TOTAL_TIMEOUT
        with self._opened(hurried=hurried) as metadata:
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
        """Have the issuer end the session; errors as of `Credential.revoke`.

        Raises:
            SignInRefused: OA-B319: the issuer has no way to end one.
        """
        from osdu_auth.oidc.token_endpoint import revoke

        self.require_issuer_of(issued)
        if issued.tokens.refresh_token is None:
            return
        with self._opened() as metadata:
            if revoke(metadata, self._client(metadata), issued.tokens.refresh_token):
                return
        raise SignInRefused(
            "This issuer has no way to end a session before its time.",
            code="OA-B319",
            why="Its metadata names no revocation endpoint, as Entra's does not.",
            fix="What was kept here is wiped. An administrator can end all sessions of a user.",
        )

    def sign_out_of_browser(self, say: Callable[[str], object]) -> None:
        """Have the browser end its own session at the issuer, which `revoke` does not.

        Args:
            say: tells a line to the person.

        Raises:
            SignInRefused: OA-B321: the browser did not come back; OA-B322: the issuer has no page
                for that.
            OsduAuthError: the issuer does not say where its pages are, or no port is free.
        """
        from osdu_auth.oidc.sign_out import sign_out

        with self._opened() as metadata:
            is_pool = self.profile.user_pool_id is not None
            sign_out(metadata, self.profile.client_id, self._ports if is_pool else None, say)

    def moved_to(self) -> str | None:
        """Say nothing: no variable leads an OpenID issuer elsewhere."""
        return None

    def require_issuer_of(self, issued: IssuedTokens) -> None:
        """Refuse tokens that another issuer gave; errors as of `Credential.require_issuer_of`."""
        if issued.issuer_address in {None, self.issuer}:
            return
        raise ConfigurationError(
            f'The session of "{self.profile.name}" was issued by another issuer than the profile '
            "names now; nothing of it is sent.",
            code="OA-C728",
            why="The session is kept.",
            fix=Run("login"),
        )

    @contextmanager
    def _opened(self, *, hurried: bool = False) -> Iterator[IssuerMetadata]:
        """Give the issuer's metadata; no error takes secrets along."""
        from osdu_auth.oidc.metadata import TOTAL_TIMEOUT, metadata_of

        hosts = tuple((self.profile.endpoint_hosts or "").split())
        with ErrorsWithoutLocals():
            issuer, updated = self._issuers
            is_user_pool = self.profile.issuer is None
            patience = HURRIED if hurried else TOTAL_TIMEOUT
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

    def _wishes(self, given: SignInInput) -> BrowserWishes:
        from osdu_auth.oidc.sign_in import BrowserWishes

        return BrowserWishes(
            self._ports,
            self.scopes,
            self._extra(given.username),
            self.opens_browser,
            self.patience,
        )

    def _extra(self, username: str) -> Mapping[str, str]:
        profile = self.profile
        said = {
            "login_hint": username or None,
            "prompt": profile.prompt,
            "identity_provider": profile.identity_provider,
        }
        pairs = (pair.partition("=") for pair in (profile.authorize_parameters or "").split())
        own = {name: value for name, _, value in pairs}
        this_time = {} if self.prompt is None else {"prompt": self.prompt}
        return {**{name: value for name, value in said.items() if value}, **own, **this_time}

    def _require_expected(self, given: SignInInput, user: SignedInUser) -> None:
        """Ask whether it is right that another user signed in than was expected.

        Raises:
            SignInRefused: OA-B320: it is not.
        """
        from osdu_auth.oidc.questions import KeepAccount, OtherAccountQuestion

        if not given.username or given.username.lower() in user.names:
            return
        ask = cast("Callable[[object], object]", given.answer)
        refused = SignInRefused(
            f"{user.account} signed in, and not {given.username}; nothing was kept.",
            code="OA-B320",
            why="The browser was signed in as another user.",
            fix="Sign in again, and have the page ask who you are: "
            + self._with_page_that_asks(given.username),
        )
        try:
            answer = ask(OtherAccountQuestion(given.username, user.account))
        except OsduAuthError:
            raise refused from None
        if answer != KeepAccount(keep=True):
            raise refused

    def _with_page_that_asks(self, username: str) -> Run:
        """The command that signs in as this does, with what the profile leaves open."""
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
                why="They were thrown away, and the session is kept as it was.",
                fix="Sign in again: " + Run("login"),
            )

    def _token_set(self, answer: TokenAnswer, former: Secret | None) -> TokenSet:
        """Return the tokens with their times, by this machine's clock."""
        token = answer.access_token
        if self.profile.token_use == "id":  # noqa: S105 - which token, and none
            if answer.id_token is None:
                raise self._no_id_token()
            token = answer.id_token
        return token_set_of(answer, token, self.clock(), former)

    def _no_id_token(self) -> UnusableReply:
        scopes = self.scopes
        ask = "Ask for it: " + Run(
            "init", "--scopes", " ".join(("openid", *scopes)), of_browser=True
        )
        # Who asks for it gets one at each sign-in; at a renewal an issuer may leave it out.
        again = "Sign in again, as this issuer gives one at a sign-in alone: " + Run("login")
        return UnusableReply(
            "The issuer gave no id token, which the platform is to be sent.",
            code="OA-B606",
            why='The profile says token_use = "id".',
            fix=again if "openid" in scopes else ask,
        )


def in_browser(
    profile: AnyProfile, *, opens_browser: bool = True, prompt: str | None = None
) -> BrowserCredential:
    """Return what begins one session in a browser: `session.sign_in("", None, by=in_browser(…))`.

    Where the profile is of a user pool for a person with a password, the session goes on by the
    pool's API, as the profile says.

    Args:
        profile: of the session.
        opens_browser: whether a browser may be opened; else its address is told alone.
        prompt: what the page is to ask this time, such as `login`; None as the profile says.

    Raises:
        ConfigurationError: OA-B735: there is no such prompt; OA-B740: the profile names no user
            pool id.
        UsageError: OA-U225: it is a service account's.
    """
    from osdu_auth.profiles.openid_checks import check_prompt
    from osdu_auth.profiles.profile import BrowserProfile

    if not profile.needs_person:
        from osdu_auth.credentials.client_credentials import without_a_person

        raise without_a_person()
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


def _revoke_unkept(
    metadata: IssuerMetadata, client: OidcClient, refresh_token: Secret | None
) -> None:
    """Have the issuer end a session that is not kept here; where it does not, that is no matter."""
    from osdu_auth.oidc.token_endpoint import revoke

    if refresh_token is not None:
        with suppress(OsduAuthError):
            revoke(metadata, client, refresh_token)


def _notes(answer: TokenAnswer, scopes: tuple[str, ...], prompt: str | None) -> Iterator[str | Fix]:
    """Give what the user should know although the sign-in worked."""
    if answer.refresh_token is None:
        told = "The issuer gave no refresh token, so this session ends with its access token."
        if "offline_access" in scopes and prompt == "consent":
            yield told
        else:  # OpenID Connect Core 1.0, section 11
            asked = " ".join(dict.fromkeys((*scopes, "offline_access")))
            change = Run("init", "--scopes", asked, "--prompt", "consent", of_browser=True)
            yield f"{told} Many issuers give one after: " + change
    if answer.scope is not None:
        # `openid` may be left out of an answer, and `offline_access` shows in what came.
        lacking = [
            scope
            for scope in scopes
            if scope not in answer.scope and scope not in {"openid", "offline_access"}
        ]
        if lacking:
            yield f"The issuer did not give these scopes: {', '.join(lacking)}."
