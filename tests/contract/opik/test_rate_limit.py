"""A server that refuses: the client waits as told, and nothing is lost."""

from pathlib import Path

from tests.contract.opik.conftest import Client
from tests.live import live
from tests.modes import of_one_process


# The queue that is full, and the count of what was refused, are each process's own.
@of_one_process
def test_what_is_refused_is_sent_again_until_it_is_stored(tmp_path: Path) -> None:
    tiny = {
        "SIGHTLINE_INGEST__MAX_QUEUE_BYTES": "1024",
        "SIGHTLINE_INGEST__MAX_COMMIT_BYTES": "1024",
    }
    with live(tmp_path / "data", env=tiny) as server:
        seen = Client(tmp_path / "client").drive(
            "rate_limited",
            server.api,
            f"{server.url}/metrics",
            env={"OPIK_BACKGROUND_WORKERS": "24"},
        )
    assert seen["refused"] > 0, "the server never refused: nothing was tried"
    assert seen["get_errors_report"]["failures"] == [], seen.said
    assert seen["flush"] is True, seen["last_flush_result"]
    assert sorted(seen["found"]) == sorted(seen["made"])
