"""Signing in in a browser, from the issuer's metadata to tokens.

    we                                         browser            issuer
    metadata                        ──────────────────────────▶
    listen on this machine
    open the sign-in page           ─────────▶  page, password, second factor …
                                    ◀─────────  code (or: the person pastes the address)
    code, PKCE verifier             ──────────────────────────▶
                                    ◀──────────────────────────   tokens
    check the id token: signature, issuer, app client, nonce
                                    ─────────▶  "Your sign-in is done"

Invariants: an attempt is decided once, by the browser or by the text that the person pastes,
whichever is first; its code is exchanged once; a response to another attempt changes nothing.
"""

from __future__ import annotations

import os
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple, cast

from osdu_auth.errors import ChallengeUnanswered, OsduAuthError, SignInRefused, UsageError
from osdu_auth.fixes import Run
from osdu_auth.ipython_shell import in_notebook_cell
from osdu_auth.oidc.authorization import (
    AuthorizationRequest,
    OtherAttempt,
    authorization_request,
    code_in,
)
from osdu_auth.oidc.browser import open_browser, why_no_browser
from osdu_auth.oidc.listener import Listener
from osdu_auth.oidc.pages import DONE, NOT_DONE, Page
from osdu_auth.oidc.pasted import code_in_pasted_text
from osdu_auth.oidc.questions import BrowserAddress, BrowserAddressQuestion
from osdu_auth.oidc.token_endpoint import exchange_code, revoke_unsaved
from osdu_auth.tokens import unverified_claims

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from osdu_auth.oidc.client import OidcClient
    from osdu_auth.oidc.id_token import SignedInUser
    from osdu_auth.oidc.metadata import IssuerMetadata
    from osdu_auth.oidc.token_endpoint import TokenAnswer
    from osdu_auth.secret import Secret

_NOT_REGISTERED = (
    "Nothing has come back yet. If the page says “An error was encountered with the requested "
    "page” or “redirect_mismatch”, the address {uri} is not registered: ask the administrator of "
    "the app client {client} to register exactly that as a callback URL."
)


class BrowserOptions(NamedTuple):
    """The options of a sign-in in a browser.

    Args:
        ports: the ports to try, in order; 0 for any free port.
        scopes: the scopes to request.
        extra: further parameters for the authorization endpoint.
        opens_browser: whether to open a browser; if not, only the address is shown.
        patience: how long the person has, in seconds.
    """

    ports: tuple[int, ...]
    scopes: tuple[str, ...]
    extra: Mapping[str, str]
    opens_browser: bool = True
    patience: float = 600.0


class BrowserSignIn(NamedTuple):
    """The result of a sign-in in a browser.

    Args:
        answer: the tokens.
        user: who signed in.
    """

    answer: TokenAnswer
    user: SignedInUser


def sign_in(
    metadata: IssuerMetadata,
    client: OidcClient,
    options: BrowserOptions,
    ask: Callable[[Any], Any],
    clock: Callable[[], float],
) -> BrowserSignIn:
    """Sign in in a browser.

    Args:
        metadata: of the issuer.
        client: the app client.
        options: the options of this sign-in.
        ask: asks the person a question and returns the answer.
        clock: this machine's clock, in seconds since 1970.

    Raises:
        SignInRefused: the issuer or the person refused; OA-B318: no answer came in time.
        ChallengeUnanswered: OA-S330: no browser was opened, and no person can be asked.
        UsageError: as for `ask`, such as OA-B220: there is no terminal to ask in.
        ConfigurationError: OA-B720: no port is free; or a setting of the app client is wrong.
        Unreachable, UnusableReply, ServiceBusy: the issuer gave no answer, or an unusable one.
    """
    with Listener(options.ports) as listener:
        request = authorization_request(
            metadata, client, listener.redirect_uri, options.scopes, options.extra
        )
        attempt = _Attempt(
            request, metadata, client, clock, wants_id_token="openid" in options.scopes
        )
        listener.start(attempt.decide)
        why_not: str | None = "opening a browser is turned off"
        if options.opens_browser:
            why_not = why_no_browser(os.environ, in_cell=in_notebook_cell())
        was_opened = why_not is None and open_browser(request.url)
        if why_not is None and not was_opened:
            why_not = "the browser could not be started"
        # The person is reading the issuer's page, so the import costs no time here.
        import osdu_auth.oidc.id_token  # noqa: F401

        hint = _NOT_REGISTERED.format(uri=listener.redirect_uri, client=client.client_id)
        end = threading.Timer(options.patience, attempt.time_out, (options.patience,))
        end.daemon = True
        end.start()
        try:
            question = BrowserAddressQuestion(
                request.url,
                was_opened,
                why_not or "",
                hint,
                attempt.is_decided,
                waits_unattended=was_opened or not options.opens_browser,
            )
            _wait(attempt, question, ask)
        except BaseException:
            attempt.abandon()
            raise
        finally:
            end.cancel()
    return attempt.outcome()


