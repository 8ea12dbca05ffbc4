"""SRP's computation: known answers, invalid values, and an independent server."""

from __future__ import annotations

import base64
import hashlib
import json
import locale
import os
import random
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from osdu_auth.cognito import srp
from osdu_auth.cognito.device import Device, verifier_config
from osdu_auth.cognito.password_proof import Prover, password_proof, public_value
from osdu_auth.cognito.pool_clock import timestamp
from osdu_auth.errors import UnusableReply
from osdu_auth.sandbox.pool import srp_arithmetic as host
from osdu_auth.secret import Secret

VECTORS = Path(__file__).parents[2].parent / "shared/vectors/srp"
beside_vectors = pytest.mark.skipif(
    not VECTORS.exists(), reason="the vectors are not next to this checkout"
)


def published(name: str) -> dict[str, Any]:
    """A file of vectors; empty where the vectors are not next to this checkout."""
    found: dict[str, Any] = json.loads((VECTORS / name).read_text()) if VECTORS.exists() else {}
    return found


KNOWN = published("cognito_srp_kat.json")
RFC_5054: dict[str, str] = published("rfc5054_appendix_b.json").get("vector", {})


def known(*members: str, reject: bool = False) -> list[Any]:
    return [
        pytest.param(vector, id=vector["id"])
        for vector in KNOWN.get("vectors", [])
        if all(member in vector for member in members) and bool(vector.get("reject")) is reject
    ]


def secret_of(vector: dict[str, Any]) -> int:
    return int(vector["a_hex"], 16) if "a_hex" in vector else int(vector["a_dec"])


def password_hash_of(vector: dict[str, Any]) -> int:
    return srp.password_hash(
        vector["pool"], vector["username"], Secret(vector["password"]), int(vector["salt_hex"], 16)
    )


@beside_vectors
def test_the_group_is_the_one_that_user_pools_use() -> None:
    group = KNOWN["group"]
    assert int(group["N_hex"], 16) == srp.PRIME
    assert int(group["g"]) == srp.GENERATOR
    assert int(group["k_hex"], 16) == int(group["k_dec"]) == srp.MULTIPLIER


@pytest.mark.parametrize("vector", KNOWN.get("pad_hex", []), ids=lambda vector: str(vector["i"]))
def test_a_number_is_hashed_as_java_writes_it(vector: dict[str, Any]) -> None:
    assert srp.java_bytes(vector["i"]) == bytes.fromhex(vector["hex"])


@pytest.mark.parametrize("vector", known("A_hex", "B_hex", "u_hex"))
def test_the_scrambling_parameter_equals_the_known_answer(vector: dict[str, Any]) -> None:
    mixed = srp.scrambling_parameter(int(vector["A_hex"], 16), int(vector["B_hex"], 16))
    assert mixed == int(vector["u_hex"], 16)


@pytest.mark.parametrize("vector", known("S_hex", "salt_hex"))
def test_the_premaster_secret_equals_the_known_answer(vector: dict[str, Any]) -> None:
    exchange = srp.SrpExchange(secret_of(vector))
    assert exchange.public == int(vector["A_hex"], 16)
    hashed = password_hash_of(vector)
    assert hashed == int(vector["x_hex"], 16)
    scrambling = int(vector["u_hex"], 16)
    shared = srp.premaster_secret(int(vector["B_hex"], 16), secret_of(vector), scrambling, hashed)
    assert shared == int(vector["S_hex"], 16)
    assert exchange.key(int(vector["B_hex"], 16), hashed) == srp.derived_key(shared, scrambling)


@pytest.mark.parametrize("vector", known("key_hex", "B_hex"))
def test_the_session_key_equals_the_known_answer(vector: dict[str, Any]) -> None:
    key = srp.SrpExchange(secret_of(vector)).key(int(vector["B_hex"], 16), password_hash_of(vector))
    assert key.hex() == vector["key_hex"]


