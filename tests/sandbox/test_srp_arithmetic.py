"""The host's arithmetic, compared with known answers from elsewhere."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from osdu_auth.sandbox.pool import srp_arithmetic as host
from sandbox.srp_client import N, SrpClient, java_bytes

_VECTORS = Path(__file__).resolve().parents[3] / "shared" / "vectors" / "srp"


def _known() -> dict[str, Any]:
    file = _VECTORS / "cognito_srp_kat.json"
    if not file.is_file():
        return {"group": {}, "vectors": [], "pad_hex": [], "device_key_hash": []}
    known: dict[str, Any] = json.loads(file.read_text())
    return known


KNOWN = _known()
VECTORS = [pytest.param(row, id=row["id"]) for row in KNOWN["vectors"] if not row.get("reject")]
needs_vectors = pytest.mark.skipif(
    not VECTORS, reason="the shared vectors are not next to the repo"
)


def test_the_prime_is_the_one_rfc_3526_defines() -> None:
    assert host.N == N


def test_the_multiplier_is_the_published_one() -> None:
    published = "538282c4354742d7cbbde2359fcf67f9f5b3a6b08791e5011b43b8a5b66d9ee6"
    assert f"{host._multiplier():064x}" == published


def test_a_proof_equals_the_one_that_another_program_computed() -> None:
    key = bytes.fromhex("38d1a7ee6907019cf731b061ac816b13")
    block = base64.b64decode("c2VjcmV0LWJsb2Nr")
    signature = host.proof(key, "abcdef", "alice", block, "Tue Mar 3 04:05:06 UTC 2026")
    assert signature == "WT3OxsxpyZpuBxtdh3hm1P4c05tPaj0MFvkQzSmU+wg="


@needs_vectors
@pytest.mark.parametrize("row", VECTORS)
def test_every_step_equals_the_known_answer(row: dict[str, Any]) -> None:
    public = {name: int(row[f"{name}_hex"], 16) for name in "AB" if f"{name}_hex" in row}
    if "u_hex" in row:
        assert host.scrambling(public["A"], public["B"]) == int(row["u_hex"], 16)
    if "x_hex" in row:
        salt = int(row["salt_hex"], 16)
        x = host.private_value(salt, row["pool"], row["username"], row["password"])
        assert x == int(row["x_hex"], 16)
        value = host.verifier(salt, row["pool"], row["username"], row["password"])
        assert value == pow(2, x, N)
    if "S_hex" in row and "key_hex" in row:
        key = host.proof_key(int(row["S_hex"], 16), int(row["u_hex"], 16))
        assert key.hex() == row["key_hex"]
    if "signature_b64" in row:
        block = base64.b64decode(row["secret_block_b64"])
        signature = host.proof(
            bytes.fromhex(row["key_hex"]), row["pool"], row["username"], block, row["timestamp"]
        )
        assert signature == row["signature_b64"]


@needs_vectors
def test_octets_are_those_of_java() -> None:
    rows = [row for row in KNOWN["pad_hex"] if row["i"] >= 0]
    assert len(rows) > 200
    for row in rows:
        assert host.octets(row["i"]).hex().upper() == row["hex"]


@needs_vectors
def test_the_premaster_secret_is_that_of_rfc_5054() -> None:
    row = json.loads((_VECTORS / "rfc5054_appendix_b.json").read_text())["vector"]
    n, a, b, v, u = (int(row[name], 16) for name in ("N", "A", "b", "v", "u"))
    assert host.premaster_secret(a, v, u, b, modulus=n) == int(row["S"], 16)


@pytest.mark.parametrize(
    "salt",
    [b"\0" * 15 + b"\1", b"\0" + b"\xff" * 15, b"\x80" + b"\0" * 15, b"\xff" * 16, b"\x0f" * 16],
)
def test_client_and_host_compute_the_same_key_for_any_salt(salt: bytes) -> None:
    number = int.from_bytes(salt, "big")
    client = SrpClient("pool", "Pässword 1")
    value = host.verifier(number, "pool", "name", "Pässword 1")
    public = host.host_public_value(value, 12345)
    scramble = host.scrambling(client.public, public)
    secret = host.premaster_secret(client.public, value, scramble, 12345)
    assert host.proof_key(secret, scramble) == client.key(number, public, "name")


def test_a_number_has_the_fewest_octets_and_a_clear_top_bit() -> None:
    for number in (0, 1, 127, 128, 255, 256, N):
        assert host.octets(number) == java_bytes(number)


@pytest.mark.parametrize(
    "exponent", [0, 1, 15, 16, 0x80, 2**64 - 1, 2**256 - 1, int("5a" * 32, 16), 2**256, 3**300]
)
def test_a_power_of_the_generator_equals_the_result_of_pow(exponent: int) -> None:
    assert host.host_public_value(0, exponent) == pow(host.GENERATOR, exponent, N)
