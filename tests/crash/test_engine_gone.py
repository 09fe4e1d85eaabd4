"""A ClickHouse server that is killed, stops answering, or is not there yet, under every face.

Writes and reads are then refused with a time to come again; calls through the gateway go on and
are stored later; when it is back so is all else, without a restart and with nothing lost or twice.
"""

import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sightline.core.ids import new_text_id
from tests import outside
from tests.crash.traffic import Traffic
from tests.live import LiveServer, free_port
from tests.outside import OnClickHouse
from tests.waiting import until
from tools.postgres import Cluster

PRIVATE = "/api/v1/private"
CONSOLE = "/api/console"
# Of an answer, when a query may take two seconds.
PATIENCE_S = 30


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OnClickHouse]:
    env = {"SIGHTLINE_ANALYTICS__QUERY_TIMEOUT_S": "2"}
    folder = tmp_path_factory.mktemp("engine")
    with outside.on_clickhouse(folder, env=env, stores={}, processes=1) as it:
        yield it


def test_it_is_killed_and_comes_back(world: OnClickHouse) -> None:
    server, clickhouse = world
    with Traffic(server.url, project="killed", pause_s=0.01) as traffic:
        traffic.wait_for_more(300)
        clickhouse.stop(signal.SIGKILL)
        try:
            _while_it_is_away(server, traffic)
        finally:
            clickhouse.start()
        traffic.wait_for_more(300)
    _compare(traffic)


def test_it_stops_answering_and_goes_on(world: OnClickHouse) -> None:
    server, clickhouse = world
    assert clickhouse.process is not None
    with Traffic(server.url, project="stopped", pause_s=0.01) as traffic:
        traffic.wait_for_more(300)
        clickhouse.process.send_signal(signal.SIGSTOP)
        try:
            _while_it_is_away(server, traffic)
        finally:
            clickhouse.process.send_signal(signal.SIGCONT)
        traffic.wait_for_more(300)
    _compare(traffic)


def _while_it_is_away(server: LiveServer, traffic: Traffic) -> None:
    trace = {"id": new_text_id(), "project_name": "x", "start_time": "2026-03-02T10:00:00Z"}
    call = {"model": "sightline/echo", "messages": [{"role": "user", "content": "hi"}]}
    asked = [
        ("POST", f"{PRIVATE}/traces/batch", {"traces": [trace]}),
        ("GET", f"{PRIVATE}/traces?project_name=killed", None),
        ("GET", "/health", None),
    ]
    with ThreadPoolExecutor(8) as pool:
        waiting = [
            pool.submit(server.request, method, path, body, timeout_s=PATIENCE_S)
            for method, path, body in asked
        ]
        ready = server.get("/ready", timeout_s=PATIENCE_S)
        assert (ready.status, ready.json["analytics"]) == (503, "down")
        # Calls need no store to be answered, nor does a list that the catalog keeps.
        for _ in range(5):
            assert server.post("/v1/chat/completions", call, timeout_s=PATIENCE_S).status == 200
        assert server.get("/", timeout_s=PATIENCE_S).status == 200
        for one in waiting:
            answer = one.result()
            assert answer.status == 503, answer
            assert int(answer.headers["retry-after"]) >= 1
    refused = traffic.refusals[503]
    until(lambda: traffic.refusals[503] >= refused + 8)


def _compare(traffic: Traffic) -> None:
    assert set(traffic.refusals) == {503}
    for refusal in traffic.answers:
        assert int(refusal.headers["retry-after"]) >= 1, refusal
        assert not refusal.path.startswith("/v1/chat"), refusal
        assert b"127.0.0.1" not in refusal.body
    assert not traffic.broken
    traffic.check()


def test_a_start_waits_for_both_databases(tmp_path: Path) -> None:
    with Cluster() as postgres:
        clickhouse = outside.ClickHouse()
        env = {
            "SIGHTLINE_ANALYTICS__DSN": clickhouse.database(),
            "SIGHTLINE_CATALOG__URL": postgres.url("postgres"),
        }
        server = LiveServer(tmp_path / "data", env=env, stores={}, processes=1)
        try:
            clickhouse.stop()
            postgres.stop()
            starting = threading.Thread(target=server.start)
            starting.start()
            until(lambda: "store=catalog" in server.log_text())
            postgres.start()
            until(lambda: "store=analytics" in server.log_text())
            clickhouse.start()
            starting.join(60)
            assert server.get("/ready").status == 200
        finally:
            server.kill()
            clickhouse.remove()
        assert outside.CH_PASSWORD not in server.log_text()


def test_a_start_gives_up_after_a_while(tmp_path: Path) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}/x"
    env = {"SIGHTLINE_ANALYTICS__DSN": nowhere, "SIGHTLINE_SERVER__STORE_WAIT_S": "0"}
    with pytest.raises(
        AssertionError, match=r"(?s)Cannot open the analytics store.*analytics\.dsn"
    ):
        LiveServer(tmp_path / "data", env=env, stores={}, processes=1).start()
