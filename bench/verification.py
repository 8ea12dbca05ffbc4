"""The verifier, compared with the others that are installed.

All are measured in turn, A B A B, in one run; figures are medians.
"""

from __future__ import annotations

import gc
import importlib
import statistics
import time
import tracemalloc
import warnings
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.hashes import SHA256

from bench.table import Row
from bench.tokens import AUDIENCE, ISSUER, Signer
from bench.workers import two_against_one
from osdu_auth import KeySet, TokenRejected, Verifier

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    Verify = Callable[[str], Any]

ROUNDS = 9
BATCH = 2_000
LIVE_TOKENS, USES = 1_000, 100
UNKNOWN_IDS = 100_000


def medians_in_turn(calls: Sequence[Callable[[], int]]) -> list[float]:
    """Run the calls in turn, one warm-up round first; return each one's median seconds a use.

    Args:
        calls: each does its work and returns how many uses that was.
    """
    seconds: list[list[float]] = [[] for _ in calls]
    for turn in range(ROUNDS + 1):
        for call, taken in zip(calls, seconds, strict=True):
            gc.collect()
            began = time.perf_counter()
            uses = call()
            took = (time.perf_counter() - began) / uses
            if turn:
                taken.append(took)
    return [statistics.median(taken) for taken in seconds]


def uses_of(verify: Verify, tokens: Sequence[str]) -> Callable[[], int]:
    """Return a call that verifies every token once."""

    def call() -> int:
        for token in tokens:
            verify(token)
        return len(tokens)

    return call


def rejects_of(verify: Verify, tokens: Sequence[str]) -> Callable[[], int]:
    """Return a call in which every token is refused."""

    def call() -> int:
        for token in tokens:
            try:
                verify(token)
            except TokenRejected:
                continue
            raise RuntimeError("a bad token was accepted")
        return len(tokens)

    return call


