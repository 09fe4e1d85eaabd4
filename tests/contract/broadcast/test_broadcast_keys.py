"""Who may manage destinations, and that a workspace's are its own."""

from collections.abc import Callable, Iterator

import pytest

from sightline.cli import main
from tests.fakes.destination import Receiver
from tests.live import LiveServer

MANAGED = "/api/v1/observability/destinations"
CONSOLE = "/api/console/broadcast"
MakeKey = Callable[..., dict[str, str]]


@pytest.fixture(scope="module")
def keyed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    env = {"SIGHTLINE_AUTH__KEYS": "on", "SIGHTLINE_GATEWAY__ALLOW_PRIVATE_ADDRESSES": "true"}
    with LiveServer(tmp_path_factory.mktemp("keyed") / "data", env=env) as server:
        yield server


@pytest.fixture
def key(keyed: LiveServer, capsys: pytest.CaptureFixture[str]) -> MakeKey:
    def make(role: str = "admin", workspace: str = "default") -> dict[str, str]:
        words = ["keys", "create", "--role", role, "--workspace", workspace, "--name", "x"]
        with pytest.raises(SystemExit), keyed.as_operator():
            main([*words, "--data", str(keyed.data)])
        return {"Authorization": f"Bearer {capsys.readouterr().out.strip()}"}

    return make


def test_only_who_manages_may_change_destinations(
    keyed: LiveServer, key: MakeKey, receiver: Receiver
) -> None:
    body = {"type": "webhook", "name": "n", "config": {"url": receiver.url}}
    assert keyed.post(MANAGED, body).status == 401
    refused = keyed.post(MANAGED, body, headers=key("write"))
    assert refused.status == 403
    assert refused.json["error"]["message"].startswith("Only management keys")
    assert keyed.get(MANAGED, headers=key("write")).status == 403
    refused = keyed.post(f"{CONSOLE}/destinations", body, headers=key("write"))
    assert refused.status == 403
    assert keyed.post(f"{CONSOLE}/test", body, headers=key("write")).status == 403
    assert keyed.get(CONSOLE, headers=key("read")).status == 200
    assert receiver.received == []
    assert keyed.post(MANAGED, body, headers=key()).status == 201


def test_a_key_of_one_workspace_sees_nothing_of_another(
    keyed: LiveServer, key: MakeKey, receiver: Receiver
) -> None:
    mine, other = key(workspace="mine"), key(workspace="other")
    body = {"type": "webhook", "name": "secret name", "config": {"url": receiver.url}}
    id = keyed.post(MANAGED, body, headers=mine).json["data"]["id"]
    for path in (MANAGED, CONSOLE):
        assert b"secret name" not in keyed.get(path, headers=other).body
        assert b"secret name" in keyed.get(path, headers=mine).body
    asked = len(receiver.received)
    one = f"{CONSOLE}/destinations/{id}"
    for method, path, sent in (
        ("GET", f"{MANAGED}/{id}", None),
        ("PATCH", f"{MANAGED}/{id}", {"enabled": False}),
        ("DELETE", f"{MANAGED}/{id}", None),
        ("GET", one, None),
        ("PATCH", one, {"enabled": False}),
        ("DELETE", one, None),
        ("GET", f"{one}/days", None),
        ("GET", f"{one}/failures", None),
        ("POST", f"{one}/replay", {"failures": True}),
        ("POST", f"{one}/sample", {}),
        ("POST", f"{CONSOLE}/test", {**body, "id": id}),
    ):
        answer = keyed.request(method, path, sent, headers=other)
        assert answer.status == 404, (method, path, answer)
    assert len(receiver.received) == asked
    assert keyed.get(one, headers=mine).json["enabled"] is True
