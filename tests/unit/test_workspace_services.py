"""What people define in a workspace: rules, conflicts, messages."""

import asyncio

import pytest

from sightline.core.clock import FakeClock
from sightline.core.errors import ConflictError, NotFoundError, UnprocessableError
from sightline.core.ids import new_id
from sightline.domain.feedback_definition import (
    BooleanDetails,
    CategoricalDetails,
    NumericalDetails,
)
from sightline.domain.workspace import DEFAULT_WORKSPACE_ID
from sightline.services.workspace.api_keys import ApiKeys
from sightline.services.workspace.configurations import (
    Configurations,
    format_duration,
    parse_duration,
)
from sightline.services.workspace.directory import Directory
from sightline.services.workspace.environments import Environments
from sightline.services.workspace.feedback_definitions import FeedbackDefinitions
from sightline.services.workspace.projects import Projects
from sightline.stores.catalog.engine import Catalog

W = DEFAULT_WORKSPACE_ID


@pytest.fixture
def catalog(catalog_url):
    catalog = Catalog.open(catalog_url)
    yield catalog
    catalog.close()


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def directory(catalog, clock):
    return Directory(catalog, clock)


@pytest.fixture
def projects(catalog, directory, clock):
    return Projects(catalog, directory, clock)


@pytest.fixture
def definitions(catalog, clock):
    return FeedbackDefinitions(catalog, clock)


@pytest.fixture
def environments(catalog, clock):
    return Environments(catalog, clock)


@pytest.fixture
def configurations(catalog, clock):
    return Configurations(catalog, clock)


async def test_project_of_a_taken_name_is_a_conflict(projects):
    await projects.create(W, "Chat", user="ann")
    other = await projects.create(W, "Other", user="ann")

    with pytest.raises(ConflictError, match=r"^Project already exists$"):
        await projects.create(W, "CHAT", user="ann")
    with pytest.raises(ConflictError, match=r"^Project already exists$"):
        await projects.update(W, other.id, user="ann", name="chat")


async def test_project_keeps_what_an_update_does_not_say(projects, clock):
    made = await projects.create(W, "Chat", user="ann", description="d", visibility="public")
    clock.advance(1)
    await projects.update(W, made.id, user="bob", description="")

    found = await projects.get(W, made.id)
    assert (found.name, found.description, found.visibility) == ("Chat", "", "public")
    assert (found.created_by, found.last_updated_by) == ("ann", "bob")
    assert found.last_updated_at_us == found.created_at_us + 1_000_000


async def test_project_that_is_not_there_is_not_found(projects):
    made = await projects.create(W, "Chat", user="ann")

    for work in (
        projects.get(W, new_id()),
        projects.get(new_id(), made.id),
        projects.retrieve(W, "nothing"),
        projects.update(W, new_id(), user="ann", name="x"),
    ):
        with pytest.raises(NotFoundError, match=r"^Project not found$"):
            await work
    await projects.delete(W, [new_id()])
    assert await projects.retrieve(W, "chat") == made
    assert await projects.list_by_ids(W, [made.id, new_id()]) == [made]


@pytest.mark.parametrize(
    "wrong", [{"name": " "}, {"name": "x" * 256}, {"name": "a", "description": "x" * 256}]
)
async def test_project_rules(projects, wrong):
    with pytest.raises(UnprocessableError) as caught:
        await projects.create(W, user="ann", **wrong)
    assert caught.value.fields


async def test_key_makes_its_workspace_once(catalog, directory, clock):
    keys = ApiKeys(catalog, directory, clock)
    first, second = await asyncio.gather(keys.create("Acme", "a"), keys.create("ACME", "b"))

    assert first.record.workspace_id == second.record.workspace_id
    assert first.record.workspace_name == second.record.workspace_name
    assert first.key.reveal() != second.key.reveal()
    assert {w.name.lower() for w in (await keys.list_workspaces()).items} == {"acme", "default"}
    in_default = await keys.create("Default", "c")
    assert (in_default.record.workspace_id, in_default.record.workspace_name) == (W, "default")


