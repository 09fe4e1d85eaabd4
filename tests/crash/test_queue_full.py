"""A full queue refuses with 429 and says when to come back; nothing that was taken is lost."""

import time
from pathlib import Path

from tests.crash.ledger import Ledger, Writers
from tests.live import LiveServer

# Less than two batches of a writer: with eight of them the queue is full most of the time.
SMALL_QUEUE = {"SIGHTLINE_INGEST__MAX_QUEUE_BYTES": "24000"}


def test_a_full_queue_says_when_to_send_again_and_loses_nothing(tmp_path: Path) -> None:
    ledger = Ledger()
    with LiveServer(tmp_path / "data", env=SMALL_QUEUE) as server:
        with Writers(server, ledger, "crowded", clients=12):
            until = time.monotonic() + 30
            while ledger.statuses[429] < 20 or ledger.statuses[204] < 100:
                assert time.monotonic() < until, f"not crowded: {ledger.statuses}"
                time.sleep(0.05)
        assert set(ledger.statuses) == {204, 429}
        for headers in ledger.refusals:
            # Without the first the Opik SDK drops the message in silence.
            assert int(headers["ratelimit-reset"]) >= 1
            assert int(headers["retry-after"]) >= 1
        ledger.check(server, "crowded")
        # Once the crowd is gone the next write goes through.
        with Writers(server, ledger, "crowded", clients=1):
            calm = ledger.statuses[204]
            while ledger.statuses[204] < calm + 3:
                time.sleep(0.02)
        ledger.check(server, "crowded")


def test_the_refusal_is_in_opiks_shape(tmp_path: Path) -> None:
    ledger = Ledger()
    with (
        LiveServer(tmp_path / "data", env=SMALL_QUEUE) as server,
        Writers(server, ledger, "shape", clients=12),
    ):
        until = time.monotonic() + 30
        body = {"traces": [_trace("x" * 20_000)]}
        while True:
            answer = server.post("/api/v1/private/traces/batch", body)
            if answer.status == 429:
                break
            assert answer.status == 204
            assert time.monotonic() < until, "the queue was never full"
        assert answer.json["code"] == 429
        assert "Too Many Requests" in answer.json["message"]


def _trace(text: str) -> dict[str, object]:
    return {"name": "t", "start_time": "2026-11-22T03:46:12Z", "input": {"n": text}}
