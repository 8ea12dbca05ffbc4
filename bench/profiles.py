"""How long one profile takes among ten thousand."""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING

from osdu_auth.profiles.file import read_profiles

if TYPE_CHECKING:
    from pathlib import Path

MANY, ROUNDS = 10_000, 21


def one_of_many(folder: Path) -> float:
    """Return the median seconds in which a profile is read from a file that has 10,000.

    Args:
        folder: an empty one.
    """
    file = folder / "config.toml"
    file.write_text("\n".join(map(_profile, range(MANY))))
    file.chmod(0o600)
    taken = []
    for round_ in range(ROUNDS):
        begin = time.perf_counter()
        read_profiles(str(file)).profile(f"p{round_ * MANY // ROUNDS}")
        taken.append(time.perf_counter() - begin)
    return statistics.median(taken)


def _profile(number: int) -> str:
    return f"""[profiles.p{number}]
region = "us-east-1"
client_id = "1h57kf5cpq17m0eml12EXAMPLE"
client_secret = "env:SECRET_{number}"
username = "user{number}@example.com"
platform_url = "https://osdu{number}.example.com"
data_partition_id = "partition{number}"
"""
