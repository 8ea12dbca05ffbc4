"""One sign-in for each challenge: answered by a program, without a person, and first wrongly."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from canaries import register
from osdu_auth.cognito.app_client import AppClient
from osdu_auth.cognito.challenges import (
    Answer,
    Answers,
    Challenge,
    Code,
    CodeRequired,
    CustomQuestion,
    FactorChoice,
    FactorChoiceRequired,
    Password,
    PasswordRequired,
    SendPassword,
    SendPasswordQuestion,
    TotpSetUpRequired,
    answers_from,
    unattended,
)
from osdu_auth.cognito.sign_in import sign_in
from osdu_auth.cognito.sign_in_attempt import SignInOptions
from osdu_auth.errors import ChallengeUnanswered, ConfigurationError, OsduAuthError, SignInRefused
from osdu_auth.sandbox import CustomQuestion as AskedByPool
from osdu_auth.sandbox import MfaConfiguration, PoolSettings
from osdu_auth.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Iterator

    from osdu_auth.cognito.api import UserPoolApi
    from osdu_auth.sandbox import Sandbox
    from osdu_auth.tokens import TokenSet

PASSWORD = "Correct-Horse-7"
SRP, PLAIN, CHOICE, CUSTOM = "USER_SRP_AUTH", "USER_PASSWORD_AUTH", "USER_AUTH", "CUSTOM_AUTH"
FLOWS = ("ALLOW_USER_SRP_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_AUTH", "ALLOW_CUSTOM_AUTH",
         "ALLOW_REFRESH_TOKEN_AUTH")  # fmt: skip


@pytest.fixture(autouse=True)
def settings_as_before(sandbox: Sandbox) -> Iterator[None]:
    register(PASSWORD)
    yield
    sandbox.pool.settings = PoolSettings()
    sandbox.outbox.clear()


@pytest.fixture(params=["with secret", "public"])
def app_client(request: pytest.FixtureRequest, sandbox: Sandbox) -> AppClient:
    """Both kinds of app client, with every flow allowed."""
    made = sandbox.pool.add_app_client(
        "all flows", generate_secret=request.param != "public", explicit_auth_flows=FLOWS
    )
    return AppClient(made.client_id, Secret(made.client_secret) if made.client_secret else None)


@pytest.fixture
def people(sandbox: Sandbox, request: pytest.FixtureRequest) -> Any:
    """Add a user, and return the e-mail address that they sign in with."""

    def add(**settings: Any) -> str:
        email = f"person-{len(added)}-{abs(hash(request.node.name))}@example.com"
        added.append(email)
        sandbox.pool.add_user(email=email, password=PASSWORD, **settings)
        return email

    added: list[str] = []
    return add


class Person:
    """Answers from code, and keeps the challenges."""

    def __init__(self, answers: Answers) -> None:
        self.answers = answers
        self.asked: list[Any] = []

    def __call__(self, challenge: Challenge) -> Answer:
        self.asked.append(challenge)
        return self.answers(challenge)


class Pool:
    """One way to sign in at the sandbox."""

    def __init__(self, pool: UserPoolApi, app_client: AppClient, sandbox: Sandbox) -> None:
        self.pool, self.app_client, self.sandbox = pool, app_client, sandbox
        self.notes: list[str] = []

    def sign_in(
        self, email: str, answers: Answers, password: str | None = PASSWORD, **options: Any
    ) -> TokenSet:
        options.setdefault("user_pool_id", self.sandbox.user_pool_id)
        signed_in = sign_in(
            self.pool, self.app_client, email, Secret(password) if password else None, answers,
            options=SignInOptions(**options),
        )  # fmt: skip
        self.notes += map(str, signed_in.notes)
        return signed_in.tokens

    @property
    def operations(self) -> list[str | None]:
        return [request.operation for request in self.sandbox.requests]


@pytest.fixture
def far(pool: UserPoolApi, app_client: AppClient, sandbox: Sandbox) -> Pool:
    return Pool(pool, app_client, sandbox)


def test_srp_is_the_default_and_sends_no_password(far: Pool, people: Any) -> None:
    assert far.sign_in(people(), unattended).access_token
    assert far.operations == ["InitiateAuth", "RespondToAuthChallenge"]
    assert far.notes == []


@pytest.mark.parametrize("flow", [None, SRP, PLAIN])
def test_a_wrong_password_and_an_unknown_user_give_the_same_error(
    far: Pool, people: Any, flow: str | None
) -> None:
    email = people()
    with pytest.raises(SignInRefused) as raised:
        far.sign_in(email, unattended, "Wrong-password-1", flow=flow)
    said = str(raised.value)
    # The pool's id is part of the proof, and is not needed where the password itself is sent.
    assert ("every password is wrong" in said) == (flow != PLAIN)
    with pytest.raises(SignInRefused) as raised:
        far.sign_in(f"not-{email}", unattended, flow=flow)
    assert said == str(raised.value)


def test_without_a_pool_id_the_password_is_sent_and_a_note_says_so(
    far: Pool, people: Any, sandbox: Sandbox
) -> None:
    assert far.sign_in(people(), unattended, user_pool_id=None).access_token
    assert far.operations == ["InitiateAuth"]
    (note,) = far.notes
    assert "password itself was sent" in note
    assert f"osdu-auth init --user-pool-id {sandbox.user_pool_id}" in note


@pytest.fixture
def without_srp(far: Pool, sandbox: Sandbox) -> Pool:
    """A pool whose app client may not use SRP."""
    sandbox.pool.change_app_client(
        far.app_client.client_id, explicit_auth_flows=frozenset({"ALLOW_USER_PASSWORD_AUTH"})
    )
    return far


def test_where_srp_is_not_allowed_the_password_is_sent_after_a_question_that_names_the_host(
    without_srp: Pool, people: Any, sandbox: Sandbox
) -> None:
    email = people()
    person = Person(answers_from(send_password=True))
    assert without_srp.sign_in(email, person).access_token
    host = sandbox.endpoint_url.removeprefix("http://")
    assert person.asked == [SendPasswordQuestion(email, host, "auth_flow", "USER_PASSWORD_AUTH")]
    assert without_srp.operations == ["InitiateAuth", "InitiateAuth"]
    assert "ALLOW_USER_SRP_AUTH" in without_srp.notes[0]
    assert host in without_srp.notes[0]


@pytest.mark.parametrize(
    "answers",
    [
        unattended,
        answers_from(),
        answers_from(factor="PASSWORD"),
        lambda _: SendPassword(send=False),
        lambda _: SendPassword("no"),  # type: ignore[arg-type]
    ],
    ids=["nobody", "none given", "a factor given", "no", "a text"],
)
@pytest.mark.parametrize("password", [PASSWORD, None], ids=["given", "asked for"])
def test_without_a_yes_the_password_is_not_sent(
    answers: Answers, password: str | None, without_srp: Pool, people: Any
) -> None:
    def answer(challenge: Challenge) -> Answer:
        known = isinstance(challenge, PasswordRequired)
        return Password(Secret(PASSWORD)) if known else answers(challenge)

    with pytest.raises(ChallengeUnanswered) as refused:
        without_srp.sign_in(people(), answer, password)
    assert refused.value.code == "OA-S337"
    assert refused.value.fix.endswith("osdu-auth init --auth-flow USER_PASSWORD_AUTH")
    assert without_srp.operations == ["InitiateAuth"]
    assert without_srp.notes == []


@pytest.mark.parametrize("offered", [("PASSWORD",), ("PASSWORD", "EMAIL_OTP")])
def test_sending_the_password_as_a_factor_that_the_profile_does_not_prefer_needs_a_yes(
    offered: tuple[str, ...], far: Pool, people: Any, sandbox: Sandbox
) -> None:
    email = people()
    sandbox.faults.reply("InitiateAuth", body=json.dumps({
        "ChallengeName": "SELECT_CHALLENGE", "Session": "s" * 40,
        "ChallengeParameters": {"USERNAME": email}, "AvailableChallenges": offered,
    }), content_type="application/x-amz-json-1.1")  # fmt: skip

    def first_one(challenge: Challenge) -> Answer:
        if isinstance(challenge, FactorChoiceRequired):
            return FactorChoice(challenge.factors[0])
        return unattended(challenge)

    person = Person(first_one)
    with pytest.raises(ChallengeUnanswered) as refused:
        far.sign_in(email, person, flow=CHOICE)
    assert refused.value.code == "OA-S337"
    assert refused.value.fix.endswith("osdu-auth init --preferred-factor PASSWORD")
    assert [type(asked) for asked in person.asked] == [FactorChoiceRequired, SendPasswordQuestion]
    assert far.operations == ["InitiateAuth"]


def test_a_permission_is_asked_for_once_even_if_the_sign_in_starts_again(
    without_srp: Pool, people: Any, sandbox: Sandbox
) -> None:
    email = people(mfa=["SMS_MFA"], preferred_mfa="SMS_MFA")
    expired = "Invalid session for the user, session is expired."
    sandbox.faults.error("RespondToAuthChallenge", "NotAuthorizedException", expired)
    person = Person(
        answers_from(send_password=True, code=lambda _: code_of(sandbox, email, "SMS_MFA"))
    )
    assert without_srp.sign_in(email, person).access_token
    assert [type(asked) for asked in person.asked].count(SendPasswordQuestion) == 1


def test_a_flow_that_the_profile_names_is_the_only_one_tried(
    far: Pool, people: Any, sandbox: Sandbox
) -> None:
    email = people()
    sandbox.pool.change_app_client(
        far.app_client.client_id, explicit_auth_flows=frozenset({"ALLOW_USER_PASSWORD_AUTH"})
    )
    with pytest.raises(ConfigurationError, match="OA-C758"):
        far.sign_in(email, unattended, flow=SRP)
    with pytest.raises(ConfigurationError, match="OA-C760"):
        far.sign_in(email, unattended, flow=CHOICE)
    with pytest.raises(ConfigurationError, match=r"OA-C757|OA-C758"):
        far.sign_in(email, unattended, flow=SRP, user_pool_id=None)
    assert far.sign_in(email, unattended, flow=PLAIN).access_token
    assert far.notes == []


@pytest.mark.parametrize("words", [
    "USER_SRP_AUTH is not enabled for the client. Really.", "SRP is not enabled", "no",
    "USER_PASSWORD_AUTH flow not enabled for this client",
])  # fmt: skip
def test_no_other_message_of_a_pool_causes_the_password_to_be_sent(
    words: str, far: Pool, people: Any, sandbox: Sandbox
) -> None:
    sandbox.faults.error("InitiateAuth", "InvalidParameterException", words, times=None)
    with pytest.raises(OsduAuthError):
        far.sign_in(people(), unattended)
    assert far.operations == ["InitiateAuth"]


MFA = ["SMS_MFA", "SOFTWARE_TOKEN_MFA", "EMAIL_OTP"]
MEDIA = {"SMS_MFA": "SMS", "SOFTWARE_TOKEN_MFA": "TOTP", "EMAIL_OTP": "EMAIL", "SMS_OTP": "SMS"}


def code_of(sandbox: Sandbox, email: str, factor: str) -> str:
    if factor == "SOFTWARE_TOKEN_MFA":
        return sandbox.pool.totp_code(email)
    return sandbox.outbox.last_code(sandbox.pool.user(email).username)


@pytest.mark.parametrize("flow", [SRP, PLAIN])
@pytest.mark.parametrize("factor", MFA)
def test_a_second_factor_is_asked_for_and_given(
    factor: str, flow: str, far: Pool, people: Any, sandbox: Sandbox
) -> None:
    email = people(mfa=[factor], preferred_mfa=factor)
    person = Person(answers_from(code=lambda _: code_of(sandbox, email, factor)))
    assert far.sign_in(email, person, flow=flow).access_token
    (asked,) = person.asked
    assert (asked.name, asked.medium) == (factor, MEDIA[factor])
    assert asked.username == sandbox.pool.user(email).username
    assert asked.tries_left == 3
    assert abs(asked.clock_offset) < 60


@pytest.mark.parametrize("factor", MFA)
def test_without_a_person_the_error_names_the_second_factor(
    factor: str, far: Pool, people: Any
) -> None:
    with pytest.raises(ChallengeUnanswered, match=f"{factor}.*OA-S330"):
        far.sign_in(people(mfa=[factor], preferred_mfa=factor), unattended)


@pytest.mark.parametrize("factor", MFA)
def test_a_wrong_code_keeps_the_session_and_says_how_many_tries_are_left(
    factor: str, far: Pool, people: Any, sandbox: Sandbox
) -> None:
    email = people(mfa=[factor], preferred_mfa=factor)
    codes = iter(["000 000", "111111", None])
    person = Person(answers_from(code=lambda _: next(codes) or code_of(sandbox, email, factor)))
    assert far.sign_in(email, person).access_token
    assert [asked.tries_left for asked in person.asked] == [3, 2, 1]
    refusals = [asked.refusal and asked.refusal.code for asked in person.asked]
    assert refusals == [None, "OA-S321", "OA-S321"]
    assert far.operations.count("InitiateAuth") == 1


def test_a_third_wrong_code_ends_the_sign_in(far: Pool, people: Any) -> None:
    email = people(mfa=["SOFTWARE_TOKEN_MFA"], preferred_mfa="SOFTWARE_TOKEN_MFA")
    person = Person(lambda _: Code(Secret("000000")))
    with pytest.raises(SignInRefused, match=r"OA-S32|OA-S310|OA-S314"):
        far.sign_in(email, person)
    assert len(person.asked) == 3


def test_a_code_from_an_argument_is_sent_only_once(far: Pool, people: Any) -> None:
    email = people(mfa=["SOFTWARE_TOKEN_MFA"], preferred_mfa="SOFTWARE_TOKEN_MFA")
    with pytest.raises(SignInRefused, match="OA-S321"):
        far.sign_in(email, answers_from(code="000000"))
    assert far.operations.count("RespondToAuthChallenge") == 2


def test_a_used_code_has_an_error_of_its_own(far: Pool, people: Any, sandbox: Sandbox) -> None:
    email = people(mfa=["SOFTWARE_TOKEN_MFA"], preferred_mfa="SOFTWARE_TOKEN_MFA")
    answers = answers_from(code=sandbox.pool.totp_code(email))
    far.sign_in(email, answers)
    with pytest.raises(SignInRefused, match="OA-S323"):
        far.sign_in(email, answers)


def test_a_session_that_expires_while_a_code_is_typed_starts_again_once(
    far: Pool, people: Any, sandbox: Sandbox
) -> None:
    email = people(mfa=["EMAIL_OTP"], preferred_mfa="EMAIL_OTP")

    def slow(challenge: Challenge) -> Answer:
        if challenge.refusal is None:
            sandbox.clock.advance(200)
        return Code(Secret(code_of(sandbox, email, "EMAIL_OTP")))

    person = Person(slow)
    assert far.sign_in(email, person).access_token
    assert [asked.refusal and asked.refusal.code for asked in person.asked] == [None, "OA-S314"]
    assert far.operations.count("InitiateAuth") == 2


def test_a_command_gives_the_code_and_no_person_is_asked(
    far: Pool, people: Any, sandbox: Sandbox
) -> None:
    email = people(mfa=["SOFTWARE_TOKEN_MFA", "SMS_MFA"])
    command = lambda: Secret(sandbox.pool.totp_code(email))  # noqa: E731
    assert far.sign_in(email, unattended, code_command=command).access_token
    assert far.operations == ["InitiateAuth"] + ["RespondToAuthChallenge"] * 3


def test_after_a_used_code_of_a_command_its_next_code_is_used(
    far: Pool, people: Any, sandbox: Sandbox
) -> None:
    email = people(mfa=["SOFTWARE_TOKEN_MFA"], preferred_mfa="SOFTWARE_TOKEN_MFA")
    waits: list[float] = []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        sandbox.clock.advance(30)

    command = lambda: Secret(sandbox.pool.totp_code(email))  # noqa: E731
    sandbox.clock.advance(30 - sandbox.clock.now() % 30)  # the code stays the same for a while
    far.sign_in(email, unattended, code_command=command, wait=wait)
    assert not waits
    assert far.sign_in(email, unattended, code_command=command, wait=wait).access_token
    assert len(waits) == 1
    assert 0 < waits[0] <= 30


def test_a_command_that_gives_a_wrong_code_is_run_once(far: Pool, people: Any) -> None:
    email = people(mfa=["SOFTWARE_TOKEN_MFA"], preferred_mfa="SOFTWARE_TOKEN_MFA")
    runs: list[int] = []

    def command() -> Secret:
        runs.append(1)
        return Secret("000000")

    with pytest.raises(ChallengeUnanswered, match="not right"):
        far.sign_in(email, unattended, code_command=command)
    assert len(runs) == 1


def test_a_choice_of_second_factors_is_asked_for_and_given(
    far: Pool, people: Any, sandbox: Sandbox
) -> None:
    email = people(mfa=["SMS_MFA", "SOFTWARE_TOKEN_MFA"])
    person = Person(
        answers_from(factor="SMS_MFA", code=lambda _: code_of(sandbox, email, "SMS_MFA"))
    )
    assert far.sign_in(email, person).access_token
    choice, code = person.asked
    assert isinstance(choice, FactorChoiceRequired)
    assert set(choice.factors) == {"SMS_MFA", "SOFTWARE_TOKEN_MFA"}
    assert isinstance(code, CodeRequired)
    with pytest.raises(ChallengeUnanswered, match="SELECT_MFA_TYPE"):
        far.sign_in(email, unattended)
    with pytest.raises(ChallengeUnanswered, match="OA-S334"):
        far.sign_in(email, answers_from(factor="WEB_AUTHN"))
    with pytest.raises(ChallengeUnanswered, match="SMS_MFA"):
        far.sign_in(email, unattended, preferred_factor="SMS_MFA")


def totp_now(sandbox: Sandbox, key: str) -> str:
    import base64

    from osdu_auth.sandbox.pool.software_tokens import SoftwareToken

    return SoftwareToken(base64.b32decode(key + "=" * (-len(key) % 8))).code_at(sandbox.clock.now())


def test_an_authenticator_app_is_set_up_during_sign_in(
    far: Pool, people: Any, sandbox: Sandbox
) -> None:
    sandbox.pool.settings = replace(
        sandbox.pool.settings, mfa=MfaConfiguration.REQUIRED, mfa_factors=("SOFTWARE_TOKEN_MFA",)
    )
    email = people()
    with pytest.raises(ChallengeUnanswered, match="MFA_SETUP"):
        far.sign_in(email, unattended)
    codes = iter(["000000", None])

    def code(challenge: TotpSetUpRequired) -> str:
        key = challenge.secret_key.reveal()
        register(key)
        assert challenge.uri.reveal().startswith("otpauth://totp/osdu-auth:person-")
        assert f"secret={key}" in challenge.uri.reveal()
        assert key not in repr(challenge)
        return next(codes) or totp_now(sandbox, key)

    person = Person(answers_from(totp_set_up=code))
    assert far.sign_in(email, person).access_token
    first, second = person.asked
    assert first.secret_key == second.secret_key
    assert second.refusal.code == "OA-S321"
    sandbox.clock.advance(31)
    answers = answers_from(code=lambda _: sandbox.pool.totp_code(email))
    assert far.sign_in(email, answers).access_token


def test_a_factor_that_cannot_be_set_up_from_here_is_explained(
    far: Pool, people: Any, sandbox: Sandbox
) -> None:
    sandbox.pool.settings = replace(
        sandbox.pool.settings, mfa=MfaConfiguration.REQUIRED, mfa_factors=("SMS_MFA",)
    )
    with pytest.raises(ChallengeUnanswered, match=r"SMS_MFA.*administrator.*OA-S335"):
        far.sign_in(people(), unattended)


@pytest.mark.parametrize("factor", ["EMAIL_OTP", "SMS_OTP"])
@pytest.mark.parametrize("way", ["preferred", "chosen"])
def test_a_code_can_be_the_first_factor(
    factor: str, way: str, far: Pool, people: Any, sandbox: Sandbox
) -> None:
    email = people(phone_number="+12025550142")
    person = Person(answers_from(factor=factor, code=lambda _: code_of(sandbox, email, factor)))
    preferred = factor if way == "preferred" else None
    tokens = far.sign_in(email, person, None, flow=CHOICE, preferred_factor=preferred)
    assert tokens.access_token
    assert person.asked[-1].name == factor
    assert len(person.asked) == (1 if way == "preferred" else 2)


@pytest.mark.parametrize("factor", [None, "PASSWORD_SRP", "PASSWORD"])
def test_a_password_can_be_the_first_factor_of_a_choice(
    factor: str | None, far: Pool, people: Any
) -> None:
    assert far.sign_in(people(), unattended, flow=CHOICE, preferred_factor=factor).access_token
    assert len(far.operations) == (1 if factor == "PASSWORD" else 2)


@pytest.mark.parametrize("factor", ["PASSWORD_SRP", "PASSWORD"])
def test_a_missing_password_is_asked_for_when_that_factor_is_chosen(
    factor: str, far: Pool, people: Any
) -> None:
    person = Person(answers_from(factor=factor, password=PASSWORD))
    assert far.sign_in(people(), person, None, flow=CHOICE).access_token
    assert isinstance(person.asked[0], FactorChoiceRequired)
    assert isinstance(person.asked[1], PasswordRequired)


def test_without_a_person_no_first_factor_is_chosen(far: Pool, people: Any) -> None:
    with pytest.raises(ChallengeUnanswered, match="SELECT_CHALLENGE"):
        far.sign_in(people(), unattended, None, flow=CHOICE)


def test_a_passkey_is_explained(far: Pool, people: Any, sandbox: Sandbox) -> None:
    sandbox.pool.settings = replace(sandbox.pool.settings, first_factors=("PASSWORD", "WEB_AUTHN"))
    email = people(has_passkey=True)
    for answers, options in ((unattended, {"preferred_factor": "WEB_AUTHN"}),
                          (answers_from(factor="WEB_AUTHN"), {})):  # fmt: skip
        with pytest.raises(ChallengeUnanswered, match=r"WEB_AUTHN.*browser.*OA-S336"):
            far.sign_in(email, answers, None, flow=CHOICE, **options)


@pytest.mark.parametrize("with_password", [True, False])
def test_custom_questions_of_the_pool_are_asked_and_answered(
    with_password: bool, far: Pool, people: Any, sandbox: Sandbox
) -> None:
    sandbox.pool.settings = replace(
        sandbox.pool.settings,
        custom_questions=(AskedByPool({"riddle": "one"}, "1"), AskedByPool({"riddle": "two"}, "2")),
    )
    answers = {"one": "1", "two": "2"}
    person = Person(answers_from(custom_answer=lambda asked: answers[asked.parameters["riddle"]]))
    password = PASSWORD if with_password else None
    assert far.sign_in(people(), person, password, flow=CUSTOM).access_token
    assert [type(asked) for asked in person.asked] == [CustomQuestion] * 2
    with pytest.raises(ChallengeUnanswered, match="CUSTOM_CHALLENGE"):
        far.sign_in(people(), unattended, password, flow=CUSTOM)


def test_an_answer_to_another_challenge_is_an_error_that_names_it(far: Pool, people: Any) -> None:
    email = people(mfa=["SMS_MFA"], preferred_mfa="SMS_MFA")
    from osdu_auth.cognito.challenges import FactorChoice

    with pytest.raises(ChallengeUnanswered, match=r"FactorChoice.*a Code.*OA-S333"):
        far.sign_in(email, lambda _: FactorChoice("SMS_MFA"))


EDGES = {
    "256 characters": "Aa1!" * 64, "leading blank": " Leading-Pass1", "trailing": "Trailing-Pass1 ",
    "composed": "Pass1!\u00e9", "decomposed": "Pass1!e\u0301", "emoji": "Pass1!😀👩\u200d💻",
    "NUL": "Pass1!\x00after", "tab": "Pass1!\tafter",
}  # fmt: skip


@pytest.mark.parametrize("flow", [SRP, PLAIN])
@pytest.mark.parametrize("password", EDGES.values(), ids=EDGES)
def test_a_password_is_sent_unchanged(
    password: str, flow: str, far: Pool, sandbox: Sandbox, request: pytest.FixtureRequest
) -> None:
    email = f"edge-{abs(hash(request.node.name))}@example.com"
    sandbox.pool.add_user(email=email, password=password)
    assert far.sign_in(email, unattended, password, flow=flow).access_token


@pytest.mark.parametrize("flow", [SRP, PLAIN])
def test_a_password_that_is_not_text_is_an_error_and_is_not_sent(
    flow: str, far: Pool, people: Any
) -> None:
    with pytest.raises(ConfigurationError, match="OA-C756"):
        far.sign_in(people(), unattended, "half a \ud83d pair", flow=flow)
    assert far.operations == []
