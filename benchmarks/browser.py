"""What a person waits for in the browser, among many spans: Chromium drives the real screens.

    python -m benchmarks.browser --spans 10000000 --data /var/tmp/ten-million

fills the folder (by SQL, see `benchmarks.straight`) and measures; a second run on the same folder
only measures. Without `--data` the folder is a temporary one.
"""

import argparse
import asyncio
import itertools
import json
import time
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from benchmarks import load
from benchmarks.common import Row, folder, percentile, report, rss_mb, settle
from benchmarks.payloads import Spans, new_id, now_us
from benchmarks.query import tree_requests
from benchmarks.straight import PROJECT, fill
from benchmarks.straight_sql import SPANS_PER_TRACE
from tests.live import LiveServer
from tools.browser import find

TREES = (100, 2_000, 10_000)
_TIMES = 3
_NOTE = "browser-bench.json"
# The first row of a table once it is more than a grey bar.
ROW = '[data-index="0"] input[type="checkbox"]'
# By the page's own clock: looking from outside, many times a second, would slow what is timed.
_OPENED = """() => {
  window.opened_ = new Promise(done => {
    let clicked = 0;
    addEventListener("click", event => { clicked = event.timeStamp; }, {capture: true, once: true});
    const observer = new MutationObserver(() => {
      if (!document.querySelector('[role="treeitem"]')) return;
      observer.disconnect();
      requestAnimationFrame(() => setTimeout(() => done(performance.now() - clicked)));
    });
    observer.observe(document.body, {subtree: true, childList: true});
  });
}"""
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--enable-precise-memory-info",
    "--js-flags=--expose-gc",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--spans", type=int, default=1_000_000)
    parser.add_argument("--data", type=Path)
    args = parser.parse_args()
    with folder(args.data) as path:
        if not (path / "data").exists():
            asyncio.run(fill(path / "data", args.spans // SPANS_PER_TRACE))
        live = LiveServer(path / "data")
        live.start(300)
        try:
            rows = measure(live, large_traces(live, path / _NOTE))
        finally:
            live.stop(300)
    report(f"browser, {args.spans:,} spans", rows)


def large_traces(live: LiveServer, note: Path) -> dict[int, str]:
    """Send the large traces that the folder does not have yet; return their ids by their size."""
    known: dict[str, str] = json.loads(note.read_text()) if note.exists() else {}
    for size in TREES:
        if str(size) in known:
            continue
        # Away from the newest, so that opening one is no luck of the cache.
        start = now_us() - 10 * 86_400_000_000 - size * 1_000_000
        trace = new_id(start, Spans(PROJECT, seed=size, pool=1).rng)
        load.run(live.port, tree_requests, (trace, size, start), connections=4).only(204)
        known[str(size)] = trace
        note.write_text(json.dumps(known))
    settle(live.data, live.pid, 45)
    return {int(size): id for size, id in known.items()}


def measure(live: LiveServer, trees: dict[int, str]) -> list[Row]:
    project = next(
        p["id"]
        for p in live.get("/api/v1/private/projects?size=100").json["content"]
        if p["name"] == PROJECT
    )
    logs = f"{live.url}/projects/{project}/logs"
    rows = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find(), args=list(FLAGS))
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.set_default_timeout(60_000)

        def fresh(query: str = "") -> Callable[[], None]:
            def run() -> None:
                rest(page)
                page.goto("about:blank")
                begun = time.monotonic()
                page.goto(f"{logs}{query}")
                page.wait_for_selector(ROW)
                taken.append(time.monotonic() - begun)

            return run

        taken: list[float] = []
        for what, query in (
            ("logs, first row of traces", ""),
            ("logs, first row of spans", "?type=span"),
            ("logs, first row of threads", "?type=thread"),
            ("logs, first row of traces, all time", "?range=all"),
            ("logs, first row with a filter", "?q=status%3Aerror"),
        ):
            taken.clear()
            for _ in range(_TIMES):
                fresh(query)()
            rows.append(Row(what, _ms(taken), f"{_TIMES} times, from an empty page"))
        rows.append(
            Row("change of a filter", _ms(_filters(page, logs)), "until its rows are shown")
        )
        for size, trace in trees.items():
            taken.clear()
            for _ in range(_TIMES):
                rest(page)
                page.goto(f"{logs}?range=all&q=id:{trace}")
                page.wait_for_selector(ROW)
                rest(page)
                row = page.locator('[data-index="0"] [role="gridcell"]').nth(2)
                box = row.bounding_box()
                assert box is not None
                page.mouse.move(box["x"] + 20, box["y"] + box["height"] / 2)
                page.evaluate(_OPENED)
                page.mouse.down()
                page.mouse.up()
                taken.append(page.evaluate("() => window.opened_") / 1000)
            rows.append(
                Row(
                    f"open a trace of {size:,} spans",
                    _ms(taken),
                    "from the click to the frame that shows its tree, the page's first",
                )
            )
        rows.append(Row("frames while that tree is scrolled", _frames(page), "2 s by wheel"))
        page.evaluate("() => window.gc && window.gc()")
        used = page.evaluate("() => performance.memory.usedJSHeapSize")
        rows.append(
            Row("memory of the tab", f"{used / 1e6:,.0f} MB", "its JavaScript, that tree open")
        )
        browser.close()
    rows.append(Row("memory of the server", f"{rss_mb(live.pid):,.0f} MB", "resident, afterwards"))
    return rows


def rest(page: Page) -> None:
    """Wait until the page has what it asked for: what it leaves behind would slow the next."""
    page.wait_for_load_state("networkidle")


def _filters(page: Page, logs: str) -> list[float]:
    """Go through filters within the page, as a click on a chip does."""
    page.goto(f"{logs}")
    page.wait_for_selector(ROW)
    taken = []
    for query in ("name:answer*", "tag:eu", "status:error", "duration>5s", "model:gpt-4o-mini"):
        before = page.locator('[data-index="0"]').first.text_content()
        begun = time.monotonic()
        page.evaluate(
            """q => { const u = new URL(location.href); u.searchParams.set("q", q);
                      history.pushState({}, "", u);
                      dispatchEvent(new PopStateEvent("popstate")); }""",
            query,
        )
        page.wait_for_function(
            """([row, before]) => {
                 const found = document.querySelector(row)?.closest("[data-index]");
                 return found && found.textContent !== before;
               }""",
            arg=[ROW, before],
        )
        taken.append(time.monotonic() - begun)
    return taken


def _frames(page: Page) -> str:
    """Return the frames a second and the longest gap between two, in words."""
    box = page.locator('[role="tree"]').bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.evaluate(
        """() => { window.frames_ = []; const on = t => { window.frames_.push(t);
                   if (window.frames_.length < 2000) requestAnimationFrame(on); };
                   requestAnimationFrame(on); }"""
    )
    until = time.monotonic() + 2
    while time.monotonic() < until:
        page.mouse.wheel(0, 400)
        page.wait_for_timeout(16)
    stamps: list[float] = page.evaluate("() => window.frames_")
    gaps = [b - a for a, b in itertools.pairwise(stamps)]
    return f"{len(gaps) / (sum(gaps) / 1000):.0f} a second, longest gap {max(gaps):.0f} ms"


def _ms(taken: list[float]) -> str:
    return f"{percentile(taken, 0.5) * 1000:,.0f} ms median, {max(taken) * 1000:,.0f} most"


if __name__ == "__main__":
    main()
