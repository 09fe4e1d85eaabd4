"""Every operation of every face, asked without a key and with each kind of key that is no good."""

from collections.abc import Iterator

import pytest

from tests.contract.reading import make_key
from tests.live import Answer, LiveServer
from tests.strangers.table import Operation, operations
from tests.strangers.world import (
    BASE,
    CANARY,
    Side,
    Things,
    body_for,
    fill,
    filled,
    revoked_key,
    snapshot,
)

# Whatever is open without a key is here, and why.
PUBLIC = {
    "GET /health": "says that it lives",
    "GET /ready": "says that its stores answer",
    "GET /metrics": "figures of the process, of no workspace",
    "GET /api/is-alive/ping": "says that it lives",
    "GET /api/is-alive/ver": "the version",
    "GET /api/console/session": "whether a key is asked for",
    "POST /api/console/session": "trades a key for a cookie",
    "DELETE /api/console/session": "ends the caller's own session",
    "POST /api/console/backup": "asks for proof in the data folder instead",
    "GET /api/v1/session/redirect/projects": "leads to a page, which asks",
    "GET /api/v1/session/redirect/datasets": "leads to a page, which asks",
    "GET /api/v1/session/redirect/experiments": "leads to a page, which asks",
    "GET /api/v1/session/redirect/optimizations": "leads to a page, which asks",
    "PUT /api/v1/private/attachment/upload-part": "asks for a signed link instead",
}
# Nothing is kept of them: clients send them to any OTLP endpoint.
IGNORED = {
    "POST /v1/metrics",
    "POST /v1/logs",
    "POST /api/v1/private/otel/v1/metrics",
    "POST /api/v1/private/otel/v1/logs",
}
ALL = operations()
BUILT = [one for one in ALL if one.is_built]
ASKING = [one for one in BUILT if one.name not in PUBLIC and one.name not in IGNORED]
CHAT = {"model": "sightline/echo", "messages": [{"role": "user", "content": "hello"}]}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    env = {"SIGHTLINE_AUTH__KEYS": "on", "SIGHTLINE_AUTH__FAILED_KEYS_PER_MINUTE": "0"}
    with LiveServer(tmp_path_factory.mktemp("strangers") / "data", env=env) as server:
        yield server
        assert "api.failed" not in server.log_text(), server.log_text()[-4000:]
        assert "request_died" not in server.log_text(), server.log_text()[-4000:]


@pytest.fixture(scope="module")
def acme(server: LiveServer) -> Side:
    return Side(server, make_key(server, workspace="acme", role="admin"))


@pytest.fixture(scope="module")
def things(acme: Side) -> Things:
    return fill(acme)


def ask(side: Side, one: Operation, things: Things) -> Answer:
    """Ask for an operation as somebody would who knows the ids of all that is there."""
    path = filled(one.path, things.ids)
    body = CHAT if one.is_call else None
    if one.body is not None:
        body = body_for(one.body, things.ids)
    elif body is None and one.method in {"POST", "PUT", "PATCH"}:
        body = {}
    return side.ask(one.method, path, body, streams=one.streams)


def check(one: Operation, answer: Answer) -> None:
    """Nothing of another's may be in an answer, and nothing may end in an error of ours."""
    assert CANARY not in answer.body.decode("utf-8", "replace"), (one.name, answer)
    assert CANARY not in str(answer.headers), (one.name, answer)
    assert answer.status < 500 or answer.status == 501, (one.name, answer)


def test_the_table_is_whole() -> None:
    assert len(BUILT) > 200
    assert not set(PUBLIC) - {one.name for one in BUILT}


def test_what_is_not_built_says_so_and_nothing_else(server: LiveServer, things: Things) -> None:
    stranger = Side(server)
    for one in ALL:
        if not one.is_built and one.name not in IGNORED:
            answer = ask(stranger, one, things)
            assert answer.status in {401, 501}, (one.name, answer)
            check(one, answer)


def test_without_a_key(server: LiveServer, things: Things) -> None:
    stranger = Side(server)
    wrong = []
    for one in ASKING:
        answer = ask(stranger, one, things)
        check(one, answer)
        if answer.status != 401:
            wrong.append((one.name, answer.status, answer.body[:200]))
    assert not wrong


