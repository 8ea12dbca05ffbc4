"""The client does the same at every OpenID issuer: at the sandbox, and at npm's oidc-provider.

The latter was written by others, who read the same rules; `make test-real` runs it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import pytest

from oidc.issuers import ISSUERS
from osdu_auth import ConfigurationError, OsduAuthError, Secret, SessionEnded, SignInRefused
from osdu_auth.credentials.credential import SignInInput
from osdu_auth.oidc.questions import BrowserAddress, BrowserAddressQuestion

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from issuers_of_others.plain_browser import End
    from oidc.issuers import Issuer
    from osdu_auth.credentials.browser import BrowserCredential
    from osdu_auth.credentials.credential import IssuedTokens


@pytest.fixture(
    scope="module", params=["sandbox", pytest.param("oidc-provider", marks=pytest.mark.real)]
)
def issuer(request: pytest.FixtureRequest) -> Iterator[Issuer]:
    """Each issuer."""
    with ISSUERS[request.param]() as running:
        yield running


class Person:
    """A person with a browser of plain HTTP, at one issuer.

    Args:
        issuer: the issuer.
        comes_back: whether the browser is on this computer; else the person pastes.
        consents: what the person says to what is asked for.
        changed: what becomes of the address before it is pasted.
    """

    def __init__(
        self,
        issuer: Issuer,
        *,
        comes_back: bool = True,
        consents: bool = True,
        changed: Callable[[str], str] = str,
    ) -> None:
        self._issuer, self._changed = issuer, changed
        self._comes_back, self._consents = comes_back, consents
        self.end: End | None = None
        self.asked_with: dict[str, str] = {}  # sent instead of the client's own parameters

    def answer(self, question: object) -> object:
        assert isinstance(question, BrowserAddressQuestion)
        self.end = self._issuer.sign_in(
            _with_parameters(question.url, self.asked_with),
            consents=self._consents,
            comes_back=self._comes_back,
        )
        if self._comes_back:
            assert question.until.wait(30)
            return None
        return BrowserAddress(Secret(self._changed(self.end.url)))

    def obtain(self, credential: BrowserCredential) -> IssuedTokens:
        return credential.obtain(SignInInput("", None, cast("Any", self.answer)), None)

    def is_refused(self, credential: BrowserCredential) -> OsduAuthError:
        """Sign in, and return the error that it ends in; the browser is told too."""
        with pytest.raises(OsduAuthError) as refused:
            self.obtain(credential)
        if self._comes_back:
            assert self.end is not None
            assert self.end.title == "You are not signed in"
        return refused.value


@pytest.mark.parametrize("comes_back", [True, False])
def test_a_person_signs_in_and_the_session_is_renewed_and_revoked(
    issuer: Issuer, comes_back: bool
) -> None:
    credential = issuer.credential("public")
    person = Person(issuer, comes_back=comes_back)
    issued = person.obtain(credential)
    assert issued.account == issuer.account
    assert issued.issuer_address == issuer.address
    assert issued.notes == ()
    if comes_back:
        assert person.end is not None
        assert person.end.title == "Your sign-in is done"
    renewed = credential.renew(issued)
    assert renewed.tokens.access_token != issued.tokens.access_token
    assert renewed.subject == issued.subject
    credential.revoke(renewed)
    with pytest.raises(SessionEnded) as over:
        credential.renew(renewed)
    assert over.value.code == "OA-B410"


@pytest.mark.parametrize("client", ["basic", "post", "awkward"])
def test_an_app_client_with_a_secret_signs_in_renews_and_revokes(
    issuer: Issuer, client: str
) -> None:
    """The awkward secret has letters that RFC 6749, section 2.3.1, has encoded."""
    credential = issuer.credential(client)
    issued = Person(issuer).obtain(credential)
    renewed = credential.renew(issued)
    assert renewed.subject == issued.subject
    credential.revoke(renewed)
    with pytest.raises(SessionEnded):
        credential.renew(renewed)


def test_the_method_for_the_secret_comes_from_the_metadata_if_the_profile_names_none(
    issuer: Issuer,
) -> None:
    credential = issuer.credential("basic", client_auth=None)
    assert Person(issuer).obtain(credential).account == issuer.account


@pytest.mark.parametrize(
    ("client", "settings", "code"),
    [
        ("basic", {"client_secret": "clear:wrong"}, "OA-B713"),
        ("post", {"client_secret": "clear:wrong"}, "OA-B713"),
        ("basic", {"client_secret": None, "client_auth": None}, "OA-B711"),
        ("public", {"client_secret": "clear:none", "client_auth": "basic"}, "OA-B713"),
        ("public", {"client_secret": "clear:none", "client_auth": "post"}, "OA-B713"),
    ],
)
def test_a_wrong_missing_or_unneeded_secret_is_an_error(
    issuer: Issuer, client: str, settings: dict[str, Any], code: str
) -> None:
    refused = Person(issuer).is_refused(issuer.credential(client, **settings))
    assert isinstance(refused, ConfigurationError)
    assert refused.code == code


def test_a_wrong_secret_at_a_renewal_does_not_end_the_session(issuer: Issuer) -> None:
    credential = issuer.credential("basic")
    issued = Person(issuer).obtain(credential)
    mistaken = credential._replace(profile=replace(credential.profile, client_secret="clear:wrong"))
    with pytest.raises(ConfigurationError) as refused:
        mistaken.renew(issued)
    assert refused.value.code == "OA-B713"
    assert credential.renew(issued).subject == issued.subject


def test_a_rotated_refresh_token_is_saved(issuer: Issuer) -> None:
    credential = issuer.credential("rotating")
    first = Person(issuer).obtain(credential)
    second = credential.renew(first)
    assert second.tokens.refresh_token != first.tokens.refresh_token
    assert second.tokens.rotates is True
    third = credential.renew(second)
    with pytest.raises(SessionEnded):
        credential.renew(second)
    with pytest.raises(SessionEnded):
        credential.renew(third)


def test_no_consent_ends_the_sign_in(issuer: Issuer) -> None:
    refused = Person(issuer, consents=False).is_refused(issuer.credential("public"))
    assert isinstance(refused, SignInRefused)
    assert refused.code == "OA-B314"


def test_a_sign_in_that_must_not_ask_is_an_error(issuer: Issuer) -> None:
    refused = Person(issuer).is_refused(issuer.credential("public", prompt="none"))
    assert refused.code == "OA-B315"


def test_a_session_without_a_refresh_token_is_noted_and_ends_with_a_clear_error(
    issuer: Issuer,
) -> None:
    credential = issuer.credential("public", prompt=None)
    issued = Person(issuer).obtain(credential)
    assert issued.tokens.refresh_token is None
    assert "offline_access" in str(issued.notes[0])
    with pytest.raises(SessionEnded) as over:
        credential.renew(issued)
    assert over.value.code == "OA-S410"


def test_scopes_that_were_not_granted_are_noted(issuer: Issuer) -> None:
    credential = issuer.credential("public", scopes="openid offline_access email")
    with issuer.giving_no_email_scope():
        issued = Person(issuer).obtain(credential)
    assert issued.tokens.refresh_token is not None
    assert [str(note) for note in issued.notes] == ["The issuer did not give these scopes: email."]


@pytest.mark.parametrize(
    ("parameter", "code"), [("nonce", "OA-B605"), ("code_challenge", "OA-B313")]
)
def test_a_response_to_another_attempt_is_not_accepted(
    issuer: Issuer, parameter: str, code: str
) -> None:
    """The nonce ties the id token to an attempt, and the challenge of PKCE the code."""
    person = Person(issuer)
    person.asked_with = {parameter: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"}
    assert person.is_refused(issuer.credential("public")).code == code


def test_a_browser_with_the_state_of_another_attempt_is_answered_and_ignored(
    issuer: Issuer,
) -> None:
    person = Person(issuer)
    titles: list[str] = []

    def answer(question: object) -> object:
        assert isinstance(question, BrowserAddressQuestion)
        other = _with_parameters(question.url, {"state": "of-an-old-tab"})
        titles.append(issuer.sign_in(other).title)
        assert not question.until.is_set()
        return person.answer(question)

    given = SignInInput("", None, cast("Any", answer))
    assert issuer.credential("public").obtain(given, None).account == issuer.account
    assert titles == ["This page belongs to another sign-in"]


def test_parameters_are_pushed_if_the_issuer_requires_it(issuer: Issuer) -> None:
    addresses: list[str] = []

    with issuer.wanting_pushed_parameters() as wanting:
        person = Person(wanting)

        def answer(question: object) -> object:
            assert isinstance(question, BrowserAddressQuestion)
            addresses.append(question.url)
            return person.answer(question)

        given = SignInInput("", None, cast("Any", answer))
        issued = wanting.credential("public").obtain(given, None)
    assert issued.account == wanting.account
    assert set(parse_qs(urlsplit(addresses[0]).query)) == {"client_id", "request_uri"}


def _with_parameters(url: str, parameters: dict[str, str]) -> str:
    base, _, query = url.partition("?")
    return f"{base}?{urlencode({**dict(parse_qsl(query)), **parameters})}"


def _without_issuer(url: str) -> str:
    return _with_issuer(url, None)


def _of_another_issuer(url: str) -> str:
    return _with_issuer(url, "https://other.example")


def _with_issuer(url: str, issuer: str | None) -> str:
    """Return the address with another `iss`, or without one."""
    base, _, query = url.partition("?")
    pairs = dict(parse_qsl(query))
    del pairs["iss"]  # it was there
    return f"{base}?{urlencode(pairs if issuer is None else {**pairs, 'iss': issuer})}"


@pytest.mark.parametrize("changed", [_without_issuer, _of_another_issuer])
def test_a_response_without_iss_is_refused_if_the_issuer_promises_it(
    issuer: Issuer, changed: Callable[[str], str]
) -> None:
    """RFC 9207: a code of another issuer's is never sent to this one."""
    person = Person(issuer, comes_back=False, changed=changed)
    refused = person.is_refused(issuer.credential("public"))
    assert refused.code == "OA-B317"
    assert person.end is not None
    assert parse_qs(urlsplit(person.end.url).query)["iss"] == [issuer.address]


