"""The statements by which `straight` fills a store: rows made of nothing but their numbers.

All that a row holds comes from the hash of its number, so a patch says the same as the row that it
belongs to without reading it.
"""

from dataclasses import dataclass

from benchmarks.payloads import MODELS
from sightline.domain.workspace import DEFAULT_WORKSPACE_ID
from sightline.stores.analytics.sql import id_literal

SPANS_PER_TRACE = 10
DAYS = 30
RARE = "zyzzyvalike"
COMMON = "marmaladed"
PROJECTS = 50
POOL_BYTES = 8_000_000
DAYS_US = DAYS * 86_400_000_000
_LARGE = 0.8
_MOST_AT_ONCE = 10_000
_LONG_BYTES = 5_000_000
_SPANS_A_LONG_ONE = 250_000
_NEVER = "fromUnixTimestamp64Micro(toInt64(0), 'UTC')"
_NO_ID = "toFixedString('', 16)"
# Small blocks, for a row may have 5 MB; one part an insert.
_SETTINGS = (
    "SETTINGS max_block_size = 1024, max_threads = 2, max_insert_threads = 1, "
    "min_insert_block_size_rows = 200000, min_insert_block_size_bytes = 400000000, "
    "max_execution_time = 600"
)
_TRACE_COLUMNS = (
    "workspace_id, project_id, id, name_v, start_time_v, end_time_v, input_v, output_v, "
    "metadata_v, tags_v, error_info_v, thread_id_v, ttft_v, source_v, environment_v, "
    "last_updated_by_v, created_by, created_at, last_updated_at"
)
_SPAN_COLUMNS = (
    "workspace_id, project_id, trace_id, id, parent_span_id_v, name_v, type_v, start_time_v, "
    "end_time_v, input_v, output_v, metadata_v, tags_v, error_info_v, model_v, provider_v, "
    "usage_v, computed_cost_v, cost_version_v, ttft_v, source_v, environment_v, "
    "last_updated_by_v, created_by, created_at, last_updated_at"
)


def shares() -> list[float]:
    """Return what each project has of all traces: each small one a little less than the last."""
    weights = [1 / n for n in range(1, PROJECTS)]
    return [_LARGE, *((1 - _LARGE) * weight / sum(weights) for weight in weights)]


