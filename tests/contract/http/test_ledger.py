"""The ledger: every message that a client sends is counted once, with what became of it."""

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sightline.core.ids import new_text_id
from tests.contract.http.conftest import Keyed
from tests.contract.http.making import BASE, CONSOLE, T0, project_id, put_trace
from tests.live import LiveServer, gzipped
from tests.modes import of_one_process

OTLP = f"{BASE}/otel/v1/traces"
LEDGER = f"{CONSOLE}/ledger"
OPIK = {"X-OPIK-DEBUG-SDK-VERSION": "2.2.122", "User-Agent": "python-httpx/0.28.1"}
CURL = {"User-Agent": "curl/8.5.0"}


def trace(place: str, **fields: Any) -> dict[str, Any]:
    return {"id": new_text_id(), "project_name": place, "name": "t", "start_time": T0, **fields}


def span(place: str, **fields: Any) -> dict[str, Any]:
    return {"trace_id": new_text_id(), **trace(place), **fields}


def otlp(names: list[str]) -> dict[str, Any]:
    spans = [
        {
            "traceId": f"{n + 1:032x}", "spanId": f"{n + 1:016x}", "name": name,
            "startTimeUnixNano": "1790000000000000000", "endTimeUnixNano": "1790000001000000000",
        }
        for n, name in enumerate(names)
    ]  # fmt: skip
    return {"resourceSpans": [{"resource": {}, "scopeSpans": [{"scope": {}, "spans": spans}]}]}


def ledger(server: LiveServer, query: str = "", **headers: str) -> dict[str, Any]:
    answer = server.get(f"{LEDGER}?{query}", headers=headers)
    assert answer.status == 200, answer.body
    found: dict[str, Any] = answer.json
    for counts in (found["total"], *found["rows"]):
        assert counts["received"] == counts["stored"] + counts["refused"]
        assert counts["refused"] == sum(counts["reasons"].values())
    assert found["total"]["stored"] == sum(step["stored"] for step in found["series"])
    assert found["total"]["refused"] == sum(step["refused"] for step in found["series"])
    return found


def of_project(
    server: LiveServer, place: str
) -> dict[tuple[str, str, str | None], tuple[Any, ...]]:
    """Return stored and reasons by face, client and version."""
    found = ledger(server, f"project_id={project_id(server, place)}")
    assert {row["project_name"] for row in found["rows"]} == {place}
    return {
        (row["face"], row["client"], row["client_version"]): (row["stored"], row["reasons"])
        for row in found["rows"]
    }


def becomes(read: Callable[[], object], wanted: object) -> None:
    """Assert what is read: at once, or when other processes have added up what they counted."""
    end = time.monotonic() + 20
    while read() != wanted and time.monotonic() < end:
        time.sleep(0.1)
    assert read() == wanted


def test_each_client_has_a_line_with_what_became_of_its_messages(server: LiveServer) -> None:
    place = "ledger-clients"
    batch = {"spans": [span(place) for _ in range(5)]}
    assert server.post(f"{BASE}/spans/batch", batch, headers=OPIK).status == 204
    packed = gzipped({"traces": [trace(place), trace(place)]})
    headers = {**OPIK, "Content-Encoding": "gzip", "Content-Type": "application/json"}
    assert server.post(f"{BASE}/traces/batch", packed, headers=headers).status == 204
    assert server.post(f"{BASE}/traces", trace(place), headers=CURL).status == 201
    python = {"User-Agent": "OTel-OTLP-Exporter-Python/1.38.0", "projectName": place}
    assert server.post(OTLP, otlp(["a", "b", "c"]), headers=python).status == 200

    wanted: dict[Any, Any] = {
        ("opik", "opik-python", "2.2.122"): (7, {}),
        ("opik", "curl", "8.5.0"): (1, {}),
        ("otlp", "otel-python", "1.38.0"): (3, {}),
    }
    becomes(lambda: of_project(server, place), wanted)


