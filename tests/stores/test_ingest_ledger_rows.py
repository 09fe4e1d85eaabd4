"""The ledger's rows in both databases: added to, folded into hours, forgotten."""

import pytest

from sightline.core.ids import NIL, new_id
from sightline.stores.catalog import ingest_ledger
from sightline.stores.catalog.engine import Catalog
from sightline.stores.catalog.ingest_ledger import DAY_US, FINE_US, HOUR_US, Question, Tally

W = new_id()
T0 = 20_000 * DAY_US


@pytest.fixture
def catalog(catalog_url):
    catalog = Catalog.open(catalog_url)
    yield catalog
    catalog.close()


def add(catalog, start_us, messages=1, outcome="stored", **more):
    fields = {"workspace_id": W, "project": None, "face": "opik", "client": "curl/8", **more}
    tally = Tally(
        start_us=start_us, outcome=outcome, messages=messages, last_us=start_us + 7, **fields
    )
    process = {"process_id": new_id(), "number": 1, "now_us": T0}
    catalog.write_sync(lambda c: ingest_ledger.add(c, [tally], **process))


def asked(**more):
    return Question(**{"workspace_ids": (W,), "from_us": 0, "to_us": 2**62, **more})


def course(catalog, step_us=FINE_US, **more):
    return catalog.read_sync(lambda c: ingest_ledger.series(c, asked(**more), step_us))


def test_counts_are_added_and_the_last_time_is_the_latest(catalog):
    add(catalog, T0, 5)
    add(catalog, T0, 2)
    add(catalog, T0 + FINE_US, 1)
    add(catalog, T0, 4, "no_key", workspace_id=NIL)

    (one,) = catalog.read_sync(lambda c: ingest_ledger.sums(c, asked()))
    assert (one.messages, one.last_us, one.outcome) == (8, T0 + FINE_US + 7, "stored")
    both = catalog.read_sync(lambda c: ingest_ledger.sums(c, asked(workspace_ids=(W, NIL))))
    assert sorted(one.messages for one in both) == [4, 8]
    assert course(catalog) == {T0: (7, 0), T0 + FINE_US: (1, 0)}
    assert course(catalog, HOUR_US, workspace_ids=(W, NIL)) == {T0: (8, 4)}
    assert course(catalog, from_us=T0 + FINE_US) == {T0 + FINE_US: (1, 0)}


def test_what_is_read_together_is_of_one_moment(catalog):
    add(catalog, T0, 5)

    def read(connection):
        (one,) = ingest_ledger.sums(connection, asked())
        add(catalog, T0, 2)
        return one.messages, ingest_ledger.series(connection, asked(), FINE_US)

    assert catalog.read_sync(read) == (5, {T0: (5, 0)})
    assert course(catalog) == {T0: (7, 0)}


def test_five_minutes_become_hours_and_nothing_is_lost(catalog):
    for n in range(30):
        add(catalog, T0 + n * FINE_US, n + 1, "stored" if n % 2 else "bad_field")
    before = course(catalog, HOUR_US)

    def fold(before_us, steps):
        return catalog.write_sync(lambda c: ingest_ledger.fold(c, before_us=before_us, steps=steps))

    assert fold(T0 + 2 * HOUR_US + FINE_US, 1) == 11
    assert set(course(catalog)) == {T0, *(T0 + n * FINE_US for n in range(12, 30))}
    assert fold(T0 + 2 * HOUR_US + FINE_US, 10) == 11
    assert fold(T0 + 2 * HOUR_US + FINE_US, 10) == 0
    assert course(catalog, HOUR_US) == before
    last = [T0 + n * FINE_US for n in range(24, 30)]
    assert set(course(catalog)) == {T0, T0 + HOUR_US, *last}
    hour = catalog.read_sync(lambda c: ingest_ledger.sums(c, asked(to_us=T0 + 1)))
    assert {one.outcome: (one.messages, one.last_us) for one in hour} == {
        "stored": (42, T0 + 11 * FINE_US + 7),
        "bad_field": (36, T0 + 10 * FINE_US + 7),
    }


def test_what_is_old_is_forgotten(catalog):
    add(catalog, T0)
    add(catalog, T0 + HOUR_US)

    assert catalog.write_sync(lambda c: ingest_ledger.forget(c, before_us=T0 + HOUR_US)) == 1
    assert set(course(catalog)) == {T0 + HOUR_US}


def test_what_was_added_is_not_added_again(catalog):
    tally = Tally(
        start_us=T0, outcome="stored", messages=3, last_us=T0,
        workspace_id=W, project=None, face="opik", client="curl/8",
    )  # fmt: skip
    for process in (new_id(), new_id()):
        for number in (1, 1, 2, 1):
            said = {"process_id": process, "number": number, "now_us": T0}
            catalog.write_sync(lambda c, said=said: ingest_ledger.add(c, [tally], **said))
    found = catalog.read_sync(lambda c: ingest_ledger.sums(c, asked()))
    assert [one.messages for one in found] == [12]
