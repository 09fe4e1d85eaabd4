"""One trace: its tree, its payloads, scoring it by keyboard, comparing it, a large one."""

import re

from playwright.sync_api import Page, expect

from sightline.core.ids import format_id, new_id
from tests.browser.conftest import Visitor


def open_trace(
    visitor: Visitor, project: str, query: str = "", more: str = ""
) -> tuple[Page, dict]:
    """Open the longest trace that a query finds."""
    [row] = visitor.ask(
        f"console/projects/{project}/rows?limit=1&sort=-span_count&columns=name&query={query}"
    )["rows"]
    page = visitor.open(f"/projects/{project}/logs?range=all&trace={row['id']}{more}")
    expect(page.get_by_role("treeitem").first).to_be_visible()
    return page, row


def test_a_trace_is_scored_by_keyboard_and_keeps_it(visitor):
    definition = {
        "name": "politeness",
        "type": "categorical",
        "details": {"categories": {"rude": 0, "polite": 1}},
    }
    answer = visitor.server.post("/api/v1/private/feedback-definitions", definition)
    assert answer.status == 201
    project = visitor.project("demo-support")
    page, row = open_trace(visitor, project)
    expect(page.get_by_role("button", name="Annotate")).to_be_visible()
    page.keyboard.press("a")
    scores = page.get_by_role("region", name="politeness")
    expect(scores).to_be_visible()
    position = page.locator("[data-score-row]").evaluate_all(
        "rows => rows.findIndex(r => r.getAttribute('aria-label') === 'politeness')"
    )
    page.keyboard.press(str(position + 1))
    scores.get_by_role("radio", name=re.compile("polite")).press("Space")
    expect(scores.get_by_role("radio", name=re.compile("polite"))).to_be_checked()
    expect(page.get_by_text("Saved").first).to_be_visible()
    found = visitor.ask(f"v1/private/traces/{row['id']}")["feedback_scores"]
    [given] = [s for s in found if s["name"] == "politeness"]
    assert (given["value"], given["category_name"], given["source"]) == (1, "polite", "ui")
    page.reload()
    expect(page.get_by_text("politeness").first).to_be_visible()


def test_two_traces_are_compared_step_by_step(visitor):
    project = visitor.project("demo-support")
    page = visitor.open(f"/projects/{project}/logs?range=all")
    page.locator('[data-index="0"] input[type=checkbox]').wait_for()
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.get_by_role("link", name="Compare").click()
    expect(page).to_have_url(re.compile(r"/compare\?a=.*b="))
    tree = page.get_by_role("tree")
    expect(tree.get_by_role("treeitem").filter(has_text="write_answer").first).to_be_visible()
    tree.get_by_role("treeitem").filter(has_text="write_answer").first.click()
    expect(page.get_by_label("The chosen step")).to_be_visible()
    a, b = re.findall(r"[ab]=([0-9a-f-]{36})", page.url)
    page.get_by_role("button", name="Swap", exact=True).click()
    expect(page).to_have_url(re.compile(f"a={b}.*b={a}"))


def test_a_trace_of_two_thousand_spans_opens_folds_and_is_searched(visitor):
    project = visitor.project("demo-travel-agent")
    page, row = open_trace(visitor, project)
    tree = visitor.ask(f"console/traces/{row['id']}/tree")
    assert tree["spans"]["count"] >= 2000
    # Only what is in view is in the document.
    assert page.get_by_role("treeitem").count() < 120
    name = tree["spans"]["name"][-1]
    page.get_by_placeholder("Find in names and payloads").fill(name)
    expect(page.get_by_role("treeitem").filter(has_text=name).first).to_be_visible()


def test_timeline_and_graph_are_other_looks_at_the_same_trace(visitor):
    project = visitor.project("demo-travel-agent")
    page, _ = open_trace(visitor, project)
    page.get_by_role("radio", name="Timeline").click()
    expect(page).to_have_url(re.compile("look=timeline"))
    page.get_by_role("radio", name="Graph").click()
    expect(page).to_have_url(re.compile("look=graph"))
    expect(page.get_by_label("Graph of steps")).to_be_visible()


def test_a_failed_trace_says_why(visitor):
    project = visitor.project("demo-travel-agent")
    page, row = open_trace(visitor, project, query="status%3Aerror")
    error = visitor.ask(f"v1/private/traces/{row['id']}")["error_info"]
    expect(page.get_by_text(error["exception_type"]).first).to_be_visible()
    expect(page.get_by_text(error["message"]).first).to_be_visible()


def test_a_field_of_the_metadata_becomes_a_query(visitor):
    project = visitor.project("demo-support")
    page, _ = open_trace(visitor, project, more="&tab=details")
    metadata = page.get_by_role("region", name=re.compile("Metadata", re.IGNORECASE)).first
    expect(metadata).to_be_visible()
    line = metadata.locator("[role=treeitem], li, [data-path]").filter(has_text="user").first
    line.hover()
    line.get_by_role("button", name=re.compile("[Ff]ilter")).first.click()
    expect(page).to_have_url(re.compile("q=metadata"))


def test_markup_in_payloads_stays_text(visitor):
    bad = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>'
    trace = {
        "id": format_id(new_id()),
        "project_name": "markup",
        "name": bad,
        "start_time": "2026-11-20T10:00:00Z",
        "input": {"messages": [{"role": "user", "content": f"{bad} [x](javascript:alert(1))"}]},
        "output": {"text": bad},
        "tags": [bad],
        "metadata": {bad: bad},
    }
    assert visitor.server.post("/api/v1/private/traces/batch", {"traces": [trace]}).status == 204
    project = visitor.project("markup")
    page = visitor.open(f"/projects/{project}/logs?range=all&trace={trace['id']}")
    expect(page.get_by_role("treeitem").first).to_be_visible()
    for tab in ("Messages", "Details"):
        page.get_by_role("tab", name=re.compile(tab)).click()
        expect(page.get_by_text("onerror").first).to_be_visible()
    assert page.evaluate("() => window.hacked") is None
    assert page.locator('a[href^="javascript"]').count() == 0


def test_a_thread_is_a_conversation_with_ways_to_its_traces(visitor):
    project = visitor.project("demo-support")
    [row] = visitor.ask(
        f"console/projects/{project}/rows?entity=thread&limit=1&sort=-duration"
        "&columns=number_of_messages"
    )["rows"]
    page = visitor.open(f"/projects/{project}/logs?range=all&type=thread")
    page.locator('[data-index="0"] input[type=checkbox]').wait_for()
    page.goto(
        f"{visitor.server.url}/projects/{project}/logs?range=all&type=thread&thread={row['id']}"
    )
    panel = page.get_by_role("complementary").filter(has_text=row["id"]).first
    expect(panel).to_be_visible()
    panel.get_by_role("button", name=re.compile("trace", re.IGNORECASE)).first.click()
    expect(page.get_by_role("treeitem").first).to_be_visible()
