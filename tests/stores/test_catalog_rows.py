"""The catalog's tables: what goes in comes out, bounded, in order, without regard to case."""

import pytest

from sightline.core.errors import ConflictError, InvalidRequestError
from sightline.core.ids import new_id
from sightline.domain.attachment import Attachment
from sightline.domain.feedback_definition import (
    BooleanDetails,
    CategoricalDetails,
    FeedbackDefinition,
    NumericalDetails,
)
from sightline.domain.workspace import Project
from sightline.stores.catalog import (
    attachments,
    feedback_definitions,
    otlp_trace_ids,
    projects,
    settings,
    workspace_configurations,
)
from sightline.stores.catalog.engine import Catalog
from sightline.stores.catalog.pages import Sort
from sightline.stores.catalog.workspace_configurations import WorkspaceConfiguration

W = new_id()
AUDIT = {"created_at_us": 1, "created_by": "ann", "last_updated_at_us": 1, "last_updated_by": "ann"}


@pytest.fixture
def catalog(catalog_url):
    catalog = Catalog.open(catalog_url)
    yield catalog
    catalog.close()


def add_projects(catalog, *names):
    made = [
        Project(id=new_id(), workspace_id=W, name=name, **AUDIT | {"created_at_us": n})
        for n, name in enumerate(names)
    ]
    for project in made:
        catalog.write_sync(lambda c, p=project: projects.insert(c, p))
    return made


def list_names(catalog, page=1, size=10, **options):
    found = catalog.read_sync(lambda c: projects.list_page(c, W, page=page, size=size, **options))
    return [project.name for project in found.items], found.total


def test_project_comes_back_as_it_was(catalog):
    project = Project(
        id=new_id(), workspace_id=W, name="Ünï 🚀", description="d", visibility="public", **AUDIT
    )
    catalog.write_sync(lambda c: projects.insert(c, project))

    assert catalog.read_sync(lambda c: projects.get(c, W, project.id)) == project
    assert catalog.read_sync(lambda c: projects.get_by_name(c, W, " üNÏ 🚀 ")) == project
    assert catalog.read_sync(lambda c: projects.get(c, new_id(), project.id)) is None


def test_names_that_differ_in_case_alone_are_the_same(catalog):
    add_projects(catalog, "Straße")

    with pytest.raises(ConflictError):
        add_projects(catalog, "STRASSE")
    catalog.write_sync(
        lambda c: projects.insert(
            c, Project(id=new_id(), workspace_id=new_id(), name="strasse", **AUDIT)
        )
    )


def test_rename_into_a_taken_name_is_a_conflict(catalog):
    _, other = add_projects(catalog, "One", "Two")

    with pytest.raises(ConflictError):
        catalog.write_sync(lambda c: projects.update_fields(c, W, other.id, {"name": "ONE"}))
    assert catalog.write_sync(lambda c: projects.update_fields(c, W, other.id, {"name": "TWO"}))
    assert catalog.read_sync(lambda c: projects.get_by_name(c, W, "two")).name == "TWO"


def test_projects_are_paged_newest_first(catalog):
    add_projects(catalog, *(f"p{n}" for n in range(5)))

    assert list_names(catalog, size=2) == (["p4", "p3"], 5)
    assert list_names(catalog, page=3, size=2) == (["p0"], 5)
    assert list_names(catalog, page=4, size=2) == ([], 5)


@pytest.mark.parametrize("window", [{"page": 0}, {"size": 0}, {"page": -1}])
def test_page_below_one_is_refused(catalog, window):
    with pytest.raises(InvalidRequestError, match="must be greater than or equal to 1"):
        list_names(catalog, **window)


def test_page_has_a_largest_size(catalog):
    many = [Project(id=new_id(), workspace_id=W, name=f"p{n}", **AUDIT) for n in range(1_005)]
    catalog.write_sync(lambda c: projects.insert_if_absent(c, many))

    names, total = list_names(catalog, size=1_000_000)
    assert (len(names), total) == (1_000, 1_005)
    ids = [project.id for project in many]
    assert len(catalog.read_sync(lambda c: projects.list_by_ids(c, W, ids))) == 1_005
    catalog.write_sync(lambda c: projects.delete_many(c, W, ids))
    assert list_names(catalog) == ([], 0)


def test_name_filter_is_literal_and_without_case(catalog):
    add_projects(catalog, "Chat 100%", "chat_bot", "other")

    assert list_names(catalog, name="CHAT") == (["chat_bot", "Chat 100%"], 2)
    assert list_names(catalog, name="%") == (["Chat 100%"], 1)
    assert list_names(catalog, name="_") == (["chat_bot"], 1)


def test_projects_sort_by_the_fields_offered(catalog):
    add_projects(catalog, "b", "A", "c")

    assert list_names(catalog, sorting=[Sort("name")])[0] == ["A", "b", "c"]
    assert list_names(catalog, sorting=[Sort("name", descending=True)])[0] == ["c", "b", "A"]
    assert list_names(catalog, sorting=[Sort("created_at")])[0] == ["b", "A", "c"]
    with pytest.raises(InvalidRequestError, match="secret"):
        list_names(catalog, sorting=[Sort("secret")])


