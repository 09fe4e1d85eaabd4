"""`@opik.track` on every kind of function, the context managers, and traces across processes."""

import asyncio
import concurrent.futures

import opik
from opik import opik_context
from shared import Transcript

PROJECT = "sdk-track"
t = Transcript()
client = opik.Opik(project_name=PROJECT, _show_misconfiguration_message=False)
opik.set_global_client(client)


@opik.track(name="leaf", type="tool", tags=["leaf-tag"], metadata={"m": 1})
def leaf(x, *, y=2):
    return x + y


@opik.track
def plain_function(question, secret="hush"):
    return {"answer": leaf(40), "question": question}


@opik.track(ignore_arguments=["secret"], capture_output=False)
def discreet(question, secret):
    return secret


@opik.track
async def async_leaf(n):
    await asyncio.sleep(0)
    return n * 2


@opik.track
async def async_function(n):
    return await asyncio.gather(async_leaf(n), async_leaf(n + 1))


@opik.track
def generator(n):
    for i in range(n):
        yield leaf(i)


@opik.track(generations_aggregator=lambda items: "+".join(items))
def aggregated():
    yield "a"
    yield "b"


@opik.track
async def async_generator(n):
    for i in range(n):
        yield await async_leaf(i)


@opik.track
def failing():
    raise ValueError("it went wrong: ünïcode")


@opik.track
def outer_failing():
    failing()


@opik.track
def recovering():
    try:
        failing()
    except ValueError:
        return "recovered"
    return None


@opik.track
def failing_generator():
    yield 1
    raise RuntimeError("half way")


@opik.track(type="llm")
def updated():
    opik_context.update_current_span(
        name="renamed-span",
        metadata={"k": "v"},
        tags=["s"],
        usage={"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10},
        model="gpt-4o-mini",
        provider="openai",
        total_cost=0.125,
        feedback_scores=[{"name": "span-score", "value": 0.5}],
        output={"over": "written"},
    )
    opik.update_current_trace(
        name="renamed-trace",
        metadata={"tk": "tv"},
        tags=["t"],
        thread_id="track-thread",
        feedback_scores=[{"name": "trace-score", "value": 1.0}],
    )
    return "dropped"


@opik.track
def with_args(x):
    return x


@opik.track
def remote(x):
    return leaf(x)


@opik.track
def caller():
    t.note("headers", opik_context.get_distributed_trace_headers())
    return opik_context.get_distributed_trace_headers()


@opik.track(project_name="sdk-track-other")
def elsewhere():
    return leaf(0)


@opik.track(flush=True, environment="development")
def flushed():
    return 1


def raised(call, *args):
    try:
        call(*args)
    except Exception as error:  # noqa: BLE001 — the driver's own functions raise on purpose
        return type(error).__name__
    return None


plain_function("why?")
discreet("why?", "sesame")
asyncio.run(async_function(1))
t.note("generated", list(generator(3)))
list(aggregated())


async def drain():
    return [item async for item in async_generator(3)]


t.note("async generated", asyncio.run(drain()))
t.note("outer_failing raised", raised(outer_failing))
t.note("recovering", recovering())
t.note("failing_generator raised", raised(lambda: list(failing_generator())))
updated()
with_args(
    1,
    opik_args={
        "trace": {"thread_id": "args-thread", "tags": ["from-args"], "metadata": {"from": "args"}},
        "span": {"tags": ["span-args"], "metadata": {"span-from": "args"}},
    },
)
headers = caller()
remote(5, opik_distributed_trace_headers=headers)
elsewhere()
flushed()
with opik.project_context("sdk-track-context"):
    leaf(9)

with (
    opik.start_as_current_trace(
        "by-context", input={"i": 1}, tags=["c"], metadata={"m": 2}, thread_id="context-thread"
    ) as trace,
    opik.start_as_current_span(
        "span-by-context", type="llm", input={"p": 1}, model="gpt-4o", provider="openai"
    ) as span,
):
    leaf(1)
    span.output = {"o": 1}
    span.usage = {"prompt_tokens": 5, "completion_tokens": 5, "total_tokens": 10}
    trace.output = {"done": True}


def broken_context():
    with opik.start_as_current_trace("broken-context"):
        raise KeyError("lost")


t.note("broken_context raised", raised(broken_context))
with opik.start_as_current_span("bare-span"):
    leaf(3)

opik.set_tracing_active(False)
leaf(77)
opik.reset_tracing_to_config_default()

with concurrent.futures.ThreadPoolExecutor(8) as pool:
    list(pool.map(lambda n: with_args(1000 + n), range(8)))

t.step("flush", client.flush)
t.step("get_errors_report", client.get_errors_report)
t.step("traces", client.search_traces, truncate=False)
t.step("spans", client.search_spans, truncate=False)
t.step("other traces", client.search_traces, project_name="sdk-track-other")
t.step("other spans", client.search_spans, project_name="sdk-track-other")
t.step("context traces", client.search_traces, project_name="sdk-track-context")
client.end()
t.write()
