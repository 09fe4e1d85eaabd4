"""Finding things in the logs: by query, by chips, by values, live; and doing things to many."""

import json
import re
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from sightline.core.ids import format_id, new_id
from tests.browser.conftest import Visitor, path_of

FIRST_ROW = '[data-index="0"]'


def rows(page: Page) -> list[str]:
    """Return the texts of the rows on screen, from the top."""
    expect(page.locator(f"{FIRST_ROW} input[type=checkbox]")).to_be_visible()
    found = page.locator("[data-index]").all()
    found.sort(key=lambda row: int(row.get_attribute("data-index") or 0))
    return [row.inner_text() for row in found]


def count(page: Page, text: str) -> None:
    """Wait until the line over the table says how many rows there are."""
    expect(page.get_by_text(text, exact=True)).to_be_visible()


def query(page: Page, text: str) -> None:
    """Type a query as one does who knows the grammar."""
    rows(page)
    page.keyboard.press("/")
    field = page.get_by_role("combobox", name="Query")
    expect(field).to_be_focused()
    field.fill(text)
    page.get_by_role("button", name="Apply the query").click()


def send(visitor: Visitor, traces: list[dict]) -> None:
    answer = visitor.server.post("/api/v1/private/traces/batch", {"traces": traces})
    assert answer.status == 204, answer


def made(project: str, n: int, **more: object) -> list[dict]:
    return [
        {
            "id": format_id(new_id()),
            "project_name": project,
            "name": f"trace {i}",
            "start_time": f"2026-11-01T10:{i // 60:02}:{i % 60:02}Z",
            "end_time": f"2026-11-01T10:{i // 60:02}:{i % 60:02}.5Z",
            **more,
        }
        for i in range(n)
    ]


def test_the_slowest_failing_call_of_a_model_is_a_query_and_a_click_away(visitor):
    project = visitor.project("demo-travel-agent")
    found = visitor.ask(
        f"console/projects/{project}/rows?entity=span&query={quote('error:true type:tool')}"
        "&sort=-duration&limit=1&columns=name,error_type"
    )["rows"]
    [slowest] = found
    page = visitor.open(f"/projects/{project}/logs?range=all&type=span")
    query(page, "error:true type:tool")
    expect(page).to_have_url(re.compile("q=error"))
    page.get_by_role("button", name="Duration", exact=True).click()
    expect(page).to_have_url(re.compile("sort=-duration"))
    expect(page.locator(FIRST_ROW)).to_contain_text(slowest["name"])
    page.locator(f"{FIRST_ROW} [role=rowheader]").click()
    expect(page).to_have_url(re.compile(f"span={slowest['id']}"))
    selected = page.locator('[role="treeitem"][aria-selected="true"]')
    expect(selected).to_contain_text(slowest["name"])
    expect(page.get_by_text(slowest["error_type"]).first).to_be_visible()


def test_an_or_query_built_of_chips_is_text_is_saved_and_opens_elsewhere(visitor):
    project = visitor.project("demo-support")
    page = visitor.open(f"/projects/{project}/logs?range=all")
    values = page.get_by_role("complementary", name="Values")
    values.get_by_role("checkbox", name=re.compile("^gpt-5-mini")).click()
    expect(page).to_have_url(re.compile("q=model"))
    values.get_by_role("checkbox", name=re.compile("^gpt-4o-mini")).click()
    field = page.get_by_role("combobox", name="Query")
    expect(field).to_have_value(re.compile(r"model:\(gpt-5-mini,? (OR )?gpt-4o-mini\)"))
    chips = field.input_value()
    # As text, an alternative of another kind: no list of values says this.
    query(page, f"{chips} (status:error OR tag:vip)")
    expect(page).to_have_url(re.compile("OR"))
    total = visitor.ask(
        f"console/projects/{project}/summary?query={quote(f'{chips} (status:error OR tag:vip)')}"
    )["count"]
    assert total > 0
    count(page, f"{total} traces")

    page.get_by_role("button", name="Views").click()
    page.get_by_role("button", name=re.compile("Save this view")).click()
    page.get_by_role("textbox", name="Name").fill("worth a look")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="worth a look")).to_be_visible()

    other = visitor.open(path_of(page))
    count(other, f"{total} traces")
    expect(other.get_by_role("button", name="worth a look")).to_be_visible()
    third = visitor.open(f"/projects/{project}/logs?range=all")
    third.get_by_role("button", name="Views").click()
    third.get_by_role("button", name="worth a look", exact=True).click()
    count(third, f"{total} traces")


def test_a_wrong_query_says_where_and_the_rows_stay(visitor):
    project = visitor.project("demo-support")
    page = visitor.open(f"/projects/{project}/logs?range=all")
    rows(page)
    page.keyboard.press("/")
    page.get_by_role("combobox", name="Query").fill("duraton>2s")
    expect(page.get_by_text(re.compile("duraton")).first).to_be_visible()
    expect(page.get_by_text(re.compile("[Dd]id you mean `?duration")).first).to_be_visible()
    assert "q=" not in path_of(page)


def test_the_back_button_takes_one_step_back(visitor):
    project = visitor.project("demo-support")
    page = visitor.open(f"/projects/{project}/logs?range=all")
    rows(page)
    query(page, "status:error")
    expect(page).to_have_url(re.compile("status"))
    page.locator(f"{FIRST_ROW} [role=rowheader]").click()
    expect(page.get_by_role("treeitem").first).to_be_visible()
    page.go_back()
    expect(page.get_by_role("treeitem")).to_have_count(0)
    expect(page).to_have_url(re.compile("status"))
    page.go_back()
    expect(page.get_by_role("combobox", name="Query")).to_have_value("")


