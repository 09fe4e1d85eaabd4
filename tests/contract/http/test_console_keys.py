"""Keys made and ended from the settings page."""

from pathlib import Path

from tests.contract.http.conftest import Browser, Keyed
from tests.live import LiveServer
from tests.waiting import until

KEYS = "/api/console/keys"
SESSION = "/api/console/session"
PROJECTS = "/api/v1/private/projects"


def test_a_key_is_shown_once_and_works(keyed: Keyed, browser: Browser) -> None:
    browser.sign_in(keyed.key(workspace="shown"))
    made = browser.send("POST", KEYS, {"name": "ci", "role": "write", "expires_in_days": 7})
    assert made.status == 201
    assert made.json["turned_keys_on"] is False
    key = made.json["key"]
    assert browser.send("POST", PROJECTS, {"name": "p"}, Authorization=key).status == 201
    listed = browser.get(KEYS)
    assert key not in listed.body.decode()
    assert listed.json["total"] == 2
    ci = listed.json["content"][0]
    assert (ci["name"], ci["role"], ci["workspace"]) == ("ci", "write", "shown")
    assert ci["masked"].startswith(key[:9])
    assert ci["expires_at"] > ci["created_at"]
    assert ci["revoked_at"] is None
    # That it was used is noted beside the answer.
    until(lambda: browser.get(KEYS).json["content"][0]["last_used_at"] is not None)


def test_ending_a_key_ends_what_was_signed_in_with_it(keyed: Keyed, browser: Browser) -> None:
    browser.sign_in(keyed.key(workspace="ended"))
    made = browser.send("POST", KEYS, {"name": "guest", "role": "write"}).json
    guest = Browser(keyed.server)
    guest.sign_in(made["key"])
    assert guest.get(PROJECTS).status == 200
    assert browser.send("DELETE", f"{KEYS}/{made['id']}").status == 204
    assert guest.get(PROJECTS).status == 401
    assert guest.get(SESSION).json["signed_in"] is False
    assert guest.sign_in(made["key"]).status == 401
    listed = browser.get(KEYS).json["content"]
    assert [k["name"] for k in listed if k["revoked_at"]] == ["guest"]


def test_only_an_admin_of_the_workspace_has_to_do_with_its_keys(keyed: Keyed) -> None:
    writer, other = Browser(keyed.server), Browser(keyed.server)
    admin = Browser(keyed.server)
    admin.sign_in(keyed.key(workspace="mine"))
    writer.sign_in(keyed.key("write", workspace="mine"))
    other.sign_in(keyed.key(workspace="theirs"))
    for method, path, body in (
        ("GET", KEYS, None),
        ("POST", KEYS, {"name": "x", "role": "read"}),
    ):
        assert writer.send(method, path, body).status == 403
    id = admin.get(KEYS).json["content"][0]["id"]
    assert other.send("DELETE", f"{KEYS}/{id}").status == 404
    assert id not in other.get(KEYS).body.decode()


def test_the_first_key_closes_the_server_and_leaves_its_maker_inside(tmp_path: Path) -> None:
    with LiveServer(tmp_path / "data") as server:
        browser = Browser(server)
        assert browser.get(PROJECTS).status == 200
        refused = browser.send("POST", KEYS, {"name": "ci", "role": "write"})
        assert refused.status == 422
        assert "role must be admin" in refused.json["fields"][0]
        made = browser.send("POST", KEYS, {"name": "ann", "role": "admin"})
        assert (made.status, made.json["turned_keys_on"]) == (201, True)
        assert server.get(PROJECTS).status == 401
        assert browser.get(SESSION).json["user"] == "ann"
        assert browser.send("POST", KEYS, {"name": "ci", "role": "write"}).status == 201
