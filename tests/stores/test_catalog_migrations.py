"""The catalog's migrations: up, twice, at once, from old data, and never backwards."""

import pkgutil
import subprocess
import sys
import threading

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text

from sightline.core.errors import ConfigurationError
from sightline.core.ids import new_id
from sightline.domain.workspace import DEFAULT_WORKSPACE, DEFAULT_WORKSPACE_ID
from sightline.stores.catalog import api_keys, projects, workspaces
from sightline.stores.catalog.engine import Catalog
from sightline.stores.catalog.migrate import migrate, revision
from sightline.stores.catalog.migrations import HEAD, REVISIONS, versions
from sightline.stores.catalog.migrations.upgrade import upgrade
from sightline.stores.catalog.tables import metadata


@pytest.fixture
def url(empty_catalog_url):
    return empty_catalog_url


@pytest.fixture
def catalog(url):
    catalog = Catalog.open(url)
    yield catalog
    catalog.close()


def test_new_database_gets_every_table(catalog):
    migrate(catalog)

    def differences(connection):
        return compare_metadata(MigrationContext.configure(connection), metadata)

    assert catalog.read_sync(differences) == []
    assert catalog.read_sync(revision) == HEAD


def test_new_file_is_what_the_revisions_make(tmp_path):
    at_once = Catalog.open(f"sqlite:///{tmp_path}/at_once.db")
    by_revisions = Catalog.open(f"sqlite:///{tmp_path}/by_revisions.db")
    migrate(at_once)
    by_revisions.write_sync(upgrade)

    made, grown = at_once.read_sync(_everything), by_revisions.read_sync(_everything)
    at_once.close()
    by_revisions.close()
    assert made["workspaces"]["rows"]
    assert made == grown


def _everything(connection):
    """Return each table's columns, indexes and rows; columns in any order."""

    def of(sql):
        return [tuple(row) for row in connection.execute(text(sql))]

    found = {}
    for (table,) in of("SELECT name FROM sqlite_master WHERE type = 'table'"):
        columns = sorted(row[1:] for row in of(f"PRAGMA table_info({table})"))
        indexes = {
            name: (unique, origin, [row[2] for row in of(f"PRAGMA index_info({name})")])
            for _, name, unique, origin, _ in of(f"PRAGMA index_list({table})")
        }
        names = ", ".join(column[0] for column in columns)
        rows = of(f"SELECT {names} FROM {table}")
        found[table] = {"columns": columns, "indexes": indexes, "rows": rows}
    return found


def test_default_workspace_is_there_from_the_start(catalog):
    migrate(catalog)

    found = catalog.read_sync(lambda c: workspaces.get_by_name(c, "DEFAULT"))
    assert found.id == DEFAULT_WORKSPACE_ID
    assert found.name == DEFAULT_WORKSPACE


def test_migrating_again_changes_nothing(catalog):
    migrate(catalog)
    migrate(catalog)

    assert catalog.read_sync(revision) == HEAD


def test_revisions_are_the_files():
    files = sorted(module.name for module in pkgutil.iter_modules(versions.__path__))

    assert [name.split("_")[0] for name in files] == list(REVISIONS)


def test_data_of_the_first_revision_is_carried_forward(catalog):
    workspace_id, project_id, key_id = new_id(), new_id(), new_id()
    catalog.write_sync(lambda c: upgrade(c, "r0001"))

    def write_as_then(connection):
        connection.execute(
            text("INSERT INTO workspaces VALUES (:id, 'Acme', 'acme', 1)"), {"id": workspace_id}
        )
        connection.execute(
            text(
                "INSERT INTO projects (id, workspace_id, name, name_key, visibility,"
                " created_at_us, created_by, last_updated_at_us, last_updated_by)"
                " VALUES (:id, :w, 'Chat', 'chat', 'private', 2, 'ann', 3, 'bob')"
            ),
            {"id": project_id, "w": workspace_id},
        )
        connection.execute(
            text(
                "INSERT INTO api_keys (id, workspace_id, key_hash, masked, name, role,"
                " created_at_us) VALUES (:id, :w, :hash, 'opik_ab…yz', 'ann', 'write', 4)"
            ),
            {"id": key_id, "w": workspace_id, "hash": b"h" * 32},
        )

    catalog.write_sync(write_as_then)
    migrate(catalog)

    assert catalog.read_sync(revision) == HEAD
    project = catalog.read_sync(lambda c: projects.get(c, workspace_id, project_id))
    assert (project.name, project.created_by, project.last_updated_at_us) == ("Chat", "ann", 3)
    key = catalog.read_sync(lambda c: api_keys.get_by_hash(c, b"h" * 32))
    assert (key.workspace_name, key.role, key.expires_at_us) == ("Acme", "write", None)


def test_data_of_a_newer_program_is_refused(catalog):
    migrate(catalog)
    catalog.write_sync(lambda c: c.execute(text("UPDATE alembic_version SET version_num='r9999'")))

    with pytest.raises(ConfigurationError, match="written by a newer Sightline") as caught:
        migrate(catalog)
    assert caught.value.hint
    assert catalog.read_sync(revision) == "r9999"


def test_migration_that_fails_leaves_nothing(catalog):
    catalog.write_sync(lambda c: c.execute(text("CREATE TABLE jobs (id INTEGER)")))

    with pytest.raises(Exception, match="jobs"):
        migrate(catalog)
    assert catalog.read_sync(revision) is None


def test_servers_that_start_together_migrate_once(url):
    errors = []

    def start():
        catalog = Catalog.open(url, lock_wait_ms=20_000)
        try:
            migrate(catalog)
        except Exception as error:  # noqa: BLE001
            errors.append(error)
        finally:
            catalog.close()

    # Alembic's command context is one a process, so the second server is one.
    code = (
        "import sys; from sightline.stores.catalog.engine import Catalog;"
        "from sightline.stores.catalog.migrate import migrate;"
        "c = Catalog.open(sys.argv[1], lock_wait_ms=20_000); migrate(c); c.close()"
    )
    others = [subprocess.Popen([sys.executable, "-c", code, url]) for _ in range(2)]
    thread = threading.Thread(target=start)
    thread.start()
    assert [other.wait(60) for other in others] == [0, 0]
    thread.join()
    assert errors == []


def test_start_with_nothing_to_migrate_does_not_import_alembic(url, catalog):
    migrate(catalog)
    code = (
        "import sys; from sightline.stores.catalog.engine import Catalog;"
        "from sightline.stores.catalog.migrate import migrate;"
        "c = Catalog.open(sys.argv[1]); migrate(c); c.close(); sys.exit('alembic' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code, url], check=False).returncode == 0
