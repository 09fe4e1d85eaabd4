"""What happened when in the two weeks: mornings and afternoons busy, nights and weekends calm."""

import random
from bisect import bisect
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import accumulate
from typing import Final

from sightline.core.clock import from_us
from sightline.demo.book import Book
from sightline.demo.stories import invoices, long_run, review, support, travel

DAYS: Final = 14
_HOUR_US = 3_600_000_000
_DAY_US = 24 * _HOUR_US

# How lively each hour of a day is, from midnight UTC.
_HOURS = (1, 1, 1, 1, 2, 3, 6, 10, 15, 18, 19, 17, 13, 15, 17, 18, 16, 13, 10, 8, 7, 5, 3, 2)
_WEEKEND = 0.35
_NIGHTLY_HOUR = 2

PROJECTS: Final = {
    support.PROJECT: "A shop's assistant: retrieval, answers, guardrails, conversations",
    travel.PROJECT: "An agent that plans journeys with tools that sometimes fail",
    review.PROJECT: "A bot that reviews changes",
    invoices.PROJECT: "A nightly job that reads invoices",
}
ENVIRONMENTS: Final = {
    "production": "What customers use",
    "staging": "What comes next",
    "batch": "Jobs of the night",
}

Story = Callable[[Book, random.Random, int, int], object]


def tell(seed: int, until_us: int, salt: str, share: float = 1.0) -> Book:
    """Make up the two weeks before `until_us`; the same arguments tell the same.

    `share` of the usual amount is told; 1 gives about 1,500 traces.
    """
    rng = random.Random(f"{seed}/{salt}")  # noqa: S311 - the same every time, on purpose
    book = Book(salt=f"{seed}/{salt}")
    since_us = until_us - DAYS * _DAY_US
    stories: list[tuple[Story, int]] = [
        (support.conversation, 135),
        (support.question, 360),
        (travel.journey, 290),
        (review.review, 180),
    ]
    for story, count in stories:
        for number, us in enumerate(_moments(rng, since_us, until_us, round(count * share))):
            story(book, rng, number, us)
    _nights(book, rng, since_us, until_us, round(320 * share))
    # Yesterday, so that it is near the top and over.
    long_run.research(book, rng, until_us - 20 * _HOUR_US)
    return book


def _moments(rng: random.Random, since_us: int, until_us: int, count: int) -> list[int]:
    """Return `count` times, in order, that follow the rhythm of days and grow with time."""
    # Work of the last hour could still be running when the data is sent.
    hours = range(since_us, until_us - 2 * _HOUR_US, _HOUR_US)
    weights = list(accumulate(_liveliness(from_us(us), us - since_us) for us in hours))
    picked = (bisect(weights, rng.random() * weights[-1]) for _ in range(count))
    return sorted(hours[i] + rng.randrange(_HOUR_US) for i in picked)


def _liveliness(when: datetime, age_us: int) -> float:
    when = when.astimezone(UTC)
    weekend = _WEEKEND if when.weekday() >= 5 else 1.0
    return _HOURS[when.hour] * weekend * (1 + age_us / (DAYS * _DAY_US))


def _nights(book: Book, rng: random.Random, since_us: int, until_us: int, count: int) -> None:
    """Tell the nightly job: one invoice after another, from two o'clock on."""
    first = since_us - since_us % _DAY_US + _NIGHTLY_HOUR * _HOUR_US
    nights = [us for us in range(first, until_us - 2 * _HOUR_US, _DAY_US) if us >= since_us]
    number = 0
    for place, us in enumerate(nights):
        until = round(count * (place + 1) / len(nights))
        while number < until:
            invoices.invoice(book, rng, number, us)
            us += round(rng.uniform(3, 9) * 1_000_000)
            number += 1