def test_what_is_refused_has_a_reason_and_the_number_of_messages_in_it(server: LiveServer) -> None:
    place = "ledger-reasons"
    first = trace(place)
    assert server.post(f"{BASE}/traces", first, headers=CURL).status == 201
    again = server.post(f"{BASE}/traces", first, headers=CURL)
    assert again.status == 409
    wrong_date = {"spans": [span(place), span(place, start_time="yesterday"), span(place)]}
    assert server.post(f"{BASE}/spans/batch", wrong_date, headers=CURL).status == 422
    wrong_type = {"spans": [span(place), span(place, type="unheard-of")]}
    assert server.post(f"{BASE}/spans/batch", wrong_type, headers=CURL).status == 422
    unknown = {"ids": [new_text_id(), first["id"], new_text_id()], "update": {"tags": ["x"]}}
    assert server.request("PATCH", f"{BASE}/traces/batch", unknown, headers=CURL).status == 204
    score = {"id": first["id"], "name": "good", "value": 1, "project_name": place, "source": "no"}
    body = {"scores": [score]}
    assert server.request("PUT", f"{BASE}/traces/feedback-scores", body, headers=CURL).status == 422

    counts = (2, {"conflict": 1, "bad_field": 6, "ignored": 2})
    becomes(lambda: of_project(server, place).get(("opik", "curl", "8.5.0")), counts)


def test_a_body_that_cannot_be_read_is_one_message_of_nobody(server: LiveServer) -> None:
    # By OTLP the header says whose it is, a name that no project has; without it, the project would
    # be the default one, which is there or is not.
    agent = {"User-Agent": "garbler/1.0", "projectName": "ledger-nowhere"}
    for path, body, more in (
        (f"{BASE}/spans/batch", b'{"spans": [', {}),
        (f"{BASE}/spans/batch", b"no gzip at all", {"Content-Encoding": "gzip"}),
        (OTLP, b"\xff\xff\xff", {"Content-Type": "application/x-protobuf"}),
        (OTLP, b"<xml/>", {"Content-Type": "text/xml"}),
        ("/v1/logs", b"{}", {}),
    ):
        headers = {"Content-Type": "application/json", **agent, **more}
        assert server.post(path, body, headers=headers).status >= 400

    def seen() -> dict[tuple[str, str | None], dict[str, int]]:
        rows = [row for row in ledger(server)["rows"] if row["client"] == "garbler"]
        assert {row["client_version"] for row in rows} <= {"1.0"}
        return {(row["face"], row["project_name"]): row["reasons"] for row in rows}

    wanted = {
        ("opik", None): {"bad_request": 2},
        ("otlp", None): {"bad_request": 1, "not_taken": 2},
    }
    becomes(seen, wanted)


def test_a_call_of_the_gateway_is_a_message_too(server: LiveServer) -> None:
    place = "ledger-gateway"
    agent = {"User-Agent": "AsyncOpenAI/Python 2.1.0", "opik_project_name": place}
    said = {"model": "sightline/echo", "messages": [{"role": "user", "content": "hello"}]}
    path = "/api/v1/chat/completions"
    assert server.post(path, said, headers=agent).status == 200
    assert server.post(path, {**said, "model": "no/such"}, headers=agent).status == 400
    assert server.post(path, {**said, "messages": 3}, headers=agent).status == 400
    until = time.monotonic() + 20
    rows: list[dict[str, Any]] = []
    # A call's record is brought to the store after its answer.
    while sum(row["received"] for row in rows) < 3 and time.monotonic() < until:
        rows = [r for r in ledger(server)["rows"] if r["client"] == "openai-python"]
    counts = {row["project_name"]: (row["stored"], row["refused"]) for row in rows}
    # The model that is not there is a trace with an error; a body that is no call is none.
    assert counts == {place: (2, 0), None: (0, 1)}


def test_names_that_clients_make_up_do_not_come_in(server: LiveServer) -> None:
    secret = "sk-0123456789abcdef"
    place = "ledger-names"
    for agent in (secret, f"{secret}/1.0", "<script>alert(1)</script>", "9" * 300):
        headers = {"User-Agent": agent}
        assert server.post(f"{BASE}/traces", trace(place), headers=headers).status == 201
    strange = {"traces": [trace(place, start_time=3, project_name=secret)]}
    assert server.post(f"{BASE}/traces/batch", strange).status == 422
    answer = server.get(LEDGER)
    assert secret[3:].encode() not in answer.body
    assert b"script" not in answer.body
    becomes(lambda: of_project(server, place), {("opik", "other", None): (4, {})})


def test_counts_are_there_after_a_stop_and_a_start(tmp_path: Path) -> None:
    place = "lasting"
    with LiveServer(tmp_path / "data") as server:
        for _ in range(3):
            put_trace(server, place)
        assert server.post(f"{BASE}/traces", {"name": 3}).status == 422

        def counts() -> tuple[int, int]:
            total = ledger(server)["total"]
            return total["stored"], total["refused"]

        becomes(counts, (3, 1))
        put_trace(server, place)
        assert server.stop() == 0
        server.start()
        assert counts() == (4, 1)
        put_trace(server, place)
        becomes(counts, (5, 1))


