"""The client and the sandbox's sign-in domain, two readings of the same rules, agree.

The rows L-02, L-08 and O-01 of the list of abuse and faults.
"""

from __future__ import annotations

import json
import threading
from base64 import urlsafe_b64encode
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qs, urlsplit

import pytest

from cases import for_each
from osdu_auth import (
    ChallengeUnanswered,
    ConfigurationError,
    OsduAuthError,
    Secret,
    ServiceBusy,
    Session,
    SessionEnded,
    SignInRefused,
)
from osdu_auth.credentials.browser import BrowserCredential
from osdu_auth.credentials.credential import SignInInput
from osdu_auth.errors import UnusableReply
from osdu_auth.oidc.questions import (
    BrowserAddress,
    BrowserAddressQuestion,
    KeepAccount,
    OtherAccountQuestion,
)
from osdu_auth.profiles.profile import BrowserProfile
from osdu_auth.prompts.sign_in import require_client_secret
from osdu_auth.sandbox import Sandbox
from osdu_auth.tokens import unverified_claims
from sandbox.form_browser import FormBrowser, Page

if TYPE_CHECKING:
    from collections.abc import Iterator

    from osdu_auth.credentials.credential import IssuedTokens
    from osdu_auth.sandbox import AppClient

    Change = Callable[..., object]

Steps = Callable[[FormBrowser, Page], Page]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


@pytest.fixture
def openid(sandbox: Sandbox) -> Iterator[Change]:
    """Changes settings of the sign-in domain for one test."""
    before = sandbox.openid.settings
    yield sandbox.openid.change_settings
    sandbox.openid.settings = before


@pytest.fixture
def client(sandbox: Sandbox) -> AppClient:
    """A public app client that may come back to any port."""
    return _client(sandbox)


@pytest.fixture
def credential(sandbox: Sandbox, client: AppClient) -> BrowserCredential:
    return _credential(sandbox, client)


class Person:
    """A person with a browser, who answers the client's questions.

    Args:
        sandbox: The sandbox.
        comes_back: Whether the browser is on this computer; else the person pastes.
        steps: What the person does at the pages.
        keeps: What the person says to another account; None to have nothing to say.
    """

    def __init__(
        self,
        sandbox: Sandbox,
        *,
        comes_back: bool = True,
        steps: Steps = FormBrowser.sign_in,
        keeps: bool | None = None,
    ) -> None:
        self.browser = FormBrowser(sandbox, comes_back=comes_back)
        self._comes_back = comes_back
        self._steps = steps
        self._keeps = keeps
        self.end: Page | None = None
        self.refusals: list[OsduAuthError] = []
        self.others: list[tuple[str, str]] = []

    def answer(self, question: object) -> object:
        if isinstance(question, OtherAccountQuestion):
            self.others.append((question.expected, question.actual))
            if self._keeps is None:
                raise ChallengeUnanswered("nothing to say", code="OA-S331")
            return KeepAccount(keep=self._keeps)
        assert isinstance(question, BrowserAddressQuestion)
        assert not question.was_opened
        if question.refusal is not None:
            self.refusals.append(question.refusal)
        if not self._comes_back:
            self._go(question.url)
            assert self.end is not None
            return BrowserAddress(Secret(self.end.url))
        thread = threading.Thread(target=self._go, args=(question.url,), daemon=True)
        thread.start()
        assert question.until.wait(30)
        thread.join(30)
        return None

    def _go(self, url: str) -> None:
        page = self.browser.open(url)
        self.end = self._steps(self.browser, page) if page.action is not None else page


def _obtain(credential: BrowserCredential, person: Person, username: str = "") -> IssuedTokens:
    return credential.obtain(SignInInput(username, None, cast("Any", person.answer)), None)


def _refused(
    credential: BrowserCredential, sandbox: Sandbox, kind: type[OsduAuthError] = OsduAuthError
) -> OsduAuthError:
    """Sign in, and return the error that it ends in; the browser is told too."""
    person = Person(sandbox)
    with pytest.raises(kind) as refused:
        _obtain(credential, person)
    if person.end is not None and person.end.url.startswith("http://localhost:"):
        assert person.end.title == "You are not signed in"
    return refused.value


