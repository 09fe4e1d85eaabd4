"""The first minute: an empty server, code to paste, the first trace, demo data, a key."""

import re

from playwright.sync_api import expect

from sightline.core.ids import format_id, new_id
from tests.browser.conftest import path_of
from tests.contract.reading import make_key
from tests.live import live
from tests.waiting import until


def test_an_empty_server_turns_into_its_first_trace(visit, tmp_path):
    with live(tmp_path / "data") as server:
        visitor = visit(server)
        page = visitor.open("/")
        expect(page).to_have_url(re.compile("/get-started$"))
        code = page.get_by_role("figure", name="Opik SDK: Shell")
        expect(code).to_contain_text(f"export OPIK_URL_OVERRIDE={server.url}/api/")
        expect(page.get_by_role("status").filter(has_text="Waiting")).to_be_visible()
        trace = {
            "id": format_id(new_id()),
            "project_name": "shop",
            "name": "checkout",
            "start_time": "2026-01-01T00:00:00Z",
            "input": {"question": "Where is my parcel?"},
        }
        assert server.post("/api/v1/private/traces/batch", {"traces": [trace]}).status == 204
        expect(page).to_have_url(re.compile(f"trace={trace['id']}"))
        expect(page.get_by_role("treeitem").first).to_contain_text("checkout")
        expect(page.get_by_text("Where is my parcel?").first).to_be_visible()
        visitor.close()


def test_demo_data_is_one_click_away(visit, tmp_path):
    with live(tmp_path / "data") as server:
        visitor = visit(server)
        # Waiting for a trace leads to the first one that comes: the list of projects does not.
        page = visitor.open("/projects")
        expect(page.get_by_text("No projects yet")).to_be_visible()
        page.get_by_role("link", name="Send the first trace").click()
        page.get_by_role("button", name="Fill it with demo data").click()
        expect(page).to_have_url(re.compile("/logs"))
        expect(page.get_by_role("treeitem").first).to_be_visible()
        visitor.close()


def test_with_keys_on_one_signs_in_and_comes_back(visit, tmp_path):
    with live(tmp_path / "data") as server:
        key = make_key(server, workspace="team", role="admin")
        # A key that was made beside a running server counts within seconds.
        until(lambda: server.get("/api/v1/private/projects").status == 401)
        visitor = visit(server)
        page = visitor.open("/settings/prices?q=gpt-4o")
        expect(page).to_have_url(re.compile(r"/sign-in\?to="))
        page.get_by_label("API key").fill("opik_wrong")
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("alert")).to_contain_text("Invalid API key")
        page.get_by_label("API key").fill(key)
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", name="Model prices")).to_be_visible()
        assert path_of(page) == "/settings/prices?q=gpt-4o"
        [cookie] = visitor.context.cookies()
        assert (cookie["name"], cookie["httpOnly"], cookie["sameSite"]) == (
            "sightline_session",
            True,
            "Lax",
        )

        page.get_by_role("button", name="Workspace and account").click()
        expect(page.get_by_role("menuitemradio", name="team")).to_be_visible()
        page.get_by_role("menuitem", name="Sign out").click()
        expect(page).to_have_url(re.compile("/sign-in"))
        page.goto(f"{server.url}/projects")
        expect(page.get_by_label("API key")).to_be_visible()
        visitor.close()
        # The browser itself notes every 401 in its console.
        refused = [c for c in visitor.complaints if "401" in c]
        visitor.complaints = [c for c in visitor.complaints if c not in refused]


def test_the_first_key_closes_an_open_server_and_keeps_its_maker_in(visit, tmp_path):
    with live(tmp_path / "data") as server:
        visitor = visit(server)
        page = visitor.open("/settings/keys")
        page.get_by_role("button", name="New key").click()
        expect(page.get_by_text("the server stops being open")).to_be_visible()
        page.get_by_label("Name").fill("ana")
        page.get_by_role("button", name="Create key").click()
        key = page.get_by_role("figure", name="API key").inner_text().strip()
        assert key.startswith("opik_")
        page.get_by_role("button", name="Done").click()
        expect(page.get_by_role("row", name=re.compile("ana"))).to_be_visible()
        assert server.get("/api/v1/private/projects").status == 401
        answer = server.get("/api/v1/private/projects", headers={"Authorization": key})
        assert answer.status == 200
        page.reload()
        expect(page.get_by_role("row", name=re.compile("ana"))).to_be_visible()
        visitor.close()
