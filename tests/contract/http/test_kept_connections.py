"""Connections that stay open between requests: each has an end, and no request harms another."""

import asyncio
import gc
import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from sightline.listener import Bounds, Listener

# Long enough for what a test sends at once, short enough to be waited for.
BOUNDS = Bounds(stall_s=1, idle_s=1)


class World:
    """An app behind a listener. `/early` is answered before its body is read, `/held` when
    `release` is set, `/until-gone` never; all others at once, with their path."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.asked: list[str] = []
        self.release = asyncio.Event()
        self.gone = asyncio.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        path: str = scope["path"]
        self.asked.append(path)
        if path == "/until-gone":
            while (await receive())["type"] != "http.disconnect":
                pass
            self.gone.set()
            return
        if path == "/held":
            await self.release.wait()
        while path != "/early" and (await receive()).get("more_body"):
            pass
        body = path.encode()
        length = (b"content-length", str(len(body)).encode())
        status = 413 if path == "/early" else 200
        await send({"type": "http.response.start", "status": status, "headers": [length]})
        await send({"type": "http.response.body", "body": body})

    async def asks(self, path: str) -> None:
        async with asyncio.timeout(30):
            while path not in self.asked:
                await asyncio.sleep(0.01)


class Line:
    """A client's connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def send(self, *pieces: bytes) -> None:
        self._writer.write(b"".join(pieces))
        await self._writer.drain()

    async def answer(self) -> tuple[int, str]:
        """Return the status and the body of the next answer."""
        async with asyncio.timeout(30):
            head = await self._reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"content-length: (\d+)", head)
            assert length, head
            body = await self._reader.readexactly(int(length[1]))
        return int(head.split()[1]), body.decode()

    async def rest(self) -> bytes:
        """Return what comes until the server ends the connection."""
        async with asyncio.timeout(30):
            return await self._reader.read()

    def close(self) -> None:
        self._writer.close()


def get(path: str, *more: str) -> bytes:
    return "\r\n".join([f"GET {path} HTTP/1.1", "Host: localhost", *more, "", ""]).encode()


def post(path: str, length: int) -> bytes:
    return f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n".encode()


async def read_by(world: World) -> None:
    """Return when the server has read what was sent until now: it has since answered others."""
    async with connect(world) as other:
        for n in range(5):
            await other.send(get(f"/other/{n}"))
            assert await other.answer() == (200, f"/other/{n}")


@pytest.fixture
async def world() -> AsyncIterator[World]:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    app = World(port)
    listener = Listener(app, "127.0.0.1", port, BOUNDS)
    await listener.open()
    yield app
    app.release.set()
    await listener.close(5)


@asynccontextmanager
async def connect(world: World) -> AsyncIterator[Line]:
    line = Line(*await asyncio.open_connection("127.0.0.1", world.port))
    try:
        yield line
    finally:
        line.close()


async def test_one_whose_body_comes_after_its_answer_is_ended_when_idle(world: World) -> None:
    async with connect(world) as line:
        await line.send(post("/early", 10), b"12345")
        assert await line.answer() == (413, "/early")
        await line.send(b"67890")
        assert await line.rest() == b""


async def test_one_whose_body_comes_after_its_answer_may_ask_again(world: World) -> None:
    async with connect(world) as line:
        await line.send(post("/early", 10), b"12345")
        assert await line.answer() == (413, "/early")
        await line.send(b"67890")
        await line.send(get("/again"))
        assert await line.answer() == (200, "/again")
        assert await line.rest() == b""


async def test_one_that_sends_empty_lines_alone_is_ended_when_idle(world: World) -> None:
    async with connect(world) as line:
        await line.send(get("/first"))
        assert await line.answer() == (200, "/first")
        await line.send(b"\r\n")
        assert await line.rest() == b""


async def test_what_was_answered_is_let_go_without_a_collection(world: World) -> None:
    gc.collect()
    gc.disable()
    try:
        async with connect(world) as line:
            for n in range(5):
                await line.send(post(f"/{n}", 3), b"abc")
                assert await line.answer() == (200, f"/{n}")
            held = [o for o in gc.get_objects() if isinstance(o, RequestResponseCycle)]
    finally:
        gc.enable()
    # The connection has the last one.
    assert [cycle.scope["path"] for cycle in held] == ["/4"]


async def test_a_few_in_line_are_all_answered_in_order(world: World) -> None:
    async with connect(world) as line:
        paths = [f"/{n}" for n in range(16)]
        await line.send(get("/held"), *(post(path, 3) + b"abc" for path in paths))
        await world.asks("/held")
        world.release.set()
        for path in ["/held", *paths]:
            assert await line.answer() == (200, path)
        await line.send(get("/after"))
        assert await line.answer() == (200, "/after")


async def test_of_thousands_in_line_a_few_are_answered_and_the_last_says_so(world: World) -> None:
    async with connect(world) as line:
        await line.send(get("/held"), *(get(f"/{n}") for n in range(1000)))
        await read_by(world)
        world.release.set()
        answers = await line.rest()
        heads = re.findall(rb"HTTP/1\.1 .*?\r\n\r\n", answers, re.DOTALL)
        assert 1 < len(heads) < 50
        assert all(head.startswith(b"HTTP/1.1 200 ") for head in heads)
        assert [head for head in heads if b"connection: close" in head] == heads[-1:]


async def test_rubbish_behind_a_request_does_not_take_its_answer(world: World) -> None:
    async with connect(world) as line:
        await line.send(get("/held"), b"\x16\x03\x01 rubbish\r\n\r\n")
        await world.asks("/held")
        world.release.set()
        assert await line.answer() == (200, "/held")
        assert await line.rest() == b""


@pytest.mark.parametrize("others", [0, 1])
async def test_half_a_head_waits_for_the_answers_before_it(world: World, others: int) -> None:
    async with connect(world) as line:
        await line.send(get("/held"), *[get("/other")] * others, get("/half")[:-6])
        await world.asks("/held")
        # Longer than a head may take.
        await asyncio.sleep(1.5)
        world.release.set()
        for path in ["/held", *["/other"] * others]:
            assert await line.answer() == (200, path)
        await line.send(get("/half")[-6:])
        assert await line.answer() == (200, "/half")


async def test_half_a_head_that_is_not_finished_after_the_answer_is_too_late(world: World) -> None:
    async with connect(world) as line:
        await line.send(get("/first"), get("/half")[:-6])
        assert await line.answer() == (200, "/first")
        assert (await line.rest()).startswith(b"HTTP/1.1 408 ")


async def test_a_head_without_end_behind_a_request_does_not_take_its_answer(world: World) -> None:
    async with connect(world) as line:
        await line.send(get("/held"), b"GET /")
        await world.asks("/held")
        await line.send(b"x" * 70_000)
        await read_by(world)
        world.release.set()
        assert await line.answer() == (200, "/held")
        assert await line.rest() == b""


async def test_who_hangs_up_is_noticed_with_a_request_in_line(world: World) -> None:
    async with connect(world) as line:
        await line.send(get("/until-gone"), get("/next"))
        await world.asks("/until-gone")
    async with asyncio.timeout(30):
        await world.gone.wait()
    assert world.asked == ["/until-gone"]


async def test_each_small_body_has_its_own_time(world: World) -> None:
    async with connect(world) as line:
        await line.send(post("/small", 5))
        # The next is always waited for; together they take longer than one may.
        for _ in range(10):
            await asyncio.sleep(0.2)
            await line.send(b"small", post("/small", 5))
            assert await line.answer() == (200, "/small")