@pytest.mark.parametrize("comes_back", [True, False])
def test_a_person_signs_in_and_the_session_is_renewed_and_revoked(
    sandbox: Sandbox, credential: BrowserCredential, comes_back: bool
) -> None:
    person = Person(sandbox, comes_back=comes_back)
    issued = _obtain(credential, person)
    assert issued.account == sandbox.username
    assert issued.subject == sandbox.pool.user(sandbox.username).username
    assert issued.issuer_address == sandbox.issuer
    assert issued.notes == ()
    if comes_back:
        assert person.end is not None
        assert (person.end.status, person.end.title) == (200, "Your sign-in is done")
    sandbox.clock.advance(1)
    renewed = credential.renew(issued)
    assert renewed.tokens.access_token != issued.tokens.access_token
    assert renewed.tokens.refresh_token == issued.tokens.refresh_token
    assert renewed.subject == issued.subject
    credential.revoke(renewed)
    with pytest.raises(SessionEnded) as over:
        credential.renew(renewed)
    assert over.value.code == "OA-B410"


def test_the_sandbox_s_own_client_comes_back_to_the_default_ports(sandbox: Sandbox) -> None:
    client = sandbox.pool.app_client(sandbox.browser_client_id)
    credential = _credential(sandbox, client, redirect_ports=None)
    try:
        issued = _obtain(credential, Person(sandbox))
    except ConfigurationError as error:
        if error.code != "OA-B720":
            raise
        pytest.skip("other programs have the three ports")
    assert issued.account == sandbox.username


@pytest.mark.parametrize("auth", ["basic", "post"])
def test_an_app_client_with_special_characters_in_its_secret_signs_in_by_each_method(
    sandbox: Sandbox, auth: str
) -> None:
    client = _client(sandbox, generate_secret=True)
    client = sandbox.pool.change_app_client(client.client_id, client_secret="a+b/c: %d&e=é")
    credential = _credential(
        sandbox, client, client_secret=f"clear:{client.client_secret}", client_auth=auth
    )
    issued = _obtain(credential, Person(sandbox))
    assert credential.renew(issued).subject == issued.subject
    credential.revoke(issued)


def test_a_rotated_refresh_token_is_saved(sandbox: Sandbox) -> None:
    credential = _credential(sandbox, _client(sandbox, rotation=True))
    first = _obtain(credential, Person(sandbox))
    second = credential.renew(first)
    assert second.tokens.refresh_token != first.tokens.refresh_token
    assert second.tokens.rotates is True
    third = credential.renew(second)
    with pytest.raises(SessionEnded):
        credential.renew(second)
    with pytest.raises(SessionEnded):
        credential.renew(third)


def test_parameters_are_pushed_if_the_issuer_requires_it(
    openid: Change, sandbox: Sandbox, credential: BrowserCredential
) -> None:
    openid(requires_pushed_requests=True)
    before = sandbox.requests.count("/oauth2/par")
    assert _obtain(credential, Person(sandbox)).account == sandbox.username
    assert sandbox.requests.count("/oauth2/par") == before + 1


def test_the_user_name_is_on_the_page_and_the_company_s_page_is_shown_at_once(
    openid: Change, sandbox: Sandbox, client: AppClient
) -> None:
    openid(identity_providers=("ACME",))
    seen: list[Page] = []

    def look(browser: FormBrowser, page: Page) -> Page:
        seen.append(page)
        return browser.sign_in(page)

    credential = _credential(sandbox, client, identity_provider="ACME")
    _obtain(credential, Person(sandbox, steps=look), sandbox.username)
    assert seen[0].title == "Sign in at ACME"
    assert seen[0].fields["username"] == sandbox.username


@pytest.mark.parametrize("presence", ["right", "absent"])
def test_an_issuer_that_sends_iss_or_leaves_out_the_hash_is_accepted(
    openid: Change, sandbox: Sandbox, credential: BrowserCredential, presence: str
) -> None:
    openid(
        response_issuer=presence,
        at_hash=presence,
        promises_response_issuer=presence == "right",
    )
    assert _obtain(credential, Person(sandbox)).account == sandbox.username