async def test_keys_are_listed_and_revoked_within_their_workspace(catalog, directory, clock):
    keys = ApiKeys(catalog, directory, clock)
    acme, other = await keys.create("acme", "a"), await keys.create("other", "b", role="read")

    everything = await keys.list_page()
    assert [k.name for k in everything.items] == ["b", "a"]
    mine = await keys.list_page(workspace_id=acme.record.workspace_id)
    assert mine.items == [acme.record]
    assert mine.total == 1
    with pytest.raises(NotFoundError):
        await keys.revoke(other.record.id, workspace_id=acme.record.workspace_id)
    await keys.revoke(acme.record.id, workspace_id=acme.record.workspace_id)
    revoked_at_us = (await keys.list_page()).items[1].revoked_at_us
    assert revoked_at_us == clock.now_us()
    clock.advance(1)
    await keys.revoke(acme.record.id)
    assert (await keys.list_page()).items[1].revoked_at_us == revoked_at_us
    with pytest.raises(NotFoundError, match=r"^API key not found$"):
        await keys.revoke(new_id())


NUMERICAL = NumericalDetails(min=0, max=1)


async def test_feedback_definition_is_made_replaced_listed_and_deleted(definitions):
    made = await definitions.create(
        W, type="numerical", name="Quality", details=NUMERICAL, user="ann", description="d"
    )
    boolean = BooleanDetails(true_label="yes", false_label="no")
    await definitions.create(W, type="boolean", name="ok", details=boolean, user="ann")
    await definitions.replace(W, made.id, type="boolean", name="Right", details=boolean, user="bob")

    found = await definitions.get(W, made.id)
    assert (found.name, found.type, found.details) == ("Right", "boolean", boolean)
    assert (found.description, found.created_by, found.last_updated_by) == (None, "ann", "bob")
    assert [d.name for d in (await definitions.list_page(W)).items] == ["ok", "Right"]
    assert (await definitions.list_page(W, type="numerical")).total == 0
    await definitions.delete(W, [made.id, new_id()])
    with pytest.raises(NotFoundError, match=r"^Feedback definition not found$"):
        await definitions.get(W, made.id)


async def test_feedback_definition_of_a_taken_name_is_a_conflict(definitions):
    async def create(name):
        return await definitions.create(
            W, type="numerical", name=name, details=NUMERICAL, user="ann"
        )

    await create("Quality")
    other = await create("Other")
    with pytest.raises(ConflictError, match=r"^Feedback already exists$"):
        await create("quality")
    with pytest.raises(ConflictError, match=r"^Feedback already exists$"):
        await definitions.replace(
            W, other.id, type="numerical", name="QUALITY", details=NUMERICAL, user="ann"
        )
    with pytest.raises(NotFoundError):
        await definitions.replace(
            W, new_id(), type="numerical", name="x", details=NUMERICAL, user="ann"
        )


@pytest.mark.parametrize(
    ("type", "name", "details"),
    [
        ("numerical", " ", NUMERICAL),
        ("numerical", "x" * 256, NUMERICAL),
        ("boolean", "a", NUMERICAL),
        ("numerical", "a", NumericalDetails(min=1, max=1)),
        ("numerical", "a", NumericalDetails(min=0, max=float("inf"))),
        ("categorical", "a", CategoricalDetails(categories={})),
        ("categorical", "a", CategoricalDetails(categories={" ": 1})),
        ("categorical", "a", CategoricalDetails(categories={"a": float("nan")})),
        ("categorical", "a", CategoricalDetails(categories={str(n): n for n in range(1_001)})),
        ("boolean", "a", BooleanDetails(true_label="", false_label="no")),
    ],
)
async def test_feedback_definition_rules(definitions, type, name, details):
    with pytest.raises(UnprocessableError) as caught:
        await definitions.create(W, type=type, name=name, details=details, user="ann")
    assert caught.value.fields


async def test_environment_takes_the_clients_id_and_defaults(environments):
    id = new_id()
    made = await environments.create(W, "production", user="ann", id=id)

    assert await environments.get(W, id) == made
    assert (made.color, made.position, made.description) == ("default", 0, None)
    with pytest.raises(ConflictError):
        await environments.create(W, "other", user="ann", id=id)


