"""Cookies that are no session: looked for once in a while, and counted apart from wrong keys."""

import secrets
from collections.abc import AsyncIterator

import pytest

from sightline.api.kit.callers import FailedKeys
from sightline.core.clock import FakeClock
from sightline.core.errors import AuthenticationError
from sightline.domain.workspace import Principal
from sightline.services.workspace.api_keys import ApiKeys
from sightline.services.workspace.directory import Directory
from sightline.services.workspace.rules import hash_key
from sightline.services.workspace.sessions import Sessions
from sightline.stores.catalog import sessions
from sightline.stores.catalog.engine import Catalog

HERE, ELSEWHERE = "10.0.0.1", "10.0.0.2"
LIMIT = 300


class Server:
    """What a request with a cookie goes through."""

    def __init__(self, catalog: Catalog, clock: FakeClock) -> None:
        self.catalog, self.clock = catalog, clock
        self.directory = Directory(catalog, clock)
        self.sessions = Sessions(catalog, self.directory, clock)
        self.keys = FailedKeys(clock, 60, self.sessions)

    async def ask(self, token: str, address: str = HERE) -> Principal:
        return await self.keys.counted(
            address,
            None,
            lambda: self.directory.authenticate(None, None, keys_required=True, session=token),
            session=token,
        )

    async def is_refused(self, token: str, address: str = HERE) -> bool:
        try:
            await self.ask(token, address)
        except AuthenticationError:
            return True
        return False


@pytest.fixture
async def server(catalog_url: str) -> AsyncIterator[Server]:
    server = Server(Catalog.open(catalog_url), FakeClock())
    yield server
    await server.directory.close()
    server.catalog.close()


@pytest.fixture
async def key(server: Server) -> str:
    issued = await ApiKeys(server.catalog, server.directory, server.clock).create("acme", "ci")
    return issued.key.reveal()


async def begun_elsewhere(server: Server, key: str, token: str) -> None:
    """Begin a session as another process does."""
    record = await server.directory.key_record(key)
    now_us = server.clock.now_us()
    ends_us = now_us + 3600 * 1_000_000
    await server.catalog.write(
        lambda c: sessions.insert(
            c, hash_key(token), record.id, now_us=now_us, expires_at_us=ends_us
        )
    )


async def test_one_that_was_no_session_is_not_looked_for_again_at_once(
    server: Server, key: str
) -> None:
    token = secrets.token_urlsafe()
    assert await server.is_refused(token)
    # No token becomes good later; only a look at the catalog could tell.
    await begun_elsewhere(server, key, token)
    assert await server.is_refused(token)
    server.clock.advance(11)
    assert (await server.ask(token)).workspace_name == "acme"


async def test_an_address_with_too_many_keeps_its_sessions_and_may_sign_in(
    server: Server, key: str
) -> None:
    old = (await server.sessions.sign_in(key, HERE)).token.reveal()
    other = secrets.token_urlsafe()
    await begun_elsewhere(server, key, other)
    for _ in range(LIMIT):
        assert await server.is_refused(secrets.token_urlsafe())

    assert await server.is_refused(other)
    assert not await server.is_refused(other, ELSEWHERE)
    assert not await server.is_refused(old)
    new = (await server.sessions.sign_in(key, HERE)).token.reveal()
    assert not await server.is_refused(new)
    await server.sessions.sign_out(new)
    assert await server.is_refused(new)


async def test_the_count_is_of_a_minute(server: Server, key: str) -> None:
    other = secrets.token_urlsafe()
    await begun_elsewhere(server, key, other)
    for _ in range(LIMIT):
        assert await server.is_refused(secrets.token_urlsafe())
    assert await server.is_refused(other)
    server.clock.advance(61)
    assert not await server.is_refused(other)


async def test_a_browser_whose_session_has_ended_counts_once(server: Server, key: str) -> None:
    ended, other = secrets.token_urlsafe(), secrets.token_urlsafe()
    await begun_elsewhere(server, key, other)
    for _ in range(2 * LIMIT):
        assert await server.is_refused(ended)
    assert not await server.is_refused(other)
