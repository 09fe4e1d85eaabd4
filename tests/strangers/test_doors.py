"""What holds for every answer and every way in: names, headers, wrong keys, other sites' pages."""

import http.client
import json
from pathlib import Path
from typing import Any

import pytest

from tests.contract.reading import make_key
from tests.live import Answer, LiveServer, live
from tests.modes import of_one_process

PROJECTS = "/api/v1/private/projects"
CHAT = {"model": "sightline/echo", "messages": [{"role": "user", "content": "hello"}]}
LIMIT = 5
FACES = {
    "screens": ("GET", "/", None),
    "a page of the screens": ("GET", "/projects/x/logs", None),
    "health": ("GET", "/health", None),
    "metrics": ("GET", "/metrics", None),
    "opik": ("GET", PROJECTS, None),
    "opik, refused": ("POST", "/api/v1/private/traces/batch", b"{"),
    "otlp": ("POST", "/v1/traces", {"resourceSpans": []}),
    "console": ("GET", "/api/console/session", None),
    "console, nothing there": ("GET", "/api/console/nothing", None),
    "the document": ("GET", "/api/schema", None),
    "models": ("GET", "/api/v1/models", None),
    "a call": ("POST", "/api/v1/chat/completions", CHAT),
    "a streamed call": ("POST", "/v1/chat/completions", {**CHAT, "stream": True}),
    "a refused call": ("POST", "/v1/messages", b"nonsense"),
    "a wrong method": ("PATCH", "/health", b"{}"),
}


@pytest.mark.parametrize("face", FACES.values(), ids=FACES.keys())
def test_every_answer_has_the_headers_that_guard_it(
    server: LiveServer, face: tuple[str, str, Any]
) -> None:
    method, path, body = face
    evil = {"Origin": "https://evil.example"} if method == "GET" else {}
    answer = server.request(method, path, body, headers=evil)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    policy = answer.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in policy
    assert "script-src 'self'" in policy or "default-src 'none'" in policy
    script = policy.partition("script-src")[2].partition(";")[0]
    assert "unsafe" not in script
    # No page of another site may read an answer.
    assert not [name for name in answer.headers if name.startswith("access-control-")]
    assert "strict-transport-security" not in answer.headers


@pytest.mark.parametrize("path", [PROJECTS, "/v1/chat/completions", "/api/console/session"])
def test_no_leave_is_given_to_pages_of_other_sites(server: LiveServer, path: str) -> None:
    asked = {
        "Origin": "https://evil.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type, authorization",
    }
    answer = server.request("OPTIONS", path, headers=asked)
    assert not [name for name in answer.headers if name.startswith("access-control-")]


def test_https_is_asked_for_where_it_is(tmp_path: Path) -> None:
    by = {"X-Forwarded-Proto": "https", "Host": "sightline.example"}
    with live(
        tmp_path / "data", env={"SIGHTLINE_SERVER__PUBLIC_URL": "https://sightline.example"}
    ) as server:
        assert server.get("/health", headers=by).headers["strict-transport-security"]
        assert "strict-transport-security" not in server.get("/health").headers


KNOWN = ("localhost", "LOCALHOST.", "127.0.0.1:5173", "[::1]:80", "a.localhost", "192.168.1.7")
STRANGE = (
    "evil.example",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "evil.example:5173",
    "2130706433",
    "0x7f.1",
    "localhost@evil.example",
    "[evil.example]",
)


@pytest.mark.parametrize("path", ["/", "/health", PROJECTS, "/api/console/session", "/v1/models"])
def test_an_open_server_answers_to_its_own_names_alone(server: LiveServer, path: str) -> None:
    for host in KNOWN:
        assert server.get(path, headers={"Host": host}).status == 200, host
    for host in STRANGE:
        answer = server.get(path, headers={"Host": host})
        assert answer.status == 421, host
        assert "server.allowed_hosts" in answer.json["message"]
    for name in ("Authorization", "X-Forwarded-Host"):
        sent = {"Host": "evil.example", name: "localhost"}
        assert server.get(path, headers=sent).status == 421


