"""Two servers over one Postgres and one bucket. What either takes in, the other knows."""

import base64
import hashlib
import secrets
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode, urlsplit

import pytest

from sightline.core.ids import format_id, new_id
from tests import outside
from tests.contract.reading import make_key
from tests.fakes.destination import Receiver
from tests.fakes.upstream import Upstream
from tests.live import Answer, LiveServer

PRIVATE = "/api/v1/private"
FILES = f"{PRIVATE}/attachment"
V1 = "/api/v1"
SEALING_KEY = "5ea1" * 16
PASSWORD = "pa55-word"


class Pair(NamedTuple):
    """Two servers with data folders of their own, and a key of an admin."""

    first: LiveServer
    second: LiveServer
    key: str
    blobs_url: str

    def ask(self, server: LiveServer, method: str, path: str, body: Any = None) -> Answer:
        return server.request(method, path, body, headers=bearer(self.key))


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def until(fact: Callable[[], Any], seconds: float = 20) -> Any:
    end = time.monotonic() + seconds
    while not (found := fact()):
        assert time.monotonic() < end, "it has not come to pass"
        time.sleep(0.05)
    return found


def sightline(server: LiveServer, *words: str, env: dict[str, str] | None = None) -> Any:
    return subprocess.run(
        [sys.executable, "-m", "sightline", *words],
        cwd=server.data.parent,
        env=server.env if env is None else env,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    catalog, blobs = outside.postgres().take_empty(), outside.s3().bucket()
    env = {
        "SIGHTLINE_CATALOG__URL": catalog,
        "SIGHTLINE_BLOBS__URL": blobs,
        "SIGHTLINE_AUTH__KEYS": "on",
        "SIGHTLINE_GATEWAY__SECRET_KEY": SEALING_KEY,
        "SIGHTLINE_GATEWAY__ALLOW_PRIVATE_ADDRESSES": "true",
        "SIGHTLINE_LOG__LEVEL": "debug",
    }
    folder = tmp_path_factory.mktemp("pair")
    servers = [LiveServer(folder / name, env=env, processes=1) for name in ("first", "second")]
    try:
        # At once: one of them makes the tables.
        with ThreadPoolExecutor() as pool:
            list(pool.map(lambda server: server.start(), servers))
        yield Pair(*servers, make_key(servers[0], role="admin"), blobs)
        for server in servers:
            said = server.log_text()
            for secret in (PASSWORD, outside.S3_SECRET, quote(outside.S3_SECRET, safe="")):
                assert secret not in said
    finally:
        for server in servers:
            server.kill()
        outside.postgres().drop(catalog)


def test_a_project_that_both_see_first_is_one(pair: Pair) -> None:
    names = [f"seen-{n}" for n in range(12)]

    def log(at: int) -> int:
        server = (pair.first, pair.second)[at % 2]
        trace = {"project_name": names[at // 4], "start_time": "2026-03-02T10:00:00Z"}
        return pair.ask(server, "POST", f"{PRIVATE}/traces", trace).status

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(log, range(4 * len(names)))) == {201}
    query = f"{PRIVATE}/projects?name=seen-&size=100"
    lists = [pair.ask(server, "GET", query).json["content"] for server in pair[:2]]
    assert sorted(p["name"] for p in lists[0]) == sorted(names)
    assert {p["id"] for p in lists[0]} == {p["id"] for p in lists[1]}


def test_definitions_and_names_hold_on_both(pair: Pair) -> None:
    body = {
        "name": "Ärger 100%_'\"\\",
        "type": "categorical",
        "details": {"categories": {"a": 1.0, "b": 0.0}},
    }
    path = f"{PRIVATE}/feedback-definitions"
    assert pair.ask(pair.first, "POST", path, body).status == 201
    assert pair.ask(pair.second, "POST", path, body).status == 409
    for part in ("100%_", "'\"\\", "ärger"):
        (found,) = pair.ask(pair.second, "GET", f"{path}?name={quote(part)}").json["content"]
        assert found["details"] == body["details"]
    assert pair.ask(pair.second, "GET", f"{path}?name=100_%25").json["total"] == 0


def test_a_revoked_key_ends_on_the_other_within_five_seconds(pair: Pair) -> None:
    made = pair.ask(pair.first, "POST", "/api/console/keys", {"name": "short", "role": "write"})
    assert made.status == 201, made.body
    key, id = made.json["key"], made.json["id"]
    gateway = pair.ask(pair.first, "POST", f"{V1}/keys", {"name": "calls"}).json
    trace = {"project_name": "keys", "start_time": "2026-03-02T10:00:00Z"}

    def status() -> tuple[int, int]:
        logged = pair.second.post(f"{PRIVATE}/traces", trace, headers=bearer(key)).status
        return logged, call(pair.second, gateway["key"], "sightline/echo").status

    assert status() == (201, 200)
    assert pair.ask(pair.first, "DELETE", f"/api/console/keys/{id}").status in {200, 204}
    assert pair.ask(pair.first, "DELETE", f"{V1}/keys/{gateway['data']['hash']}").status == 200
    until(lambda: status() == (401, 401), 6)


def call(server: LiveServer, key: str, model: str) -> Answer:
    body = {"model": model, "messages": [{"role": "user", "content": "hi"}]}
    return server.post(f"{V1}/chat/completions", body, headers=bearer(key))


def test_limits_count_what_was_spent_on_either(pair: Pair) -> None:
    console = "/api/console/gateway"
    with Upstream() as upstream:
        provider = pair.ask(
            pair.first,
            "POST",
            f"{console}/providers",
            {"slug": "acme", "base_url": upstream.base_url, "api_key": "k"},
        )
        assert provider.status == 201, provider.body
        endpoint = {
            "provider_id": provider.json["id"],
            "upstream_model": "any",
            "prices": {"request": "1"},
        }
        model = {"slug": "paid", "endpoints": [endpoint]}
        assert pair.ask(pair.second, "POST", f"{console}/models", model).status == 201
        made = pair.ask(pair.first, "POST", f"{V1}/keys", {"name": "k", "limit": 2}).json
        key, shown = made["key"], f"{V1}/keys/{made['data']['hash']}"
        # Its secret was sealed by the first; the second must be able to open it.
        assert until(lambda: call(pair.second, key, "paid").status == 200, 6)
        assert until(lambda: call(pair.first, key, "paid").status == 200, 6)
        for server in pair[:2]:
            until(lambda server=server: call(server, key, "paid").status == 402, 8)
        spent = pair.ask(pair.first, "GET", shown).json["data"]["usage"]
        # Each may let through what the other has not told yet, once.
        assert 2 <= spent <= 4


def test_each_destination_gets_each_call_once_whoever_delivers(pair: Pair) -> None:
    console = "/api/console/broadcast/destinations"
    with Receiver() as one, Receiver() as two:
        ids = []
        for server, receiver in ((pair.first, one), (pair.second, two)):
            body = {"type": "webhook", "name": receiver.url, "config": {"url": receiver.url}}
            made = pair.ask(server, "POST", console, body)
            assert made.status == 201, made.body
            ids.append(made.json["id"])
        # Both servers have heard of both.
        for server in pair[:2]:
            until(lambda server=server: _arrives(pair, server, one, two), 10)
        sent = [call(pair[n % 2], pair.key, "sightline/echo").json["id"] for n in range(40)]
        for receiver in (one, two):
            until(lambda receiver=receiver: set(sent) <= set(receiver.ids))
        for target in ids:
            until(
                lambda target=target: (
                    pair.ask(pair.first, "GET", f"{console}/{target}").json["waiting"] == 0
                )
            )
        for receiver in (one, two):
            # Beside these are the samples and what was tried before.
            counts = Counter(receiver.ids)
            assert [counts[call_id] for call_id in sent] == [1] * len(sent)
        for id in ids:
            pair.ask(pair.first, "DELETE", f"{console}/{id}")


def _arrives(pair: Pair, server: LiveServer, *receivers: Receiver) -> bool:
    """Say whether a call through the server comes to all receivers within a second."""
    id = call(server, pair.key, "sightline/echo").json["id"]
    end = time.monotonic() + 1
    while time.monotonic() < end:
        if all(id in receiver.ids for receiver in receivers):
            return True
        time.sleep(0.05)
    return False


def test_a_file_sent_to_one_is_read_and_deleted_at_the_other(pair: Pair) -> None:
    trace = {
        "id": format_id(new_id()),
        "project_name": "files",
        "start_time": "2026-03-02T10:00:00Z",
    }
    assert pair.ask(pair.first, "POST", f"{PRIVATE}/traces", trace).status == 201
    name = {"name": "files"}
    project = pair.ask(pair.second, "POST", f"{PRIVATE}/projects/retrieve", name).json["id"]
    target = {"entity_type": "trace", "entity_id": trace["id"], "project_name": "files"}
    small, large = b"hello", secrets.token_bytes(13_000_000)
    query = urlencode({**target, "file_name": "small.txt"})
    assert pair.ask(pair.first, "PUT", f"{FILES}/upload?{query}", small).status == 204
    _send_in_parts(pair, {**target, "file_name": "large.bin"}, large, parts=3)
    listing = pair.ask(pair.second, "GET", f"{FILES}/list?{_listing(pair, project, trace['id'])}")
    links = {item["file_name"]: item["link"] for item in listing.json["content"]}
    for file_name, data in (("small.txt", small), ("large.bin", large)):
        split = urlsplit(links[file_name])
        # A link needs no key, whichever server made it.
        for server in pair[:2]:
            got = server.get(f"{split.path}?{split.query}")
            assert got.status == 200
            assert hashlib.sha256(got.body).digest() == hashlib.sha256(data).digest()
    assert outside.s3().listing(pair.blobs_url).count("<Key>sightline/attachments/") == 2
    gone = {**target, "container_id": project, "file_names": list(links)}
    assert pair.ask(pair.second, "POST", f"{FILES}/delete", gone).status == 204
    assert "<Key>sightline/attachments/" not in outside.s3().listing(pair.blobs_url)
    assert "<Key>sightline/uploads/" not in outside.s3().listing(pair.blobs_url)


def _send_in_parts(pair: Pair, target: dict[str, str], data: bytes, *, parts: int) -> None:
    """Begin at the first, send the parts to both, end at the second."""
    path = base64.b64encode(pair.first.api.encode()).decode()
    start = {**target, "num_of_file_parts": parts, "path": path}
    begun = pair.ask(pair.first, "POST", f"{FILES}/upload-start", start).json
    size = -(-len(data) // parts)
    tags = []
    for number, url in enumerate(begun["pre_sign_urls"]):
        split = urlsplit(url)
        chunk = data[number * size : (number + 1) * size]
        sent = pair[number % 2].request("PUT", f"{split.path}?{split.query}", chunk)
        assert sent.status == 200, sent.body
        tags.append({"part_number": number + 1, "e_tag": sent.headers["etag"]})
    done = {
        **target,
        "file_size": len(data),
        "upload_id": begun["upload_id"],
        "uploaded_file_parts": tags,
    }
    assert pair.ask(pair.second, "POST", f"{FILES}/upload-complete", done).status == 204


def _listing(pair: Pair, project: str, trace: str) -> str:
    path = base64.urlsafe_b64encode(pair.first.api.encode()).decode()
    query = {"project_id": project, "entity_type": "trace", "entity_id": trace, "path": path}
    return urlencode(query)


def test_passwords_are_not_shown(pair: Pair) -> None:
    shown = sightline(pair.first, "config", "show", "--all").stdout
    about = pair.ask(pair.first, "GET", "/api/console/about").json
    assert (about["stores"]["catalog"]["kind"], about["stores"]["blobs"]["kind"]) == (
        "Postgres",
        "bucket",
    )
    assert about["stores"]["catalog"]["bytes"] > 100_000
    doctor = sightline(pair.first, "doctor", "--data", str(pair.first.data))
    assert doctor.returncode == 0, doctor.stdout
    assert "the s3 bucket answers" in doctor.stdout
    for text in (shown, str(about), doctor.stdout):
        for secret in (PASSWORD, quote(outside.S3_SECRET, safe=""), SEALING_KEY):
            assert secret not in text
    assert "127.0.0.1" in shown


def test_backup_says_that_it_is_not_for_these_stores(pair: Pair, tmp_path: Path) -> None:
    words = ("backup", "--to", str(tmp_path / "b.tar"), "--data", str(pair.first.data))
    told = sightline(pair.first, *words)
    assert told.returncode != 0
    assert "catalog.url and blobs.url" in told.stderr
    # From a shell that knows nothing of the server's settings.
    bare = {k: v for k, v in pair.first.env.items() if not k.startswith("SIGHTLINE_")}
    told = sightline(pair.first, *words, env=bare)
    assert told.returncode != 0
    why = "is a ClickHouse server" if outside.mode() else "do not lie in the data folder"
    assert why in told.stderr
    assert not list(tmp_path.iterdir())


def test_a_server_that_seals_with_a_key_of_its_own_does_not_start(
    pair: Pair, tmp_path: Path
) -> None:
    env = {**pair.first.extra_env, "SIGHTLINE_GATEWAY__SECRET_KEY": ""}
    with pytest.raises(AssertionError, match=r"gateway\.secret_key"):
        LiveServer(tmp_path / "third", env=env, processes=1).start()


def test_all_is_there_after_a_kill_and_without_stores_it_says_when_to_come_again(
    pair: Pair,
) -> None:
    pair.first.kill()
    pair.first.start()
    until(lambda: pair.ask(pair.first, "GET", f"{PRIVATE}/projects?name=seen-").json["total"] == 12)
    trace = {"project_name": "seen-1", "start_time": "2026-03-02T10:00:00Z"}
    query = urlencode({"entity_type": "trace", "entity_id": format_id(new_id()), "file_name": "a"})
    upload = ("PUT", f"{FILES}/upload?{query}&project_name=seen-1", b"x")
    made = {"name": "new while it is gone"}
    cluster = outside.postgres().cluster
    cluster.stop()
    try:
        for method, path, body in (
            ("POST", f"{PRIVATE}/projects", made),
            ("GET", f"{PRIVATE}/projects", None),
            upload,
        ):
            answer = pair.ask(pair.first, method, path, body)
            assert answer.status == 503, (path, answer)
            assert int(answer.headers["retry-after"]) >= 1
        ready = pair.ask(pair.first, "GET", "/ready")
        assert ready.status == 503
        assert (ready.json["analytics"], ready.json["catalog"]) == ("ok", "down")
    finally:
        cluster.start()
    assert pair.ask(pair.first, "POST", f"{PRIVATE}/projects", made).status == 201
    assert pair.ask(pair.first, "POST", f"{PRIVATE}/traces", trace).status == 201
    bucket = outside.s3()
    bucket.stop()
    try:
        answer = pair.ask(pair.first, *upload)
        assert answer.status == 503
        assert int(answer.headers["retry-after"]) >= 1
        assert pair.ask(pair.first, "POST", f"{PRIVATE}/traces", trace).status == 201
    finally:
        bucket.start()
        bucket.bucket(pair.blobs_url.split("/")[2])
    assert pair.ask(pair.first, *upload).status == 204