@pytest.mark.parametrize("vector", known("ikm_hex"))
def test_the_derived_key_equals_the_known_answer(vector: dict[str, Any]) -> None:
    key = srp.derived_key(int(vector["ikm_hex"], 16), int(vector["salt_hex"], 16))
    assert key.hex() == vector["key_hex"]


@pytest.mark.parametrize("vector", known("signature_b64"))
def test_the_signature_equals_the_known_answer(vector: dict[str, Any]) -> None:
    block = base64.b64decode(vector["secret_block_b64"])
    key = bytes.fromhex(vector["key_hex"])
    signed = srp.signature(key, vector["pool"], vector["username"], block, vector["timestamp"])
    assert base64.b64encode(signed).decode() == vector["signature_b64"]


def test_two_independent_clients_compute_the_same_proof() -> None:
    exchange = srp.SrpExchange(int("1" * 64, 16))
    hashed = srp.password_hash(
        "abcdef", "alice", Secret("Passw0rd!xyz"), int("a1b2c3d4e5f60718293a4b5c6d7e8f90", 16)
    )
    key = exchange.key(int("2" * 768, 16), hashed)
    assert key.hex() == "38d1a7ee6907019cf731b061ac816b13"
    block = base64.b64decode("c2VjcmV0LWJsb2Nr")
    signed = srp.signature(key, "abcdef", "alice", block, "Tue Mar 3 04:05:06 UTC 2026")
    assert base64.b64encode(signed) == b"WT3OxsxpyZpuBxtdh3hm1P4c05tPaj0MFvkQzSmU+wg="


@pytest.mark.parametrize("vector", known("B_hex", reject=True))
def test_a_public_value_that_would_prove_nothing_is_refused(vector: dict[str, Any]) -> None:
    with pytest.raises(srp.InvalidServerValue):
        srp.SrpExchange().key(int(vector["B_hex"], 16), 1)


@pytest.mark.parametrize("factor", [0, 1, 2, 3, 1000])
def test_no_number_outside_the_group_is_accepted(factor: int) -> None:
    for value in (factor * srp.PRIME, factor * srp.PRIME + srp.PRIME, -factor, srp.PRIME + factor):
        with pytest.raises(srp.InvalidServerValue):
            srp.require_valid_public_value(value)


@beside_vectors
def test_the_formulas_are_those_of_rfc_5054() -> None:
    number = {
        name: int(text, 16)
        for name, text in RFC_5054.items()
        if name not in ("I", "P", "hash", "g")
    }
    shared = srp.premaster_secret(
        number["B"], number["a"], number["u"], number["x"], number["N"], number["k"]
    )
    assert shared == number["S"]


@beside_vectors
def test_a_device_s_hash_equals_the_known_answer() -> None:
    (vector,) = KNOWN["device_key_hash"]
    device = Device(
        Secret(vector["device_key"]), Secret(vector["device_group_key"]), Secret(vector["password"])
    )
    inner = base64.b64decode(vector["sha256_b64"])
    salt = 0x80FF
    hashed = int.from_bytes(hashlib.sha256(b"\x00\x80\xff" + inner).digest(), "big")
    config = verifier_config(device, salt)
    assert base64.b64decode(config["Salt"]) == b"\x00\x80\xff"
    assert base64.b64decode(config["PasswordVerifier"].reveal()) == srp.java_bytes(
        pow(2, hashed, srp.PRIME)
    )


NAUGHTY = (
    "password", " leading", "trailing ", "nul\x00inside", "ÅÄÖ", "A\u030a", "Å", "\u212b",
    "\uff21\uff22", "😀👩‍💻", "\u202etricky", "'; DROP TABLE users;--", "${jndi:x}", "%s%n",
    "\\", '"',
    "x" * 256, "\t", "日本語", "\ufeffbom",
)  # fmt: skip


