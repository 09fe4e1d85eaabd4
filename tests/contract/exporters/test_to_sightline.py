"""What exporters and destinations send arrives in Sightline and reads back as it was meant."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from msgspec.structs import replace

from sightline.core.ids import derived_id, format_id
from sightline.destinations.base import (
    Delivery,
    Extras,
    HttpResponse,
    decode_config,
    find_destination,
    judge,
    judge_test,
)
from sightline.domain.broadcast import without_content
from sightline.domain.generation import generation_id
from sightline.exporters import ExportError, LLMCall, OpikExporter, OtelCollectorExporter
from tests.contract.reading import Reader, make_key
from tests.live import LiveServer, live
from tests.unit.golden.destinations.cases import (
    CANARY,
    IMAGE,
    SPAN_ID,
    canary_generation,
    rich_generation,
)

GUIDE = Path(__file__).parents[3] / "docs" / "guides" / "exporters.md"


def deliver(server: LiveServer, type: str, deliveries: list[Delivery]) -> None:
    """Send deliveries as they are, and see that they are taken."""
    for delivery in deliveries:
        for request in delivery.requests:
            parts = urlsplit(request.url)
            answer = server.request(
                request.method, parts.path, request.body, headers=request.headers
            )
            response = HttpResponse(status=answer.status, body=answer.body)
            assert judge(find_destination(type), response) == "delivered", answer


def opik_config(server: LiveServer, project: str, **more: Any) -> Any:
    values = {"workspace": "default", "projectName": project, "url": server.api, **more}
    return decode_config(find_destination("opik"), values)


def test_opik_payload(server):
    project = "broadcast-opik"
    destination = find_destination("opik")
    config = opik_config(server, project)
    deliver(server, "opik", destination.deliveries(config, [rich_generation()], Extras()))
    # Once more, as after an answer that was lost: nothing doubles.
    deliver(server, "opik", destination.deliveries(config, [rich_generation()], Extras()))
    found = Reader(server).project(project)
    trace, group, span = found.trace, found.named("Step 2"), found.named("Summarise")
    assert len(found.spans) == 2
    assert trace["name"] == "Doc run"
    assert trace["thread_id"] == "sess_9"
    assert set(trace["tags"]) == {"nightly", "zoo"}
    assert trace["metadata"]["sightline_trace_id"] == "wf_1"
    assert trace["metadata"]["tenant"] == "acme"
    assert span["id"] == format_id(SPAN_ID)
    assert span["parent_span_id"] == group["id"]
    assert span["type"] == "llm"
    assert span["usage"]["total_tokens"] == 1429
    assert span["total_estimated_cost"] == pytest.approx(0.00239)
    assert trace["total_estimated_cost"] == pytest.approx(0.00239)
    assert trace["duration"] == 1200
    assert IMAGE[:40] not in json.dumps(trace)


def test_opik_test_knows_good_keys_from_bad_ones(tmp_path):
    destination = find_destination("opik")
    with live(tmp_path / "data", env={"SIGHTLINE_AUTH__KEYS": "on"}) as server:
        key = make_key(server)
        for given, expected in ((key, "delivered"), ("wrong", "refused")):
            request = destination.test(opik_config(server, "p", apiKey=given))
            path = urlsplit(request.url).path
            answer = server.request("POST", path, request.body, headers=request.headers)
            response = HttpResponse(status=answer.status, body=answer.body)
            assert judge_test(destination, response) == expected, answer


@pytest.mark.parametrize("type", ["otel-collector", "webhook"])
def test_otlp_payload(server, type):
    project = f"broadcast-{type}"
    destination = find_destination(type)
    key = "endpoint" if type == "otel-collector" else "url"
    values = {key: f"{server.url}/v1/traces", "headers": {"projectName": project}}
    config = decode_config(destination, values)
    deliver(server, type, destination.deliveries(config, [rich_generation()], Extras()))
    deliver(server, type, destination.deliveries(config, [rich_generation()], Extras()))
    found = Reader(server).project(project)
    assert sorted(span["name"] for span in found.spans) == [
        "Step 2",
        "Summarise",
        "provider attempt 1: Azure",
        "provider attempt 2: OpenAI",
    ]
    span = found.named("Summarise")
    assert span["type"] == "llm"
    assert span["model"] == "openai/gpt-4o-2024-08-06"
    assert span["provider"] == "openai"
    assert span["total_estimated_cost"] == pytest.approx(0.00239)
    assert span["usage"]["prompt_tokens"] == 1400
    assert span["input"]["messages"][0] == {"role": "system", "content": "Be brief."}
    assert span["output"]["completion"] == "A zebra."
    assert span["metadata"]["tenant"] == "acme"


def test_otlp_test_stores_nothing(server):
    destination = find_destination("webhook")
    values = {"url": f"{server.url}/v1/traces", "headers": {"projectName": "broadcast-test"}}
    request = destination.test(decode_config(destination, values))
    answer = server.post("/v1/traces", request.body, headers=request.headers)
    assert judge_test(destination, HttpResponse(status=answer.status)) == "delivered"
    assert Reader(server).traces("broadcast-test") == []


def test_privacy_mode_reaches_the_store_without_a_word(server):
    project = "broadcast-private"
    destination = find_destination("opik")
    # The server is shared: an id of its own.
    call = replace(canary_generation(), id=generation_id(derived_id(1_790_000_000_000, project)))
    batch = [without_content(call)]
    deliver(server, "opik", destination.deliveries(opik_config(server, project), batch, Extras()))
    found = Reader(server).project(project)
    assert CANARY not in json.dumps([found.traces, found.spans])
    assert found.trace["usage"]["prompt_tokens"] == 31_337
    assert found.trace["error_info"]["exception_type"] == "provider_unavailable"


def test_exporters_send_to_it(server):
    call = LLMCall(
        model="gpt-4o",
        provider="openai",
        input_tokens=500,
        output_tokens=150,
        duration=1.2,
        messages=[{"role": "user", "content": "2 < 3?"}],
        response="yes",
        session_id="exporter-thread",
    )
    OpikExporter(base_url=server.api, project_name="exporter-opik").export_llm_call(call)
    OtelCollectorExporter(
        endpoint=f"{server.url}/v1/traces", headers={"projectName": "exporter-otlp"}
    ).export_llm_call(call)
    for project in ("exporter-opik", "exporter-otlp"):
        found = Reader(server).project(project)
        assert found.trace["name"] == "openai/gpt-4o"
        assert found.trace["thread_id"] == "exporter-thread"
        assert found.span["usage"]["total_tokens"] == 650
        # Priced by the list, since the call does not say its cost.
        assert found.span["total_estimated_cost"] == pytest.approx(500 * 2.5e-6 + 150 * 1e-5)


def test_a_refusal_says_why(tmp_path):
    with live(tmp_path / "data", env={"SIGHTLINE_AUTH__KEYS": "on"}) as server:
        exporter = OpikExporter(api_key="wrong", base_url=server.api)
        with pytest.raises(ExportError, match=r"^opik: export: api error \(status 401\): \w"):
            exporter.export_llm_call(LLMCall(model="m"))
        with pytest.raises(ExportError, match="status 401"):
            exporter.test()


def test_the_guide_works_as_printed(tmp_path):
    with live(tmp_path / "data") as server:
        blocks = re.findall(r"```python\n(.*?)```", GUIDE.read_text(), re.DOTALL)
        program = "\n".join(blocks).replace("http://localhost:5173", server.url)
        done = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith("opik: export: api error (status 404): ")
        found = Reader(server).project("Default Project")
        assert found.trace["name"] == "openai/gpt-4o"
        assert found.trace["metadata"]["experiment"] == "baseline-v2"
        assert found.span["total_estimated_cost"] == pytest.approx(0.003)
        assert found.span["usage"] == {
            "prompt_tokens": 500,
            "completion_tokens": 150,
            "total_tokens": 650,
            **{f"{name}_tokens": 0 for name in ("cached", "reasoning", "audio", "image", "video")},
        }