@pytest.mark.parametrize(
    ("how", "code", "kind"),
    [
        ({"nonce": "wrong"}, "OA-B605", UnusableReply),
        ({"nonce": "absent"}, "OA-B605", UnusableReply),
        ({"at_hash": "wrong"}, "OA-B605", UnusableReply),
        ({"response_issuer": "wrong"}, "OA-B317", SignInRefused),
        ({"promises_response_issuer": True}, "OA-B317", SignInRefused),
        ({"discovery_issuer": "https://other.example"}, "OA-B602", UnusableReply),
        ({"endpoint_origin": "https://login.example"}, "OA-B701", ConfigurationError),
        ({"endpoint_origin": "http://login.example"}, "OA-B601", UnusableReply),
        ({"has_domain": False}, "OA-B702", ConfigurationError),
        ({"code_seconds": 0.0}, "OA-B313", SignInRefused),
        ({"granted_scopes": ("email",)}, None, None),
        ({"authorization_error": {"error": "access_denied"}}, "OA-B314", SignInRefused),
        ({"authorization_error": {"error": "server_error"}}, "OA-B610", ServiceBusy),
        ({"authorization_error": {"error": "temporarily_unavailable"}}, "OA-B610", ServiceBusy),
        ({"authorization_error": {"error": "invalid_request"}}, "OA-B717", ConfigurationError),
        ({"authorization_error": {"error": "unauthorized_client"}}, "OA-B716", ConfigurationError),
        ({"authorization_error": {"error": "quite_another"}}, "OA-B316", SignInRefused),
    ],
)
def test_each_behaviour_of_an_issuer_leads_to_its_error_or_works(
    openid: Change,
    sandbox: Sandbox,
    credential: BrowserCredential,
    how: dict[str, Any],
    code: str | None,
    kind: type[OsduAuthError] | None,
) -> None:
    openid(**how)
    if kind is None:
        assert _obtain(credential, Person(sandbox)).account == sandbox.username
    else:
        assert _refused(credential, sandbox, kind).code == code


def test_the_issuer_s_text_about_a_company_s_sign_in_is_shown(
    openid: Change, sandbox: Sandbox, credential: BrowserCredential
) -> None:
    openid(
        authorization_error={
            "error": "invalid_request",
            "error_description": "ACME error: the user is not in the group",
        }
    )
    assert "the user is not in the group" in str(_refused(credential, sandbox).why)


@pytest.mark.parametrize("how", ["number", "text", "zero", "absent"])
def test_the_lifetime_of_a_token_is_right_in_every_form(
    openid: Change, sandbox: Sandbox, credential: BrowserCredential, how: str
) -> None:
    openid(expires_in=how)
    tokens = _obtain(credential, Person(sandbox)).tokens
    assert tokens.expires_at - tokens.issued_at == 3600


def _token(**claims: object) -> str:
    parts = ({"alg": "none"}, claims)
    written = (urlsafe_b64encode(json.dumps(each).encode()).decode().rstrip("=") for each in parts)
    return ".".join((*written, "signature"))


_YEAR = 366 * 86_400


@for_each(
    ("token", "expires_in", "seconds"),
    [
        ("opaque", "3600.5", 3600.5),
        ("opaque", 20 * _YEAR, _YEAR),
        ("opaque", "9" * 12, _YEAR),
        ("opaque", 1e300, _YEAR),
        ("opaque", -3600, None),
        ("opaque", True, None),
        ("opaque", "1e3", None),
        # Milliseconds, and values that are not numbers.
        (_token(iat=1, exp=2_000_000_000_000), 3600, 3600),
        (_token(iat=1, exp=float("inf")), 3600, 3600),
        (_token(iat=1, exp=10**400), 3600, 3600),
        (_token(iat=True, exp=[]), 3600, 3600),
        (_token(iat=1, exp=20 * _YEAR), None, _YEAR),
    ],
)
def test_an_impossible_lifetime_is_limited_or_ignored(
    sandbox: Sandbox,
    credential: BrowserCredential,
    token: str,
    expires_in: object,
    seconds: float | None,
) -> None:
    issued = _obtain(credential, Person(sandbox))
    body = {"access_token": token, "token_type": "bearer", "expires_in": expires_in}
    sandbox.faults.reply("/oauth2/token", body=json.dumps(body), content_type="application/json")
    if seconds is None:
        with pytest.raises(UnusableReply) as refused:
            credential.renew(issued)
        assert refused.value.code == "OA-B607"
    else:
        tokens = credential.renew(issued).tokens
        assert tokens.expires_at - tokens.issued_at == pytest.approx(seconds)