def agree(seed: int) -> None:
    """One complete exchange of client and server, sometimes with numbers of unusual form."""
    source = random.Random(seed)
    password = source.choice(NAUGHTY) + str(seed)
    salt = source.choice(
        [source.getrandbits(128), 0x80 << 120 | seed, source.getrandbits(112), seed + 1]
    )
    salt_text = source.choice([f"{salt:x}", f"{salt:032x}", f"{salt:X}"])
    verifier = host.verifier(salt, f"pool{seed}", "alice", password)
    their_secret = source.getrandbits(64)  # for a test as good as a longer one
    server_public = host.host_public_value(verifier, their_secret)
    exchange = srp.SrpExchange()
    block = base64.b64encode(source.randbytes(40)).decode()
    proof = password_proof(
        exchange,
        Prover(f"pool{seed}", "alice", Secret(password)),
        {"SALT": salt_text, "SRP_B": f"{server_public:x}", "SECRET_BLOCK": block},
        1_790_000_000 + seed,
    )
    client_public = int(public_value(exchange), 16)
    scrambling = host.scrambling(client_public, server_public)
    shared = host.premaster_secret(client_public, verifier, scrambling, their_secret)
    expected = host.proof(
        host.proof_key(shared, scrambling),
        f"pool{seed}",
        "alice",
        base64.b64decode(block),
        str(proof["TIMESTAMP"]),
    )
    signed = proof["PASSWORD_CLAIM_SIGNATURE"]
    assert isinstance(signed, Secret)
    assert signed.reveal() == expected, seed


# Each run tries the first ones; `.ci/run` tries all 10,000.
@pytest.mark.parametrize(
    "seeds",
    [
        range(60),
        pytest.param(range(60, 200), marks=pytest.mark.torture),
        *(
            pytest.param(range(first, first + 490), marks=pytest.mark.torture)
            for first in range(200, 10_000, 490)
        ),
    ],
    ids=lambda seeds: f"{seeds[0]} to {seeds[-1]}",
)
def test_our_half_and_an_independent_half_compute_the_same_key(seeds: range) -> None:
    for seed in seeds:
        agree(seed)


def test_secrets_are_new_each_time_and_long_enough() -> None:
    secrets = {srp.SrpExchange()._secret for _ in range(20)}
    assert len(secrets) == 20
    assert {secret.bit_length() for secret in secrets} == {srp.SIZE_OF_SECRET}
    assert not any(str(number) in repr(srp.SrpExchange()) for number in secrets)


BAD = {
    "B is 0": {"SRP_B": "0"},
    "B is N": {"SRP_B": f"{srp.PRIME:x}"},
    "B is 2N": {"SRP_B": f"{2 * srp.PRIME:x}"},
    "B is more than N": {"SRP_B": f"{srp.PRIME + 5:x}"},
    "B has a megabyte": {"SRP_B": "a" * 1024 * 1024},
    "B is not a number": {"SRP_B": "xyz"},
    "B is negative": {"SRP_B": "-5"},
    "B has a prefix": {"SRP_B": "0x5"},
    "B has underscores": {"SRP_B": "1_0"},
    "B has blanks": {"SRP_B": " 5"},
    "B has other digits": {"SRP_B": "٣"},
    "B is empty": {"SRP_B": ""},
    "salt is empty": {"SALT": ""},
    "salt is huge": {"SALT": "a" * 1024 * 1024},
    "salt is no number": {"SALT": "hello"},
    "block is no base64": {"SECRET_BLOCK": "not base64!"},
    "block is cut off": {"SECRET_BLOCK": "abc"},
    "block is empty": {"SECRET_BLOCK": ""},
    "block is huge": {"SECRET_BLOCK": "AAAA" * 1024 * 1024},
}


@pytest.mark.parametrize("change", BAD.values(), ids=BAD)
def test_an_invalid_parameter_is_refused_before_anything_is_computed(
    change: dict[str, str],
) -> None:
    received = {"SALT": "abc", "SRP_B": "def", "SECRET_BLOCK": "AAAA"}
    exchange, prover = srp.SrpExchange(), Prover("p", "u", Secret("s"))
    computed: list[object] = []

    def note(_: object, event: str, function: object) -> None:
        if event == "c_call" and function in (pow, hashlib.sha256):
            computed.append(function)

    former = sys.getprofile()
    sys.setprofile(note)
    try:
        with pytest.raises(UnusableReply, match="OA-N664") as raised:
            password_proof(exchange, prover, received | change, 0)
        refused, computed = computed, []
        password_proof(exchange, prover, received, 0)
    finally:
        sys.setprofile(former)
    assert refused == []
    assert pow in computed, "what is computed is seen"
    assert len(str(raised.value)) < 400


