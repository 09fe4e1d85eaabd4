"""The outbound client: where it calls, how long it waits, how much it reads."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from sightline.destinations.base import HttpRequest
from sightline.domain.gateway import Timeouts
from sightline.net.addresses import is_public
from sightline.net.errors import OutboundError, OutboundTimeoutError, RefusedAddressError
from sightline.net.outbound import Outbound, OutboundOptions

PRIVATE = """
    127.0.0.1 127.9.9.9 0.0.0.0 10.1.2.3 172.16.0.1 172.31.255.255 192.168.1.1 169.254.169.254
    100.64.0.1 100.100.100.200 168.63.129.16 224.0.0.1 255.255.255.255 198.18.0.1 192.0.0.192
    ::1 :: fe80::1 fe80::1%eth0 fc00::1 fd00:ec2::254 ff02::1 ::ffff:127.0.0.1 ::ffff:a9fe:a9fe
    ::127.0.0.1 2002:7f00:1:: 2002:a9fe:a9fe::1 64:ff9b::7f00:1 64:ff9b:1::808:808 2001:0:1::1
    2001:db8::1 nonsense
""".split()
PUBLIC = """
    8.8.8.8 1.1.1.1 172.32.0.1 100.128.0.1 2606:4700::1111 ::ffff:8.8.8.8 64:ff9b::808:808
    2002:808:808::1
""".split()


class Names(AbstractResolver):
    """Answers each look-up of a name with the next of its addresses."""

    def __init__(self, addresses: list[str]) -> None:
        self.addresses = addresses

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        address = self.addresses.pop(0) if len(self.addresses) > 1 else self.addresses[0]
        return [
            {
                "hostname": host,
                "host": address,
                "port": port,
                "family": socket.AF_INET,
                "proto": 0,
                "flags": 0,
            }
        ]

    async def close(self) -> None:
        """Nothing to close."""


@asynccontextmanager
async def served(answer: Any) -> AsyncIterator[str]:
    """Serve `answer(reader, writer)` on loopback; yields its port's text."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            await answer(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    try:
        yield str(server.sockets[0].getsockname()[1])
    finally:
        server.close()


async def hello(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nX-Seen: yes\r\nContent-Length: 5\r\n\r\nhello")
    await writer.drain()


@pytest.fixture
async def outbound() -> AsyncIterator[Outbound]:
    made = Outbound(OutboundOptions())
    yield made
    await made.close()


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_in_every_notation(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "2130706433", "0x7f.1"])
async def test_a_private_host_is_not_called(outbound: Outbound, host: str) -> None:
    async with served(hello) as port:
        with pytest.raises(OutboundError) as caught:
            await outbound.fetch(HttpRequest(url=f"http://{host}:{port}/"))
    assert caught.value.reason in {"address", "name"}
    assert "hello" not in caught.value.message


async def test_the_operator_may_allow_them(outbound: Outbound) -> None:
    async with served(hello) as port:
        answer = await outbound.fetch(
            HttpRequest(url=f"http://127.0.0.1:{port}/"), allow_private=True
        )
        assert (answer.status, answer.body, answer.headers["x-seen"]) == (200, b"hello", "yes")
        # The connection that is open now is none that a guarded call may use.
        with pytest.raises(RefusedAddressError):
            await outbound.fetch(HttpRequest(url=f"http://127.0.0.1:{port}/"))


async def test_a_name_that_turns_private_later_is_refused() -> None:
    names = Names(["93.184.216.34", "127.0.0.1"])
    outbound = Outbound(OutboundOptions(), names)
    async with served(hello) as port:
        # A check of the name beside the call would see the first, public address.
        assert is_public((await names.resolve("rebind.example"))[0]["host"])
        with pytest.raises(RefusedAddressError) as caught:
            await outbound.fetch(HttpRequest(url=f"http://rebind.example:{port}/"))
    assert "gateway.allow_private_addresses" in (caught.value.hint or "")
    await outbound.close()


