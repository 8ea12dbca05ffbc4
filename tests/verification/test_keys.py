"""Keys and key sets: which are usable; and no spelling of a public key is used as a secret."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from datetime import datetime, timezone
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from cryptography.x509.oid import NameOID

from cases import for_each
from osdu_auth import KeySet, Unchecked, VerificationKey, Verifier
from osdu_auth.errors import ConfigurationError
from verification.minting import (
    CLIENT,
    HMACS,
    ISSUER,
    KID,
    NOW,
    b64,
    claims,
    ec_jwk,
    ec_key,
    ed_jwk,
    ed_key,
    header,
    jwks,
    mint,
    number,
    open_verifier,
    pool_verifier,
    rsa_jwk,
    rsa_key,
    text,
)
from verification.test_claims import codes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

ALL = ("RS256", "RS384", "RS512", "PS256", "ES256", "EdDSA")
ANYONE = Unchecked("an access token of a pool has no audience")


@for_each(
    ("algorithm", "member"),
    [
        ("RS256", rsa_jwk()),
        ("RS384", rsa_jwk(alg="RS384")),
        ("RS512", rsa_jwk(alg="RS512")),
        ("PS256", rsa_jwk(alg="PS256")),
        ("ES256", ec_jwk()),
        ("EdDSA", ed_jwk()),
    ],
)
def test_each_allowed_algorithm_verifies_only_with_its_key(
    algorithm: str, member: dict[str, Any]
) -> None:
    head = {"alg": algorithm, "kid": member["kid"]}
    good = open_verifier([member], (algorithm,), audience=ANYONE)
    assert good.verify(mint(head)).algorithm == algorithm
    others = tuple(name for name in ALL if name != algorithm)
    other = Verifier(
        issuer=ISSUER,
        audience=ANYONE,
        algorithms=others,
        keys=KeySet.from_dict(jwks(member), ALL),
        clock=lambda: NOW,
    )
    assert codes(other, mint(head)) == ["V510"]
    token = mint(head)
    assert codes(good, token[:-8] + ("A" if token[-8] != "A" else "B") + token[-7:]) == ["V512"]


@for_each("signature", [b"", b"\0" * 64, b"\xff" * 64, b"\0" * 63, b"x" * 65])
@for_each("member", [ec_jwk(), ed_jwk()], ids=["ES256", "EdDSA"])
def test_a_signature_of_the_wrong_form_is_refused(member: dict[str, Any], signature: bytes) -> None:
    key = KeySet.from_dict(jwks(member), ALL).keys[0]
    assert not key.signed(signature, b"signed")


def test_a_der_signature_is_not_a_jws_signature() -> None:
    key = KeySet.from_dict(jwks(ec_jwk()), ALL).keys[0]
    assert not key.signed(ec_key().sign(b"signed", ec.ECDSA(SHA256())), b"signed")


def public(key: Any) -> Any:
    return key.public_key()


@cache
def certificate() -> x509.Certificate:
    """The key in a certificate, which is public, too."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "issuer.example")])
    first, last = (
        datetime(2023, 1, 1, tzinfo=timezone.utc),
        datetime(2033, 1, 1, tzinfo=timezone.utc),
    )
    builder = x509.CertificateBuilder(name, name, public(rsa_key()), 1, first, last)
    return builder.sign(rsa_key(), SHA256())


