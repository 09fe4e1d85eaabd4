"""Words of hours at rest: they narrow where a text is looked for, and never leave a row out."""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest

from sightline.core.ids import Id, format_id
from sightline.domain.filter import EVERYTHING, And, Condition, Filter, Not, Operator, Or
from sightline.domain.writes import SpanWrite, TraceWrite
from sightline.services.workspace.deletion import Deletion
from sightline.stores.analytics import likely_hours, pages, rollup_units, thread_pages, words
from sightline.stores.analytics.columns import Entity
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.likely_hours import narrowed
from sightline.stores.analytics.rollup_units import Unit, unit_of
from tests.stores.figures_world import HOUR, LIFECYCLE, MONDAY, Kept, NoAttachments, kept_world

TEXTS = (
    '{"question":"Where does the kestrel nest in winter?"}',
    '{"question":"RATE_LIMIT exceeded\\nretry-after: 17s"}',
    '"say \\"hush\\" to the Skylark"',
    '{"a":"caf\\u00e9 Straße ΩMEGA \u017fkua KELVIN 300\u212a"}',
    '{"zh":"退款失败了请重试","ja":"カワセミ","ar":"نسر"}',
    '{"id":"req_8f3a91bc-77","nested":{"path":"C:\\\\temp\\\\wren"}}',
    '{"html":"<b>bold</b> &amp; 100% sure_thing {p0:String} \x7f"}',
    "null",
)


