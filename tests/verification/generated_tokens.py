"""Tokens with up to three faults, most of them correctly signed; a seed makes the same again."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any

from verification.minting import CLIENT, ISSUER, b64, header, raw, rsa_jwk, rsa_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HOUR = 3600  # all times are hours away, as the compared libraries have their own clocks

VALUES: list[Any] = [
    *(None, True, False, 0, -1, 1.5, "", "x", " ", "\0", "\u00e9", [], {}, [1], [[]], {"a": 1}),
    *("1", 10**12, 10**19, 1e300, -0.0, "JWT", "none", "RS256", ISSUER, CLIENT),
]

HEADER_MEMBERS: dict[str, list[Any]] = {
    "alg": ["none", "None", "HS256", "RS384", "PS256", "rs256", "RS256 ", "ES256", "EdDSA"],
    "kid": ["access-key ", "ACCESS-KEY", "other", ["access-key"]],
    "typ": ["JWT", "jwt", "at+jwt", "application/at+jwt", "JOSE", "JWE", ["JWT"]],
    "cty": ["JWT", "jwt", "application/json"],
    "crit": [["exp"], ["x"], ["b64"], ["alg"], [""], "exp"],
    "b64": [True, False],
    "enc": ["A128GCM"],
    "zip": ["DEF"],
    "jwk": [rsa_jwk("attacker"), rsa_jwk()],
    "jku": ["https://evil.example/jwks.json", "http://evil.example", "file:///etc/passwd"],
    "x5u": ["https://evil.example/x5u.pem"],
    "x5c": [["MIIB"], ["MIIB", 1]],
    "x5t": ["AAAA"],
    "x": [],
}


def claim_values(now: int) -> dict[str, list[Any]]:
    later, earlier = now + 20 * HOUR, now - HOUR
    times = [later + 0.5, str(later), [later], float(later), -later, later * 1000, earlier]
    return {
        "exp": [*times, earlier - 0.5, 2**53, 253402300799, 253402300800],
        "nbf": [*times, later, earlier + 0.25, 0.0],
        "iat": [*times, later, earlier - 0.5, 0.5],
        "aud": [
            [CLIENT],
            [CLIENT, "x"],
            [CLIENT, 1],
            [[CLIENT]],
            "other",
            CLIENT + " ",
            {CLIENT: 1},
        ],
        "iss": [
            ISSUER + "/",
            [ISSUER],
            ISSUER[:-1],
            ISSUER.upper(),
            ISSUER + "\0",
            {"iss": ISSUER},
        ],
        "client_id": ["other", [CLIENT], CLIENT + " ", CLIENT.upper()],
        "token_use": ["access", "id", "refresh", "Access", ["access"]],
        "sub": ["ada ", 7, ["ada"], {"sub": "ada"}],
        "jti": [7, ["a"], "\ud83d\ude00"],
        "x": [[[1]], {"deep": {"er": [None]}}],
    }


def any_issuers(now: int) -> dict[str, Any]:
    """Valid claims of an issuer that names its audience."""
    return {"iss": ISSUER, "aud": CLIENT, "sub": "ada", "exp": now + 20 * HOUR, "iat": now - HOUR}


def a_pools(now: int) -> dict[str, Any]:
    """Valid claims of a user pool's access token."""
    named = {"client_id": CLIENT, "token_use": "access", "scope": "osdu/read", "version": 2}
    return any_issuers(now) | named | {"aud": None}


def generated(
    seed: int, count: int, now: int, good: Callable[[int], dict[str, Any]]
) -> Iterator[str]:
    """Tokens for a verifier of `ISSUER` and `CLIENT`; about a quarter of them are valid.

    Args:
        seed: the same seed and `now` give the same tokens, but for keys and signatures.
        count: how many.
        now: seconds since 1970.
        good: gives the claims that are spoilt.
    """
    chance = random.Random(seed)
    claims = {name: value for name, value in good(now).items() if value is not None}
    return (_generated(chance, now, dict(claims)) for _ in range(count))


