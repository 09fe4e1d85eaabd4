"""Calls per minute that several processes take of one key in Postgres."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import update

from sightline.core.ids import new_id
from sightline.stores.catalog.engine import Catalog
from sightline.stores.catalog.gateway_rates import Taken, Unused, give_back, take
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
