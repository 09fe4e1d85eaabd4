"""The directory: who is asking, and which project is meant."""

import asyncio
import threading

import pytest
from sqlalchemy import text

from sightline.core.clock import FakeClock
from sightline.core.errors import (
    AuthenticationError,
    NotFoundError,
    PermissionDeniedError,
    StoreUnavailableError,
    UnprocessableError,
)
from sightline.core.ids import format_id, new_id
from sightline.domain.workspace import DEFAULT_PROJECT, DEFAULT_WORKSPACE_ID
from sightline.services.workspace.api_keys import ApiKeys, any_active_sync
from sightline.services.workspace.cache import AgingCache
from sightline.services.workspace.directory import Directory
from sightline.services.workspace.projects import Projects
from sightline.stores.catalog.engine import Catalog
from sightline.stores.catalog.tables import metadata

W = DEFAULT_WORKSPACE_ID


@pytest.fixture
def url(catalog_url):
    return catalog_url


@pytest.fixture
def catalog(url):
    catalog = Catalog.open(url)
    yield catalog
    catalog.close()


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
async def directory(catalog, clock):
    directory = Directory(catalog, clock)
    yield directory
    await directory.close()


@pytest.fixture
def keys(catalog, directory, clock):
    return ApiKeys(catalog, directory, clock)


async def until(condition):
    for _ in range(500):
        if await condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never came true")


@pytest.mark.parametrize("workspace", [None, "", "default", "Default"])
async def test_without_keys_everybody_is_the_default_workspace(directory, workspace):
    who = await directory.authenticate("opik_anything", workspace, keys_required=False)

    assert format_id(who.workspace_id) == "0190babc-62a0-71d2-832a-0feffa4676eb"
    assert (who.workspace_name, who.user, who.role) == ("default", "admin", "admin")


async def test_without_keys_there_is_no_other_workspace(directory):
    with pytest.raises(NotFoundError, match=r"^Workspace not found$"):
        await directory.authenticate(None, "acme", keys_required=False)


@pytest.mark.parametrize("prefix", ["", "Bearer ", "bearer ", "BEARER  "])
@pytest.mark.parametrize("header", [None, "", "Acme", "acme"])
async def test_key_leads_to_its_workspace(directory, keys, prefix, header):
    issued = await keys.create("Acme", "ci", role="write")

    who = await directory.authenticate(prefix + issued.key.reveal(), header, keys_required=True)
    assert who.workspace_id == issued.record.workspace_id != W
    assert (who.workspace_name, who.user, who.role) == ("Acme", "ci", "write")


@pytest.mark.parametrize("key", [None, "", "  ", "Bearer ", "bearer"])
async def test_missing_key_is_asked_for(directory, key):
    with pytest.raises(AuthenticationError, match=r"^API key should be provided$"):
        await directory.authenticate(key, None, keys_required=True)


@pytest.mark.parametrize("key", ["opik_wrong", "x" * 100_000, "\ud800", "ключ"])
async def test_unknown_key_is_invalid(directory, key):
    with pytest.raises(AuthenticationError, match=r"^Invalid API key$"):
        await directory.authenticate(key, None, keys_required=True)


async def test_key_of_another_workspace_is_denied_by_name(directory, keys):
    issued = await keys.create("acme", "ci")
    await keys.create("other", "ci")

    for name in ("other", "nobody", "default"):
        with pytest.raises(PermissionDeniedError, match=f"`{name}`"):
            await directory.authenticate(issued.key.reveal(), name, keys_required=True)


async def test_revoked_key_ends_at_once(directory, keys):
    issued = await keys.create("acme", "ci")
    await directory.authenticate(issued.key.reveal(), None, keys_required=True)

    await keys.revoke(issued.record.id)
    with pytest.raises(AuthenticationError, match=r"^Invalid API key$"):
        await directory.authenticate(issued.key.reveal(), None, keys_required=True)