def test_a_used_code_is_an_error(issuer: Issuer) -> None:
    """The verifier of another attempt is of no use, either."""
    credential = issuer.credential("public")
    first = Person(issuer, comes_back=False)
    first.obtain(credential)
    assert first.end is not None
    used = parse_qs(urlsplit(first.end.url).query)["code"][0]

    def changed(url: str) -> str:
        return _with_parameters(url, {"code": used})

    refused = Person(issuer, comes_back=False, changed=changed).is_refused(credential)
    assert isinstance(refused, SignInRefused)
    assert refused.code == "OA-B313"


def test_the_same_address_again_gets_the_same_page_and_its_code_is_exchanged_once(
    issuer: Issuer,
) -> None:
    """A second exchange would end the session at both."""
    from urllib.request import urlopen

    person = Person(issuer, comes_back=False)
    titles: list[str] = []

    def answer(question: object) -> object:
        assert isinstance(question, BrowserAddressQuestion)
        person.answer(question)
        assert person.end is not None
        for _ in range(2):
            with urlopen(person.end.url, timeout=20) as reply:
                titles.append(reply.read().decode().partition("<h1>")[2].partition("</h1>")[0])
        return None

    credential = issuer.credential("public")
    issued = credential.obtain(SignInInput("", None, cast("Any", answer)), None)
    assert titles == ["Your sign-in is done"] * 2
    assert credential.renew(issued).subject == issued.subject
