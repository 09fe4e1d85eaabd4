"""Several processes over one ClickHouse, one Postgres and one bucket: alike behind a proxy that
gives each request to the next of them, and with a role each."""

import contextlib
import os
import re
import socket
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from sightline.api.openrouter._paths import CALLS
from sightline.core.ids import new_text_id
from tests import outside
from tests.crash.traffic import Traffic
from tests.fakes.destination import Receiver
from tests.fakes.upstream import Upstream
from tests.live import ROOT, Answer, LiveServer, client_python, free_port
from tests.modes import with_deploy_tools

PRIVATE = "/api/v1/private"
CONSOLE = "/api/console"
THREADS = f"{PRIVATE}/traces/threads"
GUIDE = ROOT / "docs/guides/deploy.md"
ECHO = {"model": "sightline/echo", "messages": [{"role": "user", "content": "hi"}]}
ENV = {
    "SIGHTLINE_GATEWAY__ALLOW_PRIVATE_ADDRESSES": "true",
    "SIGHTLINE_LOG__LEVEL": "debug",
}


def until(fact: Callable[[], Any], seconds: float = 30) -> Any:
    end = time.monotonic() + seconds
    while not (found := fact()):
        assert time.monotonic() < end, "it has not come to pass"
        time.sleep(0.05)
    return found


def figure(server: LiveServer, name: str) -> float:
    text = server.request("GET", "/metrics", port=server.own_port).body.decode()
    found = re.findall(rf"^{name}(?:{{[^}}]*}})? (\S+)$", text, re.M)
    return sum(float(value) for value in found)


class Fleet:
    """Three processes behind a proxy."""

    def __init__(self, folder: Path) -> None:
        stores = outside.stores_for(folder / "data")
        self.front = LiveServer(folder / "data", env=ENV, stores=stores, processes=3)

    @property
    def all(self) -> list[LiveServer]:
        return [self.front, *self.front.others]

    def direct(self, method: str, path: str, body: Any = None) -> list[Answer]:
        """Ask each of the three for the same."""
        return [self.front.request(method, path, body, port=one.own_port) for one in self.all]


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    fleet = Fleet(tmp_path_factory.mktemp("fleet"))
    fleet.front.start()
    try:
        yield fleet
    finally:
        fleet.front.kill()


def test_what_one_says_is_so_all_say(fleet: Fleet) -> None:
    front = fleet.front
    made = front.post(f"{PRIVATE}/projects", {"name": "first"}).headers["location"]
    id = made.rpartition("/")[2]
    path = f"{PRIVATE}/projects/{id}"
    assert [answer.json["name"] for answer in fleet.direct("GET", path)] == ["first"] * 3
    for n in range(6):
        trace = {"project_name": "first", "name": f"t{n}", "start_time": "2026-03-02T10:00:00Z"}
        assert front.post(f"{PRIVATE}/traces", trace).status == 201
        query = f"{PRIVATE}/traces?project_name=first&size=100"
        assert [answer.json["total"] for answer in fleet.direct("GET", query)] == [n + 1] * 3
    # What is kept in memory is forgotten by all.
    assert front.request("PATCH", path, {"name": "second"}).status == 204
    until(lambda: {a.json["name"] for a in fleet.direct("GET", path)} == {"second"}, 2)
    assert front.request("DELETE", path).status == 204
    until(lambda: {a.status for a in fleet.direct("GET", path)} == {404}, 2)


def test_edits_that_come_to_all_at_once_are_all_there(fleet: Fleet) -> None:
    front = fleet.front
    trace = {"id": new_text_id(), "project_name": "tags", "start_time": "2026-03-02T10:00:00Z"}
    assert front.post(f"{PRIVATE}/traces", {**trace, "thread_id": "t"}).status == 201
    thread = front.post(THREADS + "/retrieve", {"project_name": "tags", "thread_id": "t"}).json
    trace_path, batch_path = f"{PRIVATE}/traces/{trace['id']}", f"{PRIVATE}/traces/batch"

    def edit(n: int) -> list[int]:
        """Add a tag in each way, by way of the n-th process."""
        add = {"tags_to_add": [f"one{n}"]}
        edits = [
            (trace_path, {"project_name": "tags", **add}),
            (batch_path, {"ids": [trace["id"]], "update": {"tags_to_add": [f"many{n}"]}}),
            (f"{THREADS}/{thread['thread_model_id']}", add),
        ]
        port = fleet.all[n].own_port
        return [front.request("PATCH", path, body, port=port).status for path, body in edits]

    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(edit, range(3))) == [[204] * 3] * 3
    wanted = {f"{how}{n}" for how in ("one", "many") for n in range(3)}
    assert set(front.get(trace_path).json["tags"]) == wanted
    thread = front.post(THREADS + "/retrieve", {"project_name": "tags", "thread_id": "t"}).json
    assert set(thread["tags"]) == {"one0", "one1", "one2"}


