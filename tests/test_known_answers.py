"""The product's results equal the answers that `make_known_answers.py` computed in another way.

The published vectors, where they are beside this checkout, are read by the tests of each part.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from cases import for_each
from osdu_auth import KeySet, Secret, TokenRejected, Verifier
from osdu_auth.cognito import srp
from osdu_auth.cognito.app_client import AppClient, secret_hash
from osdu_auth.cognito.device import Device, verifier_config
from osdu_auth.sandbox.pool import srp_arithmetic as host
from osdu_auth.tokens import unverified_claims
from osdu_auth.verification.base64url import decode_text

KNOWN: dict[str, Any] = json.loads(Path(__file__).with_name("known_answers.json").read_text())


def test_the_prime_is_the_one_of_the_formula_in_rfc_3526() -> None:
    assert int(KNOWN["prime"], 16) == srp.PRIME == host.N
    assert srp.GENERATOR == 2


@pytest.mark.parametrize("known", KNOWN["srp"], ids=lambda known: known["user"])
def test_each_step_of_srp_equals_the_known_answer(known: dict[str, Any]) -> None:
    salt, a, server_public = (int(known[name], 16) for name in ("salt", "a", "B"))
    exchange = srp.SrpExchange(a)
    assert f"{exchange.public:x}" == known["A"]
    mixed = srp.scrambling_parameter(exchange.public, server_public)
    assert f"{mixed:x}" == known["u"]
    hashed = srp.password_hash(known["pool"], known["user"], Secret(known["password"]), salt)
    assert f"{hashed:x}" == known["x"]
    assert f"{srp.verifier(hashed):x}" == known["v"]
    shared = srp.premaster_secret(server_public, a, mixed, hashed)
    assert f"{shared:x}" == known["S"]
    assert srp.derived_key(shared, mixed).hex() == known["key"]
    key = exchange.key(server_public, hashed)
    assert key.hex() == known["key"]
    block = base64.b64decode(known["block"])
    signed = srp.signature(key, known["pool"], known["user"], block, known["at"])
    assert base64.b64encode(signed).decode() == known["signature"]


@pytest.mark.parametrize("known", KNOWN["srp"], ids=lambda known: known["user"])
def test_each_step_of_the_sandboxs_half_equals_the_known_answer(known: dict[str, Any]) -> None:
    salt = int(known["salt"], 16)
    who = (known["pool"], known["user"], known["password"])
    assert f"{host.private_value(salt, *who):x}" == known["x"]
    assert f"{host.verifier(salt, *who):x}" == known["v"]
    assert f"{host.scrambling(int(known['A'], 16), int(known['B'], 16)):x}" == known["u"]
    assert host.proof_key(int(known["S"], 16), int(known["u"], 16)).hex() == known["key"]
    block = base64.b64decode(known["block"])
    key = bytes.fromhex(known["key"])
    assert host.proof(key, known["pool"], known["user"], block, known["at"]) == known["signature"]


@pytest.mark.parametrize("known", KNOWN["srp"], ids=lambda known: known["user"])
def test_a_device_s_verifier_equals_the_known_answer(known: dict[str, Any]) -> None:
    device = Device(Secret(known["user"]), Secret(known["pool"]), Secret(known["password"]))
    config = verifier_config(device, int(known["salt"], 16))
    assert config["PasswordVerifier"].reveal() == known["verifier"]
    assert config["Salt"] == known["salt_octets"]


@for_each("number", [0, 1, 127, 128, 255, 256, 0x7FFF, 0x8000, -1, -128, -129, -256])
def test_a_number_is_written_in_the_shortest_two_s_complement(number: int) -> None:
    size = next(size for size in range(1, 9) if -(1 << 8 * size - 1) <= number < 1 << 8 * size - 1)
    assert srp.java_bytes(number) == number.to_bytes(size, "big", signed=True)


@pytest.mark.parametrize("known", KNOWN["secret_hash"], ids=lambda known: known["user"])
def test_a_secret_hash_equals_the_known_answer(known: dict[str, str]) -> None:
    app_client = AppClient(known["client"], Secret(known["secret"]))
    assert secret_hash(app_client, known["user"])["SECRET_HASH"].reveal() == known["hash"]


@pytest.mark.parametrize(
    ("text", "octets"),
    [
        # RFC 4648, section 10, without padding, and its two letters that differ (section 5).
        ("Zg", b"f"), ("Zm8", b"fo"), ("Zm9v", b"foo"), ("Zm9vYg", b"foob"),
        ("Zm9vYmE", b"fooba"), ("Zm9vYmFy", b"foobar"), ("-_-_", b"\xfb\xff\xbf"),
    ],
)  # fmt: skip
def test_base64url_is_read_as_rfc_4648_says(text: str, octets: bytes) -> None:
    assert decode_text(text) == octets


@pytest.mark.parametrize("known", KNOWN["tokens"], ids=lambda known: known["algorithm"])
def test_a_known_token_is_valid_with_its_key_until_it_expires(known: dict[str, Any]) -> None:
    algorithms = (known["algorithm"],)
    now = 1_700_003_599.0
    verifier = Verifier(
        issuer="https://issuer.example",
        audience="osdu",
        algorithms=algorithms,
        keys=KeySet.from_dict({"keys": [known["jwk"]]}, algorithms),
        clock=lambda: now,
    )
    assert verifier.verify(known["token"]).subject == "ada"
    assert unverified_claims(Secret(known["token"]))["sub"] == "ada"
    signed, _, signature = known["token"].rpartition(".")
    for other in KNOWN["tokens"]:
        if other is not known:
            with pytest.raises(TokenRejected):
                verifier.verify(other["token"])
    flipped = "B" if signature[0] == "A" else "A"
    with pytest.raises(TokenRejected) as refused:
        verifier.verify(f"{signed}.{flipped}{signature[1:]}")
    assert [failure.code for failure in refused.value.failures] == ["OA-V512"]
    now += 2
    with pytest.raises(TokenRejected) as refused:
        verifier.verify(known["token"])
    assert [failure.code for failure in refused.value.failures] == ["OA-V530"]
