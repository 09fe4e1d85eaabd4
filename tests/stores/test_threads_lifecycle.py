"""When a thread is active: silence, hands, and new turns."""

import pytest

from sightline.core.errors import NotFoundError
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.threads import EndedThread, ended_since
from tests.stores.threads_world import MINUTE, NOW, SECOND, TIMEOUT_US, World, where, world


async def status(w: World, thread_id: str) -> str:
    return (await w.one(thread_id)).thread.status


async def test_a_thread_is_active_until_it_was_silent_for_longer_than_the_time_out(
    analytics: Analytics,
) -> None:
    async with world(analytics) as w:
        await w.turn("t")
        w.clock.advance(TIMEOUT_US / SECOND)
        assert await status(w, "t") == "active"
        w.clock.advance(0.000001)
        assert await status(w, "t") == "inactive"


async def test_an_old_conversation_that_is_imported_now_is_active(analytics: Analytics) -> None:
    async with world(analytics) as w:
        await w.turn("t", at=-100 * MINUTE, version_us=NOW - 100 * MINUTE)
        assert await status(w, "t") == "active"


async def test_an_update_of_a_turn_is_activity_too(analytics: Analytics) -> None:
    async with world(analytics) as w:
        trace_id = await w.turn("t")
        w.clock.advance(600)
        await w.turn(None, id=trace_id, output='"late"')
        w.clock.advance(600)
        assert await status(w, "t") == "active"


async def test_closing_makes_inactive_and_the_next_turn_opens_again(analytics: Analytics) -> None:
    async with world(analytics) as w:
        await w.turn("t")
        await w.turn("other")
        await w.marks.close(w.who, w.project_id, ["t"])
        assert (await status(w, "t"), await status(w, "other")) == ("inactive", "active")
        # Within the time in which ingest writes no row about a thread it has just seen.
        w.clock.advance(5)
        await w.turn("t", at=5)
        assert await status(w, "t") == "active"


async def test_a_turn_of_a_client_whose_clock_is_behind_opens_again(analytics: Analytics) -> None:
    async with world(analytics) as w:
        await w.turn("t")
        await w.marks.close(w.who, w.project_id, ["t"])
        w.clock.advance(5)
        await w.turn("t", version_us=NOW - 60 * MINUTE)
        assert await status(w, "t") == "active"


async def test_closing_holds_though_a_clients_clock_is_ahead(analytics: Analytics) -> None:
    async with world(analytics) as w:
        await w.turn("t", version_us=NOW + 10 * SECOND)
        await w.marks.close(w.who, w.project_id, ["t"])
        assert await status(w, "t") == "inactive"


async def test_opening_counts_the_time_out_anew(analytics: Analytics) -> None:
    async with world(analytics) as w:
        await w.turn("t")
        w.clock.advance(20 * 60)
        await w.marks.open(w.who, w.project_id, "t")
        assert await status(w, "t") == "active"
        w.clock.advance(TIMEOUT_US / SECOND + 1)
        assert await status(w, "t") == "inactive"


async def test_a_closed_thread_can_be_opened_and_closed_again(analytics: Analytics) -> None:
    async with world(analytics) as w:
        await w.turn("t")
        for close in (True, False, True):
            if close:
                await w.marks.close(w.who, w.project_id, ["t"])
            else:
                await w.marks.open(w.who, w.project_id, "t")
            assert await status(w, "t") == ("inactive" if close else "active")


async def test_opening_a_thread_that_is_not_there_makes_none(analytics: Analytics) -> None:
    async with world(analytics) as w:
        await w.turn("t")
        await w.marks.open(w.who, w.project_id, "nobody")
        assert await w.ids(w.scope()) == ["t"]


async def test_closing_many_marks_all_or_none(analytics: Analytics) -> None:
    async with world(analytics) as w:
        for name in ("a", "b"):
            await w.turn(name)
        with pytest.raises(NotFoundError, match="nobody"):
            await w.marks.close(w.who, w.project_id, ["a", "nobody", "b"])
        assert await w.matching(where("status", "=", "inactive")) == set()
        await w.marks.close(w.who, w.project_id, ["a", "b", "a"])
        assert await w.matching(where("status", "=", "inactive")) == {"a", "b"}


async def test_the_filter_on_status_agrees_with_what_is_shown(analytics: Analytics) -> None:
    async with world(analytics) as w:
        await w.turn("silent")
        w.clock.advance(20 * 60)
        for name in ("closed", "active"):
            await w.turn(name, at=20 * 60)
        await w.marks.close(w.who, w.project_id, ["closed"])
        assert await w.matching(where("status", "=", "active")) == {"active"}
        assert await w.matching(where("status", "!=", "active")) == {"silent", "closed"}
        views, _ = await w.page(w.scope())
        assert {v.thread.id: v.thread.status for v in views} == {
            "silent": "inactive",
            "closed": "inactive",
            "active": "active",
        }


async def ended(w: World, since_us: int, limit: int = 100) -> list[EndedThread]:
    return await ended_since(w.analytics, w.who.workspace_id, w.lifecycle, since_us, limit=limit)


async def test_each_end_is_listed_once_in_the_window_in_which_it_came(
    analytics: Analytics,
) -> None:
    async with world(analytics) as w:
        await w.turn("silent")
        await w.turn("closed")
        await w.turn("alive")
        w.clock.advance(60)
        await w.marks.close(w.who, w.project_id, ["closed"])
        assert [e.key.thread_id for e in await ended(w, NOW)] == ["closed"]
        closed_us = w.clock.now_us()
        assert await ended(w, closed_us) == []
        w.clock.advance(13 * 60)
        await w.turn("alive", at=14 * 60)
        w.clock.advance(2 * 60)
        (end,) = await ended(w, closed_us)
        assert (end.key.thread_id, end.inactive_at_us) == ("silent", NOW + TIMEOUT_US + 1)
        assert end.thread_model_id == (await w.one("silent")).thread.thread_model_id
        assert await ended(w, end.inactive_at_us) == []


async def test_a_thread_that_was_opened_again_has_not_ended(analytics: Analytics) -> None:
    async with world(analytics) as w:
        await w.turn("t")
        await w.marks.close(w.who, w.project_id, ["t"])
        w.clock.advance(1)
        await w.turn("t", at=1)
        assert await ended(w, NOW - MINUTE) == []


async def test_a_thread_kept_alive_by_updates_ends_after_the_last_of_them(
    analytics: Analytics,
) -> None:
    async with world(analytics) as w:
        trace_id = await w.turn("t")
        w.clock.advance(10 * 60)
        # Such an update does not name the thread.
        await w.turn(None, id=trace_id, output='"late"')
        w.clock.advance(10 * 60)
        assert await ended(w, NOW) == []
        w.clock.advance(6 * 60)
        assert [e.key.thread_id for e in await ended(w, NOW + 24 * MINUTE)] == ["t"]


async def test_ends_in_the_same_microsecond_are_paged_without_loss(analytics: Analytics) -> None:
    async with world(analytics) as w:
        names = {f"t{i}" for i in range(7)}
        for name in names:
            await w.turn(name)
        w.clock.advance(20 * 60)
        seen: list[str] = []
        some = await ended(w, NOW, limit=3)
        while some:
            seen += [e.key.thread_id for e in some]
            last = some[-1]
            some = await ended_since(
                w.analytics,
                w.who.workspace_id,
                w.lifecycle,
                last.inactive_at_us,
                after=last.thread_model_id,
                limit=3,
            )
        assert len(seen) == len(names)
        assert set(seen) == names
