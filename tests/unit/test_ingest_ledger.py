"""The counters of the ledger: nothing is lost, and nothing that clients do makes them grow."""

from collections import Counter
from pathlib import Path

import pytest

from sightline.core.clock import FakeClock
from sightline.core.errors import (
    AuthenticationError,
    InvalidRequestError,
    PermissionDeniedError,
    QueueFullError,
    RateLimitedError,
    SightlineError,
    StoreFullError,
    StoreUnavailableError,
    UnprocessableError,
)
from sightline.core.ids import NIL, new_id
from sightline.domain.client_name import said_name
from sightline.domain.ingest_ledger import REASONS, Receipt, reason_of
from sightline.domain.workspace import Project
from sightline.services.ingest import ledger as module
from sightline.services.ingest.ledger import (
    MAX_CLIENTS,
    MAX_SERIES,
    MAX_STRANGERS,
    MAX_WAITING,
    Ledger,
)
from sightline.stores.catalog import ingest_ledger, projects
from sightline.stores.catalog.engine import Catalog
from sightline.stores.catalog.ingest_ledger import FINE_US, Question, Sum
from tests import outside

W = new_id()


@pytest.fixture
def catalog(tmp_path: Path):
    catalog = Catalog.open(outside.sqlite_with_tables(tmp_path))
    yield catalog
    catalog.close()


def sums(catalog: Catalog, workspace=W) -> list[Sum]:
    asked = Question(workspace_ids=(workspace,), from_us=0, to_us=2**62)
    return catalog.read_sync(lambda c: ingest_ledger.sums(c, asked))


def add_project(catalog: Catalog, name: str):
    project = Project(
        id=new_id(), workspace_id=W, name=name, created_at_us=1, created_by="ann",
        last_updated_at_us=1, last_updated_by="ann",
    )  # fmt: skip
    catalog.write_sync(lambda c: projects.insert(c, project))
    return project.id


async def test_what_is_counted_is_added_up_once(catalog):
    ledger = Ledger(catalog, FakeClock())
    chat = add_project(catalog, "Chat")
    for place in (chat, " chat", "nowhere", new_id(), None):
        for _ in range(2):
            ledger.count("stored", 3, face="opik", client="c/1", workspace_id=W, project=place)
    await ledger.flush()
    await ledger.flush()
    ledger.count("stored", 1, face="opik", client="c/1", workspace_id=W, project=chat)
    await ledger.flush()
    assert {one.project_id: one.messages for one in sums(catalog)} == {chat: 13, NIL: 18}
    assert ledger.totals() == {("opik", "stored"): 31}


async def test_a_catalog_that_is_gone_costs_no_count(catalog, tmp_path):
    clock = FakeClock()
    ledger = Ledger(catalog, clock)

    async def refuse(_):
        # What comes in while the catalog is asked.
        ledger.count("stored", 1, face="opik", client="c", workspace_id=W)
        raise StoreUnavailableError("gone")

    write, catalog.write = catalog.write, refuse
    ledger.count("stored", 5, face="opik", client="c", workspace_id=W)
    for _ in range(3):
        with pytest.raises(StoreUnavailableError):
            await ledger.flush()
        clock.advance(400)
    catalog.write = write
    await ledger.stop()
    assert sum(one.messages for one in sums(catalog)) == 8


async def test_clients_that_go_by_many_names_become_others(catalog):
    clock = FakeClock()
    ledger = Ledger(catalog, clock)
    ledger.count("stored", 1, face="opik", client="curl", workspace_id=W)
    for n in range(3 * MAX_CLIENTS):
        ledger.count("stored", 1, face="opik", client=f"made-up/{n}", workspace_id=W)
    ledger.count("stored", 1, face="opik", client="curl/9.9", workspace_id=W)
    await ledger.flush()
    found = {one.client: one.messages for one in sums(catalog)}
    assert len(found) == MAX_CLIENTS + 1
    assert sum(found.values()) == 3 * MAX_CLIENTS + 2
    assert found["other"] == 2 * MAX_CLIENTS + 1
    # A known name whose version is one too many goes by its name.
    assert found["curl"] == 2


async def test_those_without_a_key_leave_names_for_those_who_have_one(catalog):
    ledger = Ledger(catalog, FakeClock())
    for n in range(2 * MAX_CLIENTS):
        outcome = "no_key" if n % 2 else "wrong_key"
        ledger.count(outcome, 1, face="otlp", client=f"stranger{n}", workspace_id=W)
    ledger.count("stored", 1, face="opik", client="curl/9.9", workspace_id=W)
    await ledger.flush()
    found = Counter()
    for one in sums(catalog):
        found[one.client] += one.messages
    assert found["curl/9.9"] == 1
    assert len(found) == MAX_STRANGERS + 2
    assert found["other"] == 2 * MAX_CLIENTS - MAX_STRANGERS


