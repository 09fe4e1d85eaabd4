"""Make the pictures of every screen in docs/images/screens: light, dark, and as on a phone.

    make pictures                      # all of them
    python tools/pictures.py phone     # those of one look

Serves a folder of its own with the demo data, looks at each page in Chromium, and ends both.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.fakes.destination import Receiver  # noqa: E402
from tests.live import LiveServer, live  # noqa: E402 - the tests' own way to serve
from tools.browser import find  # noqa: E402

IMAGES = ROOT / "docs" / "images" / "screens"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
PROJECT = "demo-support"
OPEN = {"SIGHTLINE_GATEWAY__ALLOW_PRIVATE_ADDRESSES": "true"}
# The first row of a table once it is more than a grey bar.
ROW = '[data-index="0"] input[type="checkbox"]'


class Screen(NamedTuple):
    """A page, what to wait for, and what to do before the picture is taken."""

    name: str
    path: str
    wait: str = "h1"
    keys: tuple[str, ...] = ()


class Look(NamedTuple):
    name: str
    width: int
    height: int
    scheme: str


LOOKS = (
    Look("light", 1440, 900, "light"),
    Look("dark", 1440, 900, "dark"),
    Look("phone", 390, 844, "light"),
)


def main() -> int:
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="sightline-pictures-") as folder:
        with live(Path(folder) / "empty") as empty, sync_playwright() as playwright:
            chromium = playwright.chromium.launch(executable_path=find(), args=FLAGS)
            shoot(chromium, empty, [Screen("get-started", "/get-started")])
            chromium.close()
        with live(Path(folder) / "demo", env=OPEN) as server:
            command = [sys.executable, "-m", "sightline", "demo", "--url", server.url]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            with Receiver() as receiver:
                furnish(server, receiver.url)
            with sync_playwright() as playwright:
                chromium = playwright.chromium.launch(executable_path=find(), args=FLAGS)
                shoot(chromium, server, screens(server))
                chromium.close()
    return 0


def furnish(server: LiveServer, receiver: str) -> None:
    """Give the gateway something to show: a provider, keys, a preset, a destination, calls."""
    console = "/api/console/gateway"
    for path, body in (
        (f"{console}/providers", {"slug": "openai", "api_key": "sk-" + "0" * 12 + "picture"}),
        (f"{console}/keys", {"name": "Support bot", "limit": 50, "limit_reset": "monthly"}),
        (f"{console}/keys", {"name": "Evaluation", "limit": 5, "limit_reset": "daily"}),
        (
            f"{console}/presets",
            {"slug": "friendly", "name": "Friendly", "system_prompt": "Be kind"},
        ),
        (
            "/api/v1/observability/destinations",
            {"type": "webhook", "name": "Data team", "config": {"url": receiver}},
        ),
    ):
        answer = server.post(path, body)
        if answer.status >= 300:
            raise SystemExit(f"{path}: {answer.status} {answer.body[:300]!r}")
    for text in ("Where is my parcel?", "Cancel my order, please", "Thank you"):
        server.post(
            "/api/v1/chat/completions",
            {"model": "sightline/echo", "messages": [{"role": "user", "content": text}]},
        )
    time.sleep(3)


def screens(server: LiveServer) -> list[Screen]:
    """Return the pages of the demo data, with the most telling trace of each kind."""
    project = next(
        p["id"]
        for p in server.get("/api/v1/private/projects?size=100").json["content"]
        if p["name"] == PROJECT
    )
    base = f"/projects/{project}"

    def rows(**query: str) -> list[dict[str, str]]:
        text = "&".join(f"{name}={value}" for name, value in query.items())
        found = server.get(f"/api/console{base}/rows?limit=2&{text}").json["rows"]
        return list(found)

    failed = rows(query="status:error", sort="-duration")[0]["id"]
    first, second = (row["id"] for row in rows(sort="-span_count"))
    thread = rows(entity="thread", sort="-duration", columns="first_message")[0]["id"]
    trace = f"{base}/logs?range=30d&trace={first}"
    return [
        Screen("projects", "/projects", "tbody a"),
        Screen("logs", f"{base}/logs?range=30d", ROW),
        Screen("logs-query", f"{base}/logs?range=30d&q=status%3Aerror", ROW),
        Screen("spans", f"{base}/logs?range=30d&type=span", ROW),
        Screen("threads", f"{base}/logs?range=30d&type=thread", ROW),
        Screen("trace", trace, '[role="treeitem"]'),
        Screen("trace-error", f"{base}/logs?range=30d&trace={failed}", '[role="treeitem"]'),
        Screen("trace-timeline", f"{trace}&look=timeline&full=true", '[role="treeitem"]'),
        Screen("trace-graph", f"{trace}&look=graph&full=true", '[aria-label="Graph of steps"]'),
        Screen("thread", f"{base}/logs?range=30d&type=thread&thread={thread}", "main"),
        Screen("compare", f"{base}/compare?a={first}&b={second}", '[role="treeitem"]'),
        Screen("metrics", f"{base}/metrics?range=14d", "canvas"),
        Screen("observability", "/observability", "main"),
        Screen("observability-add", "/observability?add=opik", "form"),
        Screen("gateway-providers", "/gateway?tab=providers", "table"),
        Screen("gateway-models", "/gateway?tab=models", "table"),
        Screen("gateway-keys", "/gateway?tab=keys", "table"),
        Screen("gateway-presets", "/gateway?tab=presets", "main"),
        Screen("playground", "/playground?model=sightline%2Fecho", "main"),
        Screen("palette", "/projects", "tbody a", ("Control+k",)),
        Screen("keys", f"{base}/logs?range=30d", ROW, ("?",)),
        Screen("settings-keys", "/settings/keys", "main h2"),
        Screen("settings-definitions", "/settings/definitions", "main h2"),
        Screen("settings-prices", "/settings/prices", "tbody"),
        Screen("settings-received", "/settings/received?range=1h", "canvas"),
        Screen("settings-about", "/settings/about", "dl"),
        Screen("sign-in", "/sign-in"),
    ]


def shoot(chromium: Browser, server: LiveServer, pages: list[Screen]) -> None:
    for look in [look for look in LOOKS if look.name in (sys.argv[1:] or look.name)]:
        context = chromium.new_context(
            viewport={"width": look.width, "height": look.height}, color_scheme=look.scheme
        )
        page = context.new_page()
        for screen in pages:
            take(page, server, screen, IMAGES / f"{screen.name}-{look.name}.png")
        context.close()


def take(page: Page, server: LiveServer, screen: Screen, file: Path) -> None:
    page.goto(f"{server.url}{screen.path}")
    page.locator(screen.wait).first.wait_for(timeout=20_000)
    for key in screen.keys:
        page.keyboard.press(key)
    # Until what is loaded after the first paint is there too: nothing says that it is all.
    page.wait_for_timeout(1500)
    page.screenshot(path=file)
    print(json.dumps({"picture": file.name}), flush=True)


if __name__ == "__main__":
    sys.exit(main())
