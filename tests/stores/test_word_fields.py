"""Words tell in which fields they stand: slices are passed over whose field has not got a word."""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest

from sightline.core.ids import Id
from sightline.domain.filter import EVERYTHING, And, Condition, Filter, Not, Operator, Or
from sightline.domain.writes import SpanWrite, TraceWrite
from sightline.services.workspace.deletion import Deletion
from sightline.stores.analytics import likely_hours, pages, rollup_units, words
from sightline.stores.analytics.columns import Entity
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.likely_hours import narrowed
from sightline.stores.analytics.rollup_units import Unit, unit_of
from tests.stores.figures_world import HOUR, MONDAY, Kept, NoAttachments, kept_world

FIELDS = ("metadata", "input", "output", "tags")
ALL = set(range(8))
OF = {field: {n for n in ALL if n & 1 << bit} for bit, field in enumerate(FIELDS)}
OF["tags"] = {0}
POOL = ("kestrel", "kest", "rel", "Wren", "snow-owl", "caf\u00e9", "\u9000\u6b3e\u5931", "tern 7")


@pytest.fixture(autouse=True)
def few_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Narrow also where all is read in a moment."""
    monkeypatch.setattr(likely_hours, "_ROWS", 0)


class Hours(Kept):
    """A project with a trace and a span an hour; hour n has `kestrel` as `OF` says."""

    works = ("worded_us",)

    async def fill(self) -> None:
        said = [{f: "kestrel" if n in OF[f] else f"only {f}" for f in FIELDS} for n in sorted(ALL)]
        await self.write([[one] for one in said])

    async def write(self, hours: list[list[dict[str, str]]]) -> None:
        """Write for each hour some rows with the texts of their fields."""
        self.ids: list[list[Id]] = []
        traces, spans = [], []
        for n, rows in enumerate(hours):
            start = MONDAY + n * HOUR
            ids = [id_at(start, m) for m in range(len(rows))]
            self.ids.append(ids)
            for id, said in zip(ids, rows, strict=True):
                metadata, input, output = (
                    f'{{"linnet":"{said[f]} linnet"}}' for f in ("metadata", "input", "output")
                )
                tags = [said["tags"]]
                traces.append(
                    TraceWrite(
                        id=id, version_us=start, project_id=self.world.project, input=input,
                        output=output, metadata=metadata, tags=tags, start_time_us=start,
                        thread_id=f"thread {n}",
                    )
                )  # fmt: skip
                spans.append(
                    SpanWrite(
                        id=id, trace_id=id, version_us=start, project_id=self.world.project,
                        input=input, output=output, metadata=metadata, tags=tags,
                        start_time_us=start,
                    )
                )  # fmt: skip
        await self.world.ingest.write_traces(self.world.who, traces)
        await self.world.ingest.write_spans(self.world.who, spans)

    async def found(
        self, entity: Entity, filter: Filter, search: str = ""
    ) -> tuple[set[int], set[int] | None]:
        """Return the hours of what a question finds, the same as without words, and those that it
        reads; None for all."""
        scope = msgspec.structs.replace(self.scope, search=search, filter=filter)
        near = await narrowed(self.world.analytics, entity, scope)
        both = []
        # Where nothing is narrowed it is one question.
        for asked in (scope,) if near == scope else (scope, near):
            keys = await pages.find(
                self.world.analytics, entity, asked, limit=500, now_us=self.clock.now_us()
            )
            both.append({key.id for key in keys})
            assert len(keys) == await pages.count(self.world.analytics, entity, asked)
        assert both[0] == both[-1], (entity, search, filter)
        return self.hours(both[-1]), self.read(near.within)

    def hours(self, ids: set[Id]) -> set[int]:
        return {n for n, some in enumerate(self.ids) if ids & set(some)}

    def read(self, within: tuple[tuple[Id, Id, Id], ...] | None) -> set[int] | None:
        if within is None:
            return None
        found = {id for ids in self.ids for id in ids if any(a <= id <= b for _, a, b in within)}
        return self.hours(found)


def id_at(at_us: int, n: int) -> Id:
    return (at_us // 1000).to_bytes(6, "big") + b"\x70\x00\x80" + n.to_bytes(7, "big")


def has(field: str, value: str = "kestrel", operator: Operator = "contains") -> Condition:
    return Condition(field=field, operator=operator, value=value)


@asynccontextmanager
async def hours_of(analytics: Analytics, tmp_path: Path) -> AsyncIterator[Hours]:
    async with kept_world(analytics, tmp_path, Hours) as hours:
        await hours.fill()
        await hours.rest()
        yield hours


async def test_hours_are_passed_over_whose_field_has_not_got_the_word(
    analytics: Analytics, tmp_path: Path
) -> None:
    entities: tuple[Entity, ...] = ("trace", "span")
    async with hours_of(analytics, tmp_path) as hours:
        for entity in entities:
            for field in ("metadata", "input", "output"):
                for text in ("kestrel", "ESTRE", '"kestrel linnet"'):
                    found = await hours.found(entity, has(field, text))
                    assert found == (OF[field], OF[field]), (field, text)
            # Of what all fields have nothing is passed over, of what none has all is.
            assert await hours.found(entity, has("input", "linnet")) == (ALL, ALL)
            assert await hours.found(entity, has("input", "kestrels")) == (set(), set())
            assert await hours.found(entity, has("output", "only input")) == (set(), set())
            # Anywhere is in any field, and in tags.
            assert await hours.found(entity, EVERYTHING, "kestrel") == (ALL, ALL)
            assert await hours.found(entity, has("text", "only tags")) == (ALL - {0}, ALL - {0})
        # Threads are looked for in what was said.
        scope = msgspec.structs.replace(hours.scope, search="kestrel")
        near = await narrowed(analytics, "thread", scope)
        assert hours.read(near.said_within) == OF["input"] | OF["output"]


async def test_conditions_on_fields_are_put_together(analytics: Analytics, tmp_path: Path) -> None:
    of_input, of_output, of_metadata = OF["input"], OF["output"], OF["metadata"]
    both, either = of_input & of_output, of_input | of_output
    some = (of_input | of_metadata) & of_output
    in_, out, meta = has("input"), has("output"), has("metadata")
    not_in = has("input", operator="not_contains")
    cases: list[tuple[Filter, set[int], set[int] | None]] = [
        (And((in_, out)), both, both),
        (Or((in_, out)), either, either),
        (And((Or((in_, meta)), out)), some, some),
        (And((out, not_in)), of_output - of_input, of_output),
        (And((out, Not(in_))), of_output - of_input, of_output),
        (not_in, ALL - of_input, None),
        (Not(And((in_, out))), ALL - both, None),
        (Or((in_, Not(out))), of_input | (ALL - of_output), None),
        (has("input_json"), of_input, of_input),
        (has("output", "*kestrel*", "like"), of_output, of_output),
        (has("metadata", '{"linnet":"kestrel linnet"}', "in"), of_metadata, of_metadata),
        (has("output", '{"linnet":"kes', "starts_with"), of_output, of_output),
        (has("output", 'kestrel linnet"}', "ends_with"), of_output, of_output),
    ]
    async with hours_of(analytics, tmp_path) as hours:
        for tree, expected, read in cases:
            assert await hours.found("trace", tree) == (expected, read), tree
        # In an hour one row has it in the input, another one in the output.
        apart = [
            dict.fromkeys(FIELDS, "nothing") | {"input": "kestrel"},
            dict.fromkeys(FIELDS, "nothing") | {"output": "kestrel"},
        ]
        await hours.write([*([[]] * 9), apart, apart])
        await hours.rest()
        assert await hours.found("trace", And((in_, out, has("tags", "nothing")))) == (
            set(),
            {9, 10},
        )


async def test_what_is_written_later_or_deleted_is_known_at_once(
    analytics: Analytics, tmp_path: Path
) -> None:
    async with hours_of(analytics, tmp_path) as hours:
        (id,) = hours.ids[1]
        late = TraceWrite(
            id=id, version_us=MONDAY * 2, project_id=hours.world.project, output='"kestrel"'
        )
        await hours.world.ingest.write_traces(hours.world.who, [late])
        found = OF["output"] | {1}
        assert await hours.found("trace", has("output")) == (found, found)
        await hours.rest()
        assert await hours.found("trace", has("output")) == (found, found)
        # The output that was there before is no more, but is among the words as long as it is on
        # disk.
        again = msgspec.structs.replace(late, version_us=MONDAY * 3, output='"wren"')
        await hours.world.ingest.write_traces(hours.world.who, [again])
        await hours.rest()
        assert (await hours.found("trace", has("output")))[0] == OF["output"]
        deletion = Deletion(analytics, NoAttachments(), hours.clock)
        await deletion.delete_traces(hours.world.workspace_id, hours.ids[4])
        await hours.rest()
        found, read = await hours.found("trace", has("output"))
        assert found == OF["output"] - {4} and read is not None and 4 not in read


async def test_words_of_before_may_stand_in_any_field_until_they_are_put_down_anew(
    analytics: Analytics, tmp_path: Path
) -> None:
    async with hours_of(analytics, tmp_path) as hours:
        workspace = hours.world.workspace_id
        units = [Unit(workspace, hours.world.project, unit_of(ids[0])) for ids in hours.ids]
        at_us = await rollup_units.tick(analytics, hours.clock.now_us())
        columns = "workspace_id, entity, project_id, unit, slices, slice, is_dense, words"
        await analytics.command(
            f"INSERT INTO words ({columns}, worded_us) SELECT {columns}, {at_us} FROM words "
            f"WHERE workspace_id = unhex('{workspace.hex()}')"
        )
        await rollup_units.note(analytics, units, at_us, "worded_us")
        newest = sorted(units, key=lambda unit: -unit.hour)
        assert await words.outdated(analytics, 3, workspace) == newest[:3]

        assert await hours.found("trace", has("output")) == (OF["output"], ALL)
        assert await hours.found("trace", EVERYTHING, "kestrel") == (ALL, ALL)
        assert await hours.found("trace", has("output", "kestrels")) == (set(), set())

        # What has come to rest goes first, and then what is of before; once.
        assert await hours.rest() == len(ALL)
        assert await hours.found("trace", has("output")) == (OF["output"], OF["output"])
        assert await hours.rest() == 0


@pytest.mark.parametrize("seed", [1, 2])
async def test_whatever_is_asked_of_fields_nothing_is_left_out(
    analytics: Analytics, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    # Some slices have too many words in a field, some altogether, and one too long a text.
    monkeypatch.setattr(words, "_SMALL", 500)
    monkeypatch.setattr(words, "_WORTH", 0.4)
    monkeypatch.setattr(words, "_MOST_BYTES", 4_000)
    monkeypatch.setattr(words, "_ROWS", 5)
    rng = random.Random(seed)

    def text() -> str:
        many = rng.choice((0, 0, 0, 40))
        dense = [f"{rng.getrandbits(32):08x}" for _ in range(many)]
        return " ".join([*rng.choices(POOL, k=rng.randrange(4)), *dense])

    def condition() -> Filter:
        field = rng.choice(("metadata", "input", "output", "text"))
        operators: list[Operator] = ["contains", "not_contains", "like"]
        word = rng.choice(POOL)
        first = rng.randrange(len(word))
        part = rng.choice((word, word.upper(), word[first : first + 4] or word))
        operator = rng.choice(operators)
        return has(field, f"*{part}*" if operator == "like" else part, operator)

    def tree(depth: int) -> Filter:
        kind = rng.randrange(6) if depth else 5
        if kind == 0:
            return Not(tree(depth - 1))
        if kind > 2:
            return condition()
        parts = tuple(tree(depth - 1) for _ in range(2))
        return And(parts) if kind == 1 else Or(parts)

    async with kept_world(analytics, tmp_path, Hours) as hours:
        rows = [
            [{field: text() for field in FIELDS} for _ in range(rng.choice((1, 2, 12)))]
            for _ in range(12)
        ]
        rows[3][0]["output"] = "kestrel " * 600
        await hours.write(rows)
        await hours.rest()
        dense = await analytics.query(
            "SELECT DISTINCT is_dense, empty(field_ends) FROM words WHERE workspace_id = "
            f"unhex('{hours.world.workspace_id.hex()}')"
        )
        assert {tuple(row) for row in dense} == {(0, 0), (1, 1)}
        for word in POOL:
            for field in ("metadata", "input", "output"):
                await hours.found("span", has(field, word))
        for _ in range(15):
            await hours.found(rng.choice(("trace", "span")), tree(2), rng.choice(("", "", "kest")))