async def test_key_revoked_by_another_process_ends_within_five_seconds(catalog, clock, keys):
    directory = Directory(catalog, clock)
    issued = await keys.create("acme", "ci")
    await directory.authenticate(issued.key.reveal(), None, keys_required=True)
    await keys.revoke(issued.record.id)

    clock.advance(5)
    with pytest.raises(AuthenticationError):
        await directory.authenticate(issued.key.reveal(), None, keys_required=True)
    await directory.close()


async def test_key_ends_when_it_expires_though_it_is_cached(directory, keys, clock):
    issued = await keys.create("acme", "ci", expires_at_us=clock.now_us() + 3_000_000)
    await directory.authenticate(issued.key.reveal(), None, keys_required=True)

    clock.advance(3)
    with pytest.raises(AuthenticationError):
        await directory.authenticate(issued.key.reveal(), None, keys_required=True)


async def test_last_use_is_noted_once_a_minute(directory, keys, clock):
    issued = await keys.create("acme", "ci")
    key = issued.key.reveal()

    async def last_used():
        return (await keys.list_page()).items[0].last_used_at_us

    async def noted(when_us):
        return await last_used() == when_us

    assert await last_used() is None
    first_us = clock.now_us()
    await directory.authenticate(key, None, keys_required=True)
    await until(lambda: noted(first_us))

    clock.advance(59)
    await directory.authenticate(key, None, keys_required=True)
    await asyncio.sleep(0.05)
    assert await last_used() == first_us

    clock.advance(1)
    await directory.authenticate(key, None, keys_required=True)
    await until(lambda: noted(clock.now_us()))


async def test_plain_key_is_nowhere_in_the_catalog(tmp_path, url, catalog, keys, directory):
    issued = await keys.create("acme", "ci")
    key = issued.key.reveal()
    await directory.authenticate(key, None, keys_required=True)

    assert key.startswith("opik_")
    assert len(key) >= len("opik_") + 32
    content = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    if catalog.kind == "Postgres":
        content = await catalog.read(_everything)
    assert issued.record.masked.encode() in content
    assert key.encode() not in content
    assert key[len("opik_") :].encode() not in content
    assert key not in repr(issued)


def _everything(connection):
    rows = [row for table in metadata.sorted_tables for row in connection.execute(table.select())]
    return repr(rows).encode()


async def test_any_active_key_is_known_before_the_start(catalog, keys, clock):
    assert not any_active_sync(catalog, clock)
    issued = await keys.create("acme", "ci", expires_at_us=clock.now_us() + 1_000_000)
    assert any_active_sync(catalog, clock)
    clock.advance(1)
    assert not any_active_sync(catalog, clock)
    lasting = await keys.create("acme", "ci")
    assert any_active_sync(catalog, clock)
    for record in (issued.record, lasting.record):
        await keys.revoke(record.id)
    assert not any_active_sync(catalog, clock)


async def test_project_is_made_on_first_use(directory):
    made = await directory.project_id(W, "Chat", "ann")

    project = await directory.project(W, made)
    assert (project.name, project.created_by, project.visibility) == ("Chat", "ann", "private")
    assert await directory.find_project(W, "chat") == project
    assert await directory.project(new_id(), made) is None


@pytest.mark.parametrize("name", [None, "", "  ", "default PROJECT", " Default Project\t", "\0"])
async def test_blank_name_is_the_default_project(directory, name):
    expected = await directory.project_id(W, DEFAULT_PROJECT, "ann")

    assert await directory.project_id(W, name, "ann") == expected
    assert (await directory.find_project(W, name)).name == "Default Project"


async def test_names_without_regard_to_case_and_blanks(directory):
    ids = await directory.project_ids(W, ["Chat", "CHAT", " chat ", "other", ""], "ann")

    assert list(ids) == ["Chat", "CHAT", " chat ", "other", ""]
    assert len(set(ids.values())) == 3
    assert ids["Chat"] == ids["CHAT"] == ids[" chat "]


async def test_same_name_in_two_workspaces_is_two_projects(directory):
    assert await directory.project_id(W, "a", "u") != await directory.project_id(new_id(), "a", "u")


async def test_name_that_is_too_long_is_refused(directory):
    with pytest.raises(UnprocessableError, match="project_name size"):
        await directory.project_id(W, "x" * 256, "ann")


