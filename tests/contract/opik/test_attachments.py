"""Attachments along the client's own ways: with a trace, in a function, out of a payload."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.contract.opik.conftest import Steps


@pytest.fixture(scope="module")
def seen(drive: Callable[..., Steps]) -> Steps:
    return drive("attachments")


def test_nothing_was_lost(seen: Steps) -> None:
    assert seen["flush"] is True
    assert seen["get_errors_report"]["total_dropped_items"] == 0
    assert "Failed to upload" not in seen.said


def test_files_logged_with_a_trace_come_back_whole(seen: Steps) -> None:
    assert seen["of trace"] == {
        "named.txt": {"mime": "text/plain", "size": 16, "sha": seen["sha small"]},
        # Above the size of a part, so it went in several.
        "large.bin": {
            "mime": "application/octet-stream", "size": 12 * 1024 * 1024, "sha": seen["sha large"],
        },
    }  # fmt: skip


def test_bytes_logged_with_a_span_come_back_whole(seen: Steps) -> None:
    assert seen["of span"]["notes.md"]["size"] == 7
    assert len(seen["of span"]) == 1


def test_files_may_be_added_later(seen: Steps) -> None:
    later = seen["of trace later"]
    assert set(later) == {"named.txt", "large.bin", "small.txt", "queued.txt"}
    assert later["small.txt"]["sha"] == later["queued.txt"]["sha"] == seen["sha small"]


def test_what_is_not_there_is_said_by_the_client(seen: Steps) -> None:
    assert seen.error("download unknown")["text"] == "Attachment not found: no.txt"
    assert seen.error("of no project")["status"] == 404


def test_a_tracked_function_may_attach_to_its_span_and_trace(seen: Steps) -> None:
    for what in ("of tracked trace", "of tracked span"):
        [(name, file)] = seen[what].items()
        assert (name, file["sha"]) == ("small.txt", seen["sha small"])


def test_large_media_in_a_payload_become_attachments(seen: Steps) -> None:
    files = seen["of media"]
    assert len(files) == 2
    for name, file in files.items():
        assert (file["mime"], file["sha"]) == ("image/png", seen["sha png"]), name


def test_the_payload_names_the_file_in_the_place_of_the_medium(seen: Steps) -> None:
    trace = seen["media trace stripped"]
    said = str([trace["input"], trace["output"]])
    assert "base64" not in said
    for name in seen["of media"]:
        assert f"[{name}]" in said


def media_urls(trace: Any) -> tuple[str, str]:
    url = trace["input"]["messages"][0]["content"][0]["image_url"]["url"]
    return url, trace["output"]["image"]


def test_small_media_stay_where_they_are(seen: Steps) -> None:
    assert seen["kept trace"]["input"]["image"] == seen["small media"]
    assert seen["of kept"] == {}


def test_files_go_with_their_trace(seen: Steps) -> None:
    assert seen["of deleted"] == {}
    assert seen["of deleted span"] == {}
