"""Signing in with a key, and what the cookie is good for and what not."""

import gzip
import json
import socket
import sqlite3
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from sightline.core.ids import new_text_id
from tests.contract.http.conftest import Browser, Keyed
from tests.live import LiveServer
from tests.modes import of_one_process

SESSION = "/api/console/session"
PROJECTS = "/api/v1/private/projects"


def test_nobody_is_signed_in_at_first(browser: Browser) -> None:
    said = browser.get(SESSION)
    assert said.status == 200
    assert (said.json["keys_required"], said.json["signed_in"]) == (True, False)
    assert said.json["user"] is None
    assert said.json["url"] == browser.server.url
    assert browser.get(PROJECTS).status == 401


def test_a_key_is_traded_for_a_cookie_that_opens_every_face(keyed: Keyed, browser: Browser) -> None:
    said = browser.sign_in(keyed.key("write", name="bob"))
    assert (said.status, said.json["user"], said.json["role"]) == (200, "bob", "write")
    cookie = browser.cookie
    assert cookie is not None
    assert (cookie["httponly"], cookie["samesite"].lower(), cookie["path"]) == (True, "lax", "/")
    assert not cookie["secure"]
    assert int(cookie["max-age"]) == 30 * 24 * 3600
    assert browser.get(SESSION).json["signed_in"] is True
    assert browser.send("POST", PROJECTS, {"name": "by bob"}).status == 201
    found = browser.get(f"{PROJECTS}?name=by%20bob").json["content"]
    assert [p["created_by"] for p in found] == ["bob"]
    trace = {"id": new_text_id(), "start_time": "2026-03-02T10:00:00Z"}
    assert browser.send("POST", "/api/v1/private/traces", trace).status == 201
    assert browser.send("POST", "/v1/traces", {"resourceSpans": []}).status == 200


def test_the_cookie_is_for_https_alone_where_the_page_came_by_it(
    keyed: Keyed, browser: Browser
) -> None:
    browser.sign_in(keyed.key(), X_Forwarded_Proto="https", X_Forwarded_Host="sight.example")
    assert browser.cookie is not None
    assert browser.cookie["secure"]


def test_signing_out_ends_the_session_for_good(keyed: Keyed, browser: Browser) -> None:
    browser.sign_in(keyed.key())
    old = browser.cookies
    assert browser.get(PROJECTS).status == 200
    out = browser.send("DELETE", SESSION)
    assert out.status == 204
    assert browser.cookie is not None
    assert browser.cookie.value in {"", "null"}
    assert browser.get(PROJECTS, **old).status == 401
    assert browser.send("DELETE", SESSION).status == 204


def test_a_page_of_another_site_cannot_write_with_the_cookie(
    keyed: Keyed, browser: Browser
) -> None:
    browser.sign_in(keyed.key())
    name = {"name": "planted"}
    for headers in (
        {"X_Sightline_Request": ""},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
        {"Sec_Fetch_Site": "", "Origin": "https://evil.example"},
        {"Sec_Fetch_Site": "", "Origin": "null"},
    ):
        assert browser.send("POST", PROJECTS, name, **headers).status == 403, headers
        assert browser.sign_in(keyed.key(), **headers).status == 403, headers
    assert browser.get(f"{PROJECTS}?name=planted").json["total"] == 0
    own = {"Sec_Fetch_Site": "", "Origin": browser.server.url}
    assert browser.send("POST", PROJECTS, name, **own).status == 201
    # Reading needs no mark: a page elsewhere does not get to see the answer.
    assert browser.get(PROJECTS, X_Sightline_Request="").status == 200


def test_a_key_in_the_header_wins_over_the_cookie(keyed: Keyed, browser: Browser) -> None:
    browser.sign_in(keyed.key("admin"))
    reader = keyed.key("read", name="carl")
    said = browser.get(SESSION, Authorization=reader).json
    assert (said["user"], said["role"]) == ("carl", "read")
    assert browser.send("POST", PROJECTS, {"name": "x"}, Authorization=reader).status == 403
    assert browser.get(PROJECTS, Authorization="wrong").status == 401


def test_a_session_sees_its_keys_workspace_alone(keyed: Keyed, browser: Browser) -> None:
    said = browser.sign_in(keyed.key(workspace="acme")).json
    assert (said["workspace"], said["workspaces"]) == ("acme", ["acme"])
    assert browser.get(PROJECTS).json["total"] == 0
    assert browser.get(PROJECTS, Comet_Workspace="default").status == 403


