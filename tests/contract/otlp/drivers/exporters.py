"""Run by OpenTelemetry's Python: spans through its exporters, each case to a project of its own.

    exporters.py <JSON of: url, keyed_url, key, trace_id, span_id>

Prints what the exporters said, as one JSON object.
"""

import json
import os
import sys
from typing import Any

from opentelemetry.exporter.otlp.common.http import Compression as JsonCompression
from opentelemetry.exporter.otlp.json.http.trace_exporter import (
    OTLPSpanExporter as JsonExporter,
)
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, Tracer, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import Link, SpanKind, Status, StatusCode

GIVEN = json.loads(sys.argv[1])
OPIK_PATH = f"{GIVEN['url']}/api/v1/private/otel/v1/traces"
OWN_PATH = f"{GIVEN['url']}/v1/traces"
RESOURCE = Resource.create({"service.name": "shop", "deployment.environment.name": "staging"})
facts: dict[str, Any] = {}


def recorder() -> tuple[Tracer, InMemorySpanExporter]:
    """Return a tracer and where its spans are kept."""
    memory = InMemorySpanExporter()
    provider = TracerProvider(resource=RESOURCE)
    provider.add_span_processor(SimpleSpanProcessor(memory))
    return provider.get_tracer("shop-tracer", "1.2.3"), memory


def to(project: str, **more: str) -> dict[str, str]:
    return {"projectName": project, "Comet-Workspace": "default", "Authorization": "any", **more}


def export(case: str, exporter: SpanExporter, spans: list[ReadableSpan]) -> None:
    facts.setdefault(case, []).append(exporter.export(spans).name)
    exporter.shutdown()


def agent_run() -> list[ReadableSpan]:
    """A root, a model call and a tool below it, in the order in which they end."""
    tracer, memory = recorder()
    with tracer.start_as_current_span("agent", attributes={"input": "Plan a trip"}) as root:
        with tracer.start_as_current_span("chat gpt-4o-mini", kind=SpanKind.CLIENT) as call:
            call.set_attributes(
                {
                    "gen_ai.operation.name": "chat",
                    "gen_ai.system": "openai",
                    "gen_ai.request.model": "gpt-4o-mini",
                    "gen_ai.response.model": "gpt-4o-mini-2024-07-18",
                    "gen_ai.usage.input_tokens": 1000,
                    "gen_ai.usage.output_tokens": 500,
                    "gen_ai.conversation.id": "conversation-1",
                    "gen_ai.response.finish_reasons": ["stop"],
                    "gen_ai.input.messages": '[{"role": "user", "parts": []}]',
                }
            )
        with tracer.start_as_current_span("execute_tool weather") as tool:
            tool.set_attributes(
                {
                    "gen_ai.operation.name": "execute_tool",
                    "gen_ai.tool.name": "weather",
                    "gen_ai.tool.call.arguments": '{"city": "Oslo"}',
                    "gen_ai.tool.call.result": '{"degrees": -3}',
                }
            )
        root.set_attribute("output", "Go to Oslo")
        root.set_attribute("opik.tags", ["trip", "demo"])
        root.set_attribute("opik.metadata.plan", "pro")
    return list(memory.get_finished_spans())


def encodings() -> None:
    """The same run through every encoding, compression and address."""
    for case, exporter in {
        "otlp-protobuf": OTLPSpanExporter(OPIK_PATH, headers=to("otlp-protobuf")),
        "otlp-protobuf-gzip": OTLPSpanExporter(
            OWN_PATH, headers=to("otlp-protobuf-gzip"), compression=Compression.Gzip
        ),
        "otlp-protobuf-deflate": OTLPSpanExporter(
            OPIK_PATH, headers=to("otlp-protobuf-deflate"), compression=Compression.Deflate
        ),
        "otlp-json": JsonExporter(OWN_PATH, headers=to("otlp-json")),
        "otlp-json-gzip": JsonExporter(
            OPIK_PATH, headers=to("otlp-json-gzip"), compression=JsonCompression.GZIP
        ),
    }.items():
        export(case, exporter, agent_run())


def by_environment() -> None:
    """Settings as operators write them, sent by a batch processor when the program ends."""
    os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"] = f"{GIVEN['url']}/api/v1/private/otel"
    os.environ["OTEL_EXPORTER_OTLP_HEADERS"] = (
        "projectName=otlp%20by%20environment,Comet-Workspace=default"
    )
    provider = TracerProvider(resource=RESOURCE)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    tracer = provider.get_tracer("shop-tracer")
    for number in range(600):  # more than one batch of 512
        with tracer.start_as_current_span(f"step {number}"):
            pass
    provider.shutdown()
    for name in ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_HEADERS"):
        del os.environ[name]


