"""Settings: four sources, one tree, and no name that is quietly ignored."""

import re
from pathlib import Path

import pytest

from sightline.core.errors import ConfigurationError
from sightline.settings import Loaded, Settings, check_shared, load, names


def read(
    tmp_path: Path,
    environ: dict[str, str] | None = None,
    toml: str | None = None,
    flags: dict[str, object] | None = None,
) -> Loaded:
    file = tmp_path / "sightline.toml"
    if toml is not None:
        file.write_text(toml)
    return load(flags or {}, environ or {}, file)


def test_defaults_run_without_any_configuration(tmp_path: Path) -> None:
    loaded = read(tmp_path)
    assert loaded.settings == Settings()
    assert loaded.sources == {}
    assert loaded.settings.server.host == "127.0.0.1"
    assert loaded.settings.server.port == 5173
    assert loaded.settings.auth.keys == "auto"


def test_flags_win_over_the_environment_and_that_over_the_file(tmp_path: Path) -> None:
    toml = "[server]\nport = 1\nhost = 'file'\ndata = 'file'\n"
    environ = {"SIGHTLINE_SERVER__PORT": "2", "SIGHTLINE_SERVER__HOST": "environment"}
    loaded = read(tmp_path, environ, toml, {"server.port": 3, "server.host": None})
    assert loaded.settings.server.port == 3
    assert loaded.settings.server.host == "environment"
    assert loaded.settings.server.data == "file"
    assert loaded.sources == {
        "server.port": "--port",
        "server.host": "SIGHTLINE_SERVER__HOST",
        "server.data": str(tmp_path / "sightline.toml"),
    }


def test_text_of_the_environment_becomes_the_fields_type(tmp_path: Path) -> None:
    environ = {"SIGHTLINE_LOG__JSON": "true", "SIGHTLINE_INGEST__MAX_BODY_BYTES": "2048"}
    settings = read(tmp_path, environ).settings
    assert settings.log.json is True
    assert settings.ingest.max_body_bytes == 2048


def test_other_variables_are_left_alone(tmp_path: Path) -> None:
    assert read(tmp_path, {"PATH": "/bin", "OPIK_API_KEY": "k"}).sources == {}


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("SIGHTLINE_SERVER__PROT", "server.port"),
        ("SIGHTLINE_SERVR__PORT", "server.port"),
        ("SIGHTLINE_ANALYTICS__MAX_MEMORY", "analytics.max_memory_bytes"),
    ],
)
def test_an_unknown_name_names_the_nearest(tmp_path: Path, name: str, nearest: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read(tmp_path, {name: "1"})
    assert name in caught.value.message
    assert nearest in (caught.value.hint or "")


@pytest.mark.parametrize("name", ["SIGHTLINE_NONSENSE", "SIGHTLINE_GATWAY__X", "SIGHTLINE_"])
def test_an_unknown_room_stops_the_start(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigurationError, match="Unknown setting"):
        read(tmp_path, {name: "1"})


def test_an_unknown_name_in_the_file_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=re.escape("`server.colour`")):
        read(tmp_path, toml="[server]\ncolour = 'red'\n")


@pytest.mark.parametrize(
    ("toml", "told"),
    [
        ("server = 3\n", "must be a table"),
        ("[server\n", "not valid TOML"),
        ("[server]\nport = 'many'\n", "server.port"),
        ("[server]\nport = 70000\n", "server.port"),
        ("[auth]\nkeys = 'maybe'\n", "auth.keys"),
        ("[ingest]\nmax_batch_items = 0\n", "ingest.max_batch_items"),
    ],
)
def test_a_bad_value_is_named(tmp_path: Path, toml: str, told: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read(tmp_path, toml=toml)
    assert told in caught.value.message


def test_every_setting_can_be_set_from_the_environment(tmp_path: Path) -> None:
    defaults = Settings()
    for path in names():
        room, _, field = path.partition(".")
        value = getattr(getattr(defaults, room), field)
        text = str(value).lower() if isinstance(value, bool) else str(value)
        loaded = read(tmp_path, {f"SIGHTLINE_{room}__{field}".upper(): text})
        assert loaded.settings == defaults, path


def test_the_stores_lie_in_the_data_folder(tmp_path: Path) -> None:
    settings = read(tmp_path, flags={"server.data": str(tmp_path / "d")}).settings
    assert settings.analytics_dsn == f"chdb://{tmp_path / 'd' / 'analytics'}"
    assert settings.catalog_url == f"sqlite:///{tmp_path / 'd' / 'catalog.db'}"
    assert settings.blobs_url == str(tmp_path / "d" / "blobs")


def test_stores_elsewhere_keep_their_address(tmp_path: Path) -> None:
    environ = {
        "SIGHTLINE_ANALYTICS__DSN": "https://u:p@ch:8443/db",
        "SIGHTLINE_CATALOG__URL": "postgresql://u:p@pg/db",
        "SIGHTLINE_BLOBS__URL": "s3://bucket/prefix",
    }
    settings = read(tmp_path, environ).settings
    assert settings.analytics_dsn == environ["SIGHTLINE_ANALYTICS__DSN"]
    assert settings.catalog_url == environ["SIGHTLINE_CATALOG__URL"]
    assert settings.blobs_url == environ["SIGHTLINE_BLOBS__URL"]


def test_a_process_does_everything_unless_its_roles_are_named(tmp_path: Path) -> None:
    assert read(tmp_path).settings.roles == {"api", "gateway", "worker"}
    settings = read(tmp_path, {"SIGHTLINE_SERVER__ROLE": " worker , api"}).settings
    assert settings.roles == {"api", "worker"}
    for wrong in ("", "apis", "api gateway", "api,,worker", "all"):
        with pytest.raises(ConfigurationError, match=r"server\.role"):
            read(tmp_path, flags={"server.role": wrong})


SHARED: dict[str, object] = {
    "analytics.dsn": "http://clickhouse:8123/sightline",
    "catalog.url": "postgresql://postgres/sightline",
    "blobs.url": "s3://bucket",
}


def test_a_role_that_leaves_work_to_others_needs_stores_that_they_reach(tmp_path: Path) -> None:
    check_shared(read(tmp_path).settings)
    check_shared(read(tmp_path, flags={"server.role": "worker,gateway,api"}).settings)
    check_shared(read(tmp_path, flags={**SHARED, "server.role": "worker"}).settings)
    own = {"analytics.dsn": "chdb:///d", "catalog.url": "sqlite:////d/catalog.db", "blobs.url": ""}
    for name, value in own.items():
        flags = {**SHARED, name: value, "server.role": "api,gateway"}
        with pytest.raises(ConfigurationError) as refused:
            check_shared(read(tmp_path, flags=flags).settings)
        assert "`api,gateway`" in refused.value.message
        assert f"({name})" in refused.value.message