def test_a_thread_that_another_deleted_begins_anew(fleet: Fleet) -> None:
    front = fleet.front
    one, other = (process.own_port for process in fleet.all[:2])
    asked = {"project_name": "threads", "thread_id": "t"}
    traces = []

    def model_id() -> str:
        """Store a trace of the thread by way of one process; return the thread's id."""
        traces.append(new_text_id())
        trace = {**asked, "id": traces[-1], "start_time": "2026-03-02T10:00:00Z"}
        assert front.post(f"{PRIVATE}/traces", trace, port=one).status == 201
        return str(front.post(f"{THREADS}/retrieve", asked).json["thread_model_id"])

    gone = model_id()
    body = {"project_name": "threads", "thread_ids": ["t"]}
    assert front.post(f"{THREADS}/delete", body, port=other).status == 204
    # A thread that was not noted goes by the id of a trace.
    until(lambda: model_id() not in traces, 10)
    assert model_id() != gone


def test_what_the_gateway_is_told_holds_for_all(fleet: Fleet) -> None:
    front = fleet.front
    calls = "/api/v1/chat/completions"
    with Upstream() as upstream:
        for answer in fleet.direct("POST", calls, {**ECHO, "model": "late"}):
            assert answer.status in {400, 404}, answer
        provider = front.post(
            f"{CONSOLE}/gateway/providers",
            {"slug": "acme", "base_url": upstream.base_url, "api_key": "k"},
        )
        assert provider.status == 201, provider.body
        endpoint = {"provider_id": provider.json["id"], "upstream_model": "any"}
        model = {"slug": "late", "endpoints": [endpoint]}
        assert front.post(f"{CONSOLE}/gateway/models", model).status == 201

        def statuses() -> set[int]:
            sent = fleet.direct("POST", calls, {**ECHO, "model": "late"})
            return {answer.status for answer in sent}

        until(lambda: statuses() == {200}, 2)


def _key(front: LiveServer, **limits: Any) -> dict[str, str]:
    """Make a gateway key; return the headers of its calls."""
    made = front.post("/api/v1/keys", {"name": "k", **limits})
    assert made.status == 201, made.body
    return {"Authorization": f"Bearer {made.json['key']}"}


def _burst(fleet: Fleet, headers: dict[str, str], ports: list[int], body: Any) -> list[Answer]:
    """Make a call to each port, many at a time."""

    def call(port: int) -> Answer:
        return fleet.front.post("/api/v1/chat/completions", body, headers=headers, port=port)

    with ThreadPoolExecutor(24) as pool:
        return list(pool.map(call, ports))


def test_calls_per_minute_are_counted_for_all_together(fleet: Fleet) -> None:
    ports = [one.own_port for one in fleet.all]
    key = _key(fleet.front, rpm=40)
    answers = _burst(fleet, key, ports * 40, ECHO)
    by_status = Counter(answer.status for answer in answers)
    assert set(by_status) == {200, 429}
    # What one process has taken in advance and not used, the others find a moment later.
    assert 36 <= by_status[200] <= 40
    waits = {int(a.headers["retry-after"]) for a in answers if a.status == 429}
    assert min(waits) >= 1
    assert max(waits) <= 60
    # A client that always comes to the same process has all of it, too.
    sticky = _burst(fleet, _key(fleet.front, rpm=30), ports[:1] * 60, ECHO)
    assert Counter(answer.status for answer in sticky) == {200: 30, 429: 30}


def test_what_is_given_back_is_used_elsewhere(fleet: Fleet) -> None:
    ports = [one.own_port for one in fleet.all]
    key = _key(fleet.front, rpm=100)
    # The first takes some more in advance.
    assert _burst(fleet, key, ports[:1], ECHO)[0].status == 200
    passed = 1

    def others_have_the_rest() -> bool:
        nonlocal passed
        answers = _burst(fleet, key, ports[1:] * 30, ECHO)
        passed += sum(answer.status == 200 for answer in answers)
        assert passed <= 100
        return passed == 100

    until(others_have_the_rest)