def test_calls_are_guarded_too(server: LiveServer) -> None:
    answer = server.post("/v1/chat/completions", CHAT, headers={"Host": "evil.example"})
    assert answer.status == 421


def test_names_that_the_operator_allows(tmp_path: Path) -> None:
    env = {
        "SIGHTLINE_SERVER__PUBLIC_URL": "https://sightline.example:8443/",
        "SIGHTLINE_SERVER__ALLOWED_HOSTS": "sightline, Inner.Example",
    }
    with live(tmp_path / "data", env=env) as server:
        for host in ("sightline.example", "sightline:5173", "inner.example", "localhost"):
            assert server.get(PROJECTS, headers={"Host": host}).status == 200, host
        assert server.get(PROJECTS, headers={"Host": "evil.example"}).status == 421


def test_a_server_with_keys_answers_to_any_name(tmp_path: Path) -> None:
    with live(tmp_path / "data", env={"SIGHTLINE_AUTH__KEYS": "on"}) as server:
        assert server.get("/health", headers={"Host": "any.example"}).status == 200
        assert server.get(PROJECTS, headers={"Host": "any.example"}).status == 401


@pytest.fixture
def strict(tmp_path: Path) -> Any:
    env = {
        "SIGHTLINE_AUTH__KEYS": "on",
        "SIGHTLINE_AUTH__FAILED_KEYS_PER_MINUTE": str(LIMIT),
        "SIGHTLINE_SERVER__TRUSTED_PROXIES": "127.0.0.0/8",
    }
    with live(tmp_path / "data", env=env) as server:
        yield server


def ask(server: LiveServer, path: str, key: str, place: str, body: Any = None) -> Answer:
    sent = {"Authorization": key, "X-Forwarded-For": place}
    return server.request("POST" if body else "GET", path, body, headers=sent)


@of_one_process
def test_an_address_may_try_so_many_wrong_keys(strict: LiveServer) -> None:
    good, late = make_key(strict), make_key(strict)
    assert ask(strict, PROJECTS, good, "198.51.100.1").status == 200
    turns = [
        (PROJECTS, None),
        ("/v1/chat/completions", CHAT),
        ("/api/v1/key", None),
        ("/v1/traces", {"resourceSpans": []}),
    ]
    said = []
    for n in range(3 * LIMIT):
        path, body = turns[n % len(turns)]
        key = f"Bearer sk-sl-v1-{n:064x}" if body == CHAT else f"opik_wrong{n}"
        said.append(ask(strict, path, key, "198.51.100.1", body).status)
    assert said[:LIMIT] == [401] * LIMIT
    assert set(said[LIMIT:]) == {429}
    refused = ask(strict, PROJECTS, "opik_wrong", "198.51.100.1")
    assert int(refused.headers["retry-after"]) > 0
    assert "wrong API keys" in refused.json["message"]
    # A key that nobody has brought yet must wait too, else trying goes on.
    assert ask(strict, PROJECTS, late, "198.51.100.1").status == 429
    # Who works with a good key is not shut out by a neighbour behind the same address.
    assert ask(strict, PROJECTS, good, "198.51.100.1").status == 200
    assert ask(strict, "/v1/chat/completions", good, "198.51.100.1", CHAT).status == 200
    # Nor is anybody else.
    assert ask(strict, PROJECTS, late, "198.51.100.2").status == 200
    assert ask(strict, PROJECTS, "opik_wrong", "198.51.100.2").status == 401


def test_no_key_and_a_key_that_may_not_are_no_tries(strict: LiveServer) -> None:
    reader = make_key(strict, role="read")
    for _ in range(3 * LIMIT):
        assert strict.get(PROJECTS).status == 401
        assert ask(strict, PROJECTS, reader, "198.51.100.3", {"name": "x"}).status == 403
    assert ask(strict, PROJECTS, reader, "198.51.100.3").status == 200


@of_one_process
def test_what_callers_say_of_their_address_is_not_believed(tmp_path: Path) -> None:
    env = {
        "SIGHTLINE_AUTH__KEYS": "on",
        "SIGHTLINE_AUTH__FAILED_KEYS_PER_MINUTE": str(LIMIT),
        "SIGHTLINE_SERVER__TRUSTED_PROXIES": "10.0.0.1",
    }
    with live(tmp_path / "data", env=env) as server:
        said = [ask(server, PROJECTS, f"k{n}", f"198.51.100.{n}").status for n in range(3 * LIMIT)]
        assert said == [401] * LIMIT + [429] * 2 * LIMIT


