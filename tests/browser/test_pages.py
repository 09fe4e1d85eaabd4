"""Every page in both themes and on a phone: nothing fails, nothing sticks out, axe is content."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import faults
from tests.live import live

PAGES = {
    "projects": "/projects",
    "get-started": "/get-started",
    "logs": "{project}/logs?range=all",
    "spans": "{project}/logs?range=all&type=span&q=type%3Allm",
    "threads": "{project}/logs?range=all&type=thread",
    "trace": "{project}/logs?range=all&trace={trace}",
    "trace-details": "{project}/logs?range=all&trace={trace}&tab=details",
    "timeline": "{project}/logs?range=all&trace={trace}&look=timeline",
    "graph": "{project}/logs?range=all&trace={trace}&look=graph",
    "thread": "{project}/logs?range=all&type=thread&thread={thread}",
    "compare": "{project}/compare?a={trace}&b={other}",
    "metrics": "{project}/metrics?range=all",
    "playground": "/playground",
    "providers": "/gateway",
    "add-provider": "/gateway?tab=providers&add=openai",
    "models": "/gateway?tab=models",
    "routing": "/gateway?tab=routing",
    "gateway-keys": "/gateway?tab=keys",
    "new-gateway-key": "/gateway?tab=keys&add=new",
    "presets": "/gateway?tab=presets",
    "new-preset": "/gateway?tab=presets&add=new",
    "gateway-file": "/gateway?tab=file",
    "keys": "/settings/keys",
    "definitions": "/settings/definitions",
    "environments": "/settings/environments",
    "preferences": "/settings/preferences",
    "prices": "/settings/prices",
    "received": "/settings/received?range=30d",
    "about": "/settings/about",
    "nowhere": "/no/such/page",
}


@pytest.fixture(scope="module")
def places(demo):
    """The parts of addresses that the demo data decide."""
    projects = demo.get("/api/v1/private/projects?size=100").json["content"]
    project = next(p["id"] for p in projects if p["name"] == "demo-support")
    base = f"/api/console/projects/{project}/rows?limit=2&columns=name"
    trace, other = (row["id"] for row in demo.get(f"{base}&sort=-span_count").json["rows"])
    [thread, *_] = demo.get(
        f"/api/console/projects/{project}/rows?entity=thread&limit=1&columns=first_message&sort=-duration"
    ).json["rows"]
    return {
        "project": f"/projects/{project}",
        "trace": trace,
        "other": other,
        "thread": thread["id"],
    }


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_accessible(visit, demo, places, name):
    page = visit(demo, color_scheme="light").open(PAGES[name].format(**places))
    expect(page.get_by_role("main").first).to_be_visible()
    expect(page.get_by_role("status", name=re.compile("Loading"))).to_have_count(0)
    expect(page.locator(".animate-pulse")).to_have_count(0)
    assert faults(page) == []
    page.emulate_media(color_scheme="dark")
    expect(page.locator("html.dark")).to_have_count(1)
    # Colours on their way from one theme to the other are neither's; what pulses never ends.
    page.evaluate(
        """() => Promise.allSettled(document.getAnimations()
             .filter((a) => a.effect.getComputedTiming().endTime < 10_000)
             .map((a) => a.finished))"""
    )
    # Of what axe looks at, the theme decides contrast only.
    assert faults(page, "color-contrast") == []


@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_a_phone(visit, demo, places, name):
    visitor = visit(demo, viewport={"width": 390, "height": 844})
    page = visitor.open(PAGES[name].format(**places))
    expect(page.get_by_role("main").first).to_be_visible()
    expect(page.get_by_role("status", name=re.compile("Loading"))).to_have_count(0)
    wide = page.evaluate("() => document.documentElement.scrollWidth")
    assert wide <= 390


def test_what_is_longer_than_a_low_window_scrolls_by_keyboard(visit, demo):
    page = visit(demo, viewport={"width": 1440, "height": 400}).open("/settings/about")
    expect(page.get_by_text("Data folder")).to_be_visible()
    assert faults(page, "scrollable-region-focusable") == []


def test_a_dead_server_is_said_and_not_a_blank_page(visit, tmp_path):
    with live(tmp_path / "data") as server:
        visitor = visit(server)
        page = visitor.open("/projects")
        expect(page.get_by_text("No projects yet")).to_be_visible()
        server.kill()
        page.get_by_label("Search projects").fill("anything")
        expect(page.get_by_role("alert").first).to_contain_text("does not answer")
        visitor.close()
        # The browser itself notes that nobody answers.
        visitor.complaints = [c for c in visitor.complaints if "net::ERR" not in c]