def test_the_keyboard_alone_reaches_a_trace_and_the_next_one(visitor):
    project = visitor.project("demo-support")
    page = visitor.open(f"/projects/{project}/logs?range=all")
    rows(page)
    shown = visitor.ask(f"console/projects/{project}/rows?limit=3&columns=name")["rows"]
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"trace={shown[0]['id']}"))
    expect(page.get_by_role("treeitem").first).to_be_visible()
    page.keyboard.press("]")
    expect(page).to_have_url(re.compile(f"trace={shown[1]['id']}"))
    page.keyboard.press("Escape")
    expect(page).not_to_have_url(re.compile("trace="))
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    page.get_by_role("dialog", name="Go to").get_by_role("combobox").fill(shown[2]["id"])
    expect(page.get_by_role("option", name=re.compile("^Trace"))).to_be_visible()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"trace={shown[2]['id']}"))


def test_new_traces_announce_themselves_and_come_in_by_a_click(visitor):
    def ago(seconds: float) -> str:
        return (datetime.now(UTC) - timedelta(seconds=seconds)).isoformat()

    send(visitor, made("live", 1, name="old one", start_time=ago(300)))
    project = visitor.project("live")
    page = visitor.open(f"/projects/{project}/logs")
    count(page, "1 trace")
    [fresh] = made("live", 1, name="fresh one", start_time=ago(60), end_time=None)
    send(visitor, [fresh])
    page.get_by_role("button", name=re.compile("1 new")).click()
    expect(page.locator(FIRST_ROW)).to_contain_text("fresh one")
    expect(page.locator(FIRST_ROW).get_by_label("Running").first).to_be_visible()
    page.get_by_role("button", name="Live", exact=True).click()
    end = {"project_name": "live", "end_time": ago(58)}
    answer = visitor.server.request("PATCH", f"/api/v1/private/traces/{fresh['id']}", end)
    assert answer.status == 204, answer
    expect(page.locator(FIRST_ROW).get_by_label("Running")).to_have_count(0)
    send(visitor, made("live", 1, name="flows in", start_time=ago(1)))
    expect(page.locator(FIRST_ROW)).to_contain_text("flows in")


def test_deleting_all_that_match_is_not_one_page(visitor):
    send(visitor, made("many", 230, tags=["old"]) + made("many", 3, name="kept"))
    project = visitor.project("many")
    page = visitor.open(f"/projects/{project}/logs?range=all&q=tag%3Aold")
    count(page, "230 traces")
    rows(page)
    page.keyboard.press("j")
    page.keyboard.press("x")
    bar = page.get_by_role("region", name="Selected rows")
    bar.get_by_role("button", name="Select all 230 that match").click()
    expect(bar).to_contain_text("All 230 traces selected")
    bar.get_by_role("button", name="Delete").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("230")
    dialog.get_by_role("button", name=re.compile("Delete")).click()
    count(page, "0 traces")
    page.goto(f"{visitor.server.url}/projects/{project}/logs?range=all")
    count(page, "3 traces")


@pytest.mark.parametrize("kind", ["CSV", "Parquet"])
def test_all_that_match_are_exported(visitor, kind):
    project = visitor.project("demo-support")
    total = visitor.ask(f"console/projects/{project}/summary")["count"]
    page = visitor.open(f"/projects/{project}/logs?range=all")
    rows(page)
    page.get_by_role("button", name="More", exact=True).click()
    page.get_by_role("menuitem", name=re.compile("Export all")).click()
    page.get_by_role("radio", name=kind).click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()
    data = download.value.path().read_bytes()
    if kind == "CSV":
        assert len(data.decode().split("\r\n")) >= total + 1
        assert data.decode().splitlines()[0].startswith(("id,", "\ufeffid,"))
    else:
        assert data[:4] == data[-4:] == b"PAR1"


def test_an_export_is_read_again_elsewhere(visitor, tmp_path):
    send(visitor, made("copy-me", 5, input={"text": "Grüße"}, tags=["a"]))
    project = visitor.project("copy-me")
    page = visitor.open(f"/projects/{project}/logs?range=all")
    count(page, "5 traces")
    page.get_by_role("button", name="More", exact=True).click()
    page.get_by_role("menuitem", name=re.compile("Export all")).click()
    page.get_by_role("radio", name="JSONL").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()
    file = tmp_path / "copy.jsonl"
    download.value.save_as(file)
    names = {json.loads(line)["name"] for line in file.read_text().splitlines()}
    assert len(names) == 5

    answer = visitor.server.post("/api/v1/private/projects", {"name": "copied"})
    assert answer.status == 201
    other = visitor.project("copied")
    page = visitor.open(f"/projects/{other}/logs?range=all")
    expect(page.get_by_text("No traces yet")).to_be_visible()
    page.locator('input[type="file"]').set_input_files(file)
    count(page, "5 traces")
    found = visitor.ask(f"console/projects/{other}/rows?columns=name,input,tags")["rows"]
    assert {row["name"] for row in found} == names
    assert [json.loads(row["input"]) for row in found] == [{"text": "Grüße"}] * 5
    assert all(row["tags"] == ["a"] for row in found)


def test_tags_are_added_to_many_at_once(visitor):
    send(visitor, made("tagged", 4))
    project = visitor.project("tagged")
    page = visitor.open(f"/projects/{project}/logs?range=all")
    count(page, "4 traces")
    rows(page)
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Shift+X")
    bar = page.get_by_role("region", name="Selected rows")
    expect(bar).to_contain_text("3 traces selected")
    bar.get_by_role("button", name="Tags").click()
    page.get_by_label("Tags of the selected rows").get_by_role("textbox").first.fill("seen")
    page.keyboard.press("Enter")
    expect(page.locator(FIRST_ROW)).to_contain_text("seen")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    query(page, "tag:seen")
    count(page, "3 traces")
