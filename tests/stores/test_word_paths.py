"""Values at JSON paths are looked for in the hours that have their words, however written."""

import json
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest

from sightline.core.ids import Id
from sightline.domain.filter import Condition, Filter, Operator, Or
from sightline.domain.writes import SpanWrite, TraceWrite
from sightline.stores.analytics import likely_hours, pages
from sightline.stores.analytics.columns import Entity
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.likely_hours import narrowed
from tests.stores.figures_world import HOUR, MONDAY, Kept, kept_world

ENTITIES: tuple[Entity, ...] = ("trace", "span")
VALUES = (
    r'"u-1234567"',
    r'"u-7654321"',
    r'"Kestrel\u002fnest \/ wren"',
    r'"\u0077ren 99"',
    r'"caf\u00E9 Stra\u00dfe"',
    r'"café \u212aelvin"',
    r'"C:\\temp\\wren"',
    r'"退款失败"',
    r'"tab\tstop\u000aline"',
    "1000",
    "1e3",
    "1000.0",
    "[10, 2e1, \"wren\", \"sky\\u006cark\"]",
    '{"id" : "u-7654321", "n": 1.0e2, "at": "line\u2028sep 8080"}',
    "true",
    "null",
    '""',
)  # fmt: skip


@pytest.fixture(autouse=True)
def few_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Narrow also where all is read in a moment."""
    monkeypatch.setattr(likely_hours, "_ROWS", 0)


class Paths(Kept):
    """A project with a trace and a span an hour; those of hour n have the nth value at `v`."""

    works = ("worded_us",)

    async def write(self, documents: list[str]) -> None:
        self.ids = [id_at(MONDAY + n * HOUR, n) for n in range(len(documents))]
        traces, spans = [], []
        for n, (id, text) in enumerate(zip(self.ids, documents, strict=True)):
            start = MONDAY + n * HOUR
            traces.append(
                TraceWrite(
                    id=id, version_us=1, project_id=self.world.project, start_time_us=start,
                    metadata=text, input=text, output='{"v": "only output"}',
                )
            )  # fmt: skip
            spans.append(
                SpanWrite(
                    id=id, trace_id=id, version_us=1, project_id=self.world.project,
                    start_time_us=start, metadata=text, output=text, input='{"v": "only input"}',
                )
            )  # fmt: skip
        await self.world.ingest.write_traces(self.world.who, traces)
        await self.world.ingest.write_spans(self.world.who, spans)
        await self.rest()

    async def found(self, entity: Entity, filter: Filter) -> tuple[set[int], set[int] | None]:
        """Return the hours of what a filter finds, the same as without words, and those that it
        reads; None for all."""
        scope = msgspec.structs.replace(self.scope, filter=filter)
        near = await narrowed(self.world.analytics, entity, scope)
        both = []
        # Where nothing is narrowed it is one question.
        for asked in (scope,) if near == scope else (scope, near):
            keys = await pages.find(
                self.world.analytics, entity, asked, limit=500, now_us=self.clock.now_us()
            )
            both.append({self.ids.index(key.id) for key in keys})
        assert both[0] == both[-1], (entity, filter)
        if near.within is None:
            return both[-1], None
        return both[-1], {
            n for n, id in enumerate(self.ids) if any(a <= id <= b for _, a, b in near.within)
        }


def id_at(at_us: int, n: int) -> Id:
    return (at_us // 1000).to_bytes(6, "big") + b"\x70\x00\x80" + n.to_bytes(7, "big")


def has(field: str, value: str, operator: Operator = "=") -> Condition:
    return Condition(field=field, operator=operator, value=value)


@asynccontextmanager
async def paths_of(
    analytics: Analytics, tmp_path: Path, documents: list[str]
) -> AsyncIterator[Paths]:
    async with kept_world(analytics, tmp_path, Paths) as paths:
        await paths.write(documents)
        yield paths


FOUND: list[tuple[Condition | Or, set[int], set[int] | None]] = [
    (has("metadata.v", "u-1234567"), {0}, {0}),
    (has("metadata.v", "U-1234567"), {0}, {0}),
    (has("metadata.w.deep", "a hoopoe"), {1}, {1}),
    (has("metadata.tags[*]", "ruff", "contains"), {2}, {2}),
    (has("metadata.v", "u-1234567,u-7654321", "in"), {0, 1}, {0, 1, 3}),
    (has("metadata.v", "u-765", "starts_with"), {1}, {1, 3}),
    (has("metadata.v", 'id":"u-7654321', "contains"), {3}, {3}),
    (has("metadata.v", "654321", "ends_with"), {1}, None),
    (has("metadata.v", "u-0000000"), set(), set()),
    # It is there, and not at the path.
    (has("metadata.w", "u-1234567"), set(), {0}),
    (Or((has("metadata.v", "u-1234567"), has("metadata.w.deep", "a hoopoe"))), {0, 1}, {0, 1}),
    (has("metadata.v", "1000"), {4, 5}, None),
    (has("metadata.v", "100", "contains"), {3, 4, 5}, None),
    (has("metadata.v", "999", ">"), {4, 5}, None),
    (has("metadata.v", "u-1234567", "!="), {1, 2, 3, 4, 5}, None),
    (has("metadata.v", "u-*", "like"), {0, 1}, None),
    (has("user", "ann@example.com"), {4}, {4}),
    (has("user", "Bob-7", "contains"), {5}, {5}),
]
DOCUMENTS = [
    '{"v": "u-1234567"}',
    '{"v": "u-7654321", "w": {"deep": "a hoopoe"}}',
    '{"tags": ["a ruff", "b"]}',
    '{"v": {"id" : "u-7654321", "n": 1e2}}',
    '{"v": 1e3, "user_id": "ann@example.com"}',
    '{"v": 1000.0, "user": {"id": "bob-7"}}',
]


async def test_a_value_is_looked_for_in_the_hours_that_have_its_words(
    analytics: Analytics, tmp_path: Path
) -> None:
    async with paths_of(analytics, tmp_path, DOCUMENTS) as paths:
        for entity in ENTITIES:
            for filter, hours, read in FOUND:
                assert await paths.found(entity, filter) == (hours, read), (entity, filter)
        # Words of another field do not count.
        assert await paths.found("trace", has("output.v", "u-1234567")) == (set(), set())
        assert await paths.found("span", has("output.v", "u-1234567")) == ({0}, {0})
        assert await paths.found("span", has("input.v", "u-1234567")) == (set(), set())


@pytest.mark.parametrize("operator", ["=", "contains", "starts_with", "ends_with", "in"])
async def test_however_a_value_is_written_nothing_is_left_out(
    analytics: Analytics, tmp_path: Path, operator: Operator
) -> None:
    rng = random.Random(operator)

    def parts(text: str) -> list[str]:
        """Return what an operator may find such a text by."""
        if operator in ("=", "in"):
            return [text]
        if operator == "starts_with":
            return [text[: rng.randrange(3, 12)] for _ in range(2)]
        if operator == "ends_with":
            return [text[-rng.randrange(3, 12) :] for _ in range(2)]
        firsts = [rng.randrange(len(text)) for _ in range(3)]
        return [text[first : first + rng.randrange(3, 12)] for first in firsts]

    documents = [f'{{"v": {value}, "user": {value}}}' for value in VALUES]
    async with paths_of(analytics, tmp_path, documents) as paths:
        rows = await analytics.query(
            "SELECT JSONExtractRaw(metadata, 'v'), JSONExtractString(metadata, 'v') "
            f"FROM traces WHERE project_id = unhex('{paths.world.project.hex()}')"
        )
        read = [text for row in rows for text in row if text]
        asked = set(read) | {json.dumps(text) for text in read}
        for text in read:
            asked |= {rng.choice([part, part.upper(), part.lower()]) for part in parts(text)}
        narrow = 0
        for value in sorted(asked):
            field = rng.choice(["metadata.v", "metadata.v", "user", "metadata.v[*]"])
            _, hours = await paths.found("trace", has(field, value, operator))
            narrow += hours is not None
        assert narrow > 10