async def test_environment_keeps_what_an_update_does_not_say(environments):
    made = await environments.create(W, "prod", user="ann", description="d", color="#FF0000")
    await environments.update(W, made.id, user="bob", position=3)

    found = await environments.get(W, made.id)
    assert (found.name, found.description, found.color, found.position) == (
        "prod",
        "d",
        "#FF0000",
        3,
    )
    assert found.last_updated_by == "bob"
    with pytest.raises(NotFoundError, match=r"^Environment not found$"):
        await environments.update(W, new_id(), user="bob", position=3)


async def test_environment_of_a_taken_name_is_a_conflict(environments):
    message = "^Environment with name 'PROD' already exists in the workspace$"
    await environments.create(W, "prod", user="ann")
    other = await environments.create(W, "other", user="ann")

    with pytest.raises(ConflictError, match=message):
        await environments.create(W, "PROD", user="ann")
    with pytest.raises(ConflictError, match=message):
        await environments.update(W, other.id, user="ann", name="PROD")


async def test_workspace_has_at_most_a_hundred_environments(environments):
    made = await asyncio.gather(
        *(environments.create(W, f"e{n}", user="ann") for n in range(105)), return_exceptions=True
    )

    refused = [error for error in made if isinstance(error, Exception)]
    assert {str(error) for error in refused} == {
        "Workspace already has the maximum of 100 environments"
    }
    assert len(refused) == 5
    listed = await environments.list_all(W)
    assert len(listed) == 100
    await environments.delete(W, [listed[0].id, new_id()])
    assert len(await environments.list_all(W)) == 99


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": "a b"},
        {"name": "ä"},
        {"name": "a\n"},
        {"name": "x" * 151},
        {"name": "a", "description": "x" * 501},
        {"name": "a", "color": "x" * 21},
        {"name": "a", "position": 2**31},
    ],
)
async def test_environment_rules(environments, wrong):
    with pytest.raises(UnprocessableError) as caught:
        await environments.create(W, user="ann", **wrong)
    assert caught.value.fields


async def test_configuration_has_defaults_where_nothing_is_set(configurations):
    with pytest.raises(NotFoundError):
        await configurations.get(W)
    effective = await configurations.effective(W)
    assert effective.thread_timeout_s == 900
    assert effective.truncation_on_tables is True
    assert effective.color_map == {}

    await configurations.put(W, user="ann", truncation_on_tables=False)
    assert (await configurations.get(W)).thread_timeout_s is None
    effective = await configurations.effective(W)
    assert (effective.thread_timeout_s, effective.truncation_on_tables) == (900, False)

    await configurations.delete(W)
    with pytest.raises(NotFoundError):
        await configurations.delete(W)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("PT30M", 1_800),
        ("PT2H", 7_200),
        ("P1D", 86_400),
        ("P1DT1H1M1S", 90_061),
        ("PT15.000S", 15),
        ("pt5s", 5),
        ("P7D", 604_800),
    ],
)
def test_duration_is_read(text, seconds):
    assert parse_duration(text) == seconds
    assert parse_duration(format_duration(seconds)) == seconds


@pytest.mark.parametrize(
    "text", ["", "P", "PT", "15", "PT0S", "PT0.5S", "-PT5S", "P1W", "P1M", "P7DT1S", "PT99999999H"]
)
def test_duration_out_of_bounds_is_refused(text):
    with pytest.raises(UnprocessableError, match="timeout_to_mark_thread_as_inactive"):
        parse_duration(text)


async def test_color_map_is_bounded(configurations):
    most = {f"label {n}": "#FF0000" for n in range(10_000)}
    await configurations.put(W, user="ann", color_map=most)
    assert (await configurations.get(W)).color_map == most

    with pytest.raises(UnprocessableError, match="color_map"):
        await configurations.put(W, user="ann", color_map={**most, "one more": "#000000"})
    with pytest.raises(UnprocessableError, match="color_map"):
        await configurations.put(W, user="ann", color_map={"a": "x" * 21})


async def read(opened):
    return b"".join([chunk async for chunk in opened.blob.chunks])
