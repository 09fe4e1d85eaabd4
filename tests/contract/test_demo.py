"""`sightline demo` fills an empty server with believable traffic, once however often it runs."""

import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from sightline.demo.plan import PROJECTS
from tests.live import LiveServer


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A server of its own, since the tests count everything that is there."""
    server = LiveServer(tmp_path_factory.mktemp("demo") / "data")
    server.start()
    try:
        yield server
    finally:
        server.kill()


@pytest.fixture(scope="module")
def said(shown: LiveServer) -> str:
    return demo(shown)


def demo(server: LiveServer, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "sightline", "demo", "--url", server.url, *words],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def ask(server: LiveServer, path: str, **query: Any) -> Any:
    answer = server.get(f"/api/v1/private/{path}?{urlencode(query)}")
    assert answer.status == 200, answer
    return answer.json


def total(server: LiveServer, what: str, project: str) -> int:
    return int(ask(server, what, project_name=project, page=1, size=1)["total"])


def everything(server: LiveServer) -> dict[str, int]:
    """How many traces, spans and threads each project has."""
    return {
        f"{project} {what}": total(server, what, project)
        for project in PROJECTS
        for what in ("traces", "spans")
    } | {"threads": _threads(server)["total"]}


def _threads(server: LiveServer) -> Any:
    project = ask(server, "projects", name="demo-support")["content"][0]["id"]
    return ask(server, "traces/threads", project_id=project, page=1, size=50)


def test_it_sends_about_fifteen_hundred_traces(shown: LiveServer, said: str) -> None:
    counts = everything(shown)
    traces = sum(n for what, n in counts.items() if what.endswith(" traces"))
    assert 1400 <= traces <= 1700
    assert sum(n for what, n in counts.items() if what.endswith(" spans")) > 8000
    assert counts["threads"] > 100
    print(re.findall(r"Done in .*? s", said))


def test_a_second_run_changes_nothing_and_again_adds_a_set(shown: LiveServer, said: str) -> None:
    before = everything(shown)
    demo(shown)
    assert everything(shown) == before
    demo(shown, "--again")
    after = everything(shown)
    assert all(after[what] > 1.5 * n for what, n in before.items())


def test_what_it_points_at_is_there(shown: LiveServer, said: str) -> None:
    ids = re.findall(r"trace_id=([0-9a-f-]{36})", said)
    assert len(ids) >= 4
    traces = [ask(shown, f"traces/{id}") for id in ids]
    assert 2000 in {trace["span_count"] for trace in traces}
    for id in ids:
        place = next(line for line in said.splitlines() if id in line).strip()
        assert shown.get(place.removeprefix(shown.url)).status in {200, 302, 303}


def test_the_traffic_is_of_the_last_fourteen_days(shown: LiveServer, said: str) -> None:
    now = datetime.now(UTC)
    page = ask(shown, "traces", project_name="demo-support", page=1, size=2000)
    starts = [datetime.fromisoformat(trace["start_time"]) for trace in page["content"]]
    assert max(starts) <= now
    assert min(starts) >= now - timedelta(days=15)
    assert len({start.date() for start in starts}) > 5


def test_it_shows_what_a_product_must_show(shown: LiveServer, said: str) -> None:
    support = ask(shown, "traces", project_name="demo-support", page=1, size=1000)["content"]
    agent = ask(shown, "traces", project_name="demo-travel-agent", page=1, size=300)["content"]
    spans = ask(shown, "spans", project_name="demo-support", page=1, size=2000)["content"]
    assert {"llm", "tool", "guardrail"} <= {span["type"] for span in spans}
    assert len({span.get("model") for span in spans}) >= 5
    assert {"production", "staging"} <= {trace.get("environment") for trace in support}
    assert any(trace.get("thread_id") for trace in support)
    assert any(trace.get("tags") for trace in support)
    assert any(trace.get("comments") for trace in support)
    assert any(trace.get("guardrails_validations") for trace in support)
    assert any(
        "Traceback" in trace["error_info"]["traceback"]
        for trace in agent
        if trace.get("error_info")
    )
    scores = [score for trace in support for score in trace.get("feedback_scores") or []]
    assert {"faithfulness", "thumbs", "helpfulness"} <= {score["name"] for score in scores}
    assert any(score.get("category_name") for score in scores)


def test_calls_cost_what_the_client_or_the_server_says(shown: LiveServer, said: str) -> None:
    own = ask(shown, "spans", project_name="demo-invoices", page=1, size=500)["content"]
    priced = [span for span in own if span.get("model") == "ledger-extract-7b"]
    assert priced
    assert all(span["total_estimated_cost"] > 0 for span in priced)
    for project in ("demo-support", "demo-travel-agent", "demo-code-review"):
        spans = ask(shown, "spans", project_name=project, page=1, size=1000)["content"]
        calls = [span for span in spans if span["type"] == "llm"]
        free = {span["model"] for span in calls if not span.get("total_estimated_cost")}
        assert not free, f"no price for {free}"


def test_the_same_seed_tells_the_same() -> None:
    from sightline.demo import plan

    until = 1_795_000_020_000_000
    first, second = (plan.tell(3, until, "x", share=0.05) for _ in range(2))
    assert (first.traces, first.spans, first.scores) == (second.traces, second.spans, second.scores)
    other = plan.tell(4, until, "x", share=0.05)
    assert not {t["id"] for t in first.traces} & {t["id"] for t in other.traces}