async def test_finding_a_project_never_makes_one(directory):
    assert await directory.find_project(W, "nothing") is None
    assert await directory.find_project(W, None) is None


async def test_concurrent_first_uses_make_one_project(url, catalog, clock):
    """Four processes' worth of directories, twenty tasks each, a hundred names."""
    results = []

    def serve():
        async def work():
            mine = Catalog.open(url)
            directory = Directory(mine, clock)

            async def task(n):
                one = await directory.project_id(W, f"Project {n % 10}", "ann")
                many = await directory.project_ids(W, [f"PROJECT {n}" for n in range(100)], "bob")
                assert many[f"PROJECT {n % 10}"] == one
                results.append(tuple(many.values()))

            await asyncio.gather(*(task(n) for n in range(20)))
            await directory.close()
            mine.close()

        asyncio.run(work())

    threads = [threading.Thread(target=serve) for _ in range(4)]
    for thread in threads:
        thread.start()
    await asyncio.to_thread(lambda: [thread.join() for thread in threads])

    assert len(results) == 80
    assert len(set(results)) == 1
    page = await Projects(catalog, Directory(catalog, clock), clock).list_page(W, size=1_000)
    assert page.total == 100


async def test_known_project_costs_no_query(catalog, directory):
    made = await directory.project_id(W, "Chat", "ann")
    await directory.project(W, made)
    catalog.close()

    assert await directory.project_id(W, "Chat", "ann") == made
    assert await directory.project_ids(W, ["Chat"]) == {"Chat": made}
    assert (await directory.find_project(W, "Chat")).id == made
    assert (await directory.project(W, made)).name == "Chat"


async def test_rename_and_delete_are_seen_at_once(catalog, directory, clock):
    projects = Projects(catalog, directory, clock)
    made = await directory.project_id(W, "Chat", "ann")
    await directory.project(W, made)

    await projects.update(W, made, user="bob", name="Talk")
    assert (await directory.project(W, made)).name == "Talk"
    assert await directory.find_project(W, "Chat") is None
    assert await directory.project_id(W, "talk", "ann") == made

    await projects.delete(W, [made])
    assert await directory.project(W, made) is None
    assert await directory.project_id(W, "Talk", "ann") != made


async def test_delete_by_another_process_is_seen_within_five_seconds(catalog, directory, clock):
    elsewhere = Projects(catalog, Directory(catalog, clock), clock)
    made = await directory.project_id(W, "Chat", "ann")
    await elsewhere.delete(W, [made])
    assert await directory.project_id(W, "Chat", "ann") == made

    clock.advance(5)
    assert await directory.project_id(W, "Chat", "ann") != made


async def test_locked_catalog_is_told_and_not_remembered(url, catalog, clock):
    impatient = Catalog.open(url, lock_wait_ms=50)
    directory = Directory(impatient, clock)
    held, release = threading.Event(), threading.Event()

    def hold(connection):
        if catalog.kind == "Postgres":
            connection.execute(text("LOCK TABLE projects IN EXCLUSIVE MODE"))
        held.set()
        release.wait(10)

    writing = asyncio.create_task(catalog.write(hold))
    await asyncio.to_thread(held.wait, 10)
    with pytest.raises(StoreUnavailableError):
        await directory.project_id(W, "Chat", "ann")
    release.set()
    await writing
    assert await directory.project_id(W, "Chat", "ann")
    impatient.close()


def test_cache_is_bounded_and_forgets_the_oldest():
    cache = AgingCache(2, 10)
    cache.put("a", 1, 0, 0)
    cache.put("b", 2, 1, 0)
    cache.put("a", 3, 2, 0)
    cache.put("c", 4, 3, 0)

    assert [cache.get(key, 4) for key in "abc"] == [3, None, 4]
    assert cache.get("a", 11) == 3
    assert cache.get("a", 12) is None


def test_cache_keeps_nothing_that_was_read_before_it_was_cleared():
    cache = AgingCache(2, 10)
    before = cache.generation
    cache.clear()
    cache.put("a", 1, 0, before)

    assert cache.get("a", 0) is None
