"""V-02: of all mutants of genuine tokens, only those that equal a genuine token are accepted."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any

import pytest

from osdu_auth import TokenRejected
from verification.minting import b64, claims, header, mint, pool_verifier, text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# In ten parts, so that several processors can run them; all ten are a million mutants.
MUTANTS = 100_000
PARTS = [0, *(pytest.param(part, marks=pytest.mark.torture) for part in range(1, 10))]
SEED = 20_261_123

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_OTHERS = "=+/. \n\t\0\"'{}[]%\u00e9\ufeff\uff0e"
_VALUES: list[Any] = [
    None,
    True,
    False,
    0,
    -1,
    1,
    1.5,
    "",
    "x",
    [],
    {},
    2**63,
    "none",
    "HS256",
    ["RS256"],
]


@pytest.mark.parametrize("part", PARTS)
def test_mutants_of_genuine_tokens_are_refused(part: int) -> None:
    verifier = pool_verifier(memo_size=4)
    genuine = [mint(), mint(header(typ="JWT")), mint(payload=claims(scope="osdu/read"))]
    accepted = {token for token in genuine if verifier.verify(token).subject}
    refused = 0
    for mutant in mutants(genuine, MUTANTS, SEED + part):
        try:
            verifier.verify(mutant)
        except TokenRejected:
            refused += 1
        else:
            assert mutant in accepted, mutant
    assert refused > 0.95 * MUTANTS


def mutants(genuine: list[str], count: int, seed: int) -> Iterator[str]:
    chance = random.Random(seed)
    kinds = [_characters] * 6 + [_cut, _segments, _segments, _json]
    for _ in range(count):
        kind: Callable[[str, random.Random], str] = chance.choice(kinds)
        yield kind(chance.choice(genuine), chance)


def _characters(token: str, chance: random.Random) -> str:
    """One character replaced, inserted, removed or exchanged with the next one."""
    place = chance.randrange(len(token))
    other = chance.choice(_ALPHABET if chance.random() < 0.8 else _OTHERS)
    what = chance.randrange(4)
    if what == 0:
        return token[:place] + other + token[place:]
    if what == 1:
        return token[:place] + token[place + 1 :]
    if what == 2:
        pair = token[place : place + 2]
        return token[:place] + pair[::-1] + token[place + 2 :]
    return token[:place] + other + token[place + 1 :]


def _cut(token: str, chance: random.Random) -> str:
    start, end = sorted((chance.randrange(len(token)), chance.randrange(len(token))))
    return chance.choice([token[:end], token[start:], token[:start] + token[end:], token * 2])


def _segments(token: str, chance: random.Random) -> str:
    """Segments that are empty, repeated, exchanged, or random bytes."""
    parts = token.split(".")
    for _ in range(chance.randint(1, 3)):
        place = chance.randrange(len(parts))
        others = ["", parts[0], parts[-1], b64(chance.randbytes(chance.randrange(64))), "e30"]
        parts[place] = chance.choice(others)
    if chance.random() < 0.3:
        parts.insert(chance.randrange(len(parts)), chance.choice(parts))
    return ".".join(parts)


def _json(token: str, chance: random.Random) -> str:
    """Header or claims changed as JSON, under the genuine signature."""
    place = chance.randrange(2)
    value = header() if place == 0 else claims()
    name = chance.choice([*value, "alg", "crit", "b64", "nbf", "aud"])
    value[name] = chance.choice(_VALUES)
    body = text(value) if chance.random() < 0.5 else json.dumps(value).encode()
    if chance.random() < 0.2:
        body = body[:-1] + f',"{name}":1}}'.encode()
    parts = token.split(".")
    parts[place] = b64(body)
    return ".".join(parts)