def test_what_is_open_tells_nothing(server: LiveServer, things: Things) -> None:
    stranger = Side(server)
    for one in BUILT:
        if one.name in PUBLIC or one.name in IGNORED:
            check(one, ask(stranger, one, things))


@pytest.mark.parametrize("kind", ["wrong", "empty", "odd", "revoked"])
def test_with_a_key_that_is_not_good(
    server: LiveServer, acme: Side, things: Things, kind: str
) -> None:
    key = {
        "wrong": "opik_" + "x" * 43,
        "empty": "Bearer ",
        "odd": "Basic \xff\xfe' OR 1=1 --",
        "revoked": "",
    }[kind]
    stranger = Side(server, key or revoked_key(server, acme, "acme"))
    wrong = []
    for one in ASKING:
        answer = ask(stranger, one, things)
        check(one, answer)
        if answer.status != 401:
            wrong.append((one.name, answer.status, answer.body[:200]))
    assert not wrong


def test_with_a_key_that_may_only_read(server: LiveServer, acme: Side, things: Things) -> None:
    reader = Side(server, make_key(server, workspace="acme", role="read"))
    before = snapshot(acme, things.ids)
    passed, wrong = 0, []
    for one in ASKING:
        answer = ask(reader, one, things)
        assert answer.status < 500, (one.name, answer)
        assert answer.status != 401, (one.name, answer)
        passed += answer.status == 200
        if one.method != "GET" and answer.status < 300 and not _reads(one):
            wrong.append((one.name, answer.status))
    assert not wrong
    assert passed > 60
    assert snapshot(acme, things.ids) == before


def test_with_the_key_of_another_workspace(server: LiveServer, acme: Side, things: Things) -> None:
    rival = Side(server, make_key(server, workspace="rival", role="admin"))
    before = snapshot(acme, things.ids)
    taken = 0
    for one in ASKING:
        if one.name == "POST /api/console/demo":
            continue
        answer = ask(rival, one, things)
        check(one, answer)
        assert answer.status != 401, (one.name, answer)
        taken += answer.status < 300
    assert taken > 80, "most bodies should reach what they are for"
    assert snapshot(acme, things.ids) == before
    assert acme.get(f"{BASE}/attachment/download{_file(things)}").body == CANARY.encode()


def test_another_workspace_cannot_be_named(server: LiveServer, things: Things) -> None:
    key = make_key(server, workspace="rival", role="admin")
    rival = Side(server, key, Comet_Workspace="acme")
    wrong = []
    for one in ASKING:
        answer = ask(rival, one, things)
        check(one, answer)
        if answer.status != 403:
            wrong.append((one.name, answer.status, answer.body[:200]))
    assert not wrong


def test_with_a_gateway_key(server: LiveServer, acme: Side, things: Things) -> None:
    """A key for calls opens nothing but the gateway's own face, in its own workspace."""
    caller = Side(server, f"Bearer {things.ids['gateway_key']}")
    before = snapshot(acme, things.ids)
    for one in ASKING:
        answer = ask(caller, one, things)
        assert answer.status < 500 or answer.status == 501, (one.name, answer)
        if one.path.startswith((BASE, "/api/console", "/v1/traces", "/api/rest")):
            assert answer.status == 401, (one.name, answer)
            check(one, answer)
        elif one.method != "GET" and not one.is_call:
            assert answer.status >= 400, (one.name, answer)
    assert snapshot(acme, things.ids) == before


def _reads(one: Operation) -> bool:
    """Say whether a POST asks and changes nothing."""
    return one.path.endswith(
        ("/search", "/retrieve", "/metrics", "/summaries", "/spans", "/costs", "/names", "/parse",
         "/auth", "/kpi-cards")
    ) and one.method == "POST"  # fmt: skip


def _file(things: Things) -> str:
    ids = things.ids
    return (
        f"?container_id={ids['project_id']}&entity_type=trace&entity_id={ids['trace_id']}"
        f"&file_name={ids['file_name']}"
    )
