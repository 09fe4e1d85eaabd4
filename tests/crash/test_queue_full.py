"""A full write queue answers 429 and says when to come back; nothing that was taken is lost."""

import time
from pathlib import Path

from tests.crash.traffic import Traffic
from tests.live import LiveServer

# Less than two batches of a writer: with eight of them the queue is full most of the time.
SMALL_QUEUE = {"SIGHTLINE_INGEST__MAX_QUEUE_BYTES": "24000"}


def test_a_full_queue_says_when_to_send_again_and_loses_nothing(tmp_path: Path) -> None:
    with LiveServer(tmp_path / "data", env=SMALL_QUEUE) as server:
        with Traffic(server.url, clients=12) as traffic:
            until = time.monotonic() + 60
            while traffic.refusals[429] < 20 or traffic.acknowledged < 1000:
                assert time.monotonic() < until, f"not crowded: {traffic.statuses}"
                time.sleep(0.05)
        assert set(traffic.statuses) == {200, 204, 429}
        for refusal in traffic.answers:
            # Without the first the Opik SDK drops the message in silence.
            assert int(refusal.headers["ratelimit-reset"]) >= 1
            assert int(refusal.headers["retry-after"]) >= 1
        traffic.check()
        # Once the crowd is gone the next write goes through.
        with Traffic(server.url, clients=1, project="calm") as calm:
            calm.wait_for_more(50)
        assert not calm.refusals
        calm.check()


def test_the_refusal_is_in_opiks_shape(tmp_path: Path) -> None:
    with (
        LiveServer(tmp_path / "data", env=SMALL_QUEUE) as server,
        Traffic(server.url, clients=12, faces=("rest",)),
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