def test_a_token_with_only_an_expiry_time_is_valid_until_then(
    sandbox: Sandbox, credential: BrowserCredential
) -> None:
    issued = _obtain(credential, Person(sandbox))
    token = _token(exp=sandbox.clock.now() + 900)
    body = {"access_token": token, "token_type": "Bearer"}
    sandbox.faults.reply("/oauth2/token", body=json.dumps(body), content_type="application/json")
    tokens = credential.renew(issued).tokens
    assert tokens.expires_at - tokens.issued_at == pytest.approx(900, abs=60)


def test_a_wrong_clock_fails_no_sign_in_and_no_renewal() -> None:
    with Sandbox() as sandbox:
        credential = _credential(sandbox, _client(sandbox))
        for ahead in (-86_400, -600, 600, 86_400):
            now = sandbox.clock.now
            astray = credential._replace(clock=partial(lambda by, now: now() + by, ahead, now))
            issued = _obtain(astray, Person(sandbox))
            assert astray.renew(issued).subject == issued.subject


def test_a_rotated_refresh_token_is_kept_if_the_keys_cannot_be_fetched(
    sandbox: Sandbox,
) -> None:
    credential = _credential(sandbox, _client(sandbox, rotation=True))
    issued = _obtain(credential, Person(sandbox))
    path = sandbox.issuer.removeprefix(sandbox.endpoint_url) + "/.well-known/jwks.json"
    sandbox.faults.reply(path, status=503, times=None)
    try:
        renewed = credential.renew(issued)
    finally:
        sandbox.faults.clear()
    assert renewed.tokens.refresh_token != issued.tokens.refresh_token
    assert credential.renew(renewed).subject == issued.subject


def test_a_sign_in_after_keys_could_not_be_fetched_asks_for_them_again_at_once(
    sandbox: Sandbox, credential: BrowserCredential
) -> None:
    path = sandbox.issuer.removeprefix(sandbox.endpoint_url) + "/.well-known/jwks.json"
    sandbox.faults.reply(path, status=404)
    # The error is kept, as a notebook keeps the last one, and with it what it refers to.
    kept = _refused(credential, sandbox)
    assert kept.code == "OA-N671"
    assert _obtain(credential, Person(sandbox)).subject


def test_a_session_without_a_refresh_token_is_noted_and_ends_with_a_clear_error(
    openid: Change, sandbox: Sandbox, credential: BrowserCredential
) -> None:
    openid(refresh_token_needs_consent=True)
    issued = _obtain(credential, Person(sandbox))
    assert issued.tokens.refresh_token is None
    assert "offline_access" in str(issued.notes[0])
    with pytest.raises(SessionEnded) as over:
        credential.renew(issued)
    assert over.value.code == "OA-S410"


def test_offline_access_with_consent_gives_a_refresh_token(
    openid: Change, sandbox: Sandbox, client: AppClient
) -> None:
    openid(refresh_token_needs_consent=True)
    credential = _credential(sandbox, client, scopes="openid offline_access", prompt="consent")

    def consent(browser: FormBrowser, page: Page) -> Page:
        return browser.submit(browser.sign_in(page), "consent")

    issued = _obtain(credential, Person(sandbox, steps=consent))
    assert issued.notes == ()
    assert credential.renew(issued).subject == issued.subject


def test_scopes_that_were_not_granted_are_noted(
    openid: Change, sandbox: Sandbox, client: AppClient
) -> None:
    openid(granted_scopes=("email",))
    credential = _credential(sandbox, client, scopes="openid email phone")
    assert [str(note) for note in _obtain(credential, Person(sandbox)).notes] == [
        "The issuer did not give these scopes: phone."
    ]


def test_an_issuer_without_revocation_is_an_error(
    openid: Change, sandbox: Sandbox, credential: BrowserCredential
) -> None:
    issued = _obtain(credential, Person(sandbox))
    openid(has_revocation=False)
    with pytest.raises(SignInRefused) as refused:
        credential.revoke(issued)
    assert refused.value.code == "OA-B319"


def test_no_consent_ends_the_sign_in(sandbox: Sandbox, credential: BrowserCredential) -> None:
    person = Person(sandbox, steps=lambda browser, page: browser.submit(page, "cancel"))
    with pytest.raises(SignInRefused) as refused:
        _obtain(credential, person)
    assert refused.value.code == "OA-B314"


