"""A gateway that real clients call, in front of fake providers that check what they are asked."""

import json
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.contract.reading import Reader
from tests.fakes import anthropic_api, gemini_api, openai_api
from tests.fakes.anthropic_api import AnthropicApi
from tests.fakes.gemini_api import GeminiApi
from tests.fakes.openai_api import ChatOnly, OpenAiApi
from tests.live import Answer, LiveServer, run_client

FOLDER = Path(__file__).parent
DRIVERS = FOLDER / "drivers"
FILE = FOLDER / "gateway.yaml"
MESSAGES = [{"role": "user", "content": "How warm is it in Oslo?"}]


class Upstreams(NamedTuple):
    """The fake providers."""

    openai: OpenAiApi
    groq: ChatOnly
    anthropic: AnthropicApi
    gemini: GeminiApi

    @property
    def env(self) -> dict[str, str]:
        """What `gateway.yaml` takes from the environment, but for the master key."""
        return {
            "OPENAI_URL": self.openai.base_url,
            "GROQ_URL": self.groq.base_url,
            "ANTHROPIC_URL": self.anthropic.url,
            "GEMINI_URL": self.gemini.base_url,
            "OPENAI_UPSTREAM_KEY": openai_api.KEY,
            "ANTHROPIC_UPSTREAM_KEY": anthropic_api.KEY,
            "GEMINI_UPSTREAM_KEY": gemini_api.KEY,
        }

    @property
    def wrong(self) -> list[str]:
        """What the providers refused because the gateway asked for it wrongly."""
        return [text for each in self for text in each.wrong]


class Gateway:
    """The server, its master key, and what is behind it."""

    def __init__(self, server: LiveServer, master: str, upstreams: Upstreams) -> None:
        self.server = server
        self.master = master
        self.upstreams = upstreams
        self.reader = Reader(server)

    @property
    def url(self) -> str:
        return self.server.url

    def key(self, name: str, **fields: Any) -> str:
        """Make a gateway key by the management API; return its text."""
        made = self.post("/api/v1/keys", {"name": name, **fields}, self.master)
        assert made.status == 201, made
        text: str = made.json["key"]
        return text

    def post(self, path: str, body: Any, key: str = "", **headers: str) -> Answer:
        sent = {"Authorization": f"Bearer {key or self.master}", **headers}
        return self.server.post(path, body, headers=sent)

    def get(self, path: str, key: str = "") -> Answer:
        return self.server.get(path, headers={"Authorization": f"Bearer {key or self.master}"})

    def chat(
        self, model: str, key: str = "", headers: dict[str, str] | None = None, **fields: Any
    ) -> Answer:
        body = {"model": model, "messages": MESSAGES, **fields}
        sent = {"Authorization": f"Bearer {key or self.master}", **(headers or {})}
        return self.server.post("/v1/chat/completions", body, headers=sent)

    def run(self, client: str, driver: str, *args: str, **env: str) -> Any:
        """Run a driver with the server's address; return the JSON that it prints last."""
        printed = run_client(client, DRIVERS / driver, self.url, *args, env=env)
        return json.loads(printed.strip().splitlines()[-1])

    def cancelled(self, project: str) -> dict[str, Any]:
        """Return the spans of calls that were given up, by their model."""
        spans = self.reader.spans(project)
        return {s["model"]: s for s in spans if s["metadata"].get("gateway", {}).get("cancelled")}


Said = dict[str, Any]
"""What a driver printed: `{"case": {"ok": …} or {"error": …, "status": …}}`."""


def ok(said: Said, name: str) -> Any:
    assert "ok" in said[name], said[name]
    return said[name]["ok"]


def failed(said: Said, name: str) -> tuple[str, int]:
    """Return the class of a case's exception, and the HTTP status in it."""
    assert "error" in said[name], said[name]
    return said[name]["error"], said[name]["status"]


@pytest.fixture(scope="session")
def upstreams() -> Iterator[Upstreams]:
    with OpenAiApi() as a, ChatOnly() as b, AnthropicApi() as c, GeminiApi() as d:
        yield Upstreams(a, b, c, d)


@pytest.fixture(scope="session")
def gateway(tmp_path_factory: pytest.TempPathFactory, upstreams: Upstreams) -> Iterator[Gateway]:
    """One server for all clients; each test has a key, and so a project, of its own."""
    master = f"sk-{secrets.token_hex(16)}"
    env = {
        **upstreams.env,
        "MASTER_KEY": master,
        "SIGHTLINE_GATEWAY__CONFIG": str(FILE),
        "SIGHTLINE_GATEWAY__ALLOW_PRIVATE_ADDRESSES": "true",
    }
    server = LiveServer(tmp_path_factory.mktemp("gateway") / "data", env=env)
    server.start()
    try:
        yield Gateway(server, master, upstreams)
    finally:
        server.kill()
        log = server.log_text()
        for secret in (master, openai_api.KEY, anthropic_api.KEY, gemini_api.KEY):
            assert secret not in log
