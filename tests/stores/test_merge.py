"""Messages about one entity, in any order and any batches, read back as one entity."""

import asyncio
import random
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sightline.core.clock import SystemClock
from sightline.core.ids import new_id
from sightline.domain.workspace import Principal
from sightline.domain.writes import SpanWrite, TraceWrite
from sightline.services.ingest.options import IngestOptions
from sightline.services.ingest.service import Ingest
from sightline.stores.analytics.engine import Analytics

PROJECT = new_id()


class OneProject:
    async def project_ids(self, workspace_id: bytes, names: Any) -> dict[str, bytes]:
        return dict.fromkeys(names, PROJECT)


class FlatPrice:
    """A cent a token, for any model but `unknown`."""

    version = "test-1"

    def cost_usd(
        self, provider: str | None, model: str | None, usage: dict[str, int]
    ) -> Decimal | None:
        if model == "unknown":
            return None
        return Decimal(usage.get("total_tokens", 0)) / 100


class NoMedia:
    def has_media(self, write: Any) -> bool:
        return False

    async def extract(self, workspace_id: bytes, write: Any, user: str) -> None:
        raise AssertionError("never called")


def principal() -> Principal:
    return Principal(workspace_id=new_id(), workspace_name="w", user="u")


async def with_ingest(analytics: Analytics, work: Any) -> Any:
    ingest = Ingest(analytics, OneProject(), FlatPrice(), NoMedia(), SystemClock(), IngestOptions())
    ingest.start()
    try:
        return await work(ingest)
    finally:
        await ingest.stop()


START = 1_790_000_000_000_000
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "name": st.text(max_size=8),
    "start_time_us": st.integers(START, START + 10**9),
    "end_time_us": st.integers(START, START + 10**9),
    "input": st.sampled_from(['{"q":1}', '"text"', '["a",{"b":"é\\n"}]', "7"]),
    "output": st.sampled_from(['{"a":1}', '"x"', "[]"]),
    "metadata": st.sampled_from(["{}", '{"k":"v"}']),
    "tags": st.lists(st.text(max_size=4), max_size=3, unique=True),
    "environment": st.sampled_from(["prod", "dev"]),
    "ttft_ms": st.floats(0, 1e6),
}
messages = st.lists(st.fixed_dictionaries({}, optional=FIELDS), min_size=1, max_size=5)

COLUMNS = {
    "name": "name",
    "start_time_us": "toUnixTimestamp64Micro(start_time)",
    "end_time_us": "toUnixTimestamp64Micro(end_time)",
    "input": "input",
    "output": "output",
    "metadata": "metadata",
    "tags": "tags",
    "environment": "environment",
    "ttft_ms": "ttft",
}
NOTHING = {
    "name": "", "end_time_us": None, "input": "", "output": "", "metadata": "", "tags": [],
    "environment": "", "ttft_ms": None,
}  # fmt: skip


def merged(said: list[dict[str, Any]]) -> dict[str, Any]:
    """What the field-wise newest of the messages says; they are listed oldest first."""
    out: dict[str, Any] = {}
    for message in said:
        out.update(message)
    return out


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(said=messages, seed=st.integers(0, 2**32))
def test_any_order_and_any_batches_of_messages_read_back_the_same(
    analytics: Analytics, said: list[dict[str, Any]], seed: int
) -> None:
    rng = random.Random(seed)
    who = principal()
    trace_id, span_id = new_id(), new_id()

    async def work(ingest: Ingest) -> None:
        order = list(enumerate(said))
        rng.shuffle(order)
        while order:
            n = rng.randint(1, len(order))
            batch, order = order[:n], order[n:]
            await ingest.write_traces(
                who, [TraceWrite(id=trace_id, version_us=START + i, **m) for i, m in batch]
            )
            await ingest.write_spans(
                who,
                [
                    SpanWrite(id=span_id, trace_id=trace_id, version_us=START + i, **m)
                    for i, m in batch
                ],
            )

    asyncio.run(with_ingest(analytics, work))
    expected = merged(said)
    for table, id in (("traces", trace_id), ("spans", span_id)):
        rows = analytics.query_sync(
            f"SELECT {', '.join(COLUMNS.values())} FROM {table} FINAL "
            f"WHERE workspace_id = unhex('{who.workspace_id.hex()}') "
            f"AND id = unhex('{id.hex()}')"
        )
        assert len(rows) == 1
        read = dict(zip(COLUMNS, rows[0], strict=True))
        read["tags"] = list(read["tags"])
        for field in COLUMNS:
            if field == "start_time_us" and field not in expected:
                continue
            assert read[field] == expected.get(field, NOTHING.get(field)), field


async def test_late_older_message_does_not_overwrite_a_newer_one(analytics: Analytics) -> None:
    who = principal()
    id = new_id()

    async def work(ingest: Ingest) -> None:
        await ingest.write_traces(who, [TraceWrite(id=id, version_us=20, output='"end"')])
        await ingest.write_traces(
            who, [TraceWrite(id=id, version_us=10, output='"start"', name="n", tags=["t"])]
        )

    await with_ingest(analytics, work)
    rows = await analytics.query(
        f"SELECT name, output, tags FROM traces FINAL WHERE id = unhex('{id.hex()}')"
    )
    assert [(r[0], r[1], list(r[2])) for r in rows] == [("n", '"end"', ["t"])]


async def test_span_is_priced_when_model_and_usage_come_apart(analytics: Analytics) -> None:
    who = principal()
    trace = new_id()
    first, second, unknown = new_id(), new_id(), new_id()

    async def work(ingest: Ingest) -> None:
        usage = {"total_tokens": 300}
        for id, model in ((first, "m"), (unknown, "unknown")):
            await ingest.write_spans(
                who, [SpanWrite(id=id, trace_id=trace, version_us=1, model=model, provider="p")]
            )
            await ingest.write_spans(
                who, [SpanWrite(id=id, trace_id=trace, version_us=2, usage=usage)]
            )
        await ingest.write_spans(
            who, [SpanWrite(id=second, trace_id=trace, version_us=2, usage=usage)]
        )
        await ingest.write_spans(
            who,
            [
                SpanWrite(
                    id=second, trace_id=trace, version_us=1, model="m",
                    total_estimated_cost=Decimal("0.125"),
                )
            ],
        )  # fmt: skip

    await with_ingest(analytics, work)
    rows = await analytics.query(
        "SELECT id, total_estimated_cost, total_estimated_cost_version FROM spans FINAL "
        f"WHERE workspace_id = unhex('{who.workspace_id.hex()}')"
    )
    assert {r[0]: (r[1], r[2]) for r in rows} == {
        first: (Decimal(3), "test-1"),
        second: (Decimal("0.125"), ""),
        unknown: (None, ""),
    }


async def test_ids_of_other_versions_keep_their_identity(analytics: Analytics) -> None:
    who = principal()
    id = bytes.fromhex("9f0c1111222243338444555566667777")

    async def work(ingest: Ingest) -> None:
        await ingest.write_traces(who, [TraceWrite(id=id, version_us=1, name="a")])
        await ingest.write_traces(who, [TraceWrite(id=id, version_us=2, output='"b"')])

    await with_ingest(analytics, work)
    rows = await analytics.query(
        f"SELECT id, name, output FROM traces FINAL "
        f"WHERE workspace_id = unhex('{who.workspace_id.hex()}')"
    )
    assert [tuple(r) for r in rows] == [(id, "a", '"b"')]
