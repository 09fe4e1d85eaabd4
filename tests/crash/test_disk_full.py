"""The disk is full: writes are refused in the words of each face, reads go on, nothing is lost."""

import re
from functools import partial
from pathlib import Path

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.crash.traffic import Traffic
from tests.live import Answer, LiveServer
from tests.small_disk import SmallDisk, small_disk
from tests.waiting import until

PROJECT = "full"
_API = "/api/v1/private"
READS = (
    "/health",
    "/ready",
    "/metrics",
    "/",
    f"{_API}/projects",
    f"{_API}/traces?project_name={PROJECT}&size=10",
    f"{_API}/spans?project_name={PROJECT}&size=10",
    f"{_API}/traces/stats?project_name={PROJECT}",
    "/api/console/projects",
    "/v1/models",
)
TRACE = {"id": "01a207a9-2802-7fce-ac0b-89f412d0ba9d", "start_time": "2026-11-22T03:46:12.367037Z"}


@pytest.mark.timeout(180)
def test_writes_stop_and_go_on_with_the_room(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        server = LiveServer(disk.folder / "data", stores={}, processes=1)
        server.log = tmp_path / "log"
        server.start()
        try:
            with Traffic(server.url, project=PROJECT) as traffic:
                traffic.wait_for_more(800)
                disk.fill()
                until(lambda: traffic.refusals[507] > 20 and traffic.refusals[503] > 5)
                _reads_go_on(server)
                _refusals_are_clear(server)
                disk.free()
                traffic.wait_for_more(400)
            traffic.check(server.url)
            _served_and_stopped_without_room(server, disk)
            # What was there before is there after it all.
            traffic.check(server.url)
            assert server.stop() == 0
        finally:
            server.kill()


def _served_and_stopped_without_room(server: LiveServer, disk: SmallDisk) -> None:
    disk.fill()
    assert server.stop(60) == 0
    disk.fill()
    server.start()
    _reads_go_on(server)
    _refusals_are_clear(server)
    assert server.stop(60) == 0
    server.start()
    disk.free()
    until(lambda: _write(server).status == 204)


def _reads_go_on(server: LiveServer) -> None:
    for path in READS:
        until(partial(_answers, server, path), why=path)
    assert server.get("/health").json["faults"] == ["disk_full"]
    assert "\nsightline_disk_refuses_writes 1\n" in server.get("/metrics").body.decode()


def _refusals_are_clear(server: LiveServer) -> None:
    rest = _write(server)
    assert rest.status == 507
    assert re.match("The disk of the (data folder|catalog) is full", rest.json["message"])
    assert int(rest.headers["retry-after"]) >= 1

    message = ExportTraceServiceRequest()
    span = message.resource_spans.add().scope_spans.add().spans.add()
    span.trace_id, span.span_id, span.name = b"t" * 16, b"s" * 8, "x"
    protobuf = {"Content-Type": "application/x-protobuf"}
    otlp = server.post("/v1/traces", message.SerializeToString(), headers=protobuf)
    # Exporters drop what they are told 507 of.
    assert otlp.status == 503
    assert re.search(b"The disk of the (data folder|catalog) is full", otlp.body)
    assert int(otlp.headers["retry-after"]) >= 1

    call = {"model": "sightline/echo", "messages": [{"role": "user", "content": "hi"}]}
    gateway = server.post("/v1/chat/completions", call)
    assert gateway.status == 503
    assert gateway.json["error"]["code"] == 503
    assert "The disk of the data folder is full" in gateway.json["error"]["message"]
    assert int(gateway.headers["retry-after"]) >= 1
    for answer in (rest, otlp, gateway):
        assert str(server.data).encode() not in answer.body


def _answers(server: LiveServer, path: str) -> bool:
    return server.get(path).status == 200


def _write(server: LiveServer) -> Answer:
    trace = {**TRACE, "project_name": PROJECT + "-2", "name": "one more"}
    return server.post(f"{_API}/traces/batch", {"traces": [trace]})