@dataclass(frozen=True)
class Plan:
    """How many traces, from when, and in which projects; times are Unix µs."""

    traces: int
    start_us: int
    seed: int
    projects: tuple[bytes, ...]

    @property
    def at_once(self) -> int:
        """Traces of a chunk."""
        return max(100, min(_MOST_AT_ONCE, self.traces // 40))

    @property
    def chunks(self) -> int:
        return -(-self.traces // self.at_once)

    @property
    def step_us(self) -> int:
        return DAYS_US // self.traces

    @property
    def spans(self) -> int:
        return self.traces * SPANS_PER_TRACE


class Sql:
    """Expressions over `i`, the number of a trace, and `k`, that of a span in it."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        total, bounds = 0.0, []
        for share in shares():
            total += share
            bounds.append(round(total * 1_000_000))
        bounds[-1] = 1_000_000
        place = self.chance("i", "project", 1_000_000)
        self.project_number = f"arrayFirstIndex(b -> {place} < b, {bounds})"
        ids = ", ".join(id_literal(id) for id in plan.projects)
        self.project = f"toFixedString([{ids}][{self.project_number}], 16)"
        self.workspace = f"toFixedString({id_literal(DEFAULT_WORKSPACE_ID)}, 16)"
        # A dozen neighbours of the same project share two conversations at most.
        sizes = [max(12, round(12 * _LARGE / share)) for share in shares()]
        self.thread = (
            f"concat('th-', toString({self.project_number}), '-', "
            f"toString(intDiv(i, {sizes}[{self.project_number}])))"
        )
        self.start = (
            f"(toInt64({plan.start_us}) + toInt64(i) * {plan.step_us} + "
            f"toInt64({self.chance('i', 'start', max(1, plan.step_us))}))"
        )
        self.trace_id = self.uuid(self.start, "i", "trace")

    def hash(self, number: str, salt: str) -> str:
        return f"cityHash64({number}, '{salt}', {self._plan.seed})"

    def chance(self, number: str, salt: str, of: int) -> str:
        return f"({self.hash(number, salt)} % {of})"

    def pick(self, number: str, salt: str, values: list[str]) -> str:
        return f"{values}[1 + {self.chance(number, salt, len(values))}]"

    def span_start(self, k: str) -> str:
        number = f"(i * {SPANS_PER_TRACE} + {k})"
        return f"(st + toInt64({k}) * 100000 + toInt64({self.chance(number, 'jitter', 90_000)}))"

    def span_id(self, k: str) -> str:
        return self.uuid(self.span_start(k), f"(i * {SPANS_PER_TRACE} + {k})", "span")

    def uuid(self, us: str, number: str, salt: str) -> str:
        """Return a UUIDv7 of a moment; the rest of it is the number's hash."""
        ms = f"substring(reverse(reinterpretAsFixedString(toUInt64(intDiv({us}, 1000)))), 3)"
        rest = f"reinterpretAsFixedString({self.hash(number, salt)})"
        return (
            f"toFixedString(concat({ms}, char(112), substring({rest}, 1, 1), char(128), "
            f"substring({rest}, 2, 7)), 16)"
        )

    def prose(self, number: str, salt: str, size: str) -> str:
        place = f"{self.hash(number, salt)} % ({POOL_BYTES} - {size})"
        return f"substring(prose, 1 + {place}, {size})"

    def error(self, number: str) -> str:
        kinds = ["TimeoutError", "RateLimitError", "ValueError"]
        return (
            f"""concat('{{"exception_type":"', {self.pick(number, "kind", kinds)}, """
            f"""'","message":"', {self.prose(number, "message", "80")}, '","traceback":"', """
            f"""{self.prose(number, "traceback", "600")}, '"}}')"""
        )


class Statements:
    """What is inserted for a chunk."""

    def __init__(self, plan: Plan, rare: tuple[list[int], list[int]]) -> None:
        self._plan, self._sql = plan, Sql(plan)
        self._rare_spans, self._rare_traces = rare

    def rows(self, chunk: int) -> list[str]:
        return [
            self._traces(chunk),
            self._spans(chunk),
            self._threads(chunk),
            *self._scores(chunk),
            self._checks(chunk),
            *self._comments(chunk),
        ]

    def patches(self, chunk: int, *, early: bool) -> list[str]:
        """Return the second rows of a chunk: those that come before the first ones, or after."""
        return [self._trace_patches(chunk, early), self._span_patches(chunk, early)]

    def _numbers(self, chunk: int) -> str:
        """Return a table of `i`: most of a chunk, and those of another that come late."""
        plan, late = self._plan, self._sql.chance("i", "late", 20)

        def part(which: int, sign: str) -> str:
            first = which * plan.at_once
            count = min(plan.at_once, plan.traces - first)
            return f"SELECT number AS i FROM numbers({first}, {count}) WHERE {late} {sign} 0"

        other = (chunk + 7) % plan.chunks
        return f"({part(chunk, '!=')} UNION ALL {part(other, '=')})"

    def _source(self, chunk: int, *, spans: bool = False, where: str = "1") -> str:
        """Return a table of `i`, `st`, `pn`; for spans of `k`, `j` too."""
        sql = self._sql
        inner = (
            f"SELECT i, {sql.start} AS st, {sql.project_number} AS pn FROM {self._numbers(chunk)}"
        )
        if spans:
            count = SPANS_PER_TRACE
            inner = (
                f"SELECT i, st, pn, arrayJoin(range({count})) AS k, i * {count} + k AS j "
                f"FROM ({inner})"
            )
        return f"(SELECT * FROM ({inner}) WHERE {where})"

    @property
    def _trace_with(self) -> str:
        sql, rare = self._sql, self._rare_traces
        return f"""
WITH (SELECT text FROM bench_prose) AS prose,
  toUInt64(st + 50000) AS v, fromUnixTimestamp64Micro(st, 'UTC') AS at,
  st + 1100000 + toInt64({sql.chance("i", "took", 7_900_000)}) AS en,
  toUInt64(en + 70000) AS w, {sql.chance("i", "patch", 5)} = 0 AS patched,
  {self._size("i", None)} AS size, {sql.chance("i", "cut", 400)} / 1000 + 0.3 AS cut,
  multiIf(i IN {_tuple(rare)}, '{RARE} ', {sql.chance("i", "word", 100)} = 0, '{COMMON} ', '')
    AS word,
  (w, concat('{{"choices":[{{"index":0,"text":"',
    {sql.prose("i", "output", "toUInt64(size * (1 - cut))")}, '"}}]}}')) AS out"""

    def _traces(self, chunk: int) -> str:
        sql = self._sql
        ended = f"NOT patched AND {sql.chance('i', 'open', 200)} != 0"
        names = ["chat", "plan", "search", "answer", "rank"]
        return f"""
INSERT INTO traces ({_TRACE_COLUMNS}) {_SETTINGS}
{self._trace_with}
SELECT {sql.workspace}, {sql.project}, {sql.trace_id},
  (v, concat({sql.pick("i", "name", names)}, '_', toString({sql.chance("i", "nth", 23)}))), (v, at),
  if({ended}, (v, fromUnixTimestamp64Micro(en, 'UTC')), (0, {_NEVER})),
  (v, concat('{{"messages":[{{"role":"user","content":"', word,
    {sql.prose("i", "input", "toUInt64(size * cut)")}, '"}}]}}')),
  if({ended}, (v, tupleElement(out, 2)), (0, '')),
  (v, concat('{{"user_id":"u-', toString({sql.chance("i", "user", 5000)}), '","run":',
    toString({sql.hash("i", "run")} % 1099511627776), '}}')),
  (v, {self._tags("i")}),
  if({sql.chance("i", "error", 33)} = 0, (v, {sql.error("i")}), (0, '')),
  if({sql.chance("i", "thread", 2)} = 0, (v, {sql.thread}), (0, '')),
  if({sql.chance("i", "ttft", 3)} = 0, (v, {sql.chance("i", "first", 900)} + 50.), (0, 0.)),
  (v, 'sdk'), (v, {sql.pick("i", "env", ["production", "production", "staging", ""])}),
  (v, 'ann'), 'ann', fromUnixTimestamp64Micro(toInt64(v), 'UTC'),
  fromUnixTimestamp64Micro(toInt64(v), 'UTC')
FROM {self._source(chunk)}"""

    def _trace_patches(self, chunk: int, early: bool) -> str:
        sql = self._sql
        which = self._patched("i", early)
        return f"""
INSERT INTO traces (workspace_id, project_id, id, start_time_v, end_time_v, output_v,
  last_updated_by_v, created_by, created_at, last_updated_at) {_SETTINGS}
{self._trace_with}
SELECT {sql.workspace}, {sql.project}, {sql.trace_id},
  (0, fromUnixTimestamp64Micro(intDiv(st, 1000) * 1000, 'UTC')),
  (w, fromUnixTimestamp64Micro(en, 'UTC')), out, (w, 'ann'), 'ann',
  fromUnixTimestamp64Micro(toInt64(w), 'UTC'), fromUnixTimestamp64Micro(toInt64(w), 'UTC')
FROM {self._source(chunk, where=which)}"""

    @property
    def _span_with(self) -> str:
        sql, rare = self._sql, self._rare_spans
        return f"""
WITH (SELECT text FROM bench_prose) AS prose,
  {sql.span_start("k")} AS ss, toUInt64(ss + 50000) AS v,
  fromUnixTimestamp64Micro(ss, 'UTC') AS at,
  ss + 5000 + toInt64({sql.chance("j", "took", 3_995_000)}) AS en, toUInt64(en + 70000) AS w,
  {sql.chance("j", "patch", 5)} = 0 AS patched, k % 2 = 1 AS llm,
  {self._size("j", self._long)} AS size, {sql.chance("j", "cut", 400)} / 1000 + 0.3 AS cut,
  multiIf(j IN {_tuple(rare)}, '{RARE} ', {sql.chance("j", "word", 100)} = 0, '{COMMON} ', '')
    AS word,
  1 + {sql.chance("j", "model", len(MODELS))} AS model,
  toInt64(100 + {sql.chance("j", "asked", 2900)}) AS asked,
  toInt64(20 + {sql.chance("j", "said", 780)}) AS said,
  [('completion_tokens', said), ('prompt_tokens', asked), ('total_tokens', asked + said)] AS usage_,
  toDecimal64((asked * [0.15, 0.25, 3, 0.3][model] + said * [0.6, 2, 15, 2.5][model]) / 1000000, 12)
    AS cost,
  (w, concat('{{"choices":[{{"index":0,"text":"',
    {sql.prose("j", "output", "toUInt64(size * (1 - cut))")}, '"}}]}}')) AS out"""

    def _spans(self, chunk: int) -> str:
        sql = self._sql
        ended = f"NOT patched AND {sql.chance('j', 'open', 500)} != 0"
        names = ["answer", "search", "plan", "rank", "write"]
        parent = f"toUInt8({sql.hash('j', 'parent')} % greatest(k, 1))"
        models = [name for name, _ in MODELS]
        providers = [name for _, name in MODELS]
        return f"""
INSERT INTO spans ({_SPAN_COLUMNS}) {_SETTINGS}
{self._span_with}, {parent} AS kp
SELECT {sql.workspace}, {sql.project}, {sql.trace_id}, {sql.span_id("k")},
  if(k = 0, (0, {_NO_ID}), (v, {sql.span_id("kp")})),
  (v, concat({sql.pick("j", "name", names)}, '_', toString({sql.chance("j", "nth", 23)}))),
  (v, if(llm, 'llm', ['general', 'tool', 'tool', 'guardrail', 'tool'][1 + intDiv(k, 2)])), (v, at),
  if({ended}, (v, fromUnixTimestamp64Micro(en, 'UTC')), (0, {_NEVER})),
  (v, concat('{{"messages":[{{"role":"user","content":"', word,
    {sql.prose("j", "input", "toUInt64(size * cut)")}, '"}}]}}')),
  if({ended}, (v, tupleElement(out, 2)), (0, '')),
  (v, concat('{{"user_id":"u-', toString({sql.chance("i", "user", 5000)}), '","run":',
    toString({sql.hash("j", "run")} % 1099511627776), '}}')),
  (v, {self._tags("j")}),
  if({sql.chance("j", "error", 33)} = 0, (v, {sql.error("j")}), (0, '')),
  if(llm, (v, {models}[model]), (0, '')), if(llm, (v, {providers}[model]), (0, '')),
  if(llm AND {ended}, (v, usage_), (0, [])),
  if(llm AND {ended}, (v, cost), (0, toDecimal64(0, 12))),
  if(llm AND {ended}, (v, 'bench'), (0, '')),
  if(llm, (v, {sql.chance("j", "first", 900)} + 50.), (0, 0.)),
  (v, 'sdk'), (v, {sql.pick("i", "env", ["production", "production", "staging", ""])}), (v, 'ann'),
  'ann', fromUnixTimestamp64Micro(toInt64(v), 'UTC'), fromUnixTimestamp64Micro(toInt64(v), 'UTC')
FROM {self._source(chunk, spans=True)}"""

    def _span_patches(self, chunk: int, early: bool) -> str:
        sql = self._sql
        return f"""
INSERT INTO spans (workspace_id, project_id, trace_id, id, start_time_v, end_time_v, output_v,
  usage_v, computed_cost_v, cost_version_v, last_updated_by_v, created_by, created_at,
  last_updated_at) {_SETTINGS}
{self._span_with}
SELECT {sql.workspace}, {sql.project}, {sql.trace_id}, {sql.span_id("k")},
  (0, fromUnixTimestamp64Micro(intDiv(ss, 1000) * 1000, 'UTC')),
  (w, fromUnixTimestamp64Micro(en, 'UTC')), out, if(llm, (w, usage_), (0, [])),
  if(llm, (w, cost), (0, toDecimal64(0, 12))), if(llm, (w, 'bench'), (0, '')), (w, 'ann'), 'ann',
  fromUnixTimestamp64Micro(toInt64(w), 'UTC'), fromUnixTimestamp64Micro(toInt64(w), 'UTC')
FROM {self._source(chunk, spans=True, where=self._patched("j", early))}"""

    def _threads(self, chunk: int) -> str:
        sql = self._sql
        return f"""
INSERT INTO threads (workspace_id, project_id, thread_id, thread_model_id, tags_v, status_v,
  environment_v, last_updated_by_v, created_by, created_at, last_trace_at, last_updated_at)
SELECT w_, p_, t_, min(model), (0, []), (0, ''), max((v, 'production')), max((v, 'ann')), 'ann',
  min(at), max(at), max(at)
FROM (SELECT {sql.workspace} AS w_, {sql.project} AS p_, {sql.thread} AS t_,
        {sql.uuid("st", "i", "model")} AS model, toUInt64(st + 60000) AS v,
        fromUnixTimestamp64Micro(st + 60000, 'UTC') AS at
      FROM {self._source(chunk, where=f"{sql.chance('i', 'thread', 2)} = 0")})
GROUP BY w_, p_, t_"""

    def _scores(self, chunk: int) -> list[str]:
        """One trace in 10 has two, one span in 50 one, one thread in 20 one."""
        sql = self._sql
        head = """
INSERT INTO feedback_scores (workspace_id, project_id, entity_type, entity_id, name, author, value,
  category_name, reason, source, created_at, version, is_deleted)"""

        def tail(number: str) -> str:
            value = f"toDecimal64((cityHash64({number}, n) % 101) / 100, 9)"
            return (
                f"n, 'ann', {value}, '', '', 'ui', fromUnixTimestamp64Micro(st + 9000000, 'UTC'), "
                "toUInt64(st + 9000000), 0"
            )

        some = f"{sql.chance('i', 'scored', 10)} = 0"
        few = f"{sql.chance('j', 'scored', 50)} = 0"
        place = f"{sql.workspace}, {sql.project}"
        # A thread's score is given with the first of a dozen traces, of a twentieth of the dozens.
        first = f"pn = 1 AND i % 12 = 0 AND {sql.chance('i', 'talk', 20)} = 0"
        return [
            f"{head} SELECT {place}, 'trace', concat({sql.trace_id}, ''), {tail('i')} "
            f"FROM {self._source(chunk, where=some)} ARRAY JOIN ['accuracy', 'tone'] AS n",
            f"{head} SELECT {place}, 'span', concat({sql.span_id('k')}, ''), {tail('j')} "
            f"FROM {self._source(chunk, spans=True, where=few)} ARRAY JOIN ['relevance'] AS n",
            f"{head} SELECT {place}, 'thread', {sql.thread}, {tail('i')} "
            f"FROM {self._source(chunk, where=first)} ARRAY JOIN ['helpful'] AS n",
        ]

    def _checks(self, chunk: int) -> str:
        sql = self._sql
        return f"""
INSERT INTO guardrails (workspace_id, project_id, entity_id, secondary_id, id, name, result, config,
  details, created_at, version, is_deleted)
SELECT {sql.workspace}, {sql.project}, {sql.trace_id}, {sql.span_id("7")},
  {sql.uuid("st", "i", "check")}, {sql.pick("i", "check", ["PII", "TOPIC"])},
  {sql.pick("i", "result", ["passed", "passed", "passed", "failed"])}, '{{}}', '{{}}',
  fromUnixTimestamp64Micro(st, 'UTC'), toUInt64(st), 0
FROM {self._source(chunk, where=f"{sql.chance('i', 'checked', 50)} = 0")}"""

    def _comments(self, chunk: int) -> list[str]:
        sql = self._sql
        found = []
        for kind, id, number, of in (
            ("trace", sql.trace_id, "i", 500),
            ("span", sql.span_id("k"), "j", 5000),
        ):
            where = f"{sql.chance(number, 'comment', of)} = 0"
            found.append(f"""
INSERT INTO comments (workspace_id, project_id, entity_type, entity_id, id, text, created_by,
  created_at, last_updated_by, version, is_deleted)
WITH (SELECT text FROM bench_prose) AS prose
SELECT {sql.workspace}, {sql.project}, '{kind}', concat({id}, ''),
  {sql.uuid("st", number, "comment")}, {sql.prose(number, "comment", "120")}, 'ann',
  fromUnixTimestamp64Micro(st, 'UTC'), 'ann', toUInt64(st), 0
FROM {self._source(chunk, spans=kind == "span", where=where)}""")
        return found

    def _patched(self, number: str, early: bool) -> str:
        sql = self._sql
        sign = "=" if early else "!="
        return (
            f"{sql.chance(number, 'patch', 5)} = 0 AND {sql.chance(number, 'early', 100)} {sign} 0"
        )

    def _tags(self, number: str) -> str:
        first, second = ["prod", "eu", "beta"], ["long", "retry"]
        return f"[{self._sql.pick(number, 'tag', first)}, {self._sql.pick(number, 'tug', second)}]"

    @property
    def _long(self) -> int:
        """Of how many spans one has 5 MB; one at least is in what is filled."""
        return min(_SPANS_A_LONG_ONE, self._plan.spans)

    def _size(self, number: str, long: int | None) -> str:
        """Return the characters of input and output: about 1,380, with a long tail."""
        sql = self._sql
        # The sum of four dice is as good as a bell.
        base = " + ".join(sql.chance(number, f"size{n}", 660) for n in range(4))
        longest = f"{number} % {long} = {long // 3}, {_LONG_BYTES}, " if long else ""
        return (
            f"multiIf({longest}{sql.chance(number, 'long', 10_000)} = 0, 200000, "
            f"{sql.chance(number, 'long', 500)} = 1, 20000, {base} + 60)"
        )


def _tuple(numbers: list[int]) -> str:
    return f"({', '.join(map(str, numbers))})"
