"""What other processes wrote lately, as the ids tell it."""

from functools import partial

from sightline.core.clock import FakeClock
from sightline.core.ids import new_id
from sightline.services.live import Hub
from sightline.stores.analytics import arrivals
from sightline.stores.analytics.engine import Analytics
from tests.stores.query_world import DAY, HOUR, NOW, SECOND, Library


async def test_young_rows_are_counted_by_project(analytics: Analytics) -> None:
    library, other = Library(analytics), Library(analytics)
    old = await library.trace(ago=DAY)
    await library.span(old, ago=SECOND)
    for _ in range(3):
        await library.trace(ago=SECOND)
    await library.span(await library.trace(), ago=0)
    second = new_id()
    await library.trace(project_id=second)
    await other.trace()

    found = await arrivals.since(analytics, [library.workspace_id], NOW - HOUR)

    # A late span of an old trace is not seen: spans count with their trace.
    assert sorted(found) == sorted(
        [
            (library.workspace_id, library.project_id, 4, 1),
            (library.workspace_id, second, 1, 0),
        ]
    )
    both = await arrivals.since(analytics, [library.workspace_id, other.workspace_id], NOW - HOUR)
    assert (other.workspace_id, other.project_id, 1, 0) in both
    assert await arrivals.since(analytics, [library.workspace_id], NOW + DAY) == []


async def test_pages_hear_of_what_another_process_wrote(analytics: Analytics) -> None:
    library, clock = Library(analytics), FakeClock(NOW - HOUR)
    hub = Hub(clock, partial(arrivals.since, analytics), poll_every_s=0.01)
    hub.start()
    try:
        page = hub.listen(library.workspace_id, library.project_id)
        other = hub.listen(library.workspace_id, new_id())
        await library.span(await library.trace())
        news = await page.next(30)
        assert news is not None
        assert news.project_ids == {library.project_id}
        assert await other.next(0.05) is None
        hub.leave(page)
        hub.leave(other)
    finally:
        await hub.stop()
    assert page.is_over
