"""Fills a data folder with many traces by SQL, past ingest, for benchmarks of reading.

    python -m benchmarks.straight /var/tmp/ten-million/data --traces 1000000

Ten spans a trace, spread over 30 days; one trace in 25 and one span in 50 failed, one trace in 3
was updated later (a second row until merged), one in 2 is part of a thread, one in 20 has scores.
Payloads are short (about 0.5 kB a trace, 0.2 kB a span), since lists and figures must not read
them anyway: `benchmarks.query` fills by REST with spans of 2 kB.
"""

import argparse
import asyncio
import time
from pathlib import Path

from benchmarks.payloads import now_us
from sightline.core.clock import SystemClock
from sightline.domain.workspace import DEFAULT_WORKSPACE_ID
from sightline.services.workspace.directory import Directory
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.options import AnalyticsOptions
from sightline.stores.analytics.sql import id_literal
from sightline.stores.catalog.engine import Catalog
from sightline.stores.catalog.migrate import migrate

PROJECT = "bench"
SPANS_PER_TRACE = 10
_DAYS_US = 30 * 86_400_000_000
_AT_ONCE = 50_000
_WORDS = (
    "['the ','model ','answered ','with ','a ','list ','of ','hotels ','near ','station ',"
    "'and ','price ','user ','asks ','for ','refund ','because ','order ','late ','hello ']"
)
_NEVER = "fromUnixTimestamp64Micro(toInt64(0), 'UTC')"
_NO_ID = "toFixedString('', 16)"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--traces", type=int, default=100_000)
    args = parser.parse_args()
    asyncio.run(fill(args.data, args.traces))


async def fill(data: Path, traces: int) -> None:
    """Make the stores of a data folder and fill them; no server may be using it."""
    data.mkdir(parents=True, exist_ok=True)
    catalog = Catalog.open(f"sqlite:///{data}/catalog.db")
    migrate(catalog)
    directory = Directory(catalog, SystemClock())
    project = await directory.project_id(DEFAULT_WORKSPACE_ID, PROJECT)
    analytics = Analytics.open(AnalyticsOptions(dsn=f"chdb://{data}/analytics"))
    step = _DAYS_US // traces
    first = now_us() - _DAYS_US
    begun = time.monotonic()
    try:
        for done in range(0, traces, _AT_ONCE):
            count = min(_AT_ONCE, traces - done)
            part = _Part(id_literal(project), first + done * step, count, step, done)
            for sql in (part.traces(), part.spans(), part.updates(), part.scores()):
                await analytics.command(sql)
            print(f"  {done + count:,} traces, {time.monotonic() - begun:.0f} s", flush=True)
    finally:
        await directory.close()
        analytics.close()
        catalog.close()


