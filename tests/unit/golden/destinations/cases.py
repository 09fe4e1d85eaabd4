"""Generations and configurations that tests of destinations share, and the golden payloads.

python -m tests.unit.golden.destinations.cases     writes <type>.json beside this file
"""

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

from sightline import __version__
from sightline.core.ids import derived_id
from sightline.destinations.base import (
    Delivery,
    Destination,
    Extras,
    all_destinations,
    decode_config,
    form,
    signed,
    url_fields,
)
from sightline.domain.generation import (
    Attempt,
    CallError,
    Cost,
    Generation,
    OpikHints,
    TraceHints,
    Usage,
    UsedApp,
    UsedKey,
    generation_id,
)

FOLDER = Path(__file__).parent
STARTED_US = 1_790_000_000_123_456
SPAN_ID = derived_id(STARTED_US // 1000, "golden")
ALL_EXTRAS = Extras(generation_cost=True, generation_identity=True, generation_request_context=True)
CANARY = "zebra-canary-4711"
IMAGE = "data:image/png;base64," + "iVBORw0KGgo" * 40

# Where what a form says is not enough.
_VALUES: dict[str, dict[str, Any]] = {
    "sentry": {"dsn": "https://abcdef0123456789@o1.ingest.example/42"},
    "s3": {"bucketName": "traces", "accessKeyId": "AKIDEXAMPLE"},
    "snowflake": {"account": "myorg-account123"},
}


def config_values(destination: Destination) -> dict[str, Any]:
    """Return values for every key without a default, as a user would type them."""
    urls = url_fields(destination)
    found: dict[str, Any] = {}
    for field in form(destination):
        if field.secret:
            found[field.key] = f"secret-{field.key}-AbCd"
        elif field.required and field.key in urls:
            found[field.key] = f"https://{destination.type}.example/base"
        elif field.required:
            found[field.key] = f"my-{field.key}"
    return found | _VALUES.get(destination.type, {})


def config_of(destination: Destination) -> Any:
    return decode_config(destination, config_values(destination))


def rich_generation() -> Generation:
    """A streamed chat call with everything: two attempts, tools, an image, trace hints."""
    messages = [
        {"role": "system", "content": "Be brief."},
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "What is in this picture?"},
                {"type": "image_url", "image_url": {"url": IMAGE}},
            ],
        },
    ]
    tool_calls = [
        {
            "id": "call_1",
            "type": "function",
            "function": {"name": "look", "arguments": '{"where":"left"}'},
        }
    ]
    message = {"role": "assistant", "content": "A zebra.", "tool_calls": tool_calls}
    return Generation(
        id=generation_id(SPAN_ID),
        workspace_id=derived_id(0, "workspace"),
        model_requested="openai/gpt-4o",
        model="openai/gpt-4o-2024-08-06",
        upstream_model="gpt-4o-2024-08-06",
        provider="OpenAI",
        provider_slug="openai",
        started_us=STARTED_US,
        ended_us=STARTED_US + 1_200_000,
        first_token_us=STARTED_US + 450_000,
        streamed=True,
        finish_reason="tool_calls",
        native_finish_reason="tool_calls",
        input=json.dumps({"messages": messages}),
        output=json.dumps(
            {"choices": [{"index": 0, "finish_reason": "tool_calls", "message": message}]}
        ),
        completion="A zebra.",
        reasoning="It has stripes.",
        tool_calls=json.dumps(tool_calls),
        parameters='{"temperature":0.2,"max_tokens":300,"tools":[{"type":"function","function":'
        '{"name":"look","parameters":{"type":"object"}}}]}',
        has_tools=True,
        usage=Usage(
            prompt_tokens=1400,
            completion_tokens=29,
            total_tokens=1429,
            cached_tokens=1024,
            cache_write_tokens=64,
            cache_write_5m_tokens=64,
            reasoning_tokens=7,
        ),
        cost=Cost(
            input=Decimal("0.0021"),
            output=Decimal("0.00029"),
            total=Decimal("0.00239"),
            upstream=Decimal("0.0024"),
        ),
        attempts=(
            Attempt(
                provider="Azure",
                provider_slug="azure",
                endpoint_id="azure-1",
                model="gpt-4o",
                status=429,
                started_us=STARTED_US + 1_000,
                ended_us=STARTED_US + 101_000,
                error="rate limited",
            ),
            Attempt(
                provider="OpenAI",
                provider_slug="openai",
                endpoint_id="openai-1",
                model="gpt-4o-2024-08-06",
                status=200,
                started_us=STARTED_US + 102_000,
                headers_us=STARTED_US + 402_000,
                ended_us=STARTED_US + 1_199_000,
                is_byok=True,
            ),
        ),
        user="user_1",
        session_id="sess_9",
        trace=TraceHints(
            trace_id="wf_1",
            trace_name="Doc run",
            span_name="Step 2",
            generation_name="Summarise",
            parent_span_id="00f067aa0ba902b7",
            environment="production",
            release="2026.1",
            custom='{"version":"1.2.3","feature":{"a":{"b":{"c":1}}}}',
        ),
        opik=OpikHints(tags=("nightly", "zoo"), metadata='{"for_opik":true}'),
        metadata='{"tenant":"acme","weight":0.5}',
        key=UsedKey(hash="ab" * 32, name="ci", label="sk-sl-v1-0e6...1234"),
        app=UsedApp(title="Zoo", referer="https://zoo.example", user_agent="zoo/1.0"),
        upstream_id="chatcmpl-1",
        is_byok=True,
    )


