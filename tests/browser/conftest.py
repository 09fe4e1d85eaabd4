"""Chromium against a real server: what every journey needs."""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    expect,
    sync_playwright,
)

from tests.live import ROOT, LiveServer, live
from tools import browser as browsers

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
AXE = ROOT / "ui" / "node_modules" / "axe-core" / "axe.min.js"
WAIT_MS = 30_000


# Not for the session: while Playwright runs, no other test of the process can run an event loop.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = browsers.find()
    assert chromium is not None, "Chromium is missing: run `make browser-deps`"
    expect.set_options(timeout=WAIT_MS)
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield found
        found.close()


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A server with the demo data, one for each worker: write to a project of your own."""
    with live(tmp_path_factory.mktemp("demo") / "data") as server:
        command = [sys.executable, "-m", "sightline", "demo", "--url", server.url]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
        yield server


class Visitor:
    """Somebody with a browser: pages of one server, and everything that went wrong in them."""

    def __init__(self, context: BrowserContext, server: LiveServer) -> None:
        self.context = context
        self.server = server
        self.complaints: list[str] = []

    def open(self, path: str) -> Page:
        """Open a path of the server in a new window."""
        page = self.context.new_page()
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        page.goto(f"{self.server.url}{path}")
        return page

    def close(self) -> None:
        """Close all windows; call it before their server ends, of which they would complain."""
        self.context.close()

    def project(self, name: str) -> str:
        """Return the id of a project."""
        answer = self.server.get("/api/v1/private/projects?size=100")
        return next(p["id"] for p in answer.json["content"] if p["name"] == name)

    def ask(self, path: str) -> Any:
        answer = self.server.get(f"/api/{path}")
        assert answer.status == 200, answer
        return answer.json

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(f"{message.type}: {message.text}")


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Visitor]]:
    """Make visitors; none of them may have seen an error in the console when the test ends."""
    made: list[Visitor] = []

    def make(server: LiveServer, **options: Any) -> Visitor:
        given = {"viewport": {"width": 1440, "height": 900}, **options}
        context = browser.new_context(**given)
        context.set_default_timeout(WAIT_MS)
        visitor = Visitor(context, server)
        made.append(visitor)
        return visitor

    yield make
    for visitor in made:
        visitor.context.close()
    assert [c for visitor in made for c in visitor.complaints] == []


@pytest.fixture
def visitor(visit: Callable[..., Visitor], demo: LiveServer) -> Visitor:
    """Somebody before the demo data."""
    return visit(demo)


def faults(page: Page, *rules: str) -> list[str]:
    """Return the serious accessibility faults that axe finds in the page as it is.

    With `rules` it looks for these only.
    """
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE.read_text())
    found = page.evaluate(
        "only => axe.run(document, {resultTypes: ['violations'], runOnly: only})",
        list(rules) or ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"],
    )
    return [
        f"{v['id']}: {v['help']}: {json.dumps([n['target'] for n in v['nodes'][:3]])} "
        f"{v['nodes'][0]['failureSummary']}"
        for v in found["violations"]
        if v["impact"] in {"serious", "critical"}
    ]


def path_of(page: Page) -> str:
    """Return the page's address without the server."""
    return re.sub(r"^https?://[^/]+", "", page.url)