def test_what_is_too_large_is_counted_item_by_item_where_it_was_read(tmp_path: Path) -> None:
    bounds = {
        "SIGHTLINE_INGEST__MAX_FIELD_BYTES": "1024", "SIGHTLINE_INGEST__MAX_BODY_BYTES": "65536",
    }  # fmt: skip
    with LiveServer(tmp_path / "data", env=bounds) as server:
        put_trace(server, "large")
        long = {"text": "x" * 2000}
        batch = {"traces": [trace("large"), trace("large", input=long), trace("large")]}
        assert server.post(f"{BASE}/traces/batch", batch).status == 413
        flood = gzipped({"traces": [trace("large", input={"text": "x" * 70_000})]})
        headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
        assert server.post(f"{BASE}/traces/batch", flood, headers=headers).status == 413

        def seen() -> dict[str | None, tuple[int, dict[str, int]]]:
            rows = ledger(server)["rows"]
            return {row["project_name"]: (row["stored"], row["reasons"]) for row in rows}

        becomes(seen, {"large": (1, {"too_large": 3}), None: (0, {"too_large": 1})})


def test_a_workspace_sees_its_own_and_admins_what_came_before_the_key(keyed: Keyed) -> None:
    server = keyed.server
    ours = keyed.key("admin", workspace="ledger-ours")
    theirs = keyed.key("write", workspace="ledger-theirs")
    reader = keyed.key("read", workspace="ledger-ours")
    agent = {"User-Agent": "ledgertest/1.2.3"}
    body = {"traces": [trace("kept") for _ in range(4)]}
    path = f"{BASE}/traces/batch"
    assert server.post(path, body, headers={**agent, "Authorization": ours}).status == 204
    assert server.post(path, body, headers={**agent, "Authorization": reader}).status == 403
    assert server.post(path, body, headers=agent).status == 401
    assert server.post(path, body, headers={**agent, "Authorization": "wrong-one"}).status == 401

    assert ledger(server, Authorization=theirs)["rows"] == []

    def mine() -> set[tuple[Any, ...]]:
        rows = ledger(server, Authorization=reader)["rows"]
        return {(r["project_name"], r["stored"], *r["reasons"]) for r in rows}

    def before_the_key() -> list[dict[str, Any]]:
        rows = ledger(server, Authorization=ours)["rows"]
        return [r for r in rows if r["client"] == "ledgertest" and not r["is_ours"]]

    becomes(mine, {("kept", 4), (None, 0, "no_access")})
    becomes(lambda: [r["reasons"] for r in before_the_key()], [{"no_key": 1, "wrong_key": 1}])
    (before,) = before_the_key()
    assert (before["project_id"], before["client_version"]) == (None, "1.2.3")
    assert server.get(LEDGER).status == 401


def test_a_period_is_cut_into_steps_and_must_have_a_length(server: LiveServer) -> None:
    put_trace(server, "ledger-period")
    day = ledger(server)
    assert day["step_s"] == 900
    assert len(day["series"]) in (96, 97)
    month = ledger(server, "from=2020-01-01T00:00:00Z")
    assert month["step_s"] == 86_400
    assert month["total"]["received"] >= day["total"]["received"] > 0
    assert server.get(f"{LEDGER}?from=2199-01-01T00:00:00Z").status == 400
    assert server.get(f"{LEDGER}?from=then").status == 400
    gone = server.get(f"{LEDGER}?from=2020-01-01T00:00:00Z&to=2020-01-02T00:00:00Z")
    assert (gone.status, "31 days" in gone.json["detail"]) == (400, True)
    assert server.get(f"{LEDGER}?project_id={new_text_id()}").status == 404


# Each process has figures of its own.
@of_one_process
def test_metrics_count_by_face_and_reason(server: LiveServer) -> None:
    def figure(name: str, labels: str) -> int:
        text = server.get("/metrics").body.decode()
        found = re.search(rf"^sightline_ingest_{name}_total{{{labels}}} (\d+)$", text, re.MULTILINE)
        return int(found[1]) if found else 0

    names = [
        ("received", 'face="opik"'), ("stored", 'face="opik"'),
        ("refused", 'face="opik",reason="bad_field"'),
    ]  # fmt: skip
    before = [figure(*name) for name in names]
    put_trace(server, "ledger-metrics")
    wrong = {"traces": [trace("ledger-metrics"), {"name": "no start"}]}
    assert server.post(f"{BASE}/traces/batch", wrong).status == 422
    assert [figure(*name) - n for name, n in zip(names, before, strict=True)] == [3, 1, 2]