class Bench:
    """A signer, tokens of a gateway's traffic, and the measurements made with them."""

    def __init__(self) -> None:
        self._signer = Signer()
        self._live = [self._signer.token(jti=f"{number:036}") for number in range(LIVE_TOKENS)]
        self._keys = KeySet.from_dict(self._signer.jwks())

    def verifier(self, memo_size: int = 4096) -> Verifier:
        """Return a verifier that has its keys with it."""
        return Verifier(issuer=ISSUER, audience=AUDIENCE, keys=self._keys, memo_size=memo_size)

    def full_and_memo(self) -> list[Row]:
        """A full verify, and one from the memo, against the bare signature check."""
        key, scheme, digest = self._signer.public_key, padding.PKCS1v15(), SHA256()
        signed, signature = self._signer.parts(self._live[0])
        once, known = self.verifier(memo_size=0), self.verifier()
        for token in self._live:
            known.verify(token)

        def bare() -> int:
            for _ in range(BATCH):
                key.verify(signature, signed, scheme, digest)
            return BATCH

        tokens = self._live * (BATCH // LIVE_TOKENS)
        figures = medians_in_turn(
            [bare, uses_of(once.verify, tokens), uses_of(known.verify, tokens)]
        )
        shown = f"; bare signature check {_micro(figures[0])}"
        return [
            Row("full verify", _micro(figures[1]) + shown, figures[1] / figures[0], 1.8),
            Row("verify from the memo", _micro(figures[2]) + shown, figures[2] / figures[0], 0.1),
        ]

    def gateway(self) -> list[Row]:
        """A gateway's mix: live tokens, each used many times; per use, against each other one."""
        mix = self._live * USES
        others = dict(other_verifiers(self._signer))

        def ours() -> int:
            return uses_of(self.verifier().verify, mix)()

        calls = [ours, *(uses_of(verify, self._live) for verify in others.values())]
        figures = medians_in_turn(calls)
        return [
            Row(
                f"gateway's mix, per use, {name} over ours",
                f"{_micro(figures[0])}; {name} {_micro(figure)}",
                figure / figures[0],
                5,
                at_least=True,
            )
            for name, figure in zip(others, figures[1:], strict=True)
        ]

    def rejects(self) -> list[Row]:
        """A refusal of each kind against an acceptance that has to be worked for."""
        count, now = 500, int(time.time())
        fresh = [self._signer.token(jti=f"fresh-{number:030}") for number in range(count)]
        kinds = {
            "form": [token + "=" for token in fresh],
            "signature": [_spoilt(token) for token in fresh],
            "kid": [self._signer.token({"kid": f"u{number}"}) for number in range(count)],
            "exp": [self._signer.token(jti=f"{n:036}", exp=now - 1) for n in range(count)],
            "aud": [self._signer.token(jti=f"{n:036}", aud="x" * 26) for n in range(count)],
            "alg": [self._signer.token({"alg": "RS512"}, jti=f"{n:036}") for n in range(count)],
        }

        def accept() -> int:
            return uses_of(self.verifier().verify, fresh)()

        verify = self.verifier().verify
        verify(fresh[0])  # as a service has verified its issuer's tokens before
        calls = [accept, *(rejects_of(verify, tokens) for tokens in kinds.values())]
        accepted, *refused = medians_in_turn(calls)
        return [
            Row(
                f"a reject ({name}) over an accept",
                f"{_micro(figure)}; accept {_micro(accepted)}",
                figure / accepted,
                1.0,
            )
            for name, figure in zip(kinds, refused, strict=True)
        ]

    def unknown_ids(self) -> Row:
        """What memory a flood of unknown key ids leaves behind."""
        verify = self.verifier().verify
        tokens = self._signer.with_ids(UNKNOWN_IDS)
        rejects_of(verify, [next(tokens) for _ in range(1_000)])()
        tracemalloc.start()
        before = tracemalloc.get_traced_memory()[0]
        for token in tokens:
            try:
                verify(token)
            except TokenRejected:
                continue
        grown = (tracemalloc.get_traced_memory()[0] - before) / 1024
        tracemalloc.stop()
        return Row(
            f"memory after {UNKNOWN_IDS:,} unknown key ids", "grown", max(grown, 0), 64, "KiB"
        )

    def two_processes(self) -> Row:
        """Full verifies of two worker processes together, against one.

        A shared machine may have less than two cores to give. So what two processes do that check
        bare signatures, or only hash, is measured in turn with them and shown beside.
        """
        ratios = two_against_one(self._signer, self._live)
        figures = (
            f"bare signature checks {ratios['signature']:.2f} ×, hashing {ratios['hash']:.2f} ×"
        )
        return Row("two worker processes over one", figures, ratios["verify"], 1.7, at_least=True)


def other_verifiers(signer: Signer) -> Iterator[tuple[str, Verify]]:
    """Yield each other verifier that is installed, told to check what ours checks."""
    for name, make in _OTHERS.items():
        try:
            verify = make(signer)
        except ImportError:
            print(f"({name} is not installed)")
            continue
        yield name, verify


def _pyjwt(signer: Signer) -> Verify:
    jwt = importlib.import_module("jwt")
    key, named = signer.public_key, {"audience": AUDIENCE, "issuer": ISSUER}
    return lambda token: jwt.decode(token, key, algorithms=["RS256"], **named)


def _pyjwk_client(signer: Signer) -> Verify:
    jwt = importlib.import_module("jwt")

    class Client(jwt.PyJWKClient):  # type: ignore[misc,name-defined]
        def fetch_data(self) -> Any:
            self.jwk_set_cache.put(signer.jwks())
            return signer.jwks()

    client, named = Client("https://issuer.invalid/keys"), {"audience": AUDIENCE, "issuer": ISSUER}

    def verify(token: str) -> Any:
        key = client.get_signing_key_from_jwt(token).key
        return jwt.decode(token, key, algorithms=["RS256"], **named)

    return verify


def _joserfc(signer: Signer) -> Verify:
    module = importlib.import_module("joserfc.jwt")
    keys = importlib.import_module("joserfc.jwk").KeySet.import_key_set(signer.jwks())
    essential = {"essential": True}
    registry = module.JWTClaimsRegistry(
        iss=essential | {"value": ISSUER}, aud=essential | {"value": AUDIENCE}, exp=essential
    )

    def verify(token: str) -> Any:
        decoded = module.decode(token, keys, algorithms=["RS256"])
        registry.validate(decoded.claims)
        return decoded

    return verify


def _authlib(signer: Signer) -> Verify:
    with warnings.catch_warnings():  # it says that joserfc takes its place
        warnings.simplefilter("ignore")
        module = importlib.import_module("authlib.jose")
    jwt = module.JsonWebToken(["RS256"])
    keys = module.JsonWebKey.import_key_set(signer.jwks())
    essential = {"essential": True}
    options = {"iss": essential | {"value": ISSUER}, "aud": essential | {"value": AUDIENCE}}

    def verify(token: str) -> Any:
        claims = jwt.decode(token, keys, claims_options=options)
        claims.validate()
        return claims

    return verify


def _python_jose(signer: Signer) -> Verify:
    jwt = importlib.import_module("jose.jwt")
    key = importlib.import_module("jose.jwk").construct(signer.jwks()["keys"][0])
    return lambda token: jwt.decode(
        token, key, algorithms=["RS256"], audience=AUDIENCE, issuer=ISSUER
    )


def _webtoken(signer: Signer) -> Verify:
    webtoken = importlib.import_module("webtoken")
    key, named = signer.pem(), {"audience": AUDIENCE, "issuer": ISSUER}
    return lambda token: webtoken.decode(token, key, algorithms=["RS256"], **named)


_OTHERS: dict[str, Callable[[Signer], Verify]] = {
    "PyJWT": _pyjwt,
    "PyJWKClient": _pyjwk_client,
    "joserfc": _joserfc,
    "authlib": _authlib,
    "python-jose": _python_jose,
    "webtoken (Rust)": _webtoken,
}


def _spoilt(token: str) -> str:
    """Return a token with another signature of the right form."""
    other = "A" if token[-9] != "A" else "B"
    return token[:-9] + other + token[-8:]


def _micro(seconds: float) -> str:
    return f"{seconds * 1e6:.1f} µs"


def verification_rows() -> Iterator[Row]:
    """Measure everything."""
    bench = Bench()
    yield from bench.full_and_memo()
    yield from bench.gateway()
    yield from bench.rejects()
    yield bench.unknown_ids()
    yield bench.two_processes()
