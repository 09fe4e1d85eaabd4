"""Secrets and payloads are marked, sent through every face, and then looked for where they must
not be: logs, errors, metrics, settings, and the data folder."""

import base64
import json
import re
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sightline.core.ids import new_text_id
from tests.contract.http.conftest import Browser
from tests.contract.reading import make_key, until
from tests.fakes.destination import Receiver, Reply
from tests.live import Answer, LiveServer
from tests.modes import of_stores_in_the_folder
from tests.strangers.world import BASE, START, Side

PAYLOAD = "canary-payload-4e21d7"
SECRETS = {
    "a provider's key": "canary-provider-8b7c6d5e4f",
    "a provider's header": "canary-header-1a2b3c4d5e6f",
    "a destination's header": "canary-destination-9f8e7d6c5b",
    "a password of a destination": "canary-password-5f4e3d2c1b",
    "the master key of the file": "sk-canary-master-2b3c4d5e6f7a",
    "a key of the file": "sk-canary-file-3c4d5e6f7a8b",
    "a key that is none": "opik_canary_wrong_4d5e6f7a8b9c",
    "a key in an address": "canary-query-6f7a8b9c0d1e",
}
FILE = """
model_list:
- model_name: of-the-file
  litellm_params: {{model: openai/gpt-4o, api_key: {key}, api_base: "http://127.0.0.1:9/v1"}}
general_settings: {{master_key: {master}}}
"""