def spellings() -> Iterator[tuple[str, bytes]]:
    """Every text form of a public key; libraries have used each of them as a secret."""
    key = public(rsa_key())
    jwk = rsa_jwk()
    pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    pkcs1 = key.public_bytes(Encoding.PEM, PublicFormat.PKCS1)
    ssh = key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    der1 = key.public_bytes(Encoding.DER, PublicFormat.PKCS1)
    numbers = key.public_numbers()
    for name, value in {"pem": pem, "pkcs1": pkcs1, "ssh": ssh}.items():
        yield name, value
        yield name + " stripped", value.strip()
        yield name + " crlf", value.replace(b"\n", b"\r\n")
        yield name + " blank before", b" " + value
        yield name + " byte order mark", b"\xef\xbb\xbf" + value
    yield "pem one line", pem.replace(b"\n", b"")
    yield "pem utf-16", pem.decode().encode("utf-16")
    yield "der", der
    yield "der pkcs1", der1
    yield "der base64", base64.b64encode(der)
    yield "jwk", text(jwk)
    yield "jwk spaced", json.dumps(jwk).encode()
    yield "jwk sorted", json.dumps(jwk, sort_keys=True).encode()
    yield "jwks", text(jwks())
    yield "jwk list", text([jwk])
    yield "n", jwk["n"].encode()
    yield "n bytes", numbers.n.to_bytes(256, "big")
    yield "n decimal", str(numbers.n).encode()
    yield "n hex", f"{numbers.n:x}".encode()
    yield "kid", KID.encode()
    yield "certificate", certificate().public_bytes(Encoding.PEM)
    yield "certificate der", certificate().public_bytes(Encoding.DER)
    yield "x5c", text([base64.b64encode(certificate().public_bytes(Encoding.DER)).decode()])


@for_each("algorithm", HMACS)
def test_a_public_key_is_not_a_secret_in_any_spelling(algorithm: str) -> None:
    for name, secret in spellings():
        for verifier in (pool_verifier(), open_verifier([rsa_jwk()], ALL, audience=ANYONE)):
            assert codes(verifier, mint(header(alg=algorithm), key=secret)) == ["V510"], name
            # The same if the header names an allowed algorithm and the signature is an HMAC.
            asked = mint(header(), key=secret, algorithm=algorithm)
            assert codes(verifier, asked) == ["V512"], name


WORDS = (
    *("secret", "password", "changeme", "admin", "test", "token", "jwt", "key", "hmac", "hs256"),
    *("private", "public", "signing", "osdu", "cognito", "amazon", "example", "letmein", "qwerty"),
    *("supersecret", "your-256-bit-secret", "my_secret_key", "default", "root", "guest", "demo"),
    *("development", "production", "staging", "hello", "welcome", "monkey", "dragon", "master"),
    *("server", "client", "app", "api", "auth", "0"),
)

# How people change a word to make a secret.
HABITS: dict[str, Callable[[str], str]] = {
    "as it is": lambda word: word,
    "in capitals": str.upper,
    "with a capital": str.title,
    "backwards": lambda word: word[::-1],
    "twice": lambda word: word * 2,
    "as long as a hash": lambda word: (word * 64)[:64],
    "with a line break": lambda word: word + "\n",
    "with a blank": lambda word: " " + word,
    "with a NUL": lambda word: word + "\0",
    "in base64": lambda word: base64.b64encode(word.encode()).decode(),
    "in base64url": lambda word: b64(word.encode()),
    "in hex": lambda word: word.encode().hex(),
    "hashed": lambda word: hashlib.sha256(word.encode()).hexdigest(),
    "in quotes": lambda word: f'"{word}"',
}

ENDINGS = ("1", "12", "123", "1234", "!", "_key", "2020", "2021", "2022", "2023", "2024", "2025")


@for_each("algorithm", HMACS)
def test_v_03_no_guessed_secret_is_ever_tried(algorithm: str) -> None:
    spelt = {habit(word) for word in WORDS for habit in HABITS.values()}
    guesses = {
        guess.encode() for guess in spelt | {word + end for word in WORDS for end in ENDINGS}
    }
    assert len(guesses) >= 1_000
    verifier = pool_verifier()
    for secret in guesses:
        assert codes(verifier, mint(header(alg=algorithm), key=secret)) == ["V510"]


OTHER_KEYS = {
    "P-384": public(ec.generate_private_key(ec.SECP384R1())),
    "secp256k1": public(ec.generate_private_key(ec.SECP256K1())),
    "Ed448": public(ed448.Ed448PrivateKey.generate()),
    "private RSA": rsa_key(),
    "private EC": ec_key(),
    "private Ed25519": ed_key(),
    "text": "secret",
    "bytes": b"secret",
    "nothing": None,
}


@for_each("case", OTHER_KEYS)
def test_a_member_that_is_not_a_public_key_of_a_known_kind_is_not_a_key(case: str) -> None:
    for algorithm in ALL:
        with pytest.raises(ConfigurationError, match="OA-C775"):
            VerificationKey(algorithm, OTHER_KEYS[case])


