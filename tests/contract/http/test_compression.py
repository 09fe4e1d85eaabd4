"""Large JSON comes compressed to who takes it; small answers and streams come as they are."""

import gzip
import uuid
from typing import Any

import pytest
from backports import zstd

from sightline.core.ids import new_text_id
from tests.live import Answer, LiveServer

BROWSER = {"Accept-Encoding": "gzip, deflate, br, zstd"}
CLIENT = {"Accept-Encoding": "gzip, deflate"}


@pytest.fixture(scope="module")
def page(server: LiveServer) -> str:
    """The path of a list of some 40 kB."""
    name = f"p-{uuid.uuid4().hex[:10]}"
    traces: list[dict[str, Any]] = [
        {
            "id": new_text_id(),
            "project_name": name,
            "start_time": "2026-11-22T03:40:10Z",
            "input": {"question": f"What is {n} times {n}, and how do you know? " * 20},
        }
        for n in range(40)
    ]
    assert server.post("/api/v1/private/traces/batch", {"traces": traces}).status == 204
    return f"/api/v1/private/traces?project_name={name}&size=40"


def test_each_client_gets_what_it_takes(server: LiveServer, page: str) -> None:
    plain = server.get(page)
    assert "content-encoding" not in plain.headers
    by_zstd, by_gzip = server.get(page, headers=BROWSER), server.get(page, headers=CLIENT)
    assert (by_zstd.headers["content-encoding"], by_gzip.headers["content-encoding"]) == (
        "zstd",
        "gzip",
    )
    assert zstd.decompress(by_zstd.body) == gzip.decompress(by_gzip.body) == plain.body
    for packed in (by_zstd, by_gzip):
        assert int(packed.headers["content-length"]) == len(packed.body) < len(plain.body) // 2
        assert packed.headers["vary"].lower() == "accept-encoding"


@pytest.mark.parametrize(
    "accepted", ["", "identity", "br", "gzip;q=0", "zstd;q=0, gzip;q=0.0", "*;q=0", "nonsense;;q"]
)
def test_who_takes_nothing_of_it_gets_it_plain(
    server: LiveServer, page: str, accepted: str
) -> None:
    answer = server.get(page, headers={"Accept-Encoding": accepted})
    assert "content-encoding" not in answer.headers
    assert len(answer.json["content"]) == 40


def test_weights_are_heeded(server: LiveServer, page: str) -> None:
    for accepted, method in (
        ("zstd;q=0, gzip", "gzip"),
        ("gzip;q=0.1", "gzip"),
        ("*", "zstd"),
        ("GZIP", "gzip"),
    ):
        answer = server.get(page, headers={"Accept-Encoding": accepted})
        assert answer.headers["content-encoding"] == method, accepted


def test_our_own_face_compresses_smaller_answers(server: LiveServer) -> None:
    path = "/api/console/prices?size=50"
    plain, packed = server.get(path), server.get(path, headers=BROWSER)
    assert 1024 < len(plain.body) < 8192
    assert zstd.decompress(packed.body) == plain.body


def test_small_answers_and_streams_come_as_they_are(server: LiveServer, page: str) -> None:
    def plain(answer: Answer) -> bool:
        return answer.status == 200 and "content-encoding" not in answer.headers

    assert plain(server.get("/api/console/session", headers=BROWSER))
    assert plain(server.get("/api/v1/private/toggles", headers=BROWSER))
    name = page.split("project_name=")[1].split("&")[0]
    ask = {"project_name": name, "limit": 40}
    search = server.post("/api/v1/private/traces/search", ask, headers=BROWSER)
    assert plain(search)
    assert len(search.lines) == 40