def test_tokens_per_minute_are_counted_for_all_together(fleet: Fleet) -> None:
    key = _key(fleet.front, tpm=1)
    calls = "/api/v1/chat/completions"
    ports = [one.own_port for one in fleet.all]
    assert fleet.front.post(calls, ECHO, headers=key, port=ports[0]).status == 200

    def refused(port: int) -> bool:
        # Those that did not know the key when they were told, too.
        return fleet.front.post(calls, ECHO, headers=key, port=port).status == 429

    assert refused(ports[0])
    until(lambda: refused(ports[1]), 2)
    until(lambda: refused(ports[2]), 2)
    (limited,) = _burst(fleet, key, ports[2:], ECHO)
    assert 1 <= int(limited.headers["retry-after"]) <= 60


def test_work_is_done_once(fleet: Fleet) -> None:
    front = fleet.front
    with Receiver() as receiver:
        body = {"type": "webhook", "name": "hook", "config": {"url": receiver.url}}
        made = front.post(f"{CONSOLE}/broadcast/destinations", body)
        assert made.status == 201, made.body
        until(lambda: all(_offers(fleet, one, receiver) for one in range(3)))
        ids = [front.post("/api/v1/chat/completions", ECHO).json["id"] for _ in range(30)]
        until(lambda: set(ids) <= set(receiver.ids))
        front.request("DELETE", f"{CONSOLE}/broadcast/destinations/{made.json['id']}")
        # Whoever delivers, each is delivered once.
        counts = Counter(receiver.ids)
        assert [counts[id] for id in ids] == [1] * len(ids)
    # Each process has looked for its turn since it runs, and one had it. The next is in a minute.
    for kind in ("broadcast-sweep", "ledger-sweep"):
        until(partial(_runs, fleet, kind))
    assert _runs(fleet, "ledger-sweep") == 1


def _offers(fleet: Fleet, at: int, receiver: Receiver) -> bool:
    """Say whether a call through one of them comes to the receiver soon."""
    id = fleet.direct("POST", "/api/v1/chat/completions", ECHO)[at].json["id"]
    end = time.monotonic() + 2
    while time.monotonic() < end:
        if id in receiver.ids:
            return True
        time.sleep(0.05)
    return False


def _runs(fleet: Fleet, kind: str) -> int:
    """Count the turns of periodic work, as the logs tell them."""
    return fleet.front.log_text().count(f"job.ran kind={kind}")


def test_one_dies_and_another_comes_while_clients_write(fleet: Fleet) -> None:
    front, clients = fleet.front, 4
    victim = front.others[0]
    assert front.proxy is not None
    with Traffic(front.url, clients=clients, project="dying", pause_s=0.05) as traffic:
        traffic.wait_for_more(60)
        victim.kill()
        served = front.proxy.served[victim.own_port]
        traffic.wait_for_more(60)
        assert front.proxy.served[victim.own_port] == served
        # In its folder, where its last calls are.
        victim.start()
        traffic.wait_for_more(60)
    assert front.proxy.served[victim.own_port] > served
    # What was on its way through the dead one, and nothing else.
    assert set(traffic.refusals) <= {502}, traffic.answers
    assert traffic.refusals.total() + sum(traffic.broken.values()) <= clients
    for one in fleet.all:
        until(partial(_has_emptied_its_spool, one))
    traffic.check()


def _has_emptied_its_spool(one: LiveServer) -> bool:
    return figure(one, "sightline_gateway_spool_bytes") == 0


class Split(NamedTuple):
    """One process for each role."""

    api: LiveServer
    gateway: LiveServer
    worker: LiveServer


@pytest.fixture(scope="module")
def split(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Split]:
    folder = tmp_path_factory.mktemp("split")
    stores = outside.stores_for(folder / "data")
    env = {**ENV, "SIGHTLINE_BROADCAST__POLL_S": "0.2"}
    found = Split(
        *(
            LiveServer(
                folder / role,
                env={**env, "SIGHTLINE_SERVER__ROLE": role},
                stores=stores,
                processes=1,
            )
            for role in Split._fields
        )
    )
    try:
        # At once: one of them makes the tables of both databases.
        with ThreadPoolExecutor() as pool:
            list(pool.map(lambda server: server.start(), found))
        yield found
    finally:
        for server in found:
            server.kill()


