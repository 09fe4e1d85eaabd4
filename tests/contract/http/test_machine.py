"""Prices in force, what the server says of itself, and the demo at the press of a button."""

import sys
import time
from pathlib import Path

from sightline import __version__
from tests.contract.http.conftest import Browser, Keyed
from tests.live import LiveServer

PRICES = "/api/console/prices"
ABOUT = "/api/console/about"
DEMO = "/api/console/demo"


def test_prices_are_found_by_words_and_come_in_pages(server: LiveServer) -> None:
    everything = server.get(f"{PRICES}?size=1").json
    assert everything["total"] > 1000
    found = server.get(f"{PRICES}?search=OpenAI%20gpt-4o-mini&size=100").json
    assert 0 < found["total"] < everything["total"]
    for item in found["content"]:
        text = f"{item['provider']} {item['model']}"
        assert "openai" in text
        assert "gpt-4o-mini" in text
    (mini,) = [
        p for p in found["content"] if (p["provider"], p["model"]) == ("openai", "gpt-4o-mini")
    ]
    assert (mini["input"], mini["output"]) == (0.15, 0.6)
    one = server.get(f"{PRICES}?search=gpt-4o&size=5&page=1").json["content"]
    two = server.get(f"{PRICES}?search=gpt-4o&size=5&page=2").json["content"]
    assert len(one) == len(two) == 5
    assert not [p for p in one if p in two]
    assert server.get(f"{PRICES}?search=no-such-model-here").json["total"] == 0


def test_a_server_says_what_it_is(server: LiveServer) -> None:
    trace = {"project_name": "about", "start_time": "2026-03-02T10:00:00Z"}
    assert server.post("/api/v1/private/traces", trace).status == 201
    said = server.get(ABOUT).json
    assert said["version"] == __version__
    assert said["python"] == ".".join(map(str, sys.version_info[:3]))
    assert said["health"] == "ok"
    here = [one for one in (server, *server.others) if said["data_folder"] == str(one.data)]
    assert len(here) == 1
    stores = said["stores"]
    assert stores["analytics"]["rows"]["traces"] >= 1
    assert stores["analytics"]["bytes"] > 0
    assert stores["analytics"]["version"][0].isdigit()
    kinds = (stores["catalog"]["kind"], stores["blobs"]["kind"])
    is_outside = "SIGHTLINE_CATALOG__URL" in server.env
    assert kinds == (("Postgres", "bucket") if is_outside else ("SQLite", "folder"))
    assert stores["catalog"]["bytes"] > 4096
    assert said["memory"]["rss_bytes"] > 10_000_000
    assert said["settings"]["server.port"] == str(here[0].own_port)


def test_a_server_is_ready_when_its_stores_answer(server: LiveServer) -> None:
    ready = server.get("/ready")
    assert ready.status == 200
    role = "api,gateway,worker"
    assert ready.json == {"status": "ok", "role": role, "analytics": "ok", "catalog": "ok"}


def test_only_admins_see_the_machine(keyed: Keyed) -> None:
    for role, status in (("read", 403), ("write", 403), ("admin", 200)):
        answer = keyed.server.get(ABOUT, headers={"Authorization": keyed.key(role)})
        assert answer.status == status
    assert keyed.server.get(ABOUT).status == 401


def test_the_demo_fills_the_server_in_the_name_of_who_asked(keyed: Keyed) -> None:
    reader, writer = Browser(keyed.server), Browser(keyed.server)
    reader.sign_in(keyed.key("read", workspace="demo-shown"))
    writer.sign_in(keyed.key("write", workspace="demo-shown", name="dana"))
    assert reader.send("POST", DEMO).status == 403
    assert writer.get(DEMO).json == {"state": "idle", "sent": 0, "total": 0, "error": None}
    begun = writer.send("POST", DEMO)
    assert (begun.status, begun.json["state"]) == (202, "running")
    assert writer.send("POST", DEMO).status == 409
    until = time.monotonic() + 120
    while (now := writer.get(DEMO).json)["state"] == "running":
        assert time.monotonic() < until, now
        time.sleep(0.1)
    assert (now["state"], now["error"]) == ("done", None)
    assert now["sent"] == now["total"] > 10_000
    projects = reader.get("/api/v1/private/projects").json
    assert projects["total"] == 4
    assert {p["created_by"] for p in projects["content"]} == {"dana"}


def test_a_server_that_stops_ends_the_demo(tmp_path: Path) -> None:
    with LiveServer(tmp_path / "data") as server:
        assert server.post(DEMO, None).status == 202
        assert server.stop(timeout_s=25) == 0
    assert "Traceback" not in server.log_text()
