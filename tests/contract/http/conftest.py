"""A server that asks for keys, and a browser of sorts: it keeps the cookie it was given."""

import http.cookies
from collections.abc import Iterator
from typing import Any

import pytest

from sightline.cli import main
from tests.live import Answer, LiveServer

OWN_PAGE = {"X-Sightline-Request": "1", "Sec-Fetch-Site": "same-origin"}


class Browser:
    """Sends requests as a page of the server does."""

    def __init__(self, server: LiveServer) -> None:
        self.server = server
        self.cookie: http.cookies.Morsel[str] | None = None

    def sign_in(self, key: str, **headers: str) -> Answer:
        return self.send("POST", "/api/console/session", {"key": key}, **headers)

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """Send with the cookie and the marks of a page; headers given go over them."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {k: v for k, v in {**OWN_PAGE, **self.cookies, **named}.items() if v}
        answer = self.server.request(method, path, body, headers=sent)
        if "set-cookie" in answer.headers:
            jar = http.cookies.SimpleCookie(answer.headers["set-cookie"])
            self.cookie = jar["sightline_session"]
        return answer

    def get(self, path: str, **headers: str) -> Answer:
        return self.send("GET", path, **headers)

    @property
    def cookies(self) -> dict[str, str]:
        return {"Cookie": f"sightline_session={self.cookie.value}"} if self.cookie else {}


class Keyed:
    """A server with keys on."""

    def __init__(self, server: LiveServer, capsys: pytest.CaptureFixture[str]) -> None:
        self.server = server
        self._capsys = capsys

    def key(self, role: str = "admin", workspace: str = "default", name: str = "ann") -> str:
        """Make a key as an operator does."""
        words = ["keys", "create", "--role", role, "--workspace", workspace, "--name", name]
        with pytest.raises(SystemExit), self.server.as_operator():
            main([*words, "--data", str(self.server.data)])
        return self._capsys.readouterr().out.strip()


@pytest.fixture(scope="session")
def keyed_live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """Shared like `server`: take a workspace of your own, and try no wrong key more than once."""
    server = LiveServer(
        tmp_path_factory.mktemp("keyed") / "data", env={"SIGHTLINE_AUTH__KEYS": "on"}
    )
    server.start()
    try:
        yield server
    finally:
        server.kill()


@pytest.fixture
def keyed(keyed_live: LiveServer, capsys: pytest.CaptureFixture[str]) -> Keyed:
    return Keyed(keyed_live, capsys)


@pytest.fixture
def browser(keyed_live: LiveServer) -> Browser:
    return Browser(keyed_live)