class _Part:
    """The statements for `count` traces that begin at `start_us`, `step_us` apart."""

    def __init__(self, project: str, start_us: int, count: int, step_us: int, done: int) -> None:
        self.project, self.start_us, self.step_us = project, start_us, step_us
        self.count, self.done = count, done
        workspace = id_literal(DEFAULT_WORKSPACE_ID)
        self.workspace = workspace
        self.mine = (
            f"workspace_id = {workspace} AND project_id = {project} "
            f"AND start_time >= {_moment(start_us)} "
            f"AND start_time < {_moment(start_us + count * step_us)}"
        )

    def traces(self) -> str:
        error = '{"exception_type":"TimeoutError","message":"too late","traceback":"in call"}'
        return f"""
INSERT INTO traces (workspace_id, project_id, id, name_v, start_time_v, end_time_v, input_v,
  output_v, metadata_v, tags_v, error_info_v, thread_id_v, source_v, environment_v, created_by,
  created_at, last_updated_at)
WITH toInt64({self.start_us}) + toInt64(number) * {self.step_us} AS st, rand(number) AS rnd,
  toUInt64(st) AS v, fromUnixTimestamp64Micro(st, 'UTC') AS at
SELECT toFixedString({self.workspace}, 16), toFixedString({self.project}, 16), {_id("st")},
  (v, ['chat', 'plan', 'search', 'answer', 'rank'][1 + rnd % 5]), (v, at),
  if(rnd % 100 = 0, (0, {_NEVER}),
     (v, fromUnixTimestamp64Micro(st + 100000 + (rnd % 9000000), 'UTC'))),
  (v, {_text(40)}), (v, {_text(60)}),
  (v, concat('{{"user_id":"u-', toString(rnd % 5000), '","run":', toString(rnd), '}}')),
  (v, [['prod', 'eu', 'beta'][1 + rnd % 3], ['long', 'retry'][1 + rnd % 2]]),
  if(rnd % 25 = 0, (v, '{error}'), (0, '')),
  (v, if(rnd % 2 = 0, concat('th-', toString(intDiv(number + {self.done}, 6))), '')),
  (v, 'sdk'), (v, ['production', 'staging'][1 + rnd % 2]), 'ann', at, at
FROM numbers({self.count})"""

    def spans(self) -> str:
        error = '{"exception_type":"RateLimitError","message":"slow down","traceback":"in call"}'
        return f"""
INSERT INTO spans (workspace_id, project_id, trace_id, id, parent_span_id_v, name_v, type_v,
  start_time_v, end_time_v, input_v, output_v, metadata_v, tags_v, error_info_v, model_v,
  provider_v, usage_v, client_cost_v, computed_cost_v, source_v, environment_v, created_by,
  created_at, last_updated_at)
WITH toUnixTimestamp64Micro(start_time) AS t, t + k * 100000 AS st,
  rand(k + cityHash64(id)) AS rnd, toUInt64(st) AS v, k % 2 = 0 AS llm,
  fromUnixTimestamp64Micro(st, 'UTC') AS at
SELECT workspace_id, project_id, id, {_id("st")}, (v, {_NO_ID}),
  (v, concat(['answer', 'search', 'plan'][1 + rnd % 3], toString(rnd % 23))),
  (v, if(llm, 'llm', 'tool')), (v, at),
  (v, fromUnixTimestamp64Micro(st + 5000 + (rnd % 4000000), 'UTC')), (v, {_text(15)}),
  (v, {_text(15)}), (v, concat('{{"run":', toString(rnd), '}}')), (v, ['prod']),
  if(rnd % 50 = 0, (v, '{error}'), (0, '')),
  if(llm, (v, ['gpt-4o-mini', 'gpt-5-mini', 'claude-sonnet-4-5', 'gemini-2.5-flash'][1 + rnd % 4]),
     (0, '')),
  if(llm, (v, ['openai', 'openai', 'anthropic', 'google_ai'][1 + rnd % 4]), (0, '')),
  if(llm, (v, [('completion_tokens', toInt64(rnd % 700)), ('prompt_tokens', toInt64(rnd % 3000)),
               ('total_tokens', toInt64(rnd % 700 + rnd % 3000))]), (0, [])),
  (0, toDecimal64(0, 12)),
  if(llm, (v, toDecimal64(toFloat64(rnd % 1000) / 1000000, 12)), (0, toDecimal64(0, 12))),
  (v, 'sdk'), (v, 'production'), 'ann', at, at
FROM (SELECT workspace_id, project_id, id, start_time, arrayJoin(range({SPANS_PER_TRACE})) AS k
      FROM traces WHERE {self.mine})"""

    def updates(self) -> str:
        return f"""
INSERT INTO traces (workspace_id, project_id, id, end_time_v, created_by, created_at,
  last_updated_at, start_time_v)
SELECT workspace_id, project_id, id, (v, fromUnixTimestamp64Micro(st + 1500000, 'UTC')), 'ann',
  fromUnixTimestamp64Micro(st, 'UTC'), fromUnixTimestamp64Micro(toInt64(v), 'UTC'), (0, {_NEVER})
FROM (SELECT workspace_id, project_id, id, toUnixTimestamp64Micro(start_time) AS st,
        toUInt64(st + 1) AS v
      FROM traces WHERE {self.mine} AND cityHash64(id) % 3 = 0)"""

    def scores(self) -> str:
        return f"""
INSERT INTO feedback_scores (workspace_id, project_id, entity_type, entity_id, name, author, value,
  category_name, reason, source, created_at, version, is_deleted)
SELECT workspace_id, project_id, 'trace', concat(id, ''), n, 'ann',
  toDecimal64((cityHash64(id, n) % 100) / 100, 9), '', '', 'ui', start_time,
  toUInt64(toUnixTimestamp64Micro(start_time)), 0
FROM traces ARRAY JOIN ['accuracy', 'tone'] AS n WHERE {self.mine} AND cityHash64(id) % 20 = 0"""


def _moment(us: int) -> str:
    return f"fromUnixTimestamp64Micro(toInt64({us}), 'UTC')"


def _id(us: str) -> str:
    """Return a UUIDv7 of a moment; the rest of it is chance."""
    ms = f"substring(reverse(reinterpretAsFixedString(toUInt64(intDiv({us}, 1000)))), 3)"
    return (
        f"toFixedString(concat({ms}, char(112), randomFixedString(1), char(128), "
        "randomFixedString(7)), 16)"
    )


def _text(words: int) -> str:
    content = (
        f"arrayStringConcat(arrayMap(i -> {_WORDS}[1 + (cityHash64(i, rnd) % 20)], range({words})))"
    )
    before, after = '{"messages":[{"role":"user","content":"', '"}]}'
    return f"concat('{before}', {content}, '{after}')"


if __name__ == "__main__":
    main()