@pytest.mark.parametrize("lacking", ["SALT", "SRP_B", "SECRET_BLOCK"])
def test_a_missing_parameter_is_refused(lacking: str) -> None:
    received = {"SALT": "abc", "SRP_B": "def", "SECRET_BLOCK": "AAAA"}
    del received[lacking]
    with pytest.raises(UnusableReply, match=lacking):
        password_proof(srp.SrpExchange(), Prover("p", "u", Secret("s")), received, 0)


def test_a_user_name_that_is_not_text_is_refused() -> None:
    received = {"SALT": "abc", "SRP_B": "def", "SECRET_BLOCK": "AAAA"}
    with pytest.raises(UnusableReply, match="USER_ID_FOR_SRP"):
        password_proof(srp.SrpExchange(), Prover("p", "\ud800", Secret("s")), received, 0)


def test_leading_zeros_of_a_salt_do_not_count() -> None:
    received = {"SALT": "00ab", "SRP_B": "def", "SECRET_BLOCK": "AAAA"}
    prover, exchange = Prover("p", "u", Secret("s")), srp.SrpExchange(5)
    assert password_proof(exchange, prover, received, 0) == password_proof(
        exchange, prover, received | {"SALT": "ab"}, 0
    )


TIMES = [
    (1531220460, "Tue Jul 10 11:01:00 UTC 2018"),
    (1772510706, "Tue Mar 3 04:05:06 UTC 2026"),
    *((1780272000 + 86400 * day, f"{['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'][day % 7]} Jun {day + 1} 00:00:00 UTC 2026") for day in range(9)),  # noqa: E501
    (0, "Thu Jan 1 00:00:00 UTC 1970"),
    (1483228799.9, "Sat Dec 31 23:59:59 UTC 2016"),  # a leap second follows
    (253402300799, "Fri Dec 31 23:59:59 UTC 9999"),
]  # fmt: skip
LOCALES = (
    "C", "POSIX", "C.UTF-8", "de_DE.UTF-8", "fr_FR.UTF-8", "tr_TR.UTF-8", "ar_EG.UTF-8",
    "fa_IR.UTF-8", "zh_CN.UTF-8", "ja_JP.UTF-8", "ru_RU.UTF-8", "th_TH.UTF-8", "hi_IN.UTF-8",
    "pt_BR.UTF-8", "nb_NO.UTF-8", "en_GB.UTF-8", "es_ES.UTF-8", "ko_KR.UTF-8", "he_IL.UTF-8",
    "el_GR.UTF-8",
)  # fmt: skip
ZONES = ("UTC", "Pacific/Kiritimati", "Pacific/Niue", "Asia/Kathmandu", "America/St_Johns")


@pytest.mark.parametrize("name", LOCALES)
def test_a_timestamp_is_the_same_in_every_locale_and_time_zone(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A locale that this machine does not have stays the variable that programs read.
    for variable in ("LC_ALL", "LC_TIME", "LANG"):
        monkeypatch.setenv(variable, name)
    former = locale.setlocale(locale.LC_TIME)
    try:
        try:
            locale.setlocale(locale.LC_TIME, name)
        except locale.Error:
            locale.setlocale(locale.LC_TIME, "C")
        for zone in ZONES:
            monkeypatch.setitem(os.environ, "TZ", zone)
            time.tzset()
            for seconds, text in TIMES:
                assert timestamp(seconds) == text
    finally:
        locale.setlocale(locale.LC_TIME, former)
        monkeypatch.undo()
        time.tzset()