def test_a_sign_in_that_must_not_ask_is_an_error(sandbox: Sandbox, client: AppClient) -> None:
    credential = _credential(sandbox, client, prompt="none")
    assert _refused(credential, sandbox, SignInRefused).code == "OA-B315"


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"scopes": "openid osdu"}, "OA-B715"),
        ({"authorize_parameters": "max_age=soon"}, "OA-B717"),
        ({"identity_provider": "Nobody"}, "OA-B717"),
    ],
)
def test_the_error_of_a_refused_setting_names_the_profile_s_setting(
    sandbox: Sandbox, client: AppClient, settings: dict[str, str], code: str
) -> None:
    credential = _credential(sandbox, client, **settings)
    assert _refused(credential, sandbox, ConfigurationError).code == code


def test_an_app_client_without_the_grant_is_an_error(sandbox: Sandbox) -> None:
    credential = _credential(sandbox, _client(sandbox, allowed_oauth_flows=["implicit"]))
    assert _refused(credential, sandbox, ConfigurationError).code == "OA-B716"


@pytest.mark.parametrize(
    ("has_secret", "secret", "is_entra", "code"),
    [
        (True, None, False, "OA-B711"),
        (True, "wrong", False, "OA-B713"),
        (False, "anything", False, "OA-B713"),
        (True, None, True, "OA-B711"),
        (True, "wrong", True, "OA-B713"),
        (False, "anything", True, "OA-B712"),
    ],
)
def test_a_missing_wrong_or_unneeded_secret_is_an_error(
    openid: Change,
    sandbox: Sandbox,
    has_secret: bool,
    secret: str | None,
    is_entra: bool,
    code: str,
) -> None:
    openid(entra_errors=is_entra)
    settings = {} if secret is None else {"client_secret": f"clear:{secret}"}
    credential = _credential(sandbox, _client(sandbox, generate_secret=has_secret), **settings)
    assert _refused(credential, sandbox, ConfigurationError).code == code


