"""Calls per minute that several processes take of one key in Postgres."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select, update

from sightline.core.ids import new_id
from sightline.stores.catalog.engine import Catalog
from sightline.stores.catalog.gateway_rates import Taken, Unused, forget, give_back, take
from sightline.stores.catalog.tables import gateway_rates
from tests import outside


@pytest.fixture
def catalog() -> Iterator[Catalog]:
    url = outside.postgres().take()
    catalog = Catalog.open(url)
    yield catalog
    catalog.close()
    outside.postgres().give_back(url)


def taken(catalog: Catalog, key: bytes, wanted: int, limit: int = 10) -> Taken:
    return catalog.write_sync(lambda c: take(c, key, limit=limit, wanted=wanted))


def later(catalog: Catalog, seconds: int) -> None:
    """Let so much time go by for what was counted."""
    older = update(gateway_rates).values(second=gateway_rates.c.second - seconds)
    catalog.write_sync(lambda c: c.execute(older))


def test_no_more_than_the_limit_in_any_sixty_seconds(catalog: Catalog) -> None:
    key, other = new_id(), new_id()
    assert taken(catalog, key, 4).calls == 4
    later(catalog, 30)
    assert taken(catalog, key, 9).calls == 6
    refused = taken(catalog, key, 1)
    assert (refused.calls, refused.wait_s in {29, 30}) == (0, True)
    assert taken(catalog, other, 1).calls == 1
    later(catalog, 30)
    # The first four are a minute old.
    assert taken(catalog, key, 9).calls == 4
    assert taken(catalog, key, 1).calls == 0


def test_some_are_taken_in_advance_and_what_is_not_used_is_given_back(catalog: Catalog) -> None:
    key = new_id()
    first = taken(catalog, key, 1, limit=160)
    assert first.calls == 10
    unused = Unused(first.second, 9)
    again = catalog.write_sync(lambda c: take(c, key, limit=160, wanted=159, unused=unused))
    assert again.calls == 159
    assert taken(catalog, key, 1, limit=160).calls == 0
    catalog.write_sync(lambda c: give_back(c, [(key, Unused(again.second, 2)), (new_id(), unused)]))
    assert taken(catalog, key, 5, limit=160).calls == 2


def test_a_limit_that_is_lowered_holds_at_once(catalog: Catalog) -> None:
    key = new_id()
    assert taken(catalog, key, 8).calls == 8
    lowered = taken(catalog, key, 1, limit=3)
    assert (lowered.calls, lowered.wait_s in {59, 60}) == (0, True)


def test_many_at_once_get_no_more_than_there_are(catalog: Catalog) -> None:
    key = new_id()
    with ThreadPoolExecutor(8) as pool:
        calls = list(pool.map(lambda _: taken(catalog, key, 3, limit=50).calls, range(40)))
    assert sum(calls) == 50


def test_a_database_whose_clock_was_set_back_counts_calls_for_a_minute_more(
    catalog: Catalog,
) -> None:
    key = new_id()
    assert taken(catalog, key, 10).calls == 10
    later(catalog, -3_600)
    refused = taken(catalog, key, 1)
    assert (refused.calls, refused.wait_s in {59, 60}) == (0, True)
    later(catalog, 60)
    assert taken(catalog, key, 10).calls == 10


def test_what_was_taken_before_the_clock_was_set_back_is_given_back(catalog: Catalog) -> None:
    key = new_id()
    first = taken(catalog, key, 10)
    later(catalog, -3_600)
    unused = Unused(first.second + 3_600, 4)
    again = catalog.write_sync(lambda c: take(c, key, limit=10, wanted=9, unused=unused))
    assert again.calls == 4


def test_calls_of_keys_that_nobody_uses_again_are_forgotten(catalog: Catalog) -> None:
    quiet = [new_id() for _ in range(5)]
    for key in quiet:
        taken(catalog, key, 1)
    later(catalog, 60)
    busy = new_id()
    taken(catalog, busy, 4)
    # No more than it may take at once.
    assert [catalog.write_sync(lambda c: forget(c, most=3)) for _ in range(3)] == [3, 2, 0]
    left = catalog.read_sync(lambda c: c.execute(select(gateway_rates.c.key_id)).scalars().all())
    assert left == [busy]
    assert taken(catalog, busy, 10).calls == 6