def _generated(chance: random.Random, now: int, body: dict[str, Any]) -> str:
    head: dict[str, Any] = header()
    for _ in range(chance.choice([0, 1, 1, 2])):
        where, choices = chance.choice([(head, HEADER_MEMBERS), (body, claim_values(now))])
        name = chance.choice(list(choices))
        if chance.random() < 0.15:
            where.pop(name, None)
        else:
            where[name] = chance.choice([*VALUES, *choices[name]])
    token = _signed(chance, _written(chance, head), _written(chance, body), head.get("alg"))
    return _respelt(chance, token) if chance.random() < 0.25 else token


def _written(chance: random.Random, members: dict[str, Any]) -> bytes:
    """The members as JSON, sometimes as ambiguous JSON, or as text that is not JSON."""
    plain = json.dumps(members, separators=(",", ":"))
    if chance.random() < 0.8:
        return plain.encode()
    name = chance.choice(list(members) or ["x"])
    value = json.dumps(members.get(name))
    return chance.choice(
        [
            json.dumps(members, indent=2).encode(),
            json.dumps(members, ensure_ascii=False).encode("utf-8", "surrogatepass"),
            plain.replace('"', '"\\u0020', 1).encode(),
            "".join(f"\\u{ord(one):04x}" if one == "e" else one for one in plain).encode(),
            f'{plain[:-1]},"{name}":{value}}}'.encode(),
            f'{plain[:-1]},"{name}":"other"}}'.encode(),
            f'{{"{name}":"other",{plain[1:]}'.encode(),
            f'{plain[:-1]},"y":NaN}}'.encode(),
            f'{plain[:-1]},"y":1e999}}'.encode(),
            f'{plain[:-1]},"y":{"9" * 30}}}'.encode(),
            f'{plain[:-1]},"y":{"[" * 40}{"]" * 40}}}'.encode(),
            f'{plain[:-1]},"y":"\\ud800"}}'.encode(),
            f"{plain[:-1]},}}".encode(),
            f"{plain}x".encode(),
            f" {plain}\n".encode(),
            f"[{plain}]".encode(),
            b"\xef\xbb\xbf" + plain.encode(),
            plain.encode("utf-16"),
            plain.encode()[:-1] + b',"y":"\xff"}',
            plain.encode()[:-1] + b',"y":"\t"}',
        ]
    )


def _signed(chance: random.Random, head: bytes, body: bytes, named: object) -> str:
    good = named if isinstance(named, str) and named in {"RS256", "RS384", "PS256"} else "RS256"
    algorithm = good if chance.random() < 0.95 else chance.choice(["RS256", "RS512", "PS256"])
    key = rsa_key("attacker") if chance.random() < 0.08 else rsa_key()
    return raw(head, body, algorithm, key)


def _respelt(chance: random.Random, token: str) -> str:
    head, payload, signature = token.split(".")
    last = chance.choice("ABCDEFGHQgw0-_")
    other = b64(json.dumps({"iss": ISSUER, "aud": CLIENT}).encode())
    place = chance.randrange(len(token))
    return chance.choice(
        [
            f"{head}.{payload}.{signature}=",
            f"{head}.{payload}.{signature}==",
            f"{head}.{payload}.{signature[:-1]}{last}",
            f"{head}.{payload[:-1]}{last}.{signature}",
            f"{head}=.{payload}.{signature}",
            f"{head}.{payload}=.{signature}",
            token.replace("-", "+").replace("_", "/"),
            f" {token}",
            f"{token}\n",
            f"{token}\0",
            f"Bearer {token}",
            token[:place] + "\n" + token[place:],
            token[:place] + chance.choice(" =+/%\u00e9") + token[place:],
            token[:place] + token[place + 1 :],
            f"{head}.{other}.{signature}",
            f"{head}.{payload}.{signature}.{signature}",
            f"{head}.{payload}.",
            f"{head}.{payload}",
            f"{head}..{signature}",
            f".{payload}.{signature}",
            f"{head}.{payload}.{signature[:-4]}",
            f"{head}.{payload}.AAAA{signature}",
            f"{payload}.{head}.{signature}",
            json.dumps({"protected": head, "payload": payload, "signature": signature}),
        ]
    )