def test_a_secret_that_was_replaced_costs_no_session_and_is_read_again(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = _client(sandbox, generate_secret=True)
    monkeypatch.setenv("ACME_CLIENT_SECRET", client.client_secret or "")
    credential = _credential(sandbox, client, client_secret="env:ACME_CLIENT_SECRET")
    issued = _obtain(credential, Person(sandbox))
    sandbox.pool.change_app_client(client.client_id, client_secret="another-one")
    with pytest.raises(ConfigurationError) as refused:
        credential.renew(issued)
    assert refused.value.code == "OA-B713"
    monkeypatch.setenv("ACME_CLIENT_SECRET", "another-one")
    assert credential.renew(issued).subject == issued.subject


def test_the_prompt_of_one_sign_in_overrides_the_profile(
    sandbox: Sandbox, client: AppClient
) -> None:
    """Else the way out of another user's browser, `login --prompt login`, would lead nowhere."""
    own = {"prompt": "consent", "authorize_parameters": "prompt=none"}
    credential = _credential(sandbox, client, **own)._replace(prompt="login")
    person = Person(sandbox)
    addresses: list[str] = []

    def answer(question: object) -> object:
        addresses.append(cast("BrowserAddressQuestion", question).url)
        return person.answer(question)

    credential.obtain(SignInInput("", None, cast("Any", answer)), None)
    assert parse_qs(urlsplit(addresses[0]).query)["prompt"] == ["login"]


def test_a_secret_that_is_not_sent_is_not_read(sandbox: Sandbox, client: AppClient) -> None:
    lacking = {"client_secret": "env:ACME_SECRET_THAT_IS_NOT_SET", "client_auth": "none"}
    credential = _credential(sandbox, client, **lacking)
    issued = _obtain(credential, Person(sandbox))
    require_client_secret(Session(credential.profile))
    credential.revoke(credential.renew(issued))


@pytest.mark.parametrize("is_entra", [False, True])
def test_the_end_of_a_session_is_reported_as_such(
    openid: Change, sandbox: Sandbox, is_entra: bool
) -> None:
    openid(entra_errors=is_entra)
    credential = _credential(sandbox, _client(sandbox, refresh_token_validity=3600))
    issued = _obtain(credential, Person(sandbox))
    sandbox.clock.advance(3600)
    with pytest.raises(SessionEnded) as over:
        credential.renew(issued)
    assert over.value.code == "OA-B410"


@for_each(
    ("status", "body", "kind"),
    [
        (503, "<html>busy</html>", ServiceBusy),
        (429, "", ServiceBusy),
        (200, "<html>sign in to the network</html>", UnusableReply),
        (400, json.dumps({"error": "invalid_client"}), ConfigurationError),
        (401, json.dumps({"error": "unauthorized_client"}), ConfigurationError),
        (400, json.dumps({"error": "invalid_scope"}), ConfigurationError),
        (400, json.dumps({"error": "quite_another"}), ServiceBusy),
        (400, json.dumps({"error": "interaction_required"}), SessionEnded),
        # A failing server, or a proxy, does not refuse, whatever its answer says.
        (500, json.dumps({"error": "invalid_grant"}), ServiceBusy),
        (429, json.dumps({"error": "invalid_grant", "error_codes": [700082]}), ServiceBusy),
        (400, json.dumps({"error": "invalid_grant", "error_codes": [70008]}), SessionEnded),
        (
            400,
            json.dumps({"error": "invalid_grant", "error_description": "AADSTS" + "9" * 5_000}),
            SessionEnded,
        ),
    ],
)
def test_only_an_ended_grant_ends_a_session_at_a_renewal(
    sandbox: Sandbox,
    credential: BrowserCredential,
    status: int,
    body: str,
    kind: type[OsduAuthError],
) -> None:
    issued = _obtain(credential, Person(sandbox))
    sandbox.faults.reply("/oauth2/token", status=status, body=body, content_type="application/json")
    with pytest.raises(kind):
        credential.renew(issued)
    assert credential.renew(issued).subject == issued.subject


def test_the_metadata_s_last_good_copy_survives_an_outage(
    sandbox: Sandbox, credential: BrowserCredential
) -> None:
    issued = _obtain(credential, Person(sandbox))
    path = sandbox.issuer.removeprefix(sandbox.endpoint_url) + "/.well-known/openid"
    sandbox.faults.reply(path, status=503, times=None)
    try:
        assert credential.renew(issued).subject == issued.subject
    finally:
        sandbox.faults.clear()


def test_a_sign_in_of_another_user_is_confirmed_before_anything_is_saved(
    sandbox: Sandbox, credential: BrowserCredential
) -> None:
    revoked = sandbox.requests.count("/oauth2/revoke")
    for keeps in (False, None):
        person = Person(sandbox, keeps=keeps)
        with pytest.raises(SignInRefused) as refused:
            _obtain(credential, person, "expected@example.com")
        assert refused.value.code == "OA-B320"
        assert person.others == [("expected@example.com", sandbox.username)]
    assert sandbox.requests.count("/oauth2/revoke") == revoked + 2  # an unsaved session is revoked
    person = Person(sandbox, keeps=True)
    assert _obtain(credential, person, "expected@example.com").account == sandbox.username
    assert sandbox.requests.count("/oauth2/revoke") == revoked + 2


def test_prompt_login_lets_another_user_sign_in(
    sandbox: Sandbox, credential: BrowserCredential
) -> None:
    other = sandbox.pool.add_user(email="other.colleague@example.com", password="Correct-Horse-7")
    person = Person(
        sandbox, steps=lambda browser, page: browser.sign_in(page, other.email, "Correct-Horse-7")
    )
    assert _obtain(credential, person).account == other.email
    # The browser is signed in, so no page is shown.
    again = Person(sandbox)
    again.browser.cookies = person.browser.cookies
    assert _obtain(credential, again).account == other.email
    asking = Person(sandbox)
    asking.browser.cookies = person.browser.cookies
    assert _obtain(credential._replace(prompt="login"), asking).account == sandbox.username


def test_a_browser_that_comes_back_after_an_interrupted_sign_in_shows_that(
    sandbox: Sandbox, credential: BrowserCredential
) -> None:
    person = Person(sandbox)
    coming: list[threading.Thread] = []

    def answer(question: object) -> object:
        assert isinstance(question, BrowserAddressQuestion)
        coming.append(threading.Thread(target=person._go, args=(question.url,), daemon=True))
        coming[0].start()
        held.wait_for_request()
        raise KeyboardInterrupt

    with sandbox.faults.hold("/oauth2/token") as held, pytest.raises(KeyboardInterrupt):
        credential.obtain(SignInInput("", None, cast("Any", answer)), None)
    coming[0].join(30)
    assert person.end is not None
    assert person.end.title == "You are not signed in"


def test_an_address_of_another_attempt_is_refused_and_the_right_one_accepted(
    sandbox: Sandbox, credential: BrowserCredential
) -> None:
    first = Person(sandbox, comes_back=False)
    _obtain(credential, first)
    assert first.end is not None
    second = Person(sandbox, comes_back=False)
    pasted = [BrowserAddress(Secret(first.end.url))]

    def answer(question: object) -> object:
        return pasted.pop() if pasted else second.answer(question)

    issued = credential.obtain(SignInInput("", None, cast("Any", answer)), None)
    assert issued.account == sandbox.username
    assert [refusal.code for refusal in second.refusals] == ["OA-B210"]


def test_a_code_of_six_thousand_characters_is_pasted_whole(
    openid: Change, sandbox: Sandbox, credential: BrowserCredential
) -> None:
    openid(code_characters=6000)
    assert _obtain(credential, Person(sandbox, comes_back=False)).account == sandbox.username


def test_the_same_address_again_gets_the_same_page_and_its_code_is_exchanged_once(
    sandbox: Sandbox, credential: BrowserCredential
) -> None:
    before = sandbox.requests.count("/oauth2/token")
    person = Person(sandbox)

    def twice(browser: FormBrowser, page: Page) -> Page:
        end = browser.sign_in(page)
        with suppress(OSError):  # the listener may have ended already
            assert browser.open(end.url).title == end.title
        return end

    person._steps = twice
    issued = _obtain(credential, person)
    assert sandbox.requests.count("/oauth2/token") == before + 1
    assert credential.renew(issued).subject == issued.subject


def test_the_platform_gets_the_kind_of_token_that_the_profile_names(
    sandbox: Sandbox, client: AppClient
) -> None:
    for use in ("access", "id"):
        credential = _credential(sandbox, client, token_use=use)
        token = _obtain(credential, Person(sandbox)).tokens.access_token
        assert unverified_claims(token)["token_use"] == use


def _client(sandbox: Sandbox, **settings: Any) -> AppClient:
    return sandbox.pool.add_app_client(
        "a test's own",
        callback_urls=["http://localhost/callback"],
        any_loopback_port=True,
        **{"generate_secret": False, **settings},
    )


def _credential(sandbox: Sandbox, client: AppClient, **settings: Any) -> BrowserCredential:
    profile = BrowserProfile(
        name="acme",
        user_pool_id=sandbox.user_pool_id,
        endpoint_url=sandbox.endpoint_url,
        client_id=client.client_id,
        redirect_ports="0",
    )
    return BrowserCredential(
        replace(profile, **settings), clock=sandbox.clock.now, opens_browser=False
    )


def test_a_pool_with_its_updated_issuer_can_be_signed_in_to() -> None:
    with Sandbox(issuer_type="updated") as updated:
        credential = _credential(updated, _client(updated))
        issued = _obtain(credential, Person(updated))
        assert issued.account == updated.username
        assert credential.renew(issued).subject == issued.subject


def test_twenty_sign_ins_at_once_never_mix_up_their_responses(
    sandbox: Sandbox, credential: BrowserCredential
) -> None:
    """L-02: each browser first goes to the listener of another, which changes nothing there."""
    count = 20
    users = [
        sandbox.pool.add_user(email=f"at.once{number}@example.com", password="Correct-Horse-7")
        for number in range(count)
    ]
    ends: dict[int, str] = {}
    all_signed_in = threading.Barrier(count)
    accounts: dict[int, str] = {}
    strays: dict[int, int] = {}

    def sign_in(number: int) -> None:
        browser = FormBrowser(sandbox)

        def answer(question: object) -> object:
            assert isinstance(question, BrowserAddressQuestion)
            page = browser.open(question.url)
            email = users[number].email
            ends[number] = browser.sign_in(page, email, "Correct-Horse-7").url
            all_signed_in.wait(60)
            other, own = ends[(number + 7) % count], ends[number]
            wrong = other.partition("?")[0] + "?" + own.partition("?")[2]
            following = FormBrowser(sandbox, comes_back=True)
            strays[number] = following.open(wrong).status
            all_signed_in.wait(60)
            assert following.open(own).status == 200
            assert question.until.wait(30)
            return None

        given = SignInInput("", None, cast("Any", answer))
        accounts[number] = credential.obtain(given, None).account

    threads = [threading.Thread(target=sign_in, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(90)
    assert strays == dict.fromkeys(range(count), 400)
    assert accounts == {number: user.email for number, user in enumerate(users)}


def _of_another_user(sandbox: Sandbox, client: AppClient) -> str:
    user = sandbox.pool.add_user(email="l08@example.com", password="Correct-Horse-7")
    return _id_token(sandbox, client, user.email)


def _for_another_app_client(sandbox: Sandbox, client: AppClient) -> str:
    return _id_token(sandbox, sandbox.pool.app_client(sandbox.browser_client_id))


def _of_another_issuer(sandbox: Sandbox, client: AppClient) -> str:
    before = sandbox.pool.issuer
    sandbox.pool.issuer = "https://other.example"
    try:
        return _id_token(sandbox, client)
    finally:
        sandbox.pool.issuer = before


def _signed_by_others(sandbox: Sandbox, client: AppClient) -> str:
    head, payload, _ = _id_token(sandbox, client).split(".")
    return f"{head}.{payload}.{_id_token(sandbox, client).split('.')[2]}"


def _an_access_token(sandbox: Sandbox, client: AppClient) -> str:
    token: str = sandbox.issue_tokens(client_id=client.client_id)["AccessToken"]
    return token


@pytest.mark.parametrize(
    ("id_token", "code"),
    [
        (_of_another_user, "OA-N636"),
        (_for_another_app_client, "OA-B605"),
        (_of_another_issuer, "OA-B605"),
        (_signed_by_others, "OA-B605"),
        (_an_access_token, "OA-B605"),
    ],
)
def test_a_renewal_with_an_invalid_id_token_changes_nothing(
    sandbox: Sandbox,
    client: AppClient,
    credential: BrowserCredential,
    id_token: Callable[[Sandbox, AppClient], str],
    code: str,
) -> None:
    issued = _obtain(credential, Person(sandbox))
    body = {
        "access_token": sandbox.issue_tokens(client_id=client.client_id)["AccessToken"],
        "token_type": "Bearer",
        "expires_in": 3600,
        "id_token": id_token(sandbox, client),
    }
    sandbox.faults.reply("/oauth2/token", body=json.dumps(body), content_type="application/json")
    with pytest.raises(UnusableReply) as refused:
        credential.renew(issued)
    assert refused.value.code == code
    assert credential.renew(issued).subject == issued.subject


def test_an_answer_without_an_id_token_is_an_error(
    sandbox: Sandbox, client: AppClient, credential: BrowserCredential
) -> None:
    body = {
        "access_token": sandbox.issue_tokens(client_id=client.client_id)["AccessToken"],
        "token_type": "Bearer",
    }
    sandbox.faults.reply("/oauth2/token", body=json.dumps(body), content_type="application/json")
    assert _refused(credential, sandbox, UnusableReply).code == "OA-B605"


def _id_token(sandbox: Sandbox, client: AppClient, username: str | None = None) -> str:
    token: str = sandbox.issue_tokens(username, client_id=client.client_id)["IdToken"]
    return token


def test_a_resource_of_the_profile_is_what_the_access_token_is_for(
    sandbox: Sandbox, client: AppClient
) -> None:
    credential = _credential(
        sandbox, client, authorize_parameters="resource=https://osdu.example.com"
    )
    token = _obtain(credential, Person(sandbox)).tokens.access_token
    assert unverified_claims(token)["aud"] == "https://osdu.example.com"


def test_the_refresh_token_of_a_failed_sign_in_is_revoked(
    openid: Change, sandbox: Sandbox, client: AppClient
) -> None:
    openid(nonce="wrong")
    without_openid = _credential(sandbox, client, scopes="email", token_use="id")
    for credential, code in (
        (_credential(sandbox, client), "OA-B605"),
        (without_openid, "OA-B606"),
    ):
        revoked = sandbox.requests.count("/oauth2/revoke")
        with pytest.raises(UnusableReply) as refused:
            _obtain(credential, Person(sandbox))
        assert refused.value.code == code
        assert sandbox.requests.count("/oauth2/revoke") == revoked + 1, code


def test_an_error_with_status_200_is_a_refusal(
    sandbox: Sandbox, credential: BrowserCredential
) -> None:
    issued = _obtain(credential, Person(sandbox))
    body = json.dumps({"error": "invalid_grant", "error_description": "used"})
    sandbox.faults.reply("/oauth2/token", body=body, content_type="application/json")
    assert _refused(credential, sandbox, SignInRefused).code == "OA-B313"
    sandbox.faults.reply("/oauth2/token", body=body, content_type="application/json")
    with pytest.raises(SessionEnded) as ended:
        credential.renew(issued)
    assert ended.value.code == "OA-B410"
