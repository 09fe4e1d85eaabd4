"""Jobs: leased once, retried, fenced, kept until purged."""

import threading

import pytest

from sightline.stores.catalog import jobs
from sightline.stores.catalog.engine import Catalog
from sightline.stores.catalog.jobs import NewJob

MINUTE_US = 60_000_000


@pytest.fixture
def url(catalog_url):
    return catalog_url


@pytest.fixture
def catalog(url):
    catalog = Catalog.open(url)
    yield catalog
    catalog.close()


def job(key=None, kind="deliver", run_at_us=0):
    return NewJob(kind=kind, key=key, payload='{"a":1}', run_at_us=run_at_us)


def enqueue(catalog, *wanted, now_us=0):
    return catalog.write_sync(lambda c: jobs.enqueue(c, wanted, now_us=now_us))


def lease(catalog, now_us=0, limit=10, kinds=("deliver",)):
    return catalog.write_sync(
        lambda c: jobs.lease(c, kinds, now_us=now_us, lease_us=MINUTE_US, limit=limit)
    )


def test_job_is_leased_once_while_its_lease_runs(catalog):
    assert enqueue(catalog, job("a")) == 1

    (taken,) = lease(catalog)
    assert (taken.key, taken.payload, taken.attempts) == ("a", '{"a":1}', 1)
    assert lease(catalog, now_us=MINUTE_US - 1) == []
    (again,) = lease(catalog, now_us=MINUTE_US)
    assert again.attempts == 2


def test_two_workers_never_hold_the_same_job(catalog, url):
    enqueue(catalog, *(job() for _ in range(200)))
    other = Catalog.open(url)
    taken, barrier = [], threading.Barrier(4)

    def work(mine):
        barrier.wait()
        while found := lease(mine, limit=7):
            taken.extend(job.id for job in found)

    threads = [threading.Thread(target=work, args=(c,)) for c in (catalog, other, catalog, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.close()
    assert len(taken) == len(set(taken)) == 200


def test_same_kind_and_key_is_the_same_job(catalog):
    assert enqueue(catalog, job("a"), job("b"), job()) == 3
    assert enqueue(catalog, job("a"), job("c"), job("a", kind="score")) == 2
    assert len(lease(catalog, kinds=("deliver", "score"))) == 5


def test_jobs_come_when_due_longest_due_first(catalog):
    enqueue(catalog, job("late", run_at_us=200), job("first", run_at_us=50), job("b", run_at_us=70))

    assert [j.key for j in lease(catalog, now_us=100)] == ["first", "b"]
    assert [j.key for j in lease(catalog, now_us=200)] == ["late"]


def test_only_the_kinds_asked_for_are_leased(catalog):
    enqueue(catalog, job("a"), job("b", kind="score"))

    assert [j.key for j in lease(catalog, kinds=("score",))] == ["b"]


def test_done_job_stays_done_and_keeps_its_key(catalog):
    enqueue(catalog, job("a"))
    (taken,) = lease(catalog)

    assert catalog.write_sync(lambda c: jobs.complete(c, taken, now_us=5))
    assert not catalog.write_sync(lambda c: jobs.complete(c, taken, now_us=6))
    assert lease(catalog, now_us=10 * MINUTE_US) == []
    assert enqueue(catalog, job("a")) == 0


def test_failed_job_is_tried_again_when_told_and_then_given_up(catalog):
    enqueue(catalog, job("a"))
    (first,) = lease(catalog)
    catalog.write_sync(lambda c: jobs.fail(c, first, error="x" * 9_999, retry_at_us=500, now_us=1))

    assert lease(catalog, now_us=499) == []
    (second,) = lease(catalog, now_us=500)
    assert second.attempts == 2
    assert second.last_error == "x" * 2_000
    catalog.write_sync(lambda c: jobs.fail(c, second, error="no", retry_at_us=None, now_us=501))
    assert lease(catalog, now_us=10 * MINUTE_US) == []
    (count,) = catalog.read_sync(jobs.counts)
    assert (count.state, count.count) == ("dead", 1)


def test_worker_whose_lease_was_taken_is_not_heard(catalog):
    enqueue(catalog, job("a"))
    (slow,) = lease(catalog)
    (quick,) = lease(catalog, now_us=MINUTE_US)

    assert not catalog.write_sync(lambda c: jobs.complete(c, slow, now_us=1))
    assert not catalog.write_sync(
        lambda c: jobs.fail(c, slow, error="late", retry_at_us=None, now_us=1)
    )
    assert not catalog.write_sync(lambda c: jobs.extend(c, slow, lease_until_us=9 * MINUTE_US))
    assert catalog.write_sync(lambda c: jobs.complete(c, quick, now_us=2))


def test_worker_of_an_earlier_round_is_not_heard(catalog):
    enqueue(catalog, job("nightly"))
    (slow,) = lease(catalog)
    (quick,) = lease(catalog, now_us=MINUTE_US)
    assert catalog.write_sync(lambda c: jobs.reschedule(c, quick, run_at_us=5 * MINUTE_US))
    (next_round,) = lease(catalog, now_us=5 * MINUTE_US)

    assert next_round.attempts == slow.attempts == 1
    assert not catalog.write_sync(lambda c: jobs.complete(c, slow, now_us=1))


def test_extended_lease_is_respected(catalog):
    enqueue(catalog, job("a"))
    (taken,) = lease(catalog)

    assert catalog.write_sync(lambda c: jobs.extend(c, taken, lease_until_us=5 * MINUTE_US))
    assert lease(catalog, now_us=4 * MINUTE_US) == []
    assert catalog.write_sync(lambda c: jobs.complete(c, taken, now_us=1))


def test_purge_forgets_what_ended_long_ago(catalog):
    enqueue(catalog, job("old"), job("new"), job("waiting", run_at_us=99 * MINUTE_US))
    old, new = sorted(lease(catalog), key=lambda j: j.key, reverse=True)
    catalog.write_sync(lambda c: jobs.complete(c, old, now_us=10))
    catalog.write_sync(lambda c: jobs.complete(c, new, now_us=20))

    assert catalog.write_sync(lambda c: jobs.purge(c, before_us=20)) == 1
    assert enqueue(catalog, job("old"), job("new"), job("waiting")) == 1
