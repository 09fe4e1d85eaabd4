"""The server goes away and comes back: what was logged meanwhile arrives, once."""

from collections import Counter
from pathlib import Path

import pytest

from tests.contract.opik.conftest import Client, Steps
from tests.live import live

QUICK = {
    "OPIK_CONNECTION_MONITOR_PING_INTERVAL": "0.1",
    "OPIK_REPLAY_BATCH_REPLAY_DELAY": "0.01",
    "OPIK_REPLAY_TICK_INTERVAL": "0.05",
}


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Steps:
    folder: Path = tmp_path_factory.mktemp("offline")
    client = Client(folder / "client")
    with live(folder / "data") as server:
        driver = client.start("offline", server.api, env=QUICK)
        assert driver.stdin and driver.stdout
        try:
            assert driver.stdout.readline() == "online\n"
            server.stop()
            driver.stdin.write("stopped\n")
            driver.stdin.flush()
            assert driver.stdout.readline() == "away\n"
            server.start()
            driver.stdin.write("started\n")
            driver.stdin.close()
            assert driver.wait(90) == 0
        finally:
            if driver.poll() is None:
                driver.kill()
                driver.wait()
    return Steps(client.read(), (client.home / "offline.stderr").read_text())


def test_the_client_noticed(seen: Steps) -> None:
    assert seen["noticed"] is True
    assert seen["connected again"] is True


def test_everything_arrives(seen: Steps) -> None:
    assert seen["all arrived"] is True
    names = Counter(trace["name"] for trace in seen["traces"])
    assert names == Counter(
        [f"online {i}" for i in range(3)]
        + [f"away {i}" for i in range(120)]
        + [f"back {i}" for i in range(3)]
        + ["with a file"]
    )


def test_nothing_arrives_twice(seen: Steps) -> None:
    assert len({trace["id"] for trace in seen["traces"]}) == 127
    assert len({span["id"] for span in seen["spans"]}) == len(seen["spans"]) == 126
    for trace in seen["traces"]:
        assert trace["span_count"] == (0 if trace["name"] == "with a file" else 1)


def test_what_arrives_late_is_whole(seen: Steps) -> None:
    for trace in seen["traces"]:
        if trace["name"] == "with a file":
            continue
        when, n = trace["name"].split()
        assert (trace["input"], trace["output"]) == ({"i": int(n)}, {"done": int(n)})
        assert trace["thread_id"] == f"thread {when}"
        assert [score["name"] for score in trace["feedback_scores"]] == [when]
        assert trace["end_time"]
    for span in seen["spans"]:
        assert span["output"]["i"] is not None


def test_nothing_is_reported_lost(seen: Steps) -> None:
    assert seen["get_errors_report"]["total_dropped_items"] == 0