def test_a_process_says_its_role_and_who_serves_what_it_does_not(split: Split) -> None:
    for role, server in split._asdict().items():
        assert server.get("/health").json["role"] == role
        assert server.get("/ready").json["status"] == "ok"
        assert server.get("/api/is-alive/ping").status == 200
        assert f'role="{role}"' in server.get("/metrics").body.decode()
    for server, path, body, role in (
        (split.api, "/api/v1/chat/completions", ECHO, "gateway"),
        (split.worker, "//v1/chat/completions", ECHO, "gateway"),
        (split.gateway, f"{PRIVATE}/traces", {}, "api"),
        (split.gateway, "/opik/api/v1/private/traces", {}, "api"),
        (split.gateway, "/v1/traces", {}, "api"),
        (split.worker, f"{CONSOLE}/about", None, "api"),
        (split.worker, "/", None, "api"),
        (split.worker, "/v1/models", None, "api` or `gateway"),
    ):
        answer = server.request("POST" if body is not None else "GET", path, body)
        assert answer.status == 421, (path, answer)
        assert f"`{role}`" in answer.json["message"] == answer.json["error"]["message"]
    # OpenRouter's lists are at both, the screens at one.
    for server in (split.api, split.gateway):
        assert server.get("/v1/models").status == 200
    assert split.api.get("/").status == 200


def test_each_does_its_part(split: Split) -> None:
    api, gateway, _ = split
    with Receiver() as receiver:
        body = {"type": "webhook", "name": "hook", "config": {"url": receiver.url}}
        assert api.post(f"{CONSOLE}/broadcast/destinations", body).status == 201
        # As soon as the gateway has heard of the destination.
        until(lambda: gateway.post("/v1/chat/completions", ECHO).status == 200 and receiver.ids)
    delivered = "sightline_broadcast_delivered_total"
    assert [figure(server, delivered) > 0 for server in split] == [False, False, True]
    recorded = "sightline_gateway_calls_recorded_total"
    assert [figure(server, recorded) > 0 for server in split] == [False, True, False]
    # A call that is stored later is not deleted.
    until(lambda: figure(gateway, "sightline_gateway_spool_bytes") == 0)
    traces = f"{PRIVATE}/traces?project_name=Default%20Project&size=1"
    assert api.get(traces).json["total"] > 0
    project = api.post(f"{PRIVATE}/projects/retrieve", {"name": "Default Project"}).json["id"]
    deletion = {"entity": "trace", "action": "delete", "slice": {}}
    assert api.post(f"{CONSOLE}/projects/{project}/bulk", deletion).status == 202
    until(lambda: api.get(traces).json["total"] == 0)
    done = [server.log_text().count("bulk.finished") for server in split]
    assert done == [0, 0, 1]


@pytest.fixture
def caddy(split: Split, tmp_path: Path) -> Iterator[int]:
    """Caddy with the rules that the guide gives for roles; the port where it listens."""
    port = free_port()
    rules = re.search(r"```\n(@calls .*?)```", GUIDE.read_text(), re.S)
    assert rules is not None
    text = rules[1]
    for role, server in (("gateway", split.gateway), ("api", split.api)):
        text = re.sub(rf"{role}-\d:5173", f"127.0.0.1:{server.own_port}", text)
    assert ":5173" not in text
    file = tmp_path / "Caddyfile"
    file.write_text(f"{{\n\tadmin off\n}}\nhttp://127.0.0.1:{port} {{\n{text}\n}}\n")
    command = [client_python("deploy").with_name("caddy"), "run", "--config", file]
    env = {**os.environ, "HOME": str(tmp_path)}
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "--adapter", "caddyfile"], env=env, stdout=log, stderr=log
        )
    try:
        until(partial(_listens, port))
        yield port
    finally:
        process.terminate()
        process.wait(30)


def _listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


@with_deploy_tools
def test_the_proxy_of_the_guide_sends_each_request_to_who_serves_it(
    split: Split, caddy: int
) -> None:
    ask = partial(split.api.request, port=caddy)
    paths = [*CALLS, *(path.removeprefix("/api") for path in CALLS), "/chat/completions"]
    for path in [*paths, "/openai/deployments/sightline%2Fecho/chat/completions"]:
        # Some refuse what is no call of theirs; none says that it is served elsewhere.
        assert ask("POST", path, ECHO).status in {200, 400}, path
    trace = {"project_name": "by proxy", "name": "t", "start_time": "2026-03-02T10:00:00Z"}
    assert ask("POST", f"{PRIVATE}/traces", trace).status == 201
    assert ask("GET", f"{PRIVATE}/traces?project_name=by%20proxy").json["total"] == 1
    for path in ("/", "/api/v1/models", "/v1/models", f"{CONSOLE}/about", "/api/v1/keys"):
        assert ask("GET", path).status == 200, path
    assert ask("POST", "/v1/traces", {"resourceSpans": []}).status == 200
    preset = {"messages": [{"role": "system", "content": "short"}]}
    saved = ask("POST", "/api/v1/presets/brief/chat/completions", preset)
    assert saved.status in {200, 201}, saved
