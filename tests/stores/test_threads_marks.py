"""What people change about threads: tags, and deletion with all that hangs on them."""

import asyncio
from collections.abc import Sequence

import pytest

from sightline.core.clock import FakeClock
from sightline.core.errors import NotFoundError, UnprocessableError
from sightline.core.ids import Id, new_id
from sightline.services.workspace.deletion import Deletion
from sightline.services.workspace.thread_marks import TagEdit
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.threads import by_model_ids
from tests.stores.threads_world import World, where, world


async def tags(w: World, thread_id: str) -> list[str]:
    return (await w.one(thread_id)).thread.tags


async def model_id(w: World, thread_id: str) -> Id:
    return (await w.one(thread_id)).thread.thread_model_id


async def test_tags_are_replaced_added_and_removed(analytics: Analytics) -> None:
    async with world(analytics) as w:
        await w.turn("t")
        id = await model_id(w, "t")
        for edit, expected in (
            (TagEdit(tags=("a", "b", "a")), ["a", "b"]),
            (TagEdit(add=("c",), remove=("a",)), ["b", "c"]),
            (TagEdit(tags=("d",), merge=True), ["b", "c", "d"]),
            (TagEdit(tags=("e",), add=("f",), remove=("e",)), ["f"]),
            (TagEdit(), ["f"]),
            (TagEdit(tags=()), []),
        ):
            await w.marks.edit_tags(w.who, id, edit)
            assert await tags(w, "t") == expected


async def test_editing_tags_neither_opens_nor_closes(analytics: Analytics) -> None:
    async with world(analytics) as w:
        await w.turn("t")
        id = await model_id(w, "t")
        await w.marks.close(w.who, w.project_id, ["t"])
        await w.marks.edit_tags(w.who, id, TagEdit(tags=("x",)))
        assert (await w.one("t")).thread.status == "inactive"
        w.clock.advance(20 * 60)
        await w.marks.open(w.who, w.project_id, "t")
        assert await tags(w, "t") == ["x"]


async def test_a_batch_changes_the_threads_that_are_there(analytics: Analytics) -> None:
    async with world(analytics) as w:
        for name in ("a", "b"):
            await w.turn(name)
        ids = [await model_id(w, "a"), await model_id(w, "b"), new_id()]
        await w.marks.edit_many(w.who, ids[:1], TagEdit(tags=("old",)))
        assert await w.marks.edit_many(w.who, ids, TagEdit(tags=("new",), merge=True)) == 2
        assert (await tags(w, "a"), await tags(w, "b")) == (["old", "new"], ["new"])


async def test_edits_at_the_same_time_lose_nothing(analytics: Analytics) -> None:
    async with world(analytics) as w:
        await w.turn("t")
        id = await model_id(w, "t")
        await asyncio.gather(
            *(w.marks.edit_tags(w.who, id, TagEdit(add=(f"tag{i}",))) for i in range(8))
        )
        assert sorted(await tags(w, "t")) == [f"tag{i}" for i in range(8)]


async def test_more_than_fifty_tags_are_refused(analytics: Analytics) -> None:
    async with world(analytics) as w:
        await w.turn("t")
        id = await model_id(w, "t")
        await w.marks.edit_tags(w.who, id, TagEdit(tags=tuple(map(str, range(50)))))
        with pytest.raises(UnprocessableError):
            await w.marks.edit_tags(w.who, id, TagEdit(add=("one more",)))


async def test_an_unknown_model_id_is_not_found_and_a_trace_id_is_none(
    analytics: Analytics,
) -> None:
    async with world(analytics) as w:
        trace_id = await w.turn("t")
        for id in (new_id(), trace_id):
            with pytest.raises(NotFoundError):
                await w.marks.edit_tags(w.who, id, TagEdit(tags=("x",)))


async def test_a_thread_whose_row_is_missing_goes_by_its_lowest_trace_until_it_has_one(
    analytics: Analytics,
) -> None:
    async with world(analytics) as w:
        trace_id = await w.turn("t")
        await w.turn("t", at=1)
        await analytics.delete("threads", f"workspace_id = unhex('{w.who.workspace_id.hex()}')")
        assert await model_id(w, "t") == trace_id
        await w.marks.edit_tags(w.who, trace_id, TagEdit(tags=("x",)))
        assert await tags(w, "t") == ["x"]
        # From now on it is written down: an id minted later does not replace it.
        w.clock.advance(60)
        await w.turn("t", at=60)
        assert await model_id(w, "t") == trace_id
        found = await by_model_ids(analytics, w.who.workspace_id, [trace_id])
        assert [key.thread_id for key in found.values()] == ["t"]


async def test_the_model_id_stays_when_turns_come_and_tags_change(analytics: Analytics) -> None:
    async with world(analytics) as w:
        await w.turn("t")
        id = await model_id(w, "t")
        for at in (60, 120):
            w.clock.advance(60)
            await w.turn("t", at=at)
        await w.marks.edit_tags(w.who, id, TagEdit(tags=("x",)))
        assert await model_id(w, "t") == id


class Attachments:
    """Notes what is to be removed."""

    def __init__(self) -> None:
        self.removed: list[tuple[str, Id]] = []

    async def delete_for_entities(
        self, workspace_id: Id, entity_type: str, ids: Sequence[Id]
    ) -> None:
        self.removed += [(entity_type, id) for id in ids]


async def test_a_deleted_thread_leaves_nothing_and_its_neighbour_all(
    analytics: Analytics,
) -> None:
    async with world(analytics) as w:
        gone, stays = await w.turn("gone"), await w.turn("stays")
        for trace_id, name in ((gone, "gone"), (stays, "stays")):
            await w.call(trace_id, 3)
            await w.score(name, "q", "1")
            await w.annotations.add_comment(w.who, "thread", await model_id(w, name), "hm")
            await w.marks.edit_tags(w.who, await model_id(w, name), TagEdit(tags=("x",)))
        attachments = Attachments()
        await Deletion(analytics, attachments, FakeClock()).delete_threads(
            w.who.workspace_id, w.project_id, ["gone"]
        )
        with pytest.raises(NotFoundError):
            await w.one("gone")
        assert await w.matching(where("tags", "=", "x")) == {"stays"}
        view = await w.one("stays")
        assert (len(view.scores), len(view.comments), view.thread.usage) == (
            1,
            1,
            {"total_tokens": 3},
        )
        for table in ("traces", "spans", "feedback_scores", "comments", "threads"):
            rows = await analytics.query(
                f"SELECT count() FROM {table} FINAL "
                f"WHERE workspace_id = unhex('{w.who.workspace_id.hex()}')"
            )
            assert (table, rows[0][0]) == (table, 1)
        assert ("trace", gone) in attachments.removed
        assert ("trace", stays) not in attachments.removed
