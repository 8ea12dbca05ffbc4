"""Each published advisory about a token library has a test here, named after it.

Those about the form, the keys and the fetching are held by more cases in the files beside this one.
"""

from __future__ import annotations

import inspect
import json
import tracemalloc
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

import processor_time
from cases import for_each
from osdu_auth import KeySet, UserPoolVerifier, VerificationKey, Verifier
from osdu_auth.errors import ConfigurationError
from verification.key_server import FakeClock, KeyServer, fetching_verifier
from verification.minting import (
    ISSUER,
    KID,
    NOW,
    b64,
    claims,
    header,
    jwks,
    mint,
    open_verifier,
    pool_verifier,
    raw,
    rsa_jwk,
    rsa_key,
    text,
)
from verification.test_claims import codes


def pem() -> bytes:
    return rsa_key().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


@for_each(
    "advisory",
    [
        *("CVE-2017-11424", "CVE-2022-29217", "CVE-2024-33663", "CVE-2024-37568", "GHSA-xgmm"),
        *("GHSA-r6x4", "GHSA-ffc3", "GHSA-p4g4", "GHSA-w2cx", "GHSA-pxh4", "python-jose-398"),
    ],
)
def test_a_public_key_used_as_a_secret(advisory: str) -> None:
    for algorithm in ("HS256", "HS384", "HS512"):
        assert codes(pool_verifier(), mint(header(alg=algorithm), key=pem())) == ["V510"]


def test_no_parameter_of_the_verify_api_takes_a_key_as_text() -> None:
    for verify in (UserPoolVerifier.verify, Verifier.verify, Verifier.averify):
        assert list(inspect.signature(verify).parameters) == ["self", "token"]
    for text_key in (pem(), pem().decode(), text(rsa_jwk()), rsa_jwk()):
        keys: Any = text_key
        with pytest.raises(ConfigurationError):
            pool_verifier(keys=keys)
        with pytest.raises(ConfigurationError):
            VerificationKey("RS256", keys)


def test_ghsa_jq35_a_key_object_does_not_widen_the_list_of_algorithms() -> None:
    keys = KeySet.from_dict(jwks(rsa_jwk(alg="PS256")), ("PS256",))
    verifier = pool_verifier(keys=keys)
    assert codes(verifier, mint(header(alg="PS256"))) == ["V510"]


def test_cve_2024_53861_the_issuer_is_compared_as_a_whole() -> None:
    for issuer in (ISSUER[:-1], ISSUER[1:], ISSUER[10:20], "h", "", list(ISSUER)):
        assert codes(pool_verifier(), mint(payload=claims(iss=issuer))) == ["V520"]


def test_cve_2026_32597_and_cve_2025_59420_an_unknown_crit_is_refused() -> None:
    for crit in (["x"], [], ["exp"], ["bork"], "x", {"x": 1}, None):
        assert codes(pool_verifier(), mint(header(crit=crit))) == ["V504"]


def test_cve_2026_27962_and_cve_2018_0114_the_tokens_own_key_is_not_used() -> None:
    theirs = rsa_jwk("attacker")
    forged = mint(header(kid="attacker", jwk=theirs), key=rsa_key("attacker"))
    assert codes(pool_verifier(), forged) == ["V511"]


def test_cve_2026_28802_and_cve_2022_23540_none_is_never_accepted_by_default() -> None:
    for spelling in ("none", "None", "NONE", "nOnE", ""):
        token = f"{b64(text({'alg': spelling, 'kid': KID}))}.{b64(text(claims()))}."
        assert codes(pool_verifier(), token) == ["V501"]
        assert codes(pool_verifier(), token + "AA") == ["V510"]
    with pytest.raises(ConfigurationError):
        Verifier()
    with pytest.raises(ConfigurationError):
        UserPoolVerifier()


@for_each("advisory", ["CVE-2025-61920", "CVE-2024-28102", "CVE-2024-33664", "CVE-2024-28176"])
def test_oversized_segments_and_bombs_are_refused_at_no_cost(advisory: str) -> None:
    head, payload, signature = mint().split(".")
    bombs = [
        "A" * 100_000_000,
        f"{head}.{'A' * 300_000}.{signature}",
        f"{'A' * 300_000}.{payload}.{signature}",
        f"{head}.{payload}.{'A' * 300_000}",
        "." * 250_000,
        f"{b64(text({'alg': 'dir', 'enc': 'A256GCM', 'zip': 'DEF'}))}..AAAA.{'A' * 200_000}.AAAA",
    ]
    verifier = pool_verifier()
    for bomb in bombs:
        with processor_time.at_most(2):
            for _ in range(100):
                assert codes(verifier, bomb) == ["V501"]
        tracemalloc.start()
        try:
            assert codes(verifier, bomb) == ["V501"]
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert peak < 1_000_000, "what is too long is not copied, nor cut into many pieces"


