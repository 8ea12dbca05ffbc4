"""Published vectors: RFC 7515, 7519, 7520, 7797 and 8037."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from osdu_auth import KeySet, Unchecked, Verifier
from verification.minting import b64, rsa_jwk
from verification.test_claims import codes

VECTORS = Path(__file__).parents[2].parent / "shared/vectors"
COOKBOOK = VECTORS / "rfc7520_cookbook"
ALL = ("RS256", "RS384", "RS512", "PS256", "ES256", "EdDSA")
PRIVATE = {"d", "p", "q", "dp", "dq", "qi"}

pytestmark = pytest.mark.skipif(
    not VECTORS.exists(), reason="the vectors are not next to this checkout"
)


def read(path: str) -> Any:
    return json.loads((VECTORS / path).read_text())


def public(jwk: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in jwk.items() if name not in PRIVATE}


def verifier(jwk: dict[str, Any], algorithms: tuple[str, ...] = ALL) -> Verifier:
    """A verifier for RFC 7515's tokens, a second before they expire."""
    return Verifier(
        issuer="joe",
        audience=Unchecked("the RFC's example has none"),
        algorithms=algorithms,
        keys=KeySet.from_dict({"keys": [public(jwk)]}, algorithms),
        clock=lambda: 1_300_819_379,
    )


def examples() -> dict[str, Any]:
    found: dict[str, Any] = read("rfc/rfc_vectors.json")
    return found


@pytest.mark.parametrize(("section", "algorithm"), [("A.2.", "RS256"), ("A.3.", "ES256")])
def test_rfc_7515_examples_of_allowed_algorithms_verify_with_their_keys(
    section: str, algorithm: str
) -> None:
    name = next(name for name in examples()["jws_rfc7515_appendix_a"] if name.startswith(section))
    example = examples()["jws_rfc7515_appendix_a"][name]
    token = verifier(example["keys"][0], (algorithm,)).verify(example["tokens"][0])
    assert token.issuer == "joe"
    assert token.claims["http://example.com/is_root"] is True
    late = verifier(example["keys"][0], (algorithm,))
    late._clock = lambda: 1_300_819_380
    assert codes(late, example["tokens"][0]) == ["V530"]


@pytest.mark.parametrize("section", ["A.1.", "A.4.", "A.5."])
def test_rfc_7515_examples_of_other_algorithms_are_refused(section: str) -> None:
    name = next(name for name in examples()["jws_rfc7515_appendix_a"] if name.startswith(section))
    for token in examples()["jws_rfc7515_appendix_a"][name]["tokens"]:
        assert codes(verifier(rsa_jwk()), token)


def test_the_unsecured_and_the_critical_example_are_refused() -> None:
    assert codes(verifier(rsa_jwk()), examples()["unsecured_rfc7519_6.1"])
    assert codes(verifier(rsa_jwk()), examples()["rfc7515_appendix_e_negative_crit"])


def test_rfc_7520_rsa_signature_is_its_keys() -> None:
    key = KeySet.from_dict({"keys": [read("rfc7520_cookbook/jwk/3_3.rsa_public_key.json")]}).keys[0]
    example = read("rfc7520_cookbook/jws/4_1.rsa_v15_signature.json")
    signing = example["signing"]
    from osdu_auth.verification.base64url import decode_text

    signed = signing["sig-input"].encode()
    assert key.signed(decode_text(signing["sig"]), signed)
    assert not key.signed(decode_text(signing["sig"]), signed + b"x")
    # Its payload is a sentence, so it has a signature but is not a token.
    assert codes(verifier(public(example["input"]["key"])), example["output"]["compact"]) == [
        "V503"
    ]


def test_rfc_8037_ed25519_signature_is_its_keys() -> None:
    example = read("rfc7520_cookbook/curve25519/jws.json")
    key = KeySet.from_dict({"keys": [public(example["input"]["key"])]}, ("EdDSA",)).keys[0]
    from osdu_auth.verification.base64url import decode_text

    assert key.signed(
        decode_text(example["signing"]["sig"]), example["signing"]["sig-input"].encode()
    )


def cookbook() -> list[Path]:
    return sorted(path for path in COOKBOOK.rglob("*.json") if path.parent.name != "jwk")


@pytest.mark.parametrize("path", cookbook(), ids=lambda path: path.stem)
def test_no_cookbook_example_is_a_valid_token_in_any_serialisation(path: Path) -> None:
    example = json.loads(path.read_text())
    keys = [key for key in found_keys(example) if key.get("kty") in {"RSA", "EC", "OKP"}]
    for text in texts(example.get("output", example)):
        for key in keys or [rsa_jwk()]:
            try:
                judge = verifier(key)
            except Exception as error:  # noqa: BLE001 - an unusable key is as good as a refusal
                assert "OA-C776" in str(error)  # noqa: PT017
                continue
            assert codes(judge, text)


def found_keys(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, dict):
        inner = [key for member in value.values() for key in found_keys(member)]
        return [value, *inner] if "kty" in value else inner
    return (
        [key for member in value for key in found_keys(member)] if isinstance(value, list) else []
    )


def texts(output: Any) -> list[str]:
    """The compact form and the JSON forms, as text and in place of a segment."""
    found = [value for value in output.values() if isinstance(value, str)]
    written = [json.dumps(value) for value in output.values() if not isinstance(value, str)]
    return found + written + [f"{b64(text.encode())}.{b64(b'{}')}.AAAA" for text in written]