def test_deleting_is_kept_to_the_workspace(catalog):
    one, two = add_projects(catalog, "one", "two")

    catalog.write_sync(lambda c: projects.delete_many(c, new_id(), [one.id]))
    catalog.write_sync(lambda c: projects.delete_many(c, W, [two.id, new_id()]))
    assert list_names(catalog) == (["one"], 1)


@pytest.mark.parametrize(
    ("type", "details"),
    [
        ("numerical", NumericalDetails(min=-0.5, max=1.0)),
        ("categorical", CategoricalDetails(categories={"good": 1.0, "bad": 0.0})),
        ("boolean", BooleanDetails(true_label="Pass", false_label="Fail")),
    ],
)
def test_feedback_definition_comes_back_as_it_was(catalog, type, details):
    definition = FeedbackDefinition(
        id=new_id(), workspace_id=W, name="Quality", type=type, details=details, **AUDIT
    )
    catalog.write_sync(lambda c: feedback_definitions.insert(c, definition))

    found = catalog.read_sync(
        lambda c: feedback_definitions.list_page(c, W, page=1, size=10, name="qual", type=type)
    )
    assert found.items == [definition]


def test_configuration_is_replaced_as_a_whole(catalog):
    full = WorkspaceConfiguration(
        thread_timeout_s=60, truncation_on_tables=False, color_map={"é": "#FF0000"}
    )
    bare = WorkspaceConfiguration(thread_timeout_s=5)
    for wanted in (full, bare):
        catalog.write_sync(
            lambda c, w=wanted: workspace_configurations.put(c, W, w, user="ann", now_us=1)
        )
        assert catalog.read_sync(lambda c: workspace_configurations.get(c, W)) == wanted
    assert catalog.write_sync(lambda c: workspace_configurations.remove(c, W))
    assert not catalog.write_sync(lambda c: workspace_configurations.remove(c, W))


def test_setting_put_if_absent_keeps_the_first(catalog):
    def put(value):
        return catalog.write_sync(lambda c: settings.put_if_absent(c, "k", value, now_us=1))

    assert (put("first"), put("second")) == ("first", "first")
    catalog.write_sync(lambda c: settings.put(c, "k", "third", now_us=2))
    assert catalog.read_sync(lambda c: settings.get(c, "k")) == "third"
    assert catalog.write_sync(lambda c: settings.remove(c, "k"))
    assert catalog.read_sync(lambda c: settings.get(c, "k")) is None


def test_first_writer_of_an_otel_trace_id_decides(catalog):
    first, second, otel = new_id(), new_id(), [new_id() for _ in range(2_500)]

    def put(ids, now_us=1, workspace_id=W):
        return catalog.write_sync(
            lambda c: otlp_trace_ids.put_many(c, workspace_id, ids, now_us=now_us)
        )

    assert put({otel[0]: first}) == {otel[0]: first}
    assert put({otel[0]: second, otel[1]: second}, now_us=9) == {otel[0]: first, otel[1]: second}
    assert put({otel[0]: second}, workspace_id=new_id()) == {otel[0]: second}
    assert len(put(dict.fromkeys(otel, first), now_us=9)) == 2_500
    known = catalog.read_sync(lambda c: otlp_trace_ids.get_many(c, W, [otel[0], new_id()]))
    assert known == {otel[0]: first}

    def purge(limit):
        return catalog.write_sync(lambda c: otlp_trace_ids.purge(c, before_us=9, limit=limit))

    assert [purge(1), purge(9), purge(9)] == [1, 1, 0]
    assert put({}) == {}


def attachment(name, entity_id, **changes):
    return Attachment(
        **{
            "workspace_id": W,
            "entity_type": "trace",
            "entity_id": entity_id,
            "file_name": name,
            "project_id": W,
            "mime_type": "image/png",
            "size_bytes": 1,
            "path": f"p/{name}",
            **AUDIT,
            **changes,
        }
    )


def test_attachment_of_the_same_name_replaces_the_first(catalog):
    trace = new_id()
    again = attachment("a.png", trace, size_bytes=2, created_by="bob", last_updated_by="bob")
    for one in (attachment("a.png", trace), attachment("b.png", trace), again):
        catalog.write_sync(lambda c, a=one: attachments.put(c, a))

    found = catalog.read_sync(lambda c: attachments.list_page(c, W, "trace", trace, page=1, size=1))
    assert found.total == 2
    (first,) = found.items
    assert (first.size_bytes, first.created_by, first.last_updated_by) == (2, "ann", "bob")


def test_deleting_attachments_tells_their_paths(catalog):
    one, two = new_id(), new_id()
    for made in (attachment("a", one), attachment("b", one), attachment("c", two)):
        catalog.write_sync(lambda c, a=made: attachments.put(c, a))

    def delete(fn, *args):
        return catalog.write_sync(lambda c: fn(c, W, "trace", *args))

    assert delete(attachments.delete_many, one, ["a", "zzz"]) == ["p/a"]
    assert sorted(delete(attachments.delete_of_entities, [one, two])) == ["p/b", "p/c"]
    assert catalog.read_sync(lambda c: attachments.get(c, W, "trace", one, "b")) is None


def test_names_sort_by_their_characters_in_every_database(catalog):
    names = ["zebra", "ä", "Ab", "a b", "a-b", "a_b", "10", "9", "_", "日本", "e\u0301", "éa"]
    add_projects(catalog, *names)

    found, _ = list_names(catalog, size=20, sorting=[Sort("name")])
    assert found == sorted(names, key=str.casefold)
