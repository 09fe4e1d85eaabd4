"""Calls through the gateway arrive at destinations: once, private where asked, after a kill too."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.fakes.destination import Receiver, Reply
from tests.live import Answer, LiveServer, live

CONSOLE = "/api/console/broadcast"
ALLOWED = {"SIGHTLINE_GATEWAY__ALLOW_PRIVATE_ADDRESSES": "true"}
CANARY = "xCANARYx"


def call(server: LiveServer, text: str = "hello", **fields: Any) -> Answer:
    messages = [{"role": "user", "content": text}]
    body = {"model": "sightline/echo", "messages": messages, **fields}
    return server.post("/api/v1/chat/completions", body)


def add(server: LiveServer, receiver: Receiver, **fields: Any) -> str:
    body = {"type": "webhook", "name": receiver.url, "config": {"url": receiver.url}, **fields}
    made = server.post(f"{CONSOLE}/destinations", body)
    assert made.status == 201, made
    id: str = made.json["id"]
    return id


def wait(fact: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not fact():
        assert time.monotonic() < end, "it has not come to pass"
        time.sleep(0.02)


def test_calls_arrive_once_and_the_ledger_knows(caster: LiveServer, receiver: Receiver) -> None:
    id = add(caster, receiver)
    ids = [call(caster, f"call {n}").json["id"] for n in range(20)]
    ids += [call(caster, stream=True).headers["x-generation-id"]]
    wait(lambda: len(receiver.ids) >= 21)
    assert sorted(receiver.ids) == sorted(ids)

    def shown() -> Any:
        return caster.get(f"{CONSOLE}/destinations/{id}").json

    wait(lambda: shown()["waiting"] == 0)
    assert shown()["counts"]["delivered"] == 21
    assert shown()["last_delivered_at"] is not None
    (day,) = caster.get(f"{CONSOLE}/destinations/{id}/days").json["content"]
    assert (day["queued"], day["delivered"]) == (21, 21)
    caster.request("DELETE", f"{CONSOLE}/destinations/{id}")


def test_privacy_mode_holds_through_the_whole_server(
    caster: LiveServer, receiver: Receiver
) -> None:
    id = add(caster, receiver, privacy_mode=True)
    for stream in (False, True):
        assert CANARY in call(caster, CANARY, stream=stream, stop=[CANARY]).body.decode()
    wait(lambda: len(receiver.ids) >= 2)
    assert CANARY.encode() not in receiver.everything
    assert CANARY not in caster.log_text()
    caster.request("DELETE", f"{CONSOLE}/destinations/{id}")


def test_an_outage_costs_callers_nothing_and_a_kill_loses_nothing(
    tmp_path: Path, receiver: Receiver
) -> None:
    with live(tmp_path / "data", env=ALLOWED) as server:
        add(server, receiver)
        receiver.refuse = lambda got: Reply(503, delay_s=0.2)
        ids = [call(server).json["id"] for _ in range(50)]
        server.kill()
        receiver.refuse = lambda got: None
        server.start()
        ids += [call(server).json["id"] for _ in range(10)]
        # What the killed process held comes when its lease is over.
        wait(lambda: set(ids) <= set(receiver.ids), 110)
        assert max(receiver.ids.count(id) for id in ids) == 1
