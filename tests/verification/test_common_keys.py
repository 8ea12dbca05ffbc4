"""Verifiers of one issuer share its keys, although they do not know each other."""

from __future__ import annotations

import gc
import os
import threading
import time
import warnings
import weakref
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from osdu_auth import IssuerKeys, TokenRejected, Unchecked, UserPoolVerifier, Verifier
from osdu_auth.verification import keys_of_user_pool
from verification.key_server import FakeClock, KeyServer, fetching_verifier
from verification.minting import CLIENT, NOW, POOL, b64, mint, rsa_jwk
from verification.test_claims import codes

ANYONE = Unchecked("a test of keys")


@pytest.mark.parametrize("count", [2, 10])
def test_k_03_a_flood_over_several_verifiers_makes_no_more_fetches_than_over_one(
    server: KeyServer, count: int
) -> None:
    clock = FakeClock()
    verifiers = [fetching_verifier(server, clock) for _ in range(count)]
    payload, signature = mint(payload=server.claims()).split(".")[1:]
    flood = 6_000
    for number in range(flood):
        clock.now = NOW + 60 * number / flood
        head = b64(b'{"kid":"%d","alg":"RS256"}' % number)
        with pytest.raises(TokenRejected):
            verifiers[number % count].verify(f"{head}.{payload}.{signature}")
    assert server.fetches <= 7
    for verifier in verifiers:
        verifier.verify(mint(payload=server.claims()))
    assert server.fetches <= 7


def test_a_hundred_verifiers_of_a_cold_start_make_one_fetch(server: KeyServer) -> None:
    clock, token = FakeClock(), mint(payload=server.claims())

    def verified(_: int) -> Any:
        verifier = fetching_verifier(server, clock)
        return verifier, verifier.verify(token)

    with ThreadPoolExecutor(32) as pool:
        assert len(list(pool.map(verified, range(100)))) == 100
    assert server.fetches == 1


def test_verifiers_of_one_issuer_with_different_checks_share_keys(server: KeyServer) -> None:
    clock = FakeClock()
    token = mint(payload=server.claims())
    for settings in ({}, {"scope": "osdu/read"}, {"leeway": 60}, {"memo_size": 0}):
        kept = fetching_verifier(server, clock, **settings)
        kept.verify(token)
    other = UserPoolVerifier(
        user_pool_id=POOL,
        client_id=[CLIENT, "other"],
        token_use=["access", "id"],
        endpoint_url=server.url,
        clock=clock,
    )
    other.verify(token)
    assert server.fetches == 1


def test_verifiers_with_other_settings_or_their_own_keys_share_nothing(
    server: KeyServer,
) -> None:
    clock = FakeClock()
    issuer = server.issuer
    apart: list[Any] = [
        fetching_verifier(server, clock),
        fetching_verifier(server, FakeClock()),
        fetching_verifier(server, clock, keys_of_user_pool(POOL, endpoint_url=server.url)),
        fetching_verifier(server, clock, keys_of_user_pool(POOL, endpoint_url=server.url)),
        Verifier(issuer=issuer, audience=ANYONE, clock=clock),
        Verifier(issuer=issuer, audience=ANYONE, clock=clock, algorithms=["PS256"]),
        Verifier(issuer=issuer + "/", audience=ANYONE, clock=clock),
        Verifier(issuer=issuer, audience=ANYONE, clock=clock, keys=IssuerKeys(issuer)),
    ]
    assert len({id(verifier.policies[0].keys) for verifier in apart}) == len(apart)


def test_keys_are_not_kept_after_their_last_verifier(server: KeyServer) -> None:
    clock = FakeClock()
    token = mint(payload=server.claims())
    verifier = fetching_verifier(server, clock)
    verifier.verify(token)
    keys = weakref.ref(verifier.policies[0].keys)
    del verifier
    deadline = time.monotonic() + 60  # the thread that fetched them may not have ended yet
    while keys() is not None and time.monotonic() < deadline:
        gc.collect()
        time.sleep(0.01)
    assert keys() is None
    server.publish(rsa_jwk("other"))
    assert codes(fetching_verifier(server, clock), token) == ["V511"]
    assert server.fetches == 2


def test_a_process_forked_while_verifiers_are_made_makes_its_own(server: KeyServer) -> None:
    """A thread of the parent that held a lock does not exist in the child to release it."""
    clock, token = FakeClock(), mint(payload=server.claims())
    has_ended = threading.Event()

    def make_verifiers() -> None:
        while not has_ended.is_set():
            Verifier(issuer="https://issuer.example", audience=ANYONE)

    makers = [threading.Thread(target=make_verifiers) for _ in range(4)]
    for maker in makers:
        maker.start()
    outcomes = []
    for _ in range(20):
        with warnings.catch_warnings():  # Python 3.12 and later warn of a fork with threads
            warnings.simplefilter("ignore", DeprecationWarning)
            child = os.fork()
        if not child:
            try:
                Verifier(issuer="https://issuer.example", audience=ANYONE)
                fetching_verifier(server, clock).verify(token)
                os._exit(0)
            except BaseException:  # noqa: BLE001 - the parent reads the exit code
                os._exit(1)
        outcomes.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    has_ended.set()
    for maker in makers:
        maker.join()
    assert outcomes == [0] * 20
    assert server.fetches == 20