def halves() -> None:
    """Children first and as JSON, then the root as protobuf."""
    *children, root = agent_run()
    headers = to("otlp-halves")
    export("otlp-halves", JsonExporter(OPIK_PATH, headers=headers), children)
    export("otlp-halves", OTLPSpanExporter(OPIK_PATH, headers=headers), [root])


def again() -> None:
    """All of a run in each encoding, the root at another place."""
    *children, root = agent_run()
    headers = to("otlp-again")
    export("otlp-again", OTLPSpanExporter(OPIK_PATH, headers=headers), [*children, root])
    export("otlp-again", JsonExporter(OWN_PATH, headers=headers), [root, *children])


def linked() -> None:
    """A tree that hangs in a trace of the Opik SDK."""
    tracer, memory = recorder()
    links = {"opik.trace_id": GIVEN["trace_id"], "opik.parent_span_id": GIVEN["span_id"]}
    with (
        tracer.start_as_current_span("otel step", attributes=links),
        tracer.start_as_current_span("chat") as call,
    ):
        call.set_attribute("gen_ai.usage.cost", 0.25)
        call.set_attribute("gen_ai.request.model", "gpt-4o")
    spans = list(memory.get_finished_spans())
    export("otlp-linked", OTLPSpanExporter(OPIK_PATH, headers=to("otlp-linked")), spans)


def odd_links() -> None:
    """Ids that are none of Opik's are not followed."""
    tracer, memory = recorder()
    with tracer.start_as_current_span("alone", attributes={"opik.trace_id": "not-an-id"}):
        pass
    spans = list(memory.get_finished_spans())
    export("otlp-odd-links", OTLPSpanExporter(OPIK_PATH, headers=to("otlp-odd-links")), spans)


def failing() -> None:
    tracer, memory = recorder()
    elsewhere = tracer.start_span("elsewhere")
    try:
        with tracer.start_as_current_span("raises", links=[Link(elsewhere.context)]) as span:
            span.add_event("retry", {"attempt": 2, "why": '{"code": 429}'})
            raise ValueError("no such city")
    except ValueError:
        pass
    with tracer.start_as_current_span("says so") as span:
        span.set_status(Status(StatusCode.ERROR, "gave up"))
    with tracer.start_as_current_span("fine") as span:
        span.set_status(StatusCode.OK)
    spans = list(memory.get_finished_spans())
    export("otlp-errors", OTLPSpanExporter(OPIK_PATH, headers=to("otlp-errors")), spans)


def values() -> None:
    """Every type of attribute, through both encodings."""
    tracer, memory = recorder()
    attributes = {
        "input.text": "päivää 👋",
        "input.int": 2**53 + 1,
        "input.negative": -5,
        "input.float": 1.5,
        "input.bool": False,
        "input.empty": "",
        "input.zero": 0,
        "input.texts": ["a", "b"],
        "input.ints": [1, 2],
        "input.none": [],
        "input.map": {"deep": {"n": 1, "list": ["x"]}},
        "input.bytes": b"\x00\xff",
        "input.json": '{"a": [1, {"b": null}]}',
        "input.broken": "{not json",
    }
    with tracer.start_as_current_span("values", attributes=attributes):
        pass
    spans = list(memory.get_finished_spans())
    protobuf, text = to("otlp-values-protobuf"), to("otlp-values-json")
    export("otlp-values", OTLPSpanExporter(OPIK_PATH, headers=protobuf), spans)
    export("otlp-values", JsonExporter(OPIK_PATH, headers=text), spans)


def keys() -> None:
    """A server that asks for keys: the right one bare and as Bearer, a wrong one, none."""
    path, key = f"{GIVEN['keyed_url']}/v1/traces", GIVEN["key"]
    for case, said in {
        "bare": {"Authorization": key},
        "bearer": {"Authorization": f"Bearer {key}"},
        "wrong": {"Authorization": "wrong"},
        "none": {},
    }.items():
        headers = {"projectName": f"otlp-key-{case}", **said}
        export(f"key-{case}", OTLPSpanExporter(path, headers=headers), agent_run())


encodings()
by_environment()
halves()
again()
linked()
odd_links()
failing()
values()
keys()
print(json.dumps(facts))