def plain_generation(**fields: Any) -> Generation:
    """A small call of which the fields given are told."""
    base: dict[str, Any] = {
        "id": generation_id(SPAN_ID),
        "model": "openai/gpt-4o",
        "provider": "OpenAI",
        "provider_slug": "openai",
        "started_us": STARTED_US,
        "ended_us": STARTED_US + 500_000,
        "input": '{"messages":[{"role":"user","content":"Hello"}]}',
        "output": '{"choices":[{"message":{"role":"assistant","content":"Hi"}}]}',
        "completion": "Hi",
    }
    return Generation(**base | fields)


def canary_generation() -> Generation:
    """A failed call with the canary wherever prompt or answer can be, nested copies too."""
    part = {"type": "text", "text": f"see {CANARY}", "cache_control": {"note": CANARY}}
    answer = {"role": "assistant", "content": CANARY, "reasoning_details": [{"text": CANARY}]}
    calls = [{"id": "c", "function": {"name": CANARY, "arguments": f'{{"q":"{CANARY}"}}'}}]
    schema = {"type": "object", "description": CANARY, "properties": {CANARY: {"type": "string"}}}
    parameters = {
        "temperature": 0.25,
        "max_tokens": 77,
        "service_tier": CANARY,
        "stop": [CANARY],
        "user_note": CANARY,
        "tools": [{"type": "function", "function": {"name": CANARY, "parameters": schema}}],
        "tool_choice": {"type": "function", "function": {"name": CANARY}},
        "response_format": {"type": "json_schema", "json_schema": {"schema": schema}},
        "prediction": {"type": "content", "content": CANARY},
        "web_search_options": {"search_context": CANARY},
        "plugins": [{"id": "web", "search_prompt": CANARY}],
        "logit_bias": {CANARY: 1},
        "reasoning": {"effort": "high", "summary": CANARY},
        "provider": {"order": [CANARY]},
        "transforms": [CANARY],
        "messages": [{"content": CANARY}],
        "previous_response_id": CANARY,
    }
    return Generation(
        id=generation_id(SPAN_ID),
        model_requested="openai/gpt-4o",
        model="openai/gpt-4o",
        provider="OpenAI",
        provider_slug="openai",
        started_us=STARTED_US,
        ended_us=STARTED_US + 1_000_000,
        first_token_us=STARTED_US + 300_000,
        status=502,
        error=CallError(type="provider_unavailable", message=f"cannot parse {CANARY}", code=502),
        input=json.dumps(
            {
                "messages": [{"role": "user", "content": [part]}],
                "system": CANARY,
                "instructions": CANARY,
            }
        ),
        output=json.dumps({"choices": [{"message": {**answer, "tool_calls": calls}}]}),
        completion=CANARY,
        reasoning=CANARY,
        tool_calls=json.dumps(calls),
        parameters=json.dumps(parameters),
        usage=Usage(prompt_tokens=31_337, completion_tokens=4_242, total_tokens=35_579),
        cost=Cost(input=Decimal("0.011"), output=Decimal("0.022"), total=Decimal("0.033777")),
        attempts=(
            Attempt(
                provider="OpenAI",
                status=502,
                started_us=STARTED_US,
                ended_us=STARTED_US + 900_000,
                error=f"upstream said: {CANARY}",
            ),
        ),
        user="user_1",
        session_id="sess_9",
        trace=TraceHints(trace_name="Doc run", span_name="Step 2", custom='{"version":"1.2.3"}'),
        metadata='{"tenant":"acme-corp"}',
        key=UsedKey(hash="ab" * 32, name="ci", label="sk-sl-v1-0e6...1234"),
    )


def readable(destination: Destination, deliveries: list[Delivery]) -> Any:
    """Return deliveries as JSON that a person can check, with headers as they go out."""
    found = []
    config = config_of(destination)
    for delivery in deliveries:
        requests = []
        for request in delivery.requests:
            ready = signed(destination, config, request, STARTED_US + 5_000_000)
            body = [json.loads(line) for line in ready.body.splitlines()]
            requests.append(
                {
                    "method": ready.method,
                    "url": ready.url,
                    "headers": ready.headers,
                    "body": body[0] if len(body) == 1 else body,
                }
            )
        found.append({"generations": list(delivery.generations), "requests": requests})
    # What changes with every release.
    text = re.sub(
        rf'(?<=["\\\\]){re.escape(__version__)}(?=["\\\\])', "<version>", json.dumps(found)
    )
    text = re.sub(r"(?<=insert_deduplication_token=)[0-9a-f]{64}", "<hash>", text)
    return json.loads(re.sub(r"(?<=requestId=)[0-9a-f-]{36}", "<id>", text))


def golden(destination: Destination) -> Any:
    """Return what the golden file of a destination should hold."""
    config = config_of(destination)
    return readable(destination, destination.deliveries(config, [rich_generation()], ALL_EXTRAS))


def golden_file(destination: Destination) -> Path:
    return FOLDER / f"{destination.type}.json"


if __name__ == "__main__":
    for one in all_destinations().values():
        text = json.dumps(golden(one), indent=2, ensure_ascii=False)
        golden_file(one).write_text(text + "\n", encoding="utf-8")
