"""The SDK's exporters against a server that keeps what it gets."""

import http.server
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

import sightline.exporters
from sightline.destinations.base import all_destinations
from sightline.exporters import ExportError, LLMCall, MultiExporter, OpikExporter, WebhookExporter


def readable(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body.decode()


class Sink:
    """A server on 127.0.0.1 that remembers requests and answers as it is told."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, str, dict[str, str], Any]] = []
        self.answers: list[tuple[int, bytes]] = []
        sink = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                sink.requests.append((self.command, self.path, headers, readable(body)))
                status, answer = sink.answers.pop(0) if sink.answers else (204, b"")
                self.send_response(status)
                if 300 <= status < 400:
                    self.send_header("Location", f"{sink.url}/elsewhere")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *args: object) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def sink() -> Iterator[Sink]:
    sink = Sink()
    yield sink
    sink.close()


def opik(sink: Sink, **more: Any) -> OpikExporter:
    return OpikExporter(base_url=f"{sink.url}/api", **more)


CALL = LLMCall(
    model="gpt-4o",
    provider="openai",
    input_tokens=500,
    output_tokens=150,
    duration=timedelta(milliseconds=1200),
    cost=0.003,
    messages=[{"role": "user", "content": "2 < 3 & päivää?"}],
    response={"content": "yes"},
    metadata={"experiment": "baseline-v2"},
)


def test_a_call_is_a_trace_and_a_span(sink: Sink) -> None:
    with opik(sink, api_key="key", workspace="team", project_name="p") as exporter:
        exporter.export_llm_call(CALL)
    (_, traces_path, headers, traces), (_, spans_path, _, spans) = sink.requests
    assert (traces_path, spans_path) == (
        "/api/v1/private/traces/batch",
        "/api/v1/private/spans/batch",
    )
    assert (headers["authorization"], headers["comet-workspace"]) == ("key", "team")
    (trace,), (span,) = traces["traces"], spans["spans"]
    assert trace["name"] == span["name"] == "openai/gpt-4o"
    assert trace["input"] == {"messages": [{"role": "user", "content": "2 < 3 & päivää?"}]}
    assert trace["output"] == {"response": {"content": "yes"}}
    assert trace["metadata"]["experiment"] == "baseline-v2"
    assert (span["model"], span["provider"]) == ("gpt-4o", "openai")
    assert span["usage"]["total_tokens"] == 650
    assert span["total_estimated_cost"] == 0.003
    assert span["trace_id"] == trace["id"]


def test_sparse_and_failed_calls(sink: Sink) -> None:
    exporter = opik(sink)
    exporter.export_llm_call(LLMCall(model="m"))
    exporter.export_llm_call(
        LLMCall(
            model="m",
            error="rate limited",
            cost=Decimal("0.1"),
            response="text",
            metadata={"when": object()},
        )
    )
    (first,), (second,) = (body["spans"] for _, path, _, body in sink.requests if "spans" in path)
    assert first["name"] == "m"
    assert "usage" not in first
    assert "total_estimated_cost" not in first
    assert second["error_info"]["message"] == "rate limited"
    assert second["output"] == {"response": "text"}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"error":{"message":"no such key"}}', "no such key"),
        (b'{"code":401,"message":"API key is wrong"}', "API key is wrong"),
        (b"go away", "go away"),
        (b'{"errors":["x"]}', '{"errors":["x"]}'),
    ],
)
def test_refusals_read_as_they_should(sink: Sink, body: bytes, said: str) -> None:
    sink.answers = [(401, body)]
    with pytest.raises(ExportError) as caught:
        opik(sink).export_llm_call(CALL)
    assert str(caught.value) == f"opik: export: api error (status 401): {said}"
    assert (caught.value.http_status, caught.value.destination) == (401, "opik")
    assert len(sink.requests) == 1


def test_no_answer_is_an_error_too(sink: Sink) -> None:
    sink.close()
    with pytest.raises(ExportError, match=r"^opik: export: .*refused") as caught:
        opik(sink).export_llm_call(CALL)
    assert caught.value.http_status is None


def test_redirects_are_not_followed(sink: Sink) -> None:
    sink.answers = [(307, b""), (204, b"")]
    with pytest.raises(ExportError, match="status 307"):
        opik(sink, api_key="secret").export_llm_call(CALL)
    assert len(sink.requests) == 1


def test_the_cloud_needs_a_key() -> None:
    with pytest.raises(ExportError) as caught:
        OpikExporter()
    assert str(caught.value) == "opik: API key is required"


def test_every_destination_has_an_exporter() -> None:
    for type in all_destinations():
        name = "".join(word.capitalize() for word in type.split("-")) + "Exporter"
        exporter = getattr(sightline.exporters, name)
        assert exporter.__name__ == name
        assert name in dir(sightline.exporters)
        assert exporter is getattr(sightline.exporters, name)
    with pytest.raises(AttributeError, match="PigeonExporter"):
        _ = sightline.exporters.PigeonExporter


def test_arguments_are_the_keys_in_snake_case(sink: Sink) -> None:
    with pytest.raises(ExportError, match=r"langfuse: config\.secretKey is required"):
        sightline.exporters.LangfuseExporter(public_key="pk")
    with pytest.raises(ExportError, match="unknown argument `publicKey`; known are public_key"):
        sightline.exporters.LangfuseExporter(publicKey="pk")
    exporter = sightline.exporters.LangfuseExporter(
        public_key="pk", secret_key="sk", base_url=sink.url, timeout=5
    )
    exporter.export_llm_call(CALL)
    assert sink.requests[0][1] == "/api/public/ingestion"


def test_a_table_is_made_once(sink: Sink) -> None:
    exporter = sightline.exporters.ClickhouseExporter(
        host=sink.url, username="default", password=""
    )
    exporter.export_llm_call(CALL)
    exporter.export_llm_call(CALL)
    create, first, second = sink.requests
    assert create[3].startswith("CREATE TABLE IF NOT EXISTS `default`.`SIGHTLINE_TRACES`")
    assert first[3]["SPAN_ID"] != second[3]["SPAN_ID"]


class Recorder:
    def __init__(self, error: Exception | None = None) -> None:
        self.calls: list[LLMCall] = []
        self.flushed = 0
        self.error = error

    def export_llm_call(self, call: LLMCall) -> None:
        self.calls.append(call)
        if self.error:
            raise self.error

    def flush(self) -> None:
        self.flushed += 1
        if self.error:
            raise self.error


def test_multi_calls_all_and_raises_the_first() -> None:
    first, second, third = Recorder(ValueError("1")), Recorder(ValueError("2")), Recorder()
    multi = MultiExporter(first, second, third)
    with pytest.raises(ValueError, match="1"):
        multi.export_llm_call(CALL)
    assert first.calls == second.calls == third.calls == [CALL]
    with pytest.raises(ValueError, match="1"):
        multi.flush()
    assert third.flushed == 1
    MultiExporter().export_llm_call(CALL)


def test_multi_with_real_exporters(sink: Sink) -> None:
    with MultiExporter(opik(sink), WebhookExporter(url=f"{sink.url}/hook")) as multi:
        multi.export_llm_call(CALL)
    assert [path for _, path, _, _ in sink.requests][-1] == "/hook"


def test_a_test_stores_nothing_and_says_whether_it_works(sink: Sink) -> None:
    exporter = WebhookExporter(url=sink.url)
    sink.answers = [(400, b""), (403, b'{"message":"no"}')]
    exporter.test()
    with pytest.raises(ExportError, match=r"status 403.*: no"):
        exporter.test()
    assert all(body == {"resourceSpans": []} for _, _, _, body in sink.requests)


def test_importing_exporters_imports_no_server() -> None:
    code = (
        "import sys, sightline.exporters as e; e.LangfuseExporter; dir(e);"
        "print(sorted({m.split('.')[0] for m in sys.modules}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    heavy = {
        "aiohttp",
        "alembic",
        "asyncio",
        "chdb",
        "clickhouse_connect",
        "cryptography",
        "uvicorn",
        "litestar",
        "obstore",
        "sqlalchemy",
        "uvloop",
    }
    assert heavy.isdisjoint(json.loads(done.stdout.replace("'", '"')))