def test_cve_2023_6681_no_key_derivation_is_begun() -> None:
    head = {"alg": "PBES2-HS256+A128KW", "enc": "A128GCM", "p2c": 2_147_483_647, "p2s": "AAAA"}
    with processor_time.at_most(20):  # two thousand million rounds would take minutes
        encrypted = ".".join([b64(text(head)), "AA", "AA", "AA", "AA"])
        assert codes(pool_verifier(), encrypted) == ["V501"]
        assert codes(pool_verifier(), mint(head, algorithm="RS256"))[0] == "V510"


@for_each("advisory", ["GHSA-8wjv", "GHSA-w6j9", "int-digits-limit"])
def test_hostile_json_ends_in_a_rejection(advisory: str) -> None:
    for payload in (b'{"exp":[1]}', b"[" * 190_000, b'{"exp":' + b"1" * 5_000 + b"}", b"1", b'"a"'):
        assert codes(pool_verifier(), raw(text(header()), payload))


def test_ghsa_hxm8_a_token_has_one_spelling() -> None:
    good = mint()
    for other in (
        good + "=",
        good + "\n",
        good.replace("-", "+").replace("_", "/") + "=",
        good + "A",
    ):
        assert codes(pool_verifier(), other)


def test_ghsa_2gx3_a_flood_of_unknown_kids_makes_one_request() -> None:
    clock = FakeClock()
    with KeyServer() as server:
        verifier = fetching_verifier(server, clock)
        for number in range(200):
            codes(verifier, mint(header(kid=f"unknown-{number}"), server.claims(), key=rsa_key()))
        assert server.fetches == 1


def test_ghsa_fhv5_a_failed_fetch_keeps_the_good_keys() -> None:
    clock = FakeClock()
    with KeyServer() as server:
        verifier = fetching_verifier(server, clock)
        token = mint(payload=server.claims())
        verifier.verify(token)
        server.status = 503
        clock.now += 3600
        verifier.verify(token)


@pytest.mark.parametrize("advisory", ["GHSA-9v7f", "GHSA-993g"])
def test_key_sets_come_over_https_and_no_redirect_is_followed(advisory: str) -> None:
    from osdu_auth import IssuerKeys, KeysUnavailable

    for address in (
        "file:///etc/passwd",
        "http://example.com/k",
        "ftp://x/k",
        "data:,x",
        "gopher://x",
    ):
        with pytest.raises(ConfigurationError, match="OA-C777"):
            IssuerKeys(ISSUER, jwks_uri=address)
    with KeyServer() as elsewhere, KeyServer() as server:
        server.status, server.headers = 302, {"Location": f"{elsewhere.url}/jwks.json"}
        verifier = fetching_verifier(server, FakeClock())
        with pytest.raises(KeysUnavailable, match="OA-N631"):
            verifier.verify(mint(payload=server.claims()))
        assert elsewhere.fetches == 0


@for_each("advisory", ["CVE-2022-23529", "CVE-2022-23539", "CVE-2022-23541"])
def test_keys_of_the_wrong_kind_or_use_never_verify(advisory: str) -> None:
    for member in (rsa_jwk(use="enc"), rsa_jwk(alg="ES256"), rsa_jwk(kty="oct"), rsa_jwk(d="AQAB")):
        keys = KeySet.from_dict(jwks(member, rsa_jwk("other")))
        assert codes(pool_verifier(keys=keys), mint()) == ["V511"]


def test_jwcrypto_strict_serialisation_one_text_is_not_two_tokens() -> None:
    good = mint()
    head, payload, signature = good.split(".")
    forged = b64(text(claims(sub="admin")))
    hybrid = json.dumps({"payload": payload, "protected": head, "signature": signature})
    for spelt in (hybrid, f"{head}.{forged}.{signature}", hybrid[:-1] + f',"x":".{forged}."}}'):
        assert codes(pool_verifier(), spelt)


def test_authlib_1_7_0_an_expiry_of_zero_is_an_expiry() -> None:
    verifier = open_verifier([rsa_jwk()], ("RS256",), clock=lambda: NOW)
    for moment in (0, 0.0, -0.0):
        assert "V530" in codes(verifier, mint(payload=claims(exp=moment, iat=None)))
