"""What a running program pays for its session, and one profile among ten thousand."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from bench import profiles, srp, stores
from bench.adapters import adapters, signed_in
from bench.table import Row
from bench.warm_token import warm_token_rows

if TYPE_CHECKING:
    from collections.abc import Iterator


def session_rows() -> Iterator[Row]:
    """Measure everything."""
    yield from warm_token_rows()
    yield from adapter_rows()
    yield from many_rows()
    whole, powers = srp.measure()
    figures = f"{_milli(whole)}; its three powers alone {_milli(powers)}"
    yield Row("SRP, the client's arithmetic", figures, whole / powers, 1.3)


def adapter_rows() -> Iterator[Row]:
    """What each adapter adds to a request over headers that are set by hand."""
    with signed_in() as session:
        for library, (ours, by_hand) in adapters(session).items():
            figures = f"{ours * 1e6:.1f} µs; headers set by hand {by_hand * 1e6:.1f} µs"
            yield Row(f"a request of {library}", figures, (ours - by_hand) * 1e6, 3, "µs")


def many_rows() -> Iterator[Row]:
    """One profile and one session among 10,000."""
    what = f"one of {profiles.MANY:,} profiles"
    with tempfile.TemporaryDirectory() as folder:
        seconds = profiles.one_of_many(Path(folder))
    yield Row(f"{what}, read", _milli(seconds), seconds * 1e3, 50, "ms")
    with tempfile.TemporaryDirectory() as folder:
        of_many = stores.one_of_many(Path(folder))
    figures = f"replaced and on the disk {_milli(of_many.save)}; {_milli(of_many.load)}"
    yield Row(f"the session of {what}, read", figures, of_many.load * 1e3, 50, "ms")


def _milli(seconds: float) -> str:
    return f"{seconds * 1e3:.2f} ms"
