"""The compact form, base64url, JSON and the header: a token has one spelling and one meaning."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import processor_time
from cases import for_each
from osdu_auth import KeySet, TokenRejected
from osdu_auth.errors import ConfigurationError
from osdu_auth.verification import base64url
from verification.minting import (
    KID,
    b64,
    claims,
    header,
    mint,
    open_verifier,
    pool_verifier,
    raw,
    rsa_jwk,
    rsa_key,
    signature,
    text,
)
from verification.test_claims import codes

if TYPE_CHECKING:
    from collections.abc import Callable

SUITE = Path(__file__).parents[2].parent / "shared/vectors/json_test_suite/test_parsing"
CASES = sorted(SUITE.glob("*.json"))
needs_the_suite = pytest.mark.skipif(not CASES, reason="JSONTestSuite is not next to this checkout")

GOOD = mint()
HEAD, PAYLOAD, SIGNATURE = GOOD.split(".")

MALFORMED = {
    "nothing": "",
    "blank": " ",
    "one segment": HEAD,
    "two segments": f"{HEAD}.{PAYLOAD}",
    "four segments": GOOD + "." + SIGNATURE,
    "five segments, as encrypted tokens have": ".".join([HEAD] * 5),
    "no header": f".{PAYLOAD}.{SIGNATURE}",
    "no payload": f"{HEAD}..{SIGNATURE}",
    "no signature": f"{HEAD}.{PAYLOAD}.",
    "dots alone": "..",
    "a leading blank": " " + GOOD,
    "a trailing blank": GOOD + " ",
    "a trailing line break": GOOD + "\n",
    "a line break within": GOOD[:50] + "\n" + GOOD[50:],
    "a NUL at the end": GOOD + "\0",
    "a byte order mark": "\ufeff" + GOOD,
    "quotes around": f'"{GOOD}"',
    "Bearer before": "Bearer " + GOOD,
    "padding of the signature": GOOD + "=",
    "padding of the header": f"{HEAD}=.{PAYLOAD}.{SIGNATURE}",
    "the standard alphabet": GOOD.replace("-", "+").replace("_", "/") + "+",
    "percent-encoded": GOOD.replace(".", "%2E"),
    "full-width dots": GOOD.replace(".", "\uff0e"),
    "a full-width letter": GOOD[:-1] + "\uff21",
    "a letter with an accent": GOOD[:9] + "é" + GOOD[9:],
    "a lone surrogate": GOOD + "\ud800",
    "JSON, flattened": json.dumps({"protected": HEAD, "payload": PAYLOAD, "signature": SIGNATURE}),
    "JSON, general": json.dumps(
        {"payload": PAYLOAD, "signatures": [{"protected": HEAD, "signature": SIGNATURE}]}
    ),
    "JSON and compact in one": f'{{"payload":"{HEAD}.{PAYLOAD}.{SIGNATURE}"}}',
    "a signature one character short": GOOD[:-1] if len(SIGNATURE) % 4 == 2 else GOOD[:-2],
    "too long": HEAD + "." + "A" * 256 * 1024 + "." + SIGNATURE,
    "a header too long": mint(header(x="A" * 8 * 1024)),
}


@for_each("case", MALFORMED)
def test_a_text_that_is_not_in_compact_form_is_refused(case: str) -> None:
    assert codes(pool_verifier(), MALFORMED[case])[0] in {"V501", "V502"}


def test_a_token_and_a_header_of_just_the_largest_size_are_read() -> None:
    room = 8 * 1024 - len(text(header(x="")))
    pool_verifier().verify(mint(header(x="A" * room)))
    assert codes(pool_verifier(), mint(header(x="A" * (room + 1)))) == ["V501"]
    pool_verifier().verify(mint(payload=claims(x="A" * 190 * 1024)))


@pytest.mark.parametrize(
    ("more", "expected"), [(0, "a signed token in compact form"), (1, "at most 256 KiB")]
)
def test_a_token_of_more_than_256_kibibytes_is_refused_for_its_size(
    more: int, expected: str
) -> None:
    with pytest.raises(TokenRejected) as rejected:
        pool_verifier().verify("A" * (256 * 1024 + more))
    assert [failure.expected for failure in rejected.value.failures] == [expected]


@for_each("segment", [0, 1, 2])
def test_unused_bits_that_are_set_are_refused(segment: int) -> None:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    for filler in range(3):
        token = mint(header(x="x" * filler), claims(x="x" * filler))
        parts = token.split(".")
        last = alphabet.index(parts[segment][-1])
        for index in range(64):
            others = [*parts]
            others[segment] = parts[segment][:-1] + alphabet[index]
            spelt = ".".join(others)
            if index == last:
                pool_verifier().verify(spelt)
            else:
                assert codes(pool_verifier(), spelt)


@given(st.binary(min_size=1, max_size=80))
def test_every_text_of_bytes_has_one_spelling(content: bytes) -> None:
    spelt = b64(content).encode()
    assert base64url.decode(spelt) == content
    for index in range(0, 128, 7):
        other = spelt[:-1] + bytes([index])
        with suppress(ValueError):
            if other.translate(None, base64url.ALPHABET) == b"":
                assert (base64url.decode(other) == content) == (other == spelt)


# Texts that are not an object, or are ambiguous, in place of the header and of the claims.
NOT_AN_OBJECT = {
    "a list": b"[]",
    "a text": b'"a"',
    "null": b"null",
    "nothing": b" ",
    "a number": b"1",
    "UTF-16": '{"alg":"RS256"}'.encode("utf-16"),
    "UTF-32": '{"alg":"RS256"}'.encode("utf-32"),
    "Latin-1": '{"alg":"RS256","x":"é"}'.encode("latin-1"),
    "overlong UTF-8": b'{"x":"\xc0\xaf"}',
    "a surrogate in UTF-8": b'{"x":"\xed\xa0\x80"}',
    "a lone escaped surrogate": b'{"x":"\\ud800"}',
    "a byte order mark": b"\xef\xbb\xbf{}",
    "two objects": b"{}{}",
    "an object and more": b"{}x",
    "a comma too many": b'{"a":1,}',
    "a comment": b'{"a":1/**/}',
    "single quotes": b"{'a':1}",
    "a control character": b'{"a":"\n"}',
    "NaN": b'{"x":NaN}',
    "Infinity": b'{"x":-Infinity}',
    "a number beyond a double": b'{"x":1e999}',
    "21 digits": b'{"x":' + b"1" * 21 + b"}",
    "5,000 digits": b'{"x":' + b"9" * 5_000 + b"}",
    "nested 33 deep": b'{"x":' + b"[" * 32 + b"]" * 32 + b"}",
    "nested 100,000 deep": b"[" * 100_000,
    "objects nested 20,000 deep": b'{"a":' * 20_000,
    "escaped quotes without end": b'["' + b'\\"' * 60_000,
    "a NUL after": b"{}\0",
}


@for_each("case", NOT_AN_OBJECT)
def test_claims_that_are_not_a_strict_json_object_are_refused_quickly(case: str) -> None:
    token = raw(text(header()), NOT_AN_OBJECT[case])
    with processor_time.at_most(2):
        assert codes(pool_verifier(), token) == ["V503"]


@for_each("case", NOT_AN_OBJECT)
def test_a_header_that_is_not_a_strict_json_object_is_refused(case: str) -> None:
    token = raw(NOT_AN_OBJECT[case], text(claims()))
    assert codes(pool_verifier(), token)[0] in {"V501", "V502"}


@for_each("name", ["alg", "kid", "typ", "x", "\\u0061lg"])
def test_a_header_with_a_member_twice_is_refused(name: str) -> None:
    head = b'{"alg":"RS256","kid":"%s","%s":"RS256","%s":"RS256"}'
    token = raw(head % (KID.encode(), name.encode(), name.encode()), text(claims()))
    assert codes(pool_verifier(), token) == ["V502"]


@for_each("name", ["exp", "iss", "sub", "x", "\\u0065xp", "client_id"])
def test_claims_with_a_member_twice_are_refused(name: str) -> None:
    payload = text(claims())[:-1] + f',"{name}":1,"{name}":1}}'.encode()
    assert codes(pool_verifier(), raw(text(header()), payload)) == ["V503"]


def test_a_nested_member_twice_is_refused() -> None:
    payload = text(claims(x=[{"y": 0}])).replace(b'{"y":0}', b'{"y":0,"y":1}')
    assert codes(pool_verifier(), raw(text(header()), payload)) == ["V503"]


def test_spaces_in_json_are_accepted() -> None:
    spaced = json.dumps(claims(), indent=2).encode().replace(b"\n", b"\r\n")
    pool_verifier().verify(raw(b"\t" + text(header()) + b"\r\n ", b" " + spaced + b"\n"))


@needs_the_suite
@pytest.mark.parametrize("path", CASES, ids=lambda path: path.name)
def test_json_test_suite_as_payload_header_and_key_set(path: Path) -> None:
    body = path.read_bytes()
    verifier = pool_verifier()
    # No case is an access token, so no case passes, and each error is one of ours.
    assert codes(verifier, raw(text(header()), body or b" "))
    assert codes(verifier, raw(body or b" ", text(claims())))
    with pytest.raises(ConfigurationError, match="OA-C776"):
        KeySet.from_json(body)


@needs_the_suite
@pytest.mark.parametrize("path", CASES, ids=lambda path: path.name)
def test_json_test_suite_within_claims_and_within_a_key_set(path: Path) -> None:
    """Valid JSON next to valid claims or keys is accepted; invalid JSON makes both invalid."""
    body = path.read_bytes()
    payload = text(claims())[:-1] + b',"x":' + body + b"}"
    key_set = text({"keys": [rsa_jwk()]})[:-1] + b',"x":' + body + b"}"
    token = raw(text(header()), payload)
    if path.name.startswith("y_") and "duplicated_key" not in path.name:
        pool_verifier().verify(token)
        assert KeySet.from_json(key_set).find(KID)
    elif path.name.startswith("n_"):
        if not _closes_what_it_did_not_open(body):
            assert codes(pool_verifier(), token) in (["V503"], ["V501"])  # or the token is too long
            with pytest.raises(ConfigurationError, match="OA-C776"):
                KeySet.from_json(key_set)
    else:
        with suppress(TokenRejected):
            pool_verifier().verify(token)
        with suppress(ConfigurationError):
            KeySet.from_json(key_set)


def _closes_what_it_did_not_open(body: bytes) -> bool:
    """Whether a text that is not JSON becomes JSON between a name and a brace."""
    try:
        json.loads(b'{"x":' + body + b"}")
    except (ValueError, RecursionError):
        return False
    return True


ALGORITHMS = [
    *("none", "None", "NONE", "nOnE", "none ", " none", "", "null", "HS256", "HS384", "HS512"),
    *("rs256", "RS256 ", "RS-256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384"),
    *("ES512", "ES256K", "EdDSA", "Ed25519", "RSA-OAEP", "RSA1_5", "dir", "A256KW", "PBES2-HS256"),
    *(
        "RS256\0",
        "\u212bS256",
        "RS\uff12\uff15\uff16",
        True,
        None,
        256,
        [],
        ["RS256"],
        {"RS256": 1},
    ),
]


@for_each("algorithm", ALGORITHMS, ids=repr)
def test_no_algorithm_but_the_allowed_one_is_ever_used(algorithm: Any) -> None:
    signed = mint({"kid": KID, "alg": algorithm}, algorithm="RS256")
    assert codes(pool_verifier(), signed) == ["V510"]
    empty = f"{b64(text({'kid': KID, 'alg': algorithm}))}.{PAYLOAD}."
    assert codes(pool_verifier(), empty) == ["V501"]


def test_no_alg_at_all_is_refused() -> None:
    assert codes(pool_verifier(), mint({"kid": KID}, algorithm="RS256")) == ["V510"]


@for_each("algorithm", ["RS384", "RS512", "PS256", "PS384", "PS512"])
def test_a_genuine_signature_of_another_algorithm_is_refused(algorithm: str) -> None:
    assert codes(pool_verifier(), mint(header(alg=algorithm))) == ["V510"]
    assert codes(pool_verifier(), mint(header(alg="RS256"), algorithm=algorithm)) == ["V512"]


def test_a_key_verifies_its_one_algorithm_however_many_are_allowed() -> None:
    every = ("RS256", "RS384", "RS512", "PS256")
    for bound in every:
        verifier = open_verifier([rsa_jwk(alg=bound)], every, audience=_any())
        for named in every:
            token = mint(header(alg=named))
            if named == bound:
                assert verifier.verify(token).algorithm == bound
            else:
                assert codes(verifier, token) == ["V510"]


def _any() -> Any:
    from osdu_auth import Unchecked

    return Unchecked("access tokens of a pool have no audience")


@for_each(
    "members",
    [
        {"crit": ["exp"]},
        {"crit": []},
        {"crit": ["b64"], "b64": True},
        {"crit": ["x"], "x": 1},
        {"crit": None},
        {"crit": "x"},
        {"b64": True},
        {"b64": False},
        {"enc": "A256GCM"},
        {"zip": "DEF"},
    ],
    ids=repr,
)
def test_a_header_that_changes_the_parsing_is_refused(members: dict[str, Any]) -> None:
    assert set(codes(pool_verifier(), mint(header(**members)))) == {"V504"}


@for_each("kind", ["JWT", "jwt", "application/jwt", "Application/JWT"])
def test_the_expected_type_is_accepted_in_any_case_of_letters(kind: str) -> None:
    pool_verifier().verify(mint(header(typ=kind)))


@for_each(
    "kind", ["JOSE", "at+jwt", "secevent+jwt", "", "JWT ", "text/jwt", None, 1, ["JWT"], "\u212awt"]
)
def test_another_type_is_refused(kind: Any) -> None:
    assert codes(pool_verifier(), mint(header(typ=kind))) == ["V505"]


@for_each("kind", ["JWT", "jwt", "application/JWT", None, 1])
def test_a_nested_token_is_refused(kind: Any) -> None:
    assert codes(pool_verifier(), mint(header(cty=kind))) == ["V505"]


@for_each(
    "kid",
    [
        *("", "other", KID + " ", KID.upper(), KID + "\0", "../../etc/passwd", "' OR 1=1 --"),
        *(None, 0, True, [KID], {KID: 1}, "https://evil.example/key", "x" * 4_000),
    ],
    ids=lambda kid: repr(kid)[:40],
)
def test_a_kid_selects_one_key_or_no_key(kid: Any) -> None:
    assert set(codes(pool_verifier(), mint(header(kid=kid)))) == {"V511"}


def test_a_pools_token_without_kid_is_refused_although_there_is_one_key() -> None:
    assert "V511" in codes(pool_verifier(), mint({"alg": "RS256"}))


def test_another_issuer_s_token_without_kid_is_accepted_if_there_is_exactly_one_key() -> None:
    token = mint({"alg": "RS256"})
    open_verifier([rsa_jwk()], ("RS256",), audience=_any()).verify(token)
    several = open_verifier([rsa_jwk(), rsa_jwk("b")], ("RS256",), audience=_any())
    assert codes(several, token) == ["V511"]


@for_each("member", ["jwk", "jku", "x5u", "x5c", "x5t", "epk"])
def test_a_key_in_a_header_is_never_used(member: str) -> None:
    theirs = rsa_jwk("attacker")
    address = "https://evil.example/jwks.json"
    brought = {"jwk": theirs, "jku": address, "x5u": address, "x5c": ["MIIB"]}.get(member, "x")
    forged = mint(header(**{member: brought}), key=rsa_key("attacker"))
    assert codes(pool_verifier(), forged) == ["V512"]
    own_kid = mint(header(kid="attacker", **{member: brought}), key=rsa_key("attacker"))
    assert codes(pool_verifier(), own_kid) == ["V511"]


@for_each(
    "members",
    [
        *({name: 1} for name in ("jwk", "jku", "x5u", "x5c", "x5t", "x5t#S256")),
        *({name: None} for name in ("jwk", "jku", "x5u", "x5c", "x5t", "x5t#S256")),
        *({"jwk": "x"}, {"jwk": [{"kty": "RSA"}]}, {"jku": "x"}, {"jku": ["https://a.example"]}),
        *({"x5u": "file:///x"}, {"x5c": "MIIB"}, {"x5c": []}, {"x5c": ["MIIB", 1]}),
    ],
    ids=lambda members: repr(members)[:30],
)
def test_a_key_in_a_header_has_to_be_well_formed(members: dict[str, Any]) -> None:
    assert codes(pool_verifier(), mint(header(**members))) == ["V504"]


SIGNATURES: dict[str, Callable[[bytes], bytes]] = {
    "of another key": lambda signed: signature(signed, key=rsa_key("attacker")),
    "of other claims": lambda signed: signature(signed + b"x"),
    "zeros": lambda _: bytes(256),
    "ones": lambda _: b"\xff" * 256,
    "one byte": lambda _: b"\0",
    "with a zero before": lambda signed: b"\0" + signature(signed),
    "with a zero after": lambda signed: signature(signed) + b"\0",
    "cut short": lambda signed: signature(signed)[:-1],
    "without its first byte": lambda signed: signature(signed)[1:],
    "twice": lambda signed: signature(signed) * 2,
    "the modulus": lambda _: rsa_key().public_key().public_numbers().n.to_bytes(256, "big"),
    "the modulus added": lambda signed: (
        int.from_bytes(signature(signed), "big") + rsa_key().public_key().public_numbers().n
    ).to_bytes(257, "big"),
}


@for_each("case", SIGNATURES)
def test_a_signature_by_another_key_or_for_other_bytes_is_refused(case: str) -> None:
    signed = f"{HEAD}.{PAYLOAD}"
    forged = f"{signed}.{b64(SIGNATURES[case](signed.encode()))}"
    assert codes(pool_verifier(), forged) == ["V512"]