@of_one_process
def test_a_bad_key_is_refused_and_tries_are_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with LiveServer(tmp_path / "data", env={"SIGHTLINE_AUTH__KEYS": "on"}) as server:
        good = Keyed(server, capsys).key()
        browser = Browser(server)
        tried = [browser.sign_in(f"opik_wrong{n}").status for n in range(12)]
        assert set(tried) == {401, 429}
        assert tried == sorted(tried)
        late = browser.sign_in(good)
        assert late.status == 429
        assert int(late.headers["retry-after"]) > 0
        assert late.json["code"] == "rate_limit_exceeded"
        assert browser.cookie is None
        # Who is told so is told before a body is read, however it looks.
        assert browser.send("POST", SESSION, {"key": "x" * 5000}).status == 429
        # Keys in the header are not held up by it.
        assert browser.get(PROJECTS, Authorization=good).status == 200


@of_one_process
def test_cookies_that_are_none_are_counted_apart(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with LiveServer(tmp_path / "data", env={"SIGHTLINE_AUTH__KEYS": "on"}) as server:
        key = Keyed(server, capsys).key()
        seen, unseen = Browser(server), Browser(server)
        for browser in (seen, unseen):
            assert browser.sign_in(key).status == 200
        server.kill()
        server.start()
        assert seen.get(PROJECTS).status == 200
        for n in range(300):
            made_up = {"Cookie": f"sightline_session=made-up-{n}"}
            assert server.request("GET", PROJECTS, headers=made_up).status == 401
        # Any that is not known might be one more; who has a key gets in.
        assert unseen.get(PROJECTS).status == 401
        assert seen.get(PROJECTS).status == 200
        assert unseen.sign_in(key).status == 200
        assert unseen.get(PROJECTS).status == 200


@pytest.mark.parametrize("body", [{"key": ""}, {"key": "x" * 1000}, {}, []])
def test_what_is_no_key_is_told_so(browser: Browser, body: object) -> None:
    answer = browser.send("POST", SESSION, body)
    assert answer.status in {400, 422}
    assert "key" in str(answer.json["fields"]) or "array" in answer.json["detail"]


def test_a_body_of_a_stranger_is_small(browser: Browser) -> None:
    large = {"key": "x" * 5000}
    assert browser.send("POST", SESSION, large).status == 413
    packed = gzip.compress(json.dumps({"key": "x" * 5_000_000}).encode())
    assert browser.send("POST", SESSION, packed[:4000], Content_Encoding="gzip").status == 413
    small = gzip.compress(b'{"key": "opik_none"}')
    assert browser.send("POST", SESSION, small, Content_Encoding="gzip").status == 401
    chunked = raw(browser.server, "Transfer-Encoding: chunked", b"1388\r\n" + b" " * 5000)
    assert chunked == b"413"


def test_a_body_that_does_not_come_is_not_waited_for(browser: Browser) -> None:
    assert raw(browser.server, "Content-Length: 20", b'{"key"') == b"408"


def raw(server: LiveServer, header: str, body: bytes) -> bytes:
    """Send part of a body; return the status."""
    where = urlsplit(server.url)
    with socket.create_connection((where.hostname, where.port), timeout=60) as line:
        line.sendall(
            f"POST {SESSION} HTTP/1.1\r\nHost: {where.netloc}\r\nX-Sightline-Request: 1\r\n"
            f"Content-Type: application/json\r\n{header}\r\n\r\n".encode()
            + body
        )
        return line.recv(65536).split()[1]


def test_neither_key_nor_token_is_written_down(keyed: Keyed, browser: Browser) -> None:
    key = keyed.key()
    Browser(keyed.server).sign_in(key + "-wrong")
    browser.sign_in(key)
    assert browser.cookie is not None
    token = browser.cookie.value
    with sqlite3.connect(keyed.server.data / "catalog.db") as catalog:
        kept = "\n".join(catalog.iterdump())
    catalog.close()
    assert key not in kept + keyed.server.log_text()
    assert token not in kept + keyed.server.log_text()


def test_without_keys_everybody_is_signed_in_but_other_sites_cannot_write(
    server: LiveServer,
) -> None:
    said = server.get(SESSION).json
    assert (said["keys_required"], said["signed_in"], said["role"]) == (False, True, "admin")
    assert Browser(server).sign_in("opik_any").status == 400
    evil = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
    assert server.post(PROJECTS, {"name": "planted"}, headers=evil).status == 403
