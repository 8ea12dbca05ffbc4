"""Hostile replies at each step of a sign-in: no secret leaves, no call hangs, errors are ours."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from canaries import register
from osdu_auth.cognito.api import UserPoolApi
from osdu_auth.cognito.app_client import AppClient
from osdu_auth.cognito.challenges import (
    FactorChoice,
    FactorChoiceRequired,
    answers_from,
    unattended,
)
from osdu_auth.cognito.device import Device
from osdu_auth.cognito.direct_transport import DirectTransport
from osdu_auth.cognito.sign_in import sign_in
from osdu_auth.cognito.sign_in_attempt import SignInOptions
from osdu_auth.cognito.srp import PRIME
from osdu_auth.errors import OsduAuthError
from osdu_auth.secret import Secret

if TYPE_CHECKING:
    from typing_extensions import Self

    from osdu_auth.cognito.challenges import Answer, Answers, Challenge

PASSWORD = "Canary-of-hostile-pools-7"
POOL = "us-east-1_Ab12Cd34E"
SESSION = "s" * 40
GOOD = {"SALT": "ab12", "SRP_B": "abcdef", "SECRET_BLOCK": "AAAA", "USER_ID_FOR_SRP": "u"}


class ScriptedPool:
    """Gives its replies in order, repeats the last one, and keeps the requests."""

    def __init__(self, *replies: Any) -> None:
        self.replies = list(replies)
        self.sent: list[dict[str, Any]] = []
        scripted = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                scripted.sent.append(json.loads(body))
                reply = scripted.replies[min(len(scripted.sent), len(scripted.replies)) - 1]
                status = 400 if "__type" in reply else 200
                content = json.dumps(reply).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/x-amz-json-1.1")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def sign_in(self, answers: Answers = unattended, **options: Any) -> OsduAuthError:
        """Sign in, and return the error."""
        pool = UserPoolApi(
            DirectTransport("us-east-1", f"http://127.0.0.1:{self.server.server_port}")
        )
        options.setdefault("user_pool_id", POOL)
        begun = time.perf_counter()
        with pytest.raises(OsduAuthError) as raised:
            sign_in(
                pool, AppClient("client"), "alice", Secret(PASSWORD), answers,
                options=SignInOptions(**options),
            )  # fmt: skip
        assert time.perf_counter() - begun < 15, "a request is given up after 20 seconds"
        return raised.value

    @property
    def was_told_the_password(self) -> bool:
        return PASSWORD in json.dumps(self.sent)


@pytest.fixture(autouse=True)
def canary() -> None:
    register(PASSWORD)


def received(name: str, session: str | None = SESSION, **members: Any) -> dict[str, Any]:
    parameters = members.pop("parameters", {})
    reply = {"ChallengeName": name, "ChallengeParameters": parameters, **members}
    return reply if session is None else reply | {"Session": session}


VERIFIER = received("PASSWORD_VERIFIER", None, parameters=GOOD)
BAD_VALUES = {
    "B=0": {"SRP_B": "0"}, "B=N": {"SRP_B": f"{PRIME:x}"}, "B=2N": {"SRP_B": f"{2 * PRIME:x}"},
    "B>N": {"SRP_B": f"{PRIME + 1:x}"}, "B huge": {"SRP_B": "f" * 700_000},
    "B no number": {"SRP_B": "zz"}, "salt empty": {"SALT": ""},
    "salt huge": {"SALT": "f" * 700_000},
    "block bad": {"SECRET_BLOCK": "!!"}, "block huge": {"SECRET_BLOCK": "A" * 700_000},
}  # fmt: skip


@pytest.mark.parametrize("change", BAD_VALUES.values(), ids=BAD_VALUES)
def test_an_invalid_srp_challenge_is_refused_before_anything_more_is_sent(
    change: dict[str, str],
) -> None:
    with ScriptedPool(received("PASSWORD_VERIFIER", None, parameters=GOOD | change)) as pool:
        assert pool.sign_in().code == "OA-N664"
        assert len(pool.sent) == 1
        assert set(pool.sent[0]["AuthParameters"]) == {"USERNAME", "SRP_A"}
        assert not pool.was_told_the_password


def test_a_secret_block_of_ten_megabytes_is_not_read() -> None:
    with ScriptedPool(
        received("PASSWORD_VERIFIER", None, parameters=GOOD | {"SECRET_BLOCK": "A" * 10_000_000})
    ) as pool:
        assert pool.sign_in().code == "OA-N632"


def test_a_salt_of_an_unusual_form_is_still_a_number() -> None:
    refused = {"__type": "NotAuthorizedException", "message": "Incorrect username or password."}
    with ScriptedPool(
        received("PASSWORD_VERIFIER", None, parameters=GOOD | {"SALT": "abc"}), refused
    ) as pool:
        assert pool.sign_in().code == "OA-S310"


REFUSALS = [
    {"__type": "InvalidParameterException", "message": "USER_PASSWORD_AUTH only, please"},
    {"__type": "NotAuthorizedException", "message": "USER_SRP_AUTH is not enabled for the client."},
    {"__type": "UnsupportedOperationException", "message": "no SRP here"},
    {"__type": "InternalErrorException", "message": "x"},
]


@pytest.mark.parametrize(
    ("step", "refusal"),
    # An internal error at the first step is retried, which takes time.
    [(1, refusal) for refusal in REFUSALS[:-1]] + [(2, refusal) for refusal in REFUSALS],
)
def test_only_one_service_error_leads_to_the_question_about_the_password(
    step: int, refusal: dict[str, str]
) -> None:
    replies = [refusal] if step == 1 else [VERIFIER, refusal]
    with ScriptedPool(*replies) as pool:
        pool.sign_in()
        assert not pool.was_told_the_password


def test_the_error_flow_not_enabled_counts_only_at_the_first_request() -> None:
    with ScriptedPool(VERIFIER, NOT_ENABLED) as pool:
        assert pool.sign_in(answers_from(send_password=True)).code == "OA-C758"
        assert not pool.was_told_the_password


NOT_ENABLED = {
    "__type": "InvalidParameterException",
    "message": "USER_SRP_AUTH is not enabled for the client.",
}


def first_one_offered(challenge: Challenge) -> Answer:
    """Answer as the pool asks, as a careless program does."""
    if isinstance(challenge, FactorChoiceRequired):
        return FactorChoice(challenge.factors[0])
    return unattended(challenge)


@pytest.mark.parametrize(
    ("flow", "replies"),
    [
        (None, [NOT_ENABLED]),
        (None, [NOT_ENABLED, received("PASSWORD")]),
        ("USER_AUTH", [received("SELECT_CHALLENGE", AvailableChallenges=["PASSWORD"])]),
        ("USER_AUTH", [received("SELECT_CHALLENGE", AvailableChallenges=["PASSWORD", "SMS_OTP"])]),
        (
            "USER_AUTH",  # after an SRP proof that the pool refuses
            [
                received("PASSWORD_VERIFIER", parameters=GOOD),
                received("SELECT_CHALLENGE", AvailableChallenges=["PASSWORD"]),
            ],
        ),
    ],
)
def test_no_message_of_a_pool_causes_the_password_to_be_sent_without_a_yes(
    flow: str | None, replies: list[Any]
) -> None:
    with ScriptedPool(*replies) as pool:
        error = pool.sign_in(first_one_offered, flow=flow)
        assert error.code == "OA-S337"
        assert f"127.0.0.1:{pool.server.server_port}" in error.what
        assert not pool.was_told_the_password


def test_a_pool_cannot_change_the_flow_that_the_profile_names() -> None:
    with ScriptedPool(NOT_ENABLED) as pool:
        allowing = answers_from(send_password=True, factor="PASSWORD")
        assert pool.sign_in(allowing, flow="USER_SRP_AUTH").code == "OA-C758"
        assert not pool.was_told_the_password


OUT_OF_TURN = {
    "PASSWORD": received("PASSWORD"),
    "PASSWORD_SRP": received("PASSWORD_SRP"),
    "SELECT_CHALLENGE": received("SELECT_CHALLENGE", AvailableChallenges=["PASSWORD"]),
    "DEVICE_SRP_AUTH": received("DEVICE_SRP_AUTH"),
    "DEVICE_PASSWORD_VERIFIER": received("DEVICE_PASSWORD_VERIFIER", parameters=GOOD),
}


@pytest.mark.parametrize("reply", OUT_OF_TURN.values(), ids=OUT_OF_TURN)
@pytest.mark.parametrize("flow", [None, "USER_SRP_AUTH", "CUSTOM_AUTH"])
def test_an_unexpected_challenge_gets_no_password(reply: Any, flow: str | None) -> None:
    with ScriptedPool(reply) as pool:
        assert pool.sign_in(answers_from(factor="PASSWORD"), flow=flow).code == "OA-N663"
        assert len(pool.sent) == 1
        assert not pool.was_told_the_password


@pytest.mark.parametrize("reply", [
    received("PASSWORD"), received("SELECT_CHALLENGE", AvailableChallenges=["PASSWORD"]),
])  # fmt: skip
def test_a_choice_by_the_pool_gets_no_password_in_clear(reply: Any) -> None:
    with ScriptedPool(reply) as pool:
        assert pool.sign_in(flow="USER_AUTH").code in {"OA-N663", "OA-S330"}
        assert not pool.was_told_the_password


def test_an_exchange_is_used_once() -> None:
    with ScriptedPool(VERIFIER, VERIFIER) as pool:
        assert pool.sign_in().code == "OA-N663"
        assert len(pool.sent) == 2


def test_a_device_exchange_is_used_once() -> None:
    device = Device(Secret("us-east-1_abc"), Secret("-group"), Secret("device password"))
    begin = received("DEVICE_SRP_AUTH")
    verify = received("DEVICE_PASSWORD_VERIFIER", parameters=GOOD)
    with ScriptedPool(VERIFIER, begin, verify, verify) as pool:
        assert pool.sign_in(device=device).code == "OA-N663"
        assert "device password" not in json.dumps(pool.sent)


ANSWERS = answers_from(
    new_password="Next-Password-8", code=lambda _: "123456", factor="SMS_MFA",
    totp_set_up=lambda _: "123456", custom_answer=lambda _: "yes",
)  # fmt: skip
CIRCLES = {
    "NEW_PASSWORD_REQUIRED": received("NEW_PASSWORD_REQUIRED"),
    "SMS_MFA": received("SMS_MFA"),
    "SELECT_MFA_TYPE": received("SELECT_MFA_TYPE", parameters={"MFAS_CAN_CHOOSE": '["SMS_MFA"]'}),
    "CUSTOM_CHALLENGE": received("CUSTOM_CHALLENGE"),
    "EMAIL_MFA": received("EMAIL_MFA"),
}


@pytest.mark.parametrize("reply", CIRCLES.values(), ids=CIRCLES)
def test_challenges_without_end_are_an_error(reply: Any) -> None:
    with ScriptedPool(reply) as pool:
        assert pool.sign_in(ANSWERS).code == "OA-N638"
        assert len(pool.sent) == 11
    names = {sent.get("ChallengeName") for sent in pool.sent[1:]}
    assert names == {reply["ChallengeName"].replace("EMAIL_MFA", "EMAIL_OTP")}


def test_sessions_that_always_expire_end_after_one_restart() -> None:
    expired = {
        "__type": "NotAuthorizedException",
        "message": "Invalid session for the user, session is expired.",
    }
    with ScriptedPool(received("SMS_MFA"), expired, received("SMS_MFA"), expired) as pool:
        assert pool.sign_in(ANSWERS).code == "OA-S314"
        assert len(pool.sent) == 4


@pytest.mark.parametrize("name", [*CIRCLES, "MFA_SETUP", "SELECT_MFA_TYPE"])
def test_a_challenge_without_a_session_is_unusable(name: str) -> None:
    with ScriptedPool(received(name, None)) as pool:
        assert pool.sign_in(ANSWERS).code == "OA-N635"
        assert len(pool.sent) == 1


def test_the_newest_session_is_sent_unchanged() -> None:
    second = "t+/=" * 500
    with ScriptedPool(
        received("SELECT_MFA_TYPE", parameters={"MFAS_CAN_CHOOSE": '["SMS_MFA"]'}),
        received("SMS_MFA", second),
        {"__type": "CodeMismatchException", "message": "no"},
    ) as pool:
        pool.sign_in(ANSWERS)
    assert [sent.get("Session") for sent in pool.sent] == [None, SESSION, second, second, second]


@pytest.mark.parametrize("parameters", [
    {}, {"MFAS_CAN_CHOOSE": "[]"}, {"MFAS_CAN_CHOOSE": "{}"}, {"MFAS_CAN_CHOOSE": "[1]"},
    {"MFAS_CAN_CHOOSE": '["a b"]'}, {"MFAS_CAN_CHOOSE": "[" * 5000},
    {"MFAS_CAN_CHOOSE": json.dumps(["A"] * 1000)}, {"MFAS_CAN_CHOOSE": '["\\u202eA"]'},
])  # fmt: skip
def test_a_choice_without_factors_is_unusable(parameters: dict[str, str]) -> None:
    with ScriptedPool(received("SELECT_MFA_TYPE", parameters=parameters)) as pool:
        assert pool.sign_in(ANSWERS).code == "OA-N635"


@pytest.mark.parametrize("reply", [
    {}, {"SecretCode": ""}, {"SecretCode": 7}, {"SecretCode": "not base32!", "Session": SESSION},
    {"SecretCode": "A" * 100_000, "Session": SESSION}, {"SecretCode": "A" * 32},
    {"SecretCode": "A" * 32, "Session": "a b"}, {"SecretCode": "&issuer=evil", "Session": SESSION},
])  # fmt: skip
def test_an_invalid_authenticator_key_is_not_shown(reply: Any) -> None:
    setup = received("MFA_SETUP", parameters={"MFAS_CAN_SETUP": '["SOFTWARE_TOKEN_MFA"]'})
    with ScriptedPool(setup, reply) as pool:
        assert pool.sign_in(ANSWERS).code in {"OA-N635", "OA-N634"}
        assert len(pool.sent) == 2


@pytest.mark.parametrize(("verified", "code"), [
    ({"Status": "SUCCESS"}, "OA-N635"), ({"Status": "ERROR", "Session": SESSION}, "OA-S321"),
    ({}, "OA-S321"), ({"Status": 1}, "OA-N635"),
])  # fmt: skip
def test_an_unconfirmed_set_up_ends_the_sign_in(verified: Any, code: str) -> None:
    setup = received("MFA_SETUP", parameters={"MFAS_CAN_SETUP": '["SOFTWARE_TOKEN_MFA"]'})
    with ScriptedPool(setup, {"SecretCode": "A" * 32, "Session": SESSION}, verified) as pool:
        assert pool.sign_in(ANSWERS).code == code


@pytest.mark.parametrize("metadata", [
    {"DeviceKey": "k"}, {"DeviceGroupKey": "g"}, {"DeviceKey": "", "DeviceGroupKey": "g"},
    {"DeviceKey": "a b", "DeviceGroupKey": "g"}, {"DeviceKey": 1, "DeviceGroupKey": "g"},
    {"DeviceKey": "k" * 1000, "DeviceGroupKey": "g"}, "k",
])  # fmt: skip
def test_an_incomplete_device_is_unusable(metadata: Any) -> None:
    result = {"AccessToken": "a.b.c", "ExpiresIn": 60, "NewDeviceMetadata": metadata}
    with ScriptedPool({"AuthenticationResult": result}) as pool:
        assert pool.sign_in().code == "OA-N635"


@pytest.mark.parametrize("name", ["FROM_THE_FUTURE", "WEB_AUTHN", "\x1b[31mRED", "A" * 5000])
def test_an_unknown_challenge_is_named_and_gets_no_answer(name: str) -> None:
    with ScriptedPool(received(name)) as pool:
        error = pool.sign_in(ANSWERS)
        assert error.code in {"OA-S331", "OA-S336"}
        assert str(error).isprintable()
        assert len(str(error)) < 500
        assert len(pool.sent) == 1