@pytest.fixture(autouse=True)
def few_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Narrow also where all is read in a moment."""
    monkeypatch.setattr(likely_hours, "_ROWS", 0)


class Texts(Kept):
    """A project with a trace an hour, each with a text and a span with the next text."""

    works = ("worded_us",)

    async def fill(self) -> None:
        traces, spans = [], []
        for n, text in enumerate(TEXTS):
            start, other = MONDAY + n * HOUR, TEXTS[(n + 1) % len(TEXTS)]
            id = id_at(start, n)
            traces.append(
                TraceWrite(
                    id=id, version_us=start, project_id=self.world.project, start_time_us=start,
                    name=f"heron {n}", input=text, tags=["a b", f"tag-{n}x"],
                    thread_id=f"thread {n // 2}",
                )
            )  # fmt: skip
            spans.append(
                SpanWrite(
                    id=id_at(start, 100 + n), trace_id=id, version_us=start, start_time_us=start,
                    project_id=self.world.project, output=other,
                    metadata='{"osprey":' + f"{n}}}",
                )
            )  # fmt: skip
        await self.world.ingest.write_traces(self.world.who, traces)
        await self.world.ingest.write_spans(self.world.who, spans)
        self.ids = [trace.id for trace in traces]

    async def found(
        self, entity: Entity, search: str = "", filter: Filter = EVERYTHING
    ) -> tuple[set[Id], int | None]:
        """Return what a question finds, the same as without words, and in how many ranges."""
        scope = msgspec.structs.replace(self.scope, search=search, filter=filter)
        near = await narrowed(self.world.analytics, entity, scope)
        both = []
        # Where nothing is narrowed it is one question.
        for asked in (scope,) if near == scope else (scope, near):
            keys = await pages.find(
                self.world.analytics, entity, asked, limit=50, now_us=self.clock.now_us()
            )
            both.append({key.id for key in keys})
            assert len(keys) == await pages.count(self.world.analytics, entity, asked)
        assert both[0] == both[-1], (entity, search, filter)
        return both[-1], None if near.within is None else len(near.within)


def id_at(at_us: int, n: int) -> Id:
    return (at_us // 1000).to_bytes(6, "big") + b"\x70\x00\x80" + n.to_bytes(7, "big")


@asynccontextmanager
async def texts_of(analytics: Analytics, tmp_path: Path) -> AsyncIterator[Texts]:
    async with kept_world(analytics, tmp_path, Texts) as texts:
        await texts.fill()
        await texts.rest()
        yield texts


def has(field: str, operator: Operator, value: str) -> Condition:
    return Condition(field=field, operator=operator, value=value)


FOUND: list[tuple[str, set[int]]] = [
    ("kestrel", {0}),
    ("ESTRE", {0}),
    ("kestrel nest", {0}),
    ("kestrel  nest", set()),
    ("rate_limit", {1}),
    ("exceeded\nretry", {1}),
    ('"hush" to', {2}),
    ("skylark", {2}),
    ("CAFÉ", {3}),
    ("STRAßE", {3}),
    ("ωmega", {3}),
    ("退款失败", {4}),
    ("カワセミ", {4}),
    ("req_8f3a91bc", {5}),
    ("f3a91b", {5}),
    ("C:\\temp\\wren", {5}),
    ("<b>bold</b>", {6}),
    ("{p0:String}", {6}),
    ("100%", {6}),
    ("heron 3", {3}),
    ("tag-4x", {4}),
    ("nothing like it", set()),
]


async def test_a_text_is_found_in_the_hours_that_have_its_words(
    analytics: Analytics, tmp_path: Path
) -> None:
    async with texts_of(analytics, tmp_path) as texts:
        for search, found in FOUND:
            ids, ranges = await texts.found("trace", search)
            assert ids == {texts.ids[n] for n in found}, search
            assert ranges is not None and ranges <= max(1, len(found)), search


async def test_whatever_part_of_a_text_is_asked_for_nothing_is_left_out(
    analytics: Analytics, tmp_path: Path
) -> None:
    rng = random.Random(3)
    operators: tuple[Operator, ...] = ("contains", "starts_with", "ends_with", "=", "in", "like")
    async with texts_of(analytics, tmp_path) as texts:
        for _ in range(40):
            text = rng.choice(TEXTS)
            first = rng.randrange(len(text))
            part = text[first : first + rng.randrange(2, 14)]
            part = rng.choice([part, part.upper(), part.lower(), part.replace(" ", "%")])
            operator = rng.choice(operators)
            await texts.found("trace", filter=has("input", operator, part))
            await texts.found("span", part)


async def test_a_pattern_is_found_in_letters_that_unicode_takes_for_the_same(
    analytics: Analytics, tmp_path: Path
) -> None:
    start = MONDAY + 30 * HOUR
    trace = TraceWrite(
        id=id_at(start, 1), version_us=start, project_id=None, start_time_us=start,
        input='"the bac\u212a door wa\u017f open"',
    )  # fmt: skip
    async with texts_of(analytics, tmp_path) as texts:
        trace = msgspec.structs.replace(trace, project_id=texts.world.project)
        await texts.world.ingest.write_traces(texts.world.who, [trace])
        await texts.rest()
        for pattern in ("*back door*", "*WAS OPEN*", "*the back*open*"):
            found, ranges = await texts.found("trace", filter=has("input", "like", pattern))
            assert found == {trace.id}, pattern
            assert ranges == 1, pattern


async def test_conditions_are_put_together(analytics: Analytics, tmp_path: Path) -> None:
    async with texts_of(analytics, tmp_path) as texts:
        kestrel, wren = has("input", "contains", "kestrel"), has("input", "contains", "wren")
        osprey = has("metadata", "contains", "osprey")
        for tree, found, ranges in (
            (And((kestrel, wren)), set(), 0),
            (Or((kestrel, wren)), {0, 5}, 2),
            (And((kestrel, has("name", "=", "heron 0"))), {0}, 1),
            (Or((kestrel, has("name", "=", "heron 1"))), {0, 1}, None),
            (Not(kestrel), set(range(1, 8)), None),
            (And((has("input", "not_contains", "kestrel"), wren)), {5}, 1),
        ):
            assert await texts.found("trace", filter=tree) == (
                {texts.ids[n] for n in found},
                ranges,
            )
        spans, ranges_of_all = await texts.found("span", filter=And((osprey,)))
        assert len(spans) == len(TEXTS) and ranges_of_all is not None


async def test_threads_are_found_by_what_was_said(analytics: Analytics, tmp_path: Path) -> None:
    async with texts_of(analytics, tmp_path) as texts:
        kestrel, lark = has("text", "contains", "kestrel"), has("text", "contains", "skylark")
        for tree, search, found, ranges in (
            (kestrel, "", {0}, 1),
            (EVERYTHING, "skylark", {1}, 1),
            (has("text", "not_contains", "kestrel"), "", {1, 2, 3}, 1),
            (Or((kestrel, has("id", "=", "thread 3"))), "", {0, 3}, 1),
            # In two traces of a thread there may be two texts.
            (And((kestrel, has("text", "contains", "rate_limit"))), "", {0}, None),
            (Or((kestrel, lark)), "", {0, 1}, None),
            (EVERYTHING, "thread 2", {2}, 0),
        ):
            scope = msgspec.structs.replace(texts.scope, filter=tree, search=search)
            near = await narrowed(analytics, "thread", scope)
            for asked in (scope, near):
                rows, _ = await thread_pages.find(analytics, asked, LIFECYCLE, limit=9)
                assert {row.thread_id for row in rows} == {f"thread {n}" for n in found}, tree
            assert (
                near.said_within if near.said_within is None else len(near.said_within)
            ) == ranges


async def test_a_part_of_an_id_is_found(analytics: Analytics, tmp_path: Path) -> None:
    async with texts_of(analytics, tmp_path) as texts:
        whole = format_id(texts.ids[5])
        for part in (whole, whole[2:12], whole[1:15].upper(), whole[-12:]):
            ids, ranges = await texts.found("trace", part)
            assert texts.ids[5] in ids and ranges is not None
        # Too short to tell anything: looked for everywhere.
        assert (await texts.found("trace", "7000"))[1] is None


async def test_what_is_written_later_is_found_at_once(analytics: Analytics, tmp_path: Path) -> None:
    async with texts_of(analytics, tmp_path) as texts:
        late = TraceWrite(
            id=texts.ids[2], version_us=MONDAY * 2, project_id=texts.world.project,
            output='"a bittern booms"',
        )  # fmt: skip
        await texts.world.ingest.write_traces(texts.world.who, [late])
        assert (await texts.found("trace", "bittern"))[0] == {texts.ids[2]}
        assert (await texts.found("trace", "kestrel"))[0] == {texts.ids[0]}
        await texts.rest()
        assert await texts.found("trace", "bittern") == ({texts.ids[2]}, 1)


async def test_no_words_are_kept_of_what_is_deleted(analytics: Analytics, tmp_path: Path) -> None:
    async def kept() -> set[str]:
        rows = await analytics.query(
            "SELECT arrayJoin(splitByChar('\\n', words)) FROM words WHERE project_id = "
            f"unhex('{texts.world.project.hex()}')"
        )
        return {row[0] for row in rows}

    async with texts_of(analytics, tmp_path) as texts:
        assert {"kestrel", "skylark"} <= await kept()
        deletion = Deletion(analytics, NoAttachments(), texts.clock)
        await deletion.delete_traces(texts.world.workspace_id, [texts.ids[0], texts.ids[7]])
        await texts.rest()
        assert (await texts.found("trace", "kestrel"))[0] == set()
        await words.clear(analytics, texts.clock.now_us() + HOUR)
        assert "kestrel" not in await kept() and "skylark" in await kept()
        await deletion.delete_projects(texts.world.workspace_id, [texts.world.project])
        assert await kept() == set()


async def test_words_that_another_process_has_yet_to_note_stay(
    analytics: Analytics, tmp_path: Path
) -> None:
    async with texts_of(analytics, tmp_path) as texts:
        unit = Unit(texts.world.workspace_id, texts.world.project, unit_of(texts.ids[0]))
        at_us = await rollup_units.tick(analytics, texts.clock.now_us())
        await words.compute(analytics, [unit], at_us)
        await words.clear(analytics, texts.clock.now_us())
        await rollup_units.note(analytics, [unit], at_us, "worded_us")
        assert await texts.found("trace", "kestrel") == ({texts.ids[0]}, 1)


async def test_many_words_are_not_kept_and_many_rows_are_cut_into_slices(
    analytics: Analytics, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(words, "_ROWS", 10)
    monkeypatch.setattr(words, "_PART_BYTES", 20_000)
    monkeypatch.setattr(words, "_MOST_BYTES", 1_000_000)
    rng = random.Random(1)
    async with texts_of(analytics, tmp_path) as texts:
        start = MONDAY + 12 * HOUR
        traces = []
        for n in range(100):
            at_us = start + n * HOUR // 100
            # All of one slice's texts are of words that come but once.
            dense = " ".join(f"{rng.getrandbits(64):016x}" for _ in range(2_000))
            traces.append(
                TraceWrite(
                    id=id_at(at_us, n), version_us=start, start_time_us=at_us,
                    project_id=texts.world.project,
                    output=f'"{dense}"' if n < 3 else f'"plain plover{n} "',
                )
            )  # fmt: skip
        long = f'"{"grebe " * 200_000} gannet"'
        traces[90] = msgspec.structs.replace(traces[90], output=long)
        await texts.world.ingest.write_traces(texts.world.who, traces)
        await texts.rest()
        # Two slices may hold anything: one has too many words, one a text that is too long.
        for n in (57, 90):
            ids, ranges = await texts.found("trace", "gannet" if n == 90 else "plover57")
            assert ids == {traces[n].id} and ranges == (2 if n == 90 else 3)
        # It may be in what is dense, and nowhere else.
        ids, ranges = await texts.found("trace", str(traces[1].output)[100:120])
        assert ids == {traces[1].id} and ranges == 2
