"""Run by OpenTelemetry's Python: the same calls of OpenAI's client under three instrumentations.

instrumentations.py <JSON of: endpoint, upstream>
"""

import json
import os
import sys
from contextlib import suppress
from typing import Any

# What the official instrumentation needs to say what was asked and answered.
os.environ["OTEL_SEMCONV_STABILITY_OPT_IN"] = "gen_ai_latest_experimental"
os.environ["OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"] = "SPAN_ONLY"

import openai
from openinference.instrumentation import using_session, using_tags
from openinference.instrumentation.openai import OpenAIInstrumentor as OpenInference
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.openai import OpenAIInstrumentor as Traceloop
from opentelemetry.instrumentation.openai_v2 import OpenAIInstrumentor as Official
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

GIVEN = json.loads(sys.argv[1])
MESSAGES = [{"role": "system", "content": "Be brief"}, {"role": "user", "content": "Say hello"}]
WEATHER = {"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}


def calls(tracer: Any) -> None:
    client = openai.OpenAI(base_url=GIVEN["upstream"], api_key="any", max_retries=0)
    chat = client.chat.completions.create
    with tracer.start_as_current_span("plain"):
        chat(model="gpt-4o-mini", messages=MESSAGES, temperature=0.5)
    with tracer.start_as_current_span("stream"):
        options = {"include_usage": True}
        list(chat(model="gpt-4o-mini", messages=MESSAGES, stream=True, stream_options=options))
    with tracer.start_as_current_span("tool"):
        chat(model="gpt-4o-mini", messages=MESSAGES, tools=[WEATHER])
    with tracer.start_as_current_span("embedding"):
        client.embeddings.create(model="text-embedding-3-small", input=["a", "b"])
    with tracer.start_as_current_span("failing"), suppress(openai.RateLimitError):
        chat(model="broken-429", messages=MESSAGES)


for name, instrumentor in {
    "openinference": OpenInference(),
    "official": Official(),
    "traceloop": Traceloop(),
}.items():
    exporter = OTLPSpanExporter(GIVEN["endpoint"], headers={"projectName": f"otlp-{name}"})
    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(exporter))
    instrumentor.instrument(tracer_provider=provider)
    with using_session("session-1"), using_tags(["prod"]):
        calls(provider.get_tracer("app"))
    instrumentor.uninstrument()
    provider.shutdown()