def test_a_key_fits_only_its_own_algorithms() -> None:
    for key, fitting in (
        (rsa_key(), ALL[:4]),
        (ec_key(), ("ES256",)),
        (ed_key(), ("EdDSA",)),
    ):
        for algorithm in (*ALL, "none", "HS256", "ES384", ""):
            if algorithm in fitting:
                VerificationKey(algorithm, public(key))
            else:
                with pytest.raises(ConfigurationError, match="OA-C775"):
                    VerificationKey(algorithm, public(key))


def test_a_key_s_id_has_to_be_a_text() -> None:
    kids: list[Any] = [1, b"x", ["x"], {}, True]
    for kid in kids:
        with pytest.raises(ConfigurationError, match="OA-C775"):
            VerificationKey("RS256", public(rsa_key()), kid)


def test_weak_and_oversized_rsa_keys_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="2048"):
        VerificationKey("RS256", public(rsa_key("short", 1024)))
    VerificationKey("RS256", public(rsa_key("three", 2048, 3)))


def test_a_pem_of_a_public_key_is_the_only_text_that_is_read() -> None:
    pem = public(rsa_key()).public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    key = VerificationKey.from_pem(pem, algorithm="RS256", kid=KID)
    pool_verifier(keys=KeySet([key])).verify(mint())
    private = rsa_key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    others: list[Any] = [
        value for name, value in spellings() if name not in {"pem", "pem stripped", "pem crlf"}
    ]
    others = [value for value in others if not value.startswith(b"-----BEGIN PUBLIC")]
    others += [private, pem.decode(), None, b"", pem[:100], b" " + pem]
    # Exactly one block: with two keys it would not be clear which one is meant.
    others += [pem + pem, pem + private, pem + b"x", b"x\n" + pem, pem + b"\0"]
    for other in others:
        with pytest.raises(ConfigurationError, match="OA-C774"):
            VerificationKey.from_pem(other, algorithm="RS256")


N = number(public(rsa_key()).public_numbers().n)