class Session:
    """Everything that somebody does with a server in a day, the failures too."""

    def __init__(self, server: LiveServer, receiver: Receiver) -> None:
        self.server = server
        self.receiver = receiver
        self.secrets = dict(SECRETS)
        self.refusals: list[Answer] = []
        self.kept: list[Answer] = []
        admin = make_key(server, role="admin")
        self.secrets["an API key"] = admin
        self.admin = Side(server, f"Bearer {admin}")

    def ask(self, method: str, path: str, body: Any = None, side: Side | None = None) -> Answer:
        answer = (side or self.admin).ask(method, path, body)
        (self.refusals if answer.status >= 400 else self.kept).append(answer)
        return answer

    def live(self) -> None:
        self._people()
        self._traces()
        self._otlp()
        self._provider()
        self._destinations()
        self._rubbish()

    def _people(self) -> None:
        browser = Browser(self.server)
        browser.sign_in(self.secrets["a key that is none"])
        browser.sign_in(self.secrets["an API key"])
        assert browser.cookie is not None
        self.secrets["a session"] = browser.cookie.value
        assert browser.get(f"{BASE}/projects").status == 200
        wrong = Side(self.server, f"Bearer {self.secrets['a key that is none']}")
        for path in (f"{BASE}/projects", "/api/console/gateway", "/api/v1/key"):
            self.ask("GET", path, side=wrong)
        self.ask("POST", "/v1/chat/completions", {"model": "m", "messages": []}, wrong)
        broken = Side(self.server, self.secrets["an API key"] + "\x7f")
        self.ask("GET", f"{BASE}/projects", side=broken)
        made = self.ask("POST", "/api/v1/keys", {"name": "caller"})
        self.secrets["a gateway key"] = made.json["key"]
        made = self.ask("POST", "/api/console/keys", {"name": "made", "role": "read"})
        self.secrets["a key made by the API"] = made.json["key"]
        # Shown once, on purpose.
        self.kept.clear()

    def _traces(self) -> None:
        id = new_text_id()
        trace = {
            "id": id, "project_name": "canaries", "name": PAYLOAD, "start_time": START,
            "input": {"q": PAYLOAD}, "output": PAYLOAD, "metadata": {PAYLOAD: PAYLOAD},
            "tags": [PAYLOAD], "error_info": {"exception_type": "E", "traceback": PAYLOAD},
        }  # fmt: skip
        assert self.ask("POST", f"{BASE}/traces/batch", {"traces": [trace]}).status == 204
        score = {"name": "s", "value": 1, "source": "sdk", "reason": PAYLOAD}
        self.ask("PUT", f"{BASE}/traces/{id}/feedback-scores", score)
        self.ask("POST", f"{BASE}/traces/{id}/comments", {"text": PAYLOAD})
        upload = f"{BASE}/attachment/upload?entity_type=trace&entity_id={id}&file_name=a.txt"
        self.ask("PUT", f"{upload}&project_name=canaries", PAYLOAD.encode())
        self.ask("PATCH", f"{BASE}/traces/{id}", {"project_name": "canaries", "output": PAYLOAD})
        filters = json.dumps([{"field": "name", "operator": "=", "value": PAYLOAD}])
        query = urllib.parse.urlencode({"project_name": "canaries", "filters": filters})
        assert self.ask("GET", f"{BASE}/traces?{query}").json["total"] == 1
        self.ask("GET", f"{BASE}/traces?key={self.secrets['a key in an address']}")

    def _otlp(self) -> None:
        span = {
            "traceId": "7" * 32, "spanId": "8" * 16, "name": PAYLOAD,
            "startTimeUnixNano": "1795000000000000000", "endTimeUnixNano": "1795000001000000000",
            "attributes": [{"key": "input", "value": {"stringValue": PAYLOAD}}],
        }  # fmt: skip
        body = {"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}
        assert self.ask("POST", "/v1/traces", body).status == 200
        span["startTimeUnixNano"] = PAYLOAD
        self.ask("POST", "/v1/traces", body)

    def _provider(self) -> None:
        provider = {
            "slug": "canary", "name": "canary", "dialect": "openai",
            "base_url": self.receiver.url, "api_key": self.secrets["a provider's key"],
        }  # fmt: skip
        made = self.ask("POST", "/api/console/gateway/providers", provider)
        assert made.status == 201, made
        headers = {"X-Own": self.secrets["a provider's header"]}
        path = f"/api/console/gateway/providers/{made.json['id']}"
        self.ask("PATCH", path, {"headers": headers})
        endpoint = {"provider_id": made.json["id"], "upstream_model": "m"}
        model = {"slug": "canary/model", "name": "m", "endpoints": [endpoint]}
        self.ask("POST", "/api/console/gateway/models", model)
        # An upstream that says back what it got, key and all, in its error.
        self.receiver.refuse = lambda got: Reply(
            401, json.dumps({"error": {"message": f"{got.headers} {PAYLOAD}"}}).encode()
        )
        caller = Side(self.server, f"Bearer {self.secrets['a gateway key']}")
        for model_name in ("canary/model", "sightline/echo", "of-the-file", "no/such"):
            for stream in (False, True):
                call = {
                    "model": model_name, "stream": stream, "user": PAYLOAD,
                    "messages": [{"role": "user", "content": PAYLOAD}],
                }  # fmt: skip
                self.ask("POST", "/v1/chat/completions", call, caller)
                self.ask("POST", "/v1/messages", {**call, "max_tokens": 9}, caller)
        self.ask("POST", f"{path}/test", {})
        for what in ("providers", "models", "keys", "presets", "routing"):
            self.ask("GET", f"/api/console/gateway/{what}")

    def _destinations(self) -> None:
        self.receiver.refuse = lambda got: None
        config = {
            "url": self.receiver.url, "headers": {"X-K": self.secrets["a destination's header"]}
        }  # fmt: skip
        body = {"type": "webhook", "name": "canary", "config": config}
        made = self.ask("POST", "/api/console/broadcast/destinations", body)
        assert made.status == 201, made
        clickhouse = {
            "host": self.receiver.url, "database": "d", "table": "t", "username": "u",
            "password": self.secrets["a password of a destination"],
        }  # fmt: skip
        body = {"type": "clickhouse", "name": "canary 2", "config": clickhouse}
        self.ask("POST", "/api/console/broadcast/destinations", body)
        # It says back all that it got in its refusal.
        self.receiver.refuse = lambda got: Reply(400, repr(got.headers).encode() + got.body[:5000])
        sample = f"/api/console/broadcast/destinations/{made.json['id']}"
        self.ask("POST", f"{sample}/sample", {})
        self.ask("POST", "/api/console/broadcast/destinations", {**body, "name": "again"})
        call = {"model": "sightline/echo", "messages": [{"role": "user", "content": PAYLOAD}]}
        assert self.ask("POST", "/v1/chat/completions", call).status == 200

        def failed() -> Any:
            return self.ask("GET", f"{sample}/failures").json["total"]

        until(lambda: failed() or None, "the destination refused nothing")
        self.ask("GET", "/api/console/broadcast")

    def _rubbish(self) -> None:
        secret = self.secrets["a provider's key"]
        for path in (f"{BASE}/traces/batch", "/v1/chat/completions", "/api/console/gateway/keys"):
            self.ask("POST", path, f'{{"{PAYLOAD}": "{secret}", '.encode())
            self.ask("POST", path, {"traces": [{"name": {PAYLOAD: secret}, "id": secret}]})
        provider = {"slug": "x", "name": "x", "dialect": "nothing", "api_key": secret}
        self.ask("POST", "/api/console/gateway/providers", provider)
        self.ask("POST", "/api/console/gateway/providers", {**provider, "dialect": {secret: 1}})
        self.ask("GET", "/api/console/about")


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    folder = tmp_path_factory.mktemp("canaries")
    file = folder / "gateway.yaml"
    key, master = SECRETS["a key of the file"], SECRETS["the master key of the file"]
    file.write_text(FILE.format(key=key, master=master))
    env = {
        "SIGHTLINE_LOG__LEVEL": "debug",
        "SIGHTLINE_AUTH__KEYS": "on",
        "SIGHTLINE_GATEWAY__CONFIG": str(file),
        "SIGHTLINE_GATEWAY__ALLOW_PRIVATE_ADDRESSES": "true",
    }
    server = LiveServer(folder / "data", env=env)
    server.start()
    with Receiver() as receiver:
        try:
            made = Session(server, receiver)
            made.live()
            yield made
        finally:
            server.kill()


def forms(secret: str) -> list[bytes]:
    """Return a secret as it may be written down."""
    raw = secret.encode()
    packed = base64.b64encode(raw).rstrip(b"=")[:-1]
    return [raw, urllib.parse.quote(secret).encode(), packed, raw.hex().encode()]


def found_in(data: bytes, secrets: dict[str, str]) -> list[str]:
    return [name for name, secret in secrets.items() if any(f in data for f in forms(secret))]


def test_the_log_has_neither_secrets_nor_payloads(session: Session) -> None:
    log = session.server.log_text().encode()
    assert b"broadcast.tried" in log
    assert found_in(log, session.secrets | {"a payload": PAYLOAD}) == []


def test_refusals_say_no_secret(session: Session) -> None:
    assert len(session.refusals) > 20
    told = [
        (name, answer)
        for answer in session.refusals
        for name in found_in(answer.body + str(answer.headers).encode(), session.secrets)
    ]
    assert not told
    for answer in session.refusals:
        # What an upstream says (502) its caller may read.
        if answer.status >= 500 and answer.status != 502:
            assert PAYLOAD not in answer.body.decode(), answer


def test_pages_show_secrets_masked(session: Session) -> None:
    told = [
        (name, answer.body[:300])
        for answer in session.kept
        for name in found_in(answer.body, session.secrets)
    ]
    assert not told


def test_metrics_name_neither(session: Session) -> None:
    text = session.server.get("/metrics").body
    assert b"sightline" in text
    assert found_in(text, session.secrets | {"a payload": PAYLOAD}) == []


@of_stores_in_the_folder
def test_secrets_are_sealed_or_hashed_on_disk_and_payloads_lie_where_they_belong(
    session: Session,
) -> None:
    session.server.stop()
    places: dict[str, list[str]] = {}
    strays = []
    for path in sorted(session.server.data.rglob("*")):
        if not path.is_file():
            continue
        data, name = path.read_bytes(), path.relative_to(session.server.data).as_posix()
        for secret in found_in(data, session.secrets):
            places.setdefault(secret, []).append(name)
        if PAYLOAD.encode() in data and not re.match(r"(analytics|spool|blobs)/", name):
            strays.append(name)
    assert places == {}
    assert strays == []
    assert any((session.server.data / "analytics").rglob("*"))


@of_stores_in_the_folder
def test_the_files_of_the_server_are_its_own(session: Session) -> None:
    folder: Path = session.server.data
    assert folder.stat().st_mode & 0o077 == 0
    assert (folder / "secret.key").stat().st_mode & 0o077 == 0