async def test_projects_without_number_are_bounded_in_memory(catalog):
    clock = FakeClock()
    ledger = Ledger(catalog, clock)
    for n in range(3 * MAX_SERIES):
        ledger.count("bad_field", 1, face="opik", client="c", workspace_id=W, project=f"p{n}")
    assert ledger.waiting <= MAX_SERIES + 1
    for _ in range(20):
        clock.advance(FINE_US / 1_000_000)
        for n in range(MAX_SERIES):
            ledger.count("stored", 1, face="opik", client="c", workspace_id=W, project=f"p{n}")
    assert ledger.waiting <= MAX_WAITING + 3
    await ledger.flush()
    both = [*sums(catalog), *sums(catalog, NIL)]
    assert sum(one.messages for one in both) == 23 * MAX_SERIES


class LosesAnswers:
    """A catalog that does what it is told, and whose answer does not come."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self.is_well = False

    async def write(self, change):
        found = await self.catalog.write(change)
        if not self.is_well:
            raise StoreUnavailableError("The catalog does not answer", retry_after_s=1)
        return found


async def test_what_is_in_the_catalog_though_no_answer_came_is_not_added_again(catalog):
    losing = LosesAnswers(catalog)
    ledger = Ledger(losing, FakeClock())
    for _ in range(3):
        ledger.count("stored", 1, face="opik", client="c", workspace_id=W)
        with pytest.raises(StoreUnavailableError):
            await ledger.flush()
    assert ledger.waiting > 0
    losing.is_well = True
    await ledger.flush()
    assert ledger.waiting == 0
    assert [one.messages for one in sums(catalog)] == [3]


async def test_a_ledger_that_runs_adds_by_itself_and_at_its_end(catalog, monkeypatch):
    monkeypatch.setattr(module, "FLUSH_S", 0.01)
    ledger = Ledger(catalog, FakeClock())
    ledger.start()
    ledger.count("stored", 1, face="otlp", client="c", workspace_id=W)
    await ledger.stop()
    ledger.count("stored", 1, face="otlp", client="c", workspace_id=W)
    await ledger.stop()
    assert sum(one.messages for one in sums(catalog)) == 2


class Item:
    def __init__(self, project_id=None, project_name=None):
        self.project_id, self.project_name = project_id, project_name


async def test_a_receipt_has_one_outcome_for_each_message(catalog):
    ledger = Ledger(catalog, FakeClock())
    chat, mail = add_project(catalog, "Chat"), add_project(catalog, "Mail")

    def receipt() -> Receipt:
        made = Receipt(ledger, "opik", "spans", "c")
        made.workspace_id = W
        return made

    whole = receipt()
    whole.take([Item(), Item(), Item()])
    whole.note("traces", [Item(chat)])
    whole.note("spans", [Item(chat), Item(chat), Item(mail)])
    whole.settle()
    whole.settle()
    refused = receipt()
    refused.take([Item(project_name="Chat"), Item(project_name="Mail"), Item()], "chat")
    refused.reason = "queue_full"
    refused.settle()
    partly = receipt()
    partly.take([Item()] * 5)
    partly.note("spans", [Item(mail)] * 2)
    partly.settle()
    unread = receipt()
    unread.reason = "bad_request"
    unread.settle()
    await ledger.flush()
    assert {(one.project_id, one.outcome): one.messages for one in sums(catalog)} == {
        (chat, "stored"): 2, (mail, "stored"): 3, (chat, "queue_full"): 2,
        (mail, "queue_full"): 1, (mail, "ignored"): 3, (NIL, "bad_request"): 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (AuthenticationError("x"), "wrong_key"),
        (PermissionDeniedError("x"), "no_access"),
        (QueueFullError("x"), "queue_full"),
        (RateLimitedError("x"), "rate_limited"),
        (StoreFullError("x"), "disk_full"),
        (StoreUnavailableError("x"), "store_unavailable"),
        (UnprocessableError("x"), "bad_field"),
        (InvalidRequestError("x", fields=["a is wrong"]), "bad_field"),
        (InvalidRequestError("x"), "bad_request"),
        (ValueError("x"), "failed"),
    ],
)
def test_errors_have_reasons(error, reason):
    assert reason_of(error, has_key=True) == reason


def test_every_error_has_a_reason():
    kinds = [SightlineError]
    for kind in kinds:
        kinds += kind.__subclasses__()
        made = kind.__new__(kind)
        made.fields = None
        assert reason_of(made, has_key=False) in REASONS


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("OTel-OTLP-Exporter-Python/1.38.0", "otel-python/1.38.0"),
        ("OTel OTLP Exporter Go/1.2.3", "otel-go/1.2.3"),
        ("OpenTelemetry Collector Contrib/0.96.0 (linux/amd64)", "otel-collector/0.96.0"),
        ("AsyncOpenAI/Python 2.1.0", "openai-python/2.1.0"),
        ("Python/3.11 aiohttp/3.9.1", "aiohttp/3.9.1"),
        ("litellm/1.109.1", "litellm/1.109.1"),
        ("curl/8.5.0", "curl/8.5.0"),
        ("Mozilla/5.0 (X11; Linux) Chrome/140.0", "browser"),
        ("node", "node"),
        ("", "unnamed"),
        ("sk-abc123def", "other"),
        ("4111111111111111", "other"),
        ("é" * 900, "other"),
        ("curl/eyJhbGciOi", "curl"),
    ],
)
def test_programs_are_told_by_what_they_say(said, name):
    assert said_name(said) == name