def _wait(attempt: _Attempt, question: BrowserAddressQuestion, ask: Callable[[Any], Any]) -> None:
    """Wait until the browser has come back, or the person has pasted its last address.

    The address is always shown once, even if the browser has come back already.
    """
    refusal: OsduAuthError | None = None
    while True:
        try:
            pasted = ask(replace(question, refusal=refusal))
        except ChallengeUnanswered:
            if not (question.was_opened or attempt.is_decided.is_set()):
                raise _no_person(question) from None
            pasted = None
        if pasted is None:
            # The browser has come back, or it still can, although standard input has ended.
            attempt.is_decided.wait()
            return
        if not isinstance(pasted, BrowserAddress):
            raise ChallengeUnanswered(
                f"{question.name} was answered with a {type(pasted).__name__}.",
                code="OA-S333",
                why="The answer has to be a BrowserAddress, or None to wait for the browser alone.",
                fix="Make the function that answers return a BrowserAddress, or None.",
            )
        try:
            attempt.paste(pasted.text.reveal())
        except UsageError as error:
            refusal = error
        if attempt.is_decided.is_set():
            return


def _no_person(question: BrowserAddressQuestion) -> ChallengeUnanswered:
    return ChallengeUnanswered(
        f"No browser was opened, as {question.why_not}, and no person can be asked to open one.",
        code="OA-S330",
        why="The sign-in page is for a person with a browser.",
        fix="Sign in once in a terminal: " + Run("login", asks=True),
    )


class _Attempt:
    """One attempt to sign in, which the browser or a pasted address decides once."""

    def __init__(
        self,
        request: AuthorizationRequest,
        metadata: IssuerMetadata,
        client: OidcClient,
        clock: Callable[[], float],
        *,
        wants_id_token: bool,
    ) -> None:
        self.is_decided = threading.Event()
        self._request = request
        self._metadata = metadata
        self._client = client
        self._clock = clock
        self._wants_id_token = wants_id_token
        self._lock = threading.Lock()
        self._deciding_parameters: list[tuple[str, str]] | None = None
        self._outcome: BrowserSignIn | Exception | None = None
        self._is_abandoned = False

    def decide(self, parameters: list[tuple[str, str]]) -> Page | None:
        """Decide the attempt by the parameters of the browser's request, and return the page."""
        with self._lock:
            if self._outcome is None:
                try:
                    code = code_in(self._request, parameters)
                except OtherAttempt:
                    return None
                except Exception as error:  # noqa: BLE001 - a defect has to end the wait as well
                    self._set_outcome(error, parameters)
                else:
                    self._set_outcome(self._exchanged(code), parameters)
            elif self._deciding_parameters != parameters:
                return None
            is_done = isinstance(self._outcome, BrowserSignIn) and not self._is_abandoned
            return DONE if is_done else NOT_DONE

    def paste(self, text: str) -> None:
        """Decide the attempt by the text that a person pasted.

        Raises:
            UsageError: the text is not the last address of the browser.
        """
        with self._lock:
            if self._outcome is not None:
                return
            try:
                code = code_in_pasted_text(self._request, text)
            except UsageError:
                raise
            except OsduAuthError as error:
                self._set_outcome(error, None)
            else:
                self._set_outcome(self._exchanged(code), None)

    def time_out(self, patience: float) -> None:
        """Decide that the attempt failed, as the browser has not come back in time.

        Args:
            patience: how long the program has waited, in seconds.
        """
        from osdu_auth.durations import duration_in_words

        with self._lock:
            if self._outcome is None:
                self._set_outcome(
                    SignInRefused(
                        f"The browser did not come back within {duration_in_words(patience)}.",
                        code="OA-B318",
                        why="The page was closed, or the sign-in there took too long.",
                        fix="Sign in again: " + Run("login"),
                    ),
                    None,
                )

    def abandon(self) -> None:
        """Show a browser that comes back from now on the page that no user is signed in."""
        self._is_abandoned = True

    def outcome(self) -> BrowserSignIn:
        """Return the result of the attempt, or raise its error."""
        self.is_decided.wait()
        outcome = cast("BrowserSignIn | Exception", self._outcome)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def _set_outcome(
        self, outcome: BrowserSignIn | Exception, parameters: list[tuple[str, str]] | None
    ) -> None:
        self._outcome, self._deciding_parameters = outcome, parameters
        self.is_decided.set()

    def _exchanged(self, code: Secret) -> BrowserSignIn | Exception:
        request = self._request
        try:
            answer = exchange_code(
                self._metadata, self._client, code, request.redirect_uri, request.code_verifier
            )
        except Exception as error:  # noqa: BLE001 - raised in the waiting thread, a defect as well
            return error
        try:
            return BrowserSignIn(answer, self._user(answer))
        except Exception as error:  # noqa: BLE001 - as above
            revoke_unsaved(self._metadata, self._client, answer.refresh_token)
            return error

    def _user(self, answer: TokenAnswer) -> SignedInUser:
        """Return who signed in, by the id token or, if none was requested, the access token."""
        from osdu_auth.cognito.pool_clock import clock_offset
        from osdu_auth.oidc.id_token import no_id_token, user_from_claims, verified_user

        if answer.id_token is None and not self._wants_id_token:
            return user_from_claims(unverified_claims(answer.access_token))
        if answer.id_token is None:
            raise no_id_token()
        return verified_user(
            self._metadata,
            self._client.client_id,
            answer.id_token,
            answer.access_token,
            self._request.nonce,
            self._clock,
            clock_offset(answer.date, self._clock()),
        )
