"""A full write queue answers 429 and says when to come back; nothing that was taken is lost."""

import json
from pathlib import Path

from tests.crash.traffic import Traffic
from tests.live import LiveServer
from tests.waiting import until

# Less than two batches of a writer: with eight of them the queue is full most of the time.
SMALL_QUEUE = {"SIGHTLINE_INGEST__MAX_QUEUE_BYTES": "24000"}


def test_a_full_queue_says_when_to_send_again_and_loses_nothing(tmp_path: Path) -> None:
    with LiveServer(tmp_path / "data", env=SMALL_QUEUE) as server:
        with Traffic(server.url, clients=12) as traffic:
            until(lambda: traffic.refusals[429] >= 20 and traffic.acknowledged >= 500)
        assert set(traffic.statuses) == {200, 204, 429}
        for refusal in traffic.answers:
            # Without the first the Opik SDK drops the message in silence.
            assert int(refusal.headers["ratelimit-reset"]) >= 1
            assert int(refusal.headers["retry-after"]) >= 1
            if refusal.path.startswith("/api/v1/private/"):
                said = json.loads(refusal.body)
                assert said["code"] == 429
                assert "Too Many Requests" in said["message"]
        paths = {refusal.path for refusal in traffic.answers}
        assert any(path.endswith("/batch") for path in paths), paths
        traffic.check()
        # Once the crowd is gone the next write goes through.
        with Traffic(server.url, clients=1, project="calm") as calm:
            calm.wait_for_more(50)
        assert not calm.refusals
        calm.check()