async def test_a_redirect_is_an_answer_and_not_followed(outbound: Outbound) -> None:
    called = []

    async def redirect(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        called.append(1)
        writer.write(b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\n")
        writer.write(b"Content-Length: 0\r\n\r\n")
        await writer.drain()

    async with served(redirect) as port:
        answer = await outbound.fetch(
            HttpRequest(url=f"http://127.0.0.1:{port}/"), allow_private=True
        )
    assert answer.status == 302
    assert len(called) == 1


async def test_each_phase_has_a_time_of_its_own(outbound: Outbound) -> None:
    async def silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()

    async def stalls(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf")
        await reader.read()

    quick = Timeouts(connect=5, first_byte=0.05, idle=0.05)
    for answer, words in ((silent, "begin to answer"), (stalls, "send more")):
        async with served(answer) as port:
            with pytest.raises(OutboundTimeoutError, match=words):
                await outbound.fetch(
                    HttpRequest(url=f"http://127.0.0.1:{port}/"),
                    timeouts=Timeouts(connect=0.05, first_byte=0.05, idle=0.05)
                    if answer is silent
                    else quick,
                    allow_private=True,
                )


async def test_a_wait_for_an_answer_ends_the_line_and_not_the_next_call(outbound: Outbound) -> None:
    asked = 0

    async def first_is_silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        asked += 1
        if asked == 1:
            await reader.read()
        else:
            await hello(reader, writer)

    async with served(first_is_silent) as port:
        request = HttpRequest(url=f"http://127.0.0.1:{port}/")
        quick = Timeouts(connect=5, first_byte=5, total=0.05)
        with pytest.raises(OutboundTimeoutError, match=r"begin to answer within 0\.05 s"):
            await outbound.send(request, timeouts=quick, allow_private=True)
        assert (await outbound.fetch(request, allow_private=True)).body == b"hello"


async def test_what_came_in_many_pieces_is_read_at_once(outbound: Outbound) -> None:
    pieces = [b"%d," % n for n in range(300)]
    tail = asyncio.Event()

    async def streams(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        chunks = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks)
        await writer.drain()
        await tail.wait()
        writer.write(b"3\r\nend\r\n0\r\n\r\n")
        await writer.drain()

    async with served(streams) as port:
        request = HttpRequest(url=f"http://127.0.0.1:{port}/")
        answer = await outbound.send(request, allow_private=True)
        come = b""
        while len(come) < len(b"".join(pieces)):
            come += await answer.read_some()
        assert come == b"".join(pieces)
        tail.set()
        assert await answer.read(100) == b"end"
        answer.close()


async def test_an_answer_without_a_body_is_over(outbound: Outbound) -> None:
    async def empty(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        await writer.drain()

    async with served(empty) as port:
        request = HttpRequest(url=f"http://127.0.0.1:{port}/")
        answer = await outbound.fetch(request, allow_private=True)
    assert (answer.status, answer.body) == (204, b"")


async def test_bodies_are_bounded(outbound: Outbound) -> None:
    async def huge(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + b"x" * 100_000)
        await writer.drain()

    async with served(huge) as port:
        request = HttpRequest(url=f"http://127.0.0.1:{port}/")
        cut = await outbound.fetch(request, limit_bytes=1000, allow_private=True)
        assert len(cut.body) == 1000
        answer = await outbound.send(request, allow_private=True)
        with pytest.raises(OutboundError, match="larger than 1000"):
            await answer.read(1000)
        answer.close()


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (b"", "cut"),
        (b"what is this\r\n\r\n", "protocol"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf", "cut"),
    ],
)
async def test_broken_answers_have_a_reason(outbound: Outbound, said: bytes, reason: str) -> None:
    async def broken(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(said)
        await writer.drain()

    async with served(broken) as port:
        with pytest.raises(OutboundError) as caught:
            await outbound.fetch(
                HttpRequest(url=f"http://u:secret@127.0.0.1:{port}/?key=secret"),
                allow_private=True,
            )
    assert caught.value.reason == reason
    assert "secret" not in caught.value.message


async def test_nobody_there_and_urls_that_are_none(outbound: Outbound) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with pytest.raises(OutboundError) as caught:
        await outbound.fetch(HttpRequest(url=f"http://127.0.0.1:{port}/"), allow_private=True)
    assert caught.value.reason == "connect"
    for url in ("ftp://example.com/", "file:///etc/passwd", "/relative", "http://"):
        with pytest.raises(OutboundError):
            await outbound.fetch(HttpRequest(url=url))