UNUSABLE: dict[str, Any] = {
    "no object": "x",
    "null": None,
    "no kty": {"kid": KID},
    "unknown kty": rsa_jwk(kty="AKP"),
    "kty in small letters": rsa_jwk(kty="rsa"),
    "kty as a list": rsa_jwk(kty=["RSA"]),
    "symmetric": {"kty": "oct", "k": b64(b"x" * 32), "kid": KID, "alg": "HS256"},
    "for encryption": rsa_jwk(use="enc"),
    "use unknown": rsa_jwk(use="SIG"),
    "use null": rsa_jwk(use=None),
    "key_ops sign": rsa_jwk(key_ops=["sign"]),
    "key_ops empty": rsa_jwk(key_ops=[]),
    "key_ops twice": rsa_jwk(key_ops=["verify", "verify"]),
    "key_ops a text": rsa_jwk(key_ops="verify"),
    "key_ops with a number": rsa_jwk(key_ops=["verify", 1]),
    "key_ops verify and encrypt": rsa_jwk(key_ops=["verify", "encrypt"]),
    "key_ops verify and wrapKey": rsa_jwk(key_ops=["verify", "wrapKey"]),
    "private": rsa_jwk(d="AQAB"),
    "private, one prime": rsa_jwk(p="AQAB"),
    "private, d null": rsa_jwk(d=None),
    "with k": rsa_jwk(k="AQAB"),
    "alg HS256": rsa_jwk(alg="HS256"),
    "alg none": rsa_jwk(alg="none"),
    "alg of another kind": rsa_jwk(alg="ES256"),
    "alg not allowed": rsa_jwk(alg="PS384"),
    "alg null": rsa_jwk(alg=None),
    "alg a list": rsa_jwk(alg=["RS256"]),
    "alg in small letters": rsa_jwk(alg="rs256"),
    "kid a number": rsa_jwk(kid=1),
    "kid null": rsa_jwk(kid=None),
    "no n": {name: value for name, value in rsa_jwk().items() if name != "n"},
    "n a number": rsa_jwk(n=5),
    "n empty": rsa_jwk(n=""),
    "n padded": rsa_jwk(n=N + "=="),
    "n in the standard alphabet": rsa_jwk(n=N[:-1] + "+"),
    "n with a zero before": rsa_jwk(
        n=b64(b"\0" + public(rsa_key()).public_numbers().n.to_bytes(256, "big"))
    ),
    "n with a line break": rsa_jwk(n=N + "\n"),
    "n of 1024 bits": rsa_jwk(n=number(2**1023 + 1)),
    "n of 2047 bits": rsa_jwk(n=number(2**2046 + 1)),
    "n of 16384 bits": rsa_jwk(n=number(2**16383 + 1)),
    "n even": rsa_jwk(n=number(2 * public(rsa_key()).public_numbers().n)),  # no other small factor
    "n with a small factor": rsa_jwk(n=number(3 * (2**2047 // 3 | 1))),
    "n with a factor of three digits": rsa_jwk(n=number(751 * (2**2047 // 751 | 1))),
    "n of ones": rsa_jwk(n=number(2**2048 - 1)),
    "n a square": rsa_jwk(n=number(rsa_key().private_numbers().p ** 2)),
    "e 1": rsa_jwk(e="AQ"),
    "e 2": rsa_jwk(e="Ag"),
    "e 65536": rsa_jwk(e=number(65536)),
    "e 17": rsa_jwk(e=number(17)),
    "e over 2^32": rsa_jwk(e=number(2**32 + 1)),
    "e huge": rsa_jwk(e=number(2**2000 + 1)),
    "e 0": rsa_jwk(e="AA"),
    "EC of another curve": ec_jwk(crv="P-384", alg="ES384"),
    "EC off the curve": ec_jwk(x=b64(b"\1" * 32)),
    "EC at infinity": ec_jwk(x=b64(bytes(32)), y=b64(bytes(32))),
    "EC short": ec_jwk(x=b64(b"\1" * 31)),
    "EC long": ec_jwk(x=b64(b"\0" + b"\1" * 32)),
    "EC without y": {name: value for name, value in ec_jwk().items() if name != "y"},
    "EC called RSA": ec_jwk(kty="RSA"),
    "OKP of another curve": ed_jwk(crv="X25519"),
    "OKP short": ed_jwk(x=b64(b"\1" * 31)),
    "OKP private": ed_jwk(d=b64(b"\1" * 32)),
}


@for_each("case", UNUSABLE)
def test_a_bad_member_is_ignored_and_the_other_keys_are_usable(case: str) -> None:
    with pytest.raises(ConfigurationError, match="OA-C776"):
        KeySet.from_dict(jwks(UNUSABLE[case]), ALL)
    good = rsa_jwk("another")
    found = KeySet.from_dict(jwks(UNUSABLE[case], good), ALL)
    assert [key.kid for key in found.keys] == ["another"]


@for_each(
    "members",
    [
        {"x5c": ["MIIB"], "x5t": "x", "nbf": 1, "exp": 2},
        {"key_ops": ["verify"]},
        {"key_ops": ["sign", "verify"]},
        {"key_ops": ["verify", "something of theirs"]},
        {"unknown": {"deep": [1]}},
    ],
    ids=repr,
)
def test_unknown_members_are_ignored(members: dict[str, Any]) -> None:
    assert KeySet.from_dict(jwks(rsa_jwk(**members))).find(KID)


def test_two_keys_with_one_id_are_both_left_out() -> None:
    for twin in (rsa_jwk(n=rsa_jwk("b")["n"]), rsa_jwk(), rsa_jwk(use="enc"), ec_jwk(kid=KID)):
        found = KeySet.from_dict(jwks(rsa_jwk(), twin, rsa_jwk("c")), ALL)
        assert found.find(KID) is None
        assert found.find("c")
        assert found.find(None) is None
        assert codes(pool_verifier(keys=found), mint()) == ["V511"]


def test_a_key_without_alg_is_used_with_the_first_allowed_algorithm_that_fits() -> None:
    bare = {name: value for name, value in rsa_jwk().items() if name != "alg"}
    for allowed in (("RS256",), ("PS256", "RS256"), ("ES256", "RS512")):
        key = KeySet.from_dict(jwks(bare), allowed).keys[0]
        assert key.algorithm == next(name for name in allowed if name != "ES256")


@for_each("text_of_keys", [None, 1, "{}", text(jwks()).decode(), [], jwks()], ids=type)
def test_the_json_of_a_key_set_has_to_be_bytes(text_of_keys: Any) -> None:
    with pytest.raises(ConfigurationError, match="OA-C776"):
        KeySet.from_json(text_of_keys)


@for_each("path", [None, "", "/", "\0", "x" * 5_000, b"\0", 1.5, ["x"]], ids=repr)
def test_an_object_that_is_not_a_path_is_an_error_of_ours(path: Any) -> None:
    with pytest.raises(ConfigurationError, match="OA-C776"):
        KeySet.from_file(path)


def test_a_number_is_not_accepted_as_the_path_of_a_key_set() -> None:
    source, sink = os.pipe()
    os.write(sink, text(jwks()))
    os.close(sink)
    with pytest.raises(ConfigurationError, match="that is not a path"):
        KeySet.from_file(source)  # type: ignore[arg-type]
    os.close(source)
    with pytest.raises(ConfigurationError, match="that is not a path"):
        KeySet.from_file(True)  # type: ignore[arg-type]


@for_each(
    "body",
    [b"", b"{}", b"[]", b'{"keys":{}}', b'{"keys":null}', b'{"keys":[]}', b'{"keys":[],"keys":[]}'],
)
def test_an_object_that_is_not_a_key_set_is_refused(body: bytes) -> None:
    with pytest.raises(ConfigurationError, match="OA-C776"):
        KeySet.from_json(body)


def test_a_key_set_of_more_than_a_mebibyte_is_refused() -> None:
    body = text(jwks())[:-1] + b',"x":"' + b"x" * 1024 * 1024 + b'"}'
    with pytest.raises(ConfigurationError, match="OA-C776"):
        KeySet.from_json(body)


def test_a_key_set_of_just_a_mebibyte_is_read_and_one_more_byte_is_not(tmp_path: Path) -> None:
    body = text(jwks()).ljust(1024 * 1024)
    path = tmp_path / "jwks.json"
    path.write_bytes(body)
    assert KeySet.from_json(body).keys == KeySet.from_file(path).keys != ()
    path.write_bytes(body + b" ")
    with pytest.raises(ConfigurationError, match="OA-C776"):
        KeySet.from_json(body + b" ")
    with pytest.raises(ConfigurationError, match="OA-C776"):
        KeySet.from_file(path)


def test_a_key_set_comes_from_a_file_or_a_dict(tmp_path: Path) -> None:
    path = tmp_path / "jwks.json"
    with pytest.raises(ConfigurationError, match="cannot be read"):
        KeySet.from_file(str(path))
    path.write_bytes(text(jwks()))
    verifier = pool_verifier(keys=KeySet.from_file(path))
    assert verifier.verify(mint()) == pool_verifier().verify(mint())
    assert claims()["client_id"] == CLIENT


def test_a_key_is_shown_with_what_it_was_made_of_and_nothing_else() -> None:
    key = public(rsa_key())
    shown = f"VerificationKey(algorithm='RS256', public_key={key!r}, kid='{KID}')"
    assert repr(VerificationKey("RS256", key, KID)) == shown


def test_keys_of_a_set_are_typed_values() -> None:
    for no_key in ("secret", b"secret", rsa_jwk(), None, public(rsa_key())):
        with pytest.raises(ConfigurationError, match="OA-C776"):
            KeySet([no_key])  # type: ignore[list-item]
    alone: list[Any] = [None, 1, VerificationKey("RS256", public(rsa_key()), KID)]
    for keys in alone:
        with pytest.raises(ConfigurationError, match="OA-C776"):
            KeySet(keys)
    assert isinstance(public(ed_key()), ed25519.Ed25519PublicKey)
    assert isinstance(public(rsa_key()), rsa.RSAPublicKey)
