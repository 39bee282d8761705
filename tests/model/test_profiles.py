"""How many ids two sketches have in common."""

import random

import pytest

from cartable.model.profiles import SKETCH_SIZE, shared


def sketch(ids: range, salt: int = 7) -> tuple[int, ...]:
    """As profiling makes it: the smallest of numbers that look random."""
    digests = (random.Random(salt * 1_000_003 + number).getrandbits(63) for number in ids)
    return tuple(sorted(digests)[:SKETCH_SIZE])


@pytest.mark.parametrize(
    ("before", "now", "known"),
    [
        (range(100), range(100), 1.0),
        (range(100), range(1000, 1100), 0.0),
        (range(100), range(50), 1.0),
        (range(100), range(50, 150), 0.5),
        (range(5), range(4, 8), 0.25),
    ],
)
def test_of_few_ids_the_share_is_exact(before: range, now: range, known: float) -> None:
    assert shared(sketch(before), sketch(now), len(before), len(now)) == pytest.approx(known)


@pytest.mark.parametrize(
    ("before", "now", "known"),
    [
        (range(5000), range(5000), 1.0),
        (range(5000), range(2000), 1.0),
        (range(5000), range(2500, 7500), 0.5),
        (range(5000), range(4500, 9500), 0.1),
        (range(5000), range(9000, 14000), 0.0),
    ],
)
def test_of_many_ids_the_share_is_near(before: range, now: range, known: float) -> None:
    assert shared(sketch(before), sketch(now), len(before), len(now)) == pytest.approx(known, abs=0.12)