@of_one_process
def test_left_of_the_proxy_stands_anybodys_word(strict: LiveServer) -> None:
    said = [
        ask(strict, PROJECTS, f"k{n}", f"203.0.113.{n}, 198.51.100.9").status
        for n in range(3 * LIMIT)
    ]
    assert said == [401] * LIMIT + [429] * 2 * LIMIT
    # An IPv6 address is one of many that a place has.
    said = [ask(strict, PROJECTS, f"k{n}", f"2001:db8:1:2::{n}").status for n in range(3 * LIMIT)]
    assert said == [401] * LIMIT + [429] * 2 * LIMIT


@of_one_process
def test_many_at_once_count_too(strict: LiveServer) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(16) as pool:
        said = list(
            pool.map(lambda n: ask(strict, PROJECTS, f"k{n}", "198.51.100.20").status, range(40))
        )
    assert said.count(401) == LIMIT
    assert said.count(429) == 40 - LIMIT


def test_a_proxy_that_is_none_stops_the_start(tmp_path: Path) -> None:
    env = {"SIGHTLINE_SERVER__TRUSTED_PROXIES": "proxy.example"}
    server = LiveServer(tmp_path / "data", env=env)
    with pytest.raises(AssertionError, match=r"server\.trusted_proxies"):
        server.start()


@of_one_process
def test_errors_of_the_limit_are_in_each_faces_shape(strict: LiveServer) -> None:
    for n in range(LIMIT):
        ask(strict, PROJECTS, f"k{n}", "198.51.100.30")
    opik = ask(strict, PROJECTS, "k", "198.51.100.30")
    console = ask(strict, "/api/console/gateway", "k", "198.51.100.30")
    openai = ask(strict, "/v1/chat/completions", "k", "198.51.100.30", CHAT)
    anthropic = ask(strict, "/v1/messages", "k", "198.51.100.30", CHAT)
    assert [a.status for a in (opik, console, openai, anthropic)] == [429] * 4
    assert opik.headers["ratelimit-reset"] == opik.headers["retry-after"]
    assert console.json["code"] == "rate_limit_exceeded"
    assert openai.json["error"]["metadata"]["error_type"] == "rate_limit_exceeded"
    assert json.loads(anthropic.body)["error"]["type"] == "rate_limit_error"
    assert all(int(a.headers["retry-after"]) > 0 for a in (console, openai, anthropic))


@of_one_process
@pytest.mark.parametrize(
    ("method", "path"), [("GET", PROJECTS), ("POST", "/v1/chat/completions")], ids=["api", "calls"]
)
def test_a_line_before_the_proxys_own_names_no_place(
    strict: LiveServer, method: str, path: str
) -> None:
    """Some proxies add a line of their own to those that the caller sent."""
    said = []
    for n in range(2 * LIMIT):
        connection = http.client.HTTPConnection(strict.host, strict.port, timeout=10)
        connection.putrequest(method, path)
        connection.putheader("X-Forwarded-For", f"203.0.113.{n}")
        connection.putheader("X-Forwarded-For", "198.51.100.1")
        connection.putheader("Authorization", f"Bearer opik_wrong{n}")
        body = json.dumps(CHAT).encode() if method == "POST" else b""
        connection.putheader("Content-Type", "application/json")
        connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        said.append(connection.getresponse().status)
        connection.close()
    assert said == [401] * LIMIT + [429] * LIMIT


def test_an_open_server_takes_no_writes_from_pages_of_other_ports(server: LiveServer) -> None:
    for site in ("same-site", "cross-site"):
        by = {"Sec-Fetch-Site": site}
        sent = server.post(PROJECTS, {"name": "planted"}, headers=by)
        assert sent.status == 403
        assert server.post("/v1/chat/completions", CHAT, headers=by).status == 403
    assert server.get(f"{PROJECTS}?name=planted").json["total"] == 0
