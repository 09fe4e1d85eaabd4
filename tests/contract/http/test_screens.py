"""The screens as a browser fetches them. `make ui` builds them; `make test` sees to that."""

import gzip
import re

import pytest

from tests.live import LiveServer

_LINK = re.compile(r'(?:src|href)="(/assets/[^"]+)"')


@pytest.fixture(scope="module")
def index(server: LiveServer) -> str:
    text = server.get("/").body.decode()
    assert 'id="root"' in text, "the screens are not built: run `make ui`"
    return text


def test_every_page_is_the_same_document(server: LiveServer, index: str) -> None:
    for path in ("/projects", "/projects/0/logs?q=a.b&type=traces", "/sign-in?to=%2F", "/a/b.c/d"):
        answer = server.get(path)
        assert (answer.status, answer.body.decode()) == (200, index), path
        assert answer.headers["content-type"] == "text/html; charset=utf-8"


def test_the_document_is_asked_for_each_time_and_sent_when_it_changed(
    server: LiveServer, index: str
) -> None:
    first = server.get("/")
    assert first.headers["cache-control"] == "no-cache"
    tag = first.headers["etag"]
    again = server.get("/projects", headers={"If-None-Match": tag})
    assert (again.status, again.body) == (304, b"")
    head = server.request("HEAD", "/")
    assert (head.status, head.body) == (200, b"")
    assert head.headers["content-length"] == str(len(index.encode()))


def test_nothing_foreign_runs_in_the_document(server: LiveServer, index: str) -> None:
    headers = server.get("/").headers
    policy = dict(
        part.split(" ", 1) for part in headers["content-security-policy"].split("; ") if " " in part
    )
    assert policy["default-src"] == policy["script-src"] == policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["object-src"] == "'none'"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["referrer-policy"]
    assert not re.search(r"<script(?![^>]*\bsrc=)", index)


def test_files_of_the_build_are_kept_for_ever_and_come_compressed(
    server: LiveServer, index: str
) -> None:
    scripts = [path for path in _LINK.findall(index) if re.search(r"-[\w-]{8}\.js$", path)]
    assert scripts
    plain = server.get(scripts[0])
    assert plain.headers["content-type"].startswith("text/javascript")
    assert "immutable" in plain.headers["cache-control"]
    packed = server.get(scripts[0], headers={"Accept-Encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body
    brotli = server.get(scripts[0], headers={"Accept-Encoding": "gzip, deflate, br, zstd"})
    assert brotli.headers["content-encoding"] == "br"
    assert len(brotli.body) < len(packed.body) < len(plain.body)


def test_files_without_a_hash_are_asked_for_each_time(server: LiveServer, index: str) -> None:
    named = [path for path in _LINK.findall(index) if not re.search(r"-[\w-]{8}\.\w+$", path)]
    for path in named:
        answer = server.get(path)
        assert (answer.status, answer.headers["cache-control"]) == (200, "no-cache"), path
        assert answer.headers["etag"]


@pytest.mark.parametrize(
    "path",
    [
        "/assets/gone-12345678.js",
        "/assets/../index.html",
        "/assets/%2e%2e/%2e%2e/app.py",
        "/favicon.ico",
        "/api/nothing",
        "/api/v1/private/nothing",
        "/v1/nothing",
        "/health/nothing",
        "/metrics/nothing",
    ],
)
def test_what_is_no_page_is_not_answered_with_one(server: LiveServer, path: str) -> None:
    answer = server.get(path)
    assert answer.status == 404
    assert "json" in answer.headers["content-type"]


def test_a_page_is_only_read(server: LiveServer) -> None:
    assert server.post("/projects", {}).status == 404
    assert server.request("DELETE", "/").status in {404, 405}
