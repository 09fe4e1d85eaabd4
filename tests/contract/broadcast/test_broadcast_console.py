"""Broadcast as the console's page uses it."""

from typing import Any

from tests.contract.broadcast.conftest import SECRET
from tests.fakes.destination import Receiver, Reply
from tests.live import Answer, LiveServer

BASE = "/api/console/broadcast"


def make(server: LiveServer, receiver: Receiver, name: str, **fields: Any) -> Answer:
    config = {"url": receiver.url, "headers": {"X-Key": SECRET}}
    body = {"type": "webhook", "name": name, "config": config, **fields}
    return server.post(f"{BASE}/destinations", body)


def test_types_come_with_their_forms(caster: LiveServer) -> None:
    answer = caster.get(f"{BASE}/types").json
    types = {one["type"]: one for one in answer["content"]}
    assert len(types) >= 17
    fields = {field["key"]: field for field in types["opik"]["fields"]}
    assert fields["apiKey"]["secret"] is True
    assert next(f for f in types["webhook"]["fields"] if f["key"] == "url")["required"] is True
    method = next(f for f in types["webhook"]["fields"] if f["key"] == "method")
    assert (method["kind"], method["options"]) == ("select", ["POST", "PUT"])
    assert answer["max_per_type"] == 5
    assert "total_cost" in answer["filter"]["number_fields"]


def test_a_destination_is_made_shown_changed_and_deleted(
    caster: LiveServer, receiver: Receiver
) -> None:
    made = make(caster, receiver, "life", sampling_rate=0.5, privacy_mode=True)
    assert made.status == 201, made.body
    id = made.json["id"]
    assert made.json["config"]["headers"] == {"X-Key": f"****...{SECRET[-4:]}"}
    assert made.json["status"] == "on"
    assert made.json["counts"]["delivered"] == 0
    rules = {
        "groups": [
            {
                "logic": "or",
                "rules": [{"field": "model", "operator": "starts_with", "value": "openai/"}],
            }
        ]
    }
    changed = caster.request(
        "PATCH",
        f"{BASE}/destinations/{id}",
        {
            "enabled": False,
            "filter_rules": rules,
            "broadcast_generation_cost": True,
            "excluded_api_key_hashes": ["a" * 64],
        },
    )
    assert changed.status == 200, changed.body
    assert changed.json["status"] == "off"
    assert changed.json["sampling_rate"] == 0.5
    assert changed.json["filter_rules"] == {**rules, "enabled": True}
    assert changed.json["broadcast_generation_cost"] is True
    listed = caster.get(BASE)
    assert SECRET not in listed.body.decode()
    assert [one["id"] for one in listed.json["content"] if one["name"] == "life"] == [id]
    assert caster.request("DELETE", f"{BASE}/destinations/{id}").status == 204
    assert caster.get(f"{BASE}/destinations/{id}").status == 404


def test_what_fails_its_test_is_not_saved_and_says_how_it_went(
    caster: LiveServer, receiver: Receiver
) -> None:
    receiver.refuse = lambda got: Reply(401, f'{{"got":"{got.headers.get("x-key")}"}}'.encode())
    made = make(caster, receiver, "refused")
    assert made.status == 400
    assert made.headers["content-type"].startswith("application/problem+json")
    outcome = made.json["outcome"]
    assert (outcome["passed"], outcome["status"]) == (False, 401)
    assert outcome["request"] == f"POST {receiver.url}"
    assert outcome["answer"] == '{"got":"****"}'
    assert all(one["name"] != "refused" for one in caster.get(BASE).json["content"])
    tried = caster.post(f"{BASE}/test", {"type": "webhook", "config": {"url": receiver.url}})
    assert (tried.status, tried.json["passed"]) == (200, False)


def test_wrong_fields_are_named(caster: LiveServer, receiver: Receiver) -> None:
    for fields, wrong in (
        ({"config": {}}, "config.url"),
        ({"type": "webhok"}, "webhok"),
        ({"sampling_rate": 2}, "sampling_rate"),
        ({"api_key_hashes": ["x"]}, "api_key_hashes"),
        (
            {
                "filter_rules": {
                    "groups": [
                        {"rules": [{"field": "total_cost", "operator": "gt", "value": "much"}]}
                    ]
                }
            },
            "filter_rules.groups[0]",
        ),
        ({"regions": ["europe"]}, "regions"),
    ):
        answer = make(caster, receiver, "wrong", **fields)
        assert answer.status in {400, 422}, answer
        assert wrong in answer.json["detail"], answer.json
    assert receiver.received == []


def test_sample_days_failures_and_replay(caster: LiveServer, receiver: Receiver) -> None:
    id = make(caster, receiver, "ledger").json["id"]
    path = f"{BASE}/destinations/{id}"
    sample = caster.post(f"{path}/sample", {}).json
    assert (sample["passed"], sample["status"]) == (True, 200)
    assert receiver.received[-1].generations
    assert caster.get(f"{path}/days?days=7").json == {"content": []}
    assert caster.get(f"{path}/failures").json["total"] == 0
    assert caster.post(f"{path}/replay", {"failures": True}).json == {"generations": 0, "gone": 0}
    range_ = {"from": "2020-01-01T00:00:00Z", "to": "2020-01-02T00:00:00Z"}
    assert caster.post(f"{path}/replay", range_).status == 404
    assert caster.post(f"{path}/replay", {}).status == 422


def test_the_switch_of_the_workspace(caster: LiveServer, receiver: Receiver) -> None:
    id = make(caster, receiver, "switched").json["id"]
    off = caster.request("PUT", BASE, {"on": False}).json
    assert off["on"] is False
    assert [one["status"] for one in off["content"] if one["id"] == id] == ["off"]
    on = caster.request("PUT", BASE, {"on": True}).json
    assert [one["status"] for one in on["content"] if one["id"] == id] == ["on"]


def test_metrics_count_by_type(caster: LiveServer, receiver: Receiver) -> None:
    make(caster, receiver, "metered")
    text = caster.get("/metrics").body.decode()
    for name in ("delivered_total", "dropped_total", "waiting", "lag_seconds"):
        assert f'sightline_broadcast_{name}{{type="webhook"}} ' in text
