"""The files of `deploy/` fit together, and name only what the program has."""

import json
import re
import tomllib
from fnmatch import fnmatch
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml

from sightline import __version__
from sightline.app import _OF_EACH_PROCESS
from sightline.domain import process_roles
from sightline.settings import Settings, load, names

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
CHART = DEPLOY / "helm/sightline"
GUIDE = ROOT / "docs/guides/deploy.md"
FILES = sorted(path for path in DEPLOY.rglob("*") if path.is_file())
TEMPLATES = sorted((CHART / "templates").iterdir())
COMPOSE = [DEPLOY / "compose.yaml", DEPLOY / "compose.cluster.yaml"]
PLAIN_YAML = [path for path in FILES if path.suffix == ".yaml" and path not in TEMPLATES]
PORT = str(Settings().server.port)


def read(path: Path) -> str:
    return path.read_text()


def compose(path: Path) -> dict[str, Any]:
    return dict(yaml.safe_load(read(path)))


def docker() -> list[tuple[str, str]]:
    """The instructions of the Dockerfile, continued lines joined."""
    text = re.sub(r"^#.*\n", "", read(DEPLOY / "Dockerfile"), flags=re.M).replace("\\\n", " ")
    return [
        (word, " ".join(rest.split()))
        for word, _, rest in (line.partition(" ") for line in text.splitlines() if line)
    ]


@pytest.mark.parametrize("path", PLAIN_YAML, ids=lambda path: path.name)
def test_yaml_parses(path: Path) -> None:
    assert yaml.safe_load(read(path))


@pytest.mark.parametrize("path", [*FILES, GUIDE], ids=lambda path: path.name)
def test_every_setting_in_a_file_is_one(path: Path) -> None:
    known = {"SIGHTLINE_" + name.upper().replace(".", "__") for name in names()}
    # What Kubernetes would add is told apart in a comment of the chart.
    found = set(re.findall(r"\bSIGHTLINE_[A-Z_]*[A-Z]", read(path))) - {"SIGHTLINE_PORT"}
    assert found <= known


@pytest.mark.parametrize("path", COMPOSE, ids=lambda path: path.name)
def test_what_a_compose_file_sets_is_taken(path: Path) -> None:
    for name, service in compose(path)["services"].items():
        environ = {
            key: re.sub(r"\$\{[^}]*\}", "", str(value))
            for key, value in service.get("environment", {}).items()
            if name.startswith("sightline")
        }
        load(environ=environ, file=Path("/nonexistent"))


@pytest.mark.parametrize("path", COMPOSE, ids=lambda path: path.name)
def test_a_compose_file_and_its_example_name_the_same_variables(path: Path) -> None:
    example = read(path.with_suffix(".env.example"))
    offered = set(re.findall(r"^([A-Z0-9_]+)=", example, re.M))
    assert set(re.findall(r"\$\{([A-Z0-9_]+)", read(path))) == offered
    # A password is never a default.
    for name, value in re.findall(r"^([A-Z0-9_]+)=(.*)$", example, re.M):
        assert not (re.search("PASSWORD|KEY", name) and value)


@pytest.mark.parametrize("path", COMPOSE, ids=lambda path: path.name)
def test_services_are_bounded_and_come_back(path: Path) -> None:
    found = compose(path)
    for name, service in found["services"].items():
        assert service["restart"] in {"unless-stopped", "on-failure"}, name
        assert set(service["deploy"]["resources"]["limits"]) == {"cpus", "memory"}, name
        # Ours has its check in the image; what runs once needs none.
        is_checked = "healthcheck" in service or service["restart"] == "on-failure"
        assert is_checked or service["image"].startswith("sightline:"), name
        for volume in service.get("volumes", []):
            source = volume.partition(":")[0]
            is_file = source.startswith("./") and (DEPLOY / source).is_file()
            assert is_file or source in found["volumes"], volume
        for other in service.get("depends_on", {}):
            assert other in found["services"]


def images() -> list[str]:
    """Every image that is taken from elsewhere, and ours."""
    stages = [rest.split() for word, rest in docker() if word == "FROM"]
    return [
        *(words[0] for words in stages),
        *(service["image"] for path in COMPOSE for service in compose(path)["services"].values()),
    ]


@pytest.mark.parametrize("image", sorted(set(images())))
def test_images_are_pinned(image: str) -> None:
    name, _, tag = image.rpartition(":")
    assert name
    assert re.match(r"\d+\.\d+", tag)


def test_versions_are_the_program_s() -> None:
    chart = yaml.safe_load(read(CHART / "Chart.yaml"))
    assert chart["appVersion"] == __version__
    ours = [image for image in images() if image.startswith("sightline:")]
    assert set(ours) == {f"sightline:{__version__}"}


def roles_of(path: Path) -> dict[str, frozenset[str]]:
    """What each process of a compose file does."""
    found = compose(path)["services"]
    key = "SIGHTLINE_SERVER__ROLE"
    return {
        name: process_roles.parse(found[name]["environment"][key])
        for name in found
        if name.startswith("sightline-")
    }


def test_processes_of_the_cluster_have_all_roles_between_them() -> None:
    assert frozenset().union(*roles_of(COMPOSE[1]).values()) == set(process_roles.ALL)


def test_ports_agree() -> None:
    given = dict(docker())
    assert given["EXPOSE"] == PORT
    env = " ".join(rest for word, rest in docker() if word == "ENV")
    assert f"SIGHTLINE_SERVER__PORT={PORT}" in env
    one = compose(COMPOSE[0])["services"]["sightline"]
    assert [port.rpartition(":")[2] for port in one["ports"]] == [PORT]
    services = {name for name, roles in roles_of(COMPOSE[1]).items() if roles != {"worker"}}
    upstreams = re.findall(r"(sightline-\d+):(\d+)", read(DEPLOY / "Caddyfile"))
    assert {name for name, _ in upstreams} == services
    assert {port for _, port in upstreams} == {PORT}
    statefulset = read(CHART / "templates/statefulset.yaml")
    assert re.findall(r"containerPort: (\d+)", statefulset) == [PORT]
    assert re.findall(r"^ +port: (\d+)", read(CHART / "templates/service.yaml"), re.M) == [PORT]
    annotations = yaml.safe_load(read(CHART / "values.yaml"))["podAnnotations"]
    assert annotations["prometheus.io/port"] == PORT


def sources_of(stage: list[tuple[str, str]]) -> set[str]:
    """What a stage copies from the repository."""
    copies = [rest.split()[:-1] for word, rest in stage if word == "COPY"]
    return {path for words in copies if not words[0].startswith("--") for path in words}


def test_the_image_is_built_from_all_that_the_wheel_needs() -> None:
    stages: list[list[tuple[str, str]]] = []
    for word, rest in docker():
        if word == "FROM":
            stages.append([])
        stages[-1].append((word, rest))
    screens, build, runtime = stages
    assert sources_of(screens) == {"ui/package.json", "ui/package-lock.json", "ui"}
    project = tomllib.loads(read(ROOT / "pyproject.toml"))["project"]
    needed = {"pyproject.toml", "uv.lock", "hatch_build.py", "src", project["readme"]}
    assert sources_of(build) == needed | set(project["license-files"])
    # The build hook leaves screens alone that are there, so the second stage needs no Node.
    assert ("COPY", "--from=screens /src/src/sightline/ui src/sightline/ui") in build
    assert sources_of(runtime) == set()
    for extra in re.findall(r"--extra (\w+)", str(build)):
        assert extra in project["optional-dependencies"]


def test_the_context_has_what_is_copied_and_no_more() -> None:
    lines = [line for line in read(ROOT / ".dockerignore").splitlines() if line[:1] not in "#"]
    assert lines[0] == "*"
    allowed = {line[1:] for line in lines if line.startswith("!")}
    copied = sources_of(docker())
    assert {path.partition("/")[0] for path in copied} == allowed
    for path in copied:
        assert (ROOT / path).exists()
        assert not any(fnmatch(path, line) for line in lines[1:] if line[0] != "!")


def test_the_image_runs_as_nobody_s_user_and_is_asked_for_its_health() -> None:
    last = dict(docker())
    assert last["USER"] == "10001:10001"
    assert last["VOLUME"] == "/data"
    assert json.loads(last["ENTRYPOINT"]) == ["sightline"]
    assert json.loads(last["CMD"]) == ["serve"]
    assert "/health" in last["HEALTHCHECK"]
    statefulset = read(CHART / "templates/statefulset.yaml")
    assert "runAsUser: 10001" in statefulset
    assert "runAsNonRoot: true" in statefulset
    assert "readOnlyRootFilesystem: true" in read(CHART / "templates/_helpers.tpl")
    # Variables that Kubernetes makes up for a service `sightline` would stop the start.
    assert "enableServiceLinks: false" in statefulset


def check(schema: Any, value: Any, root: Any, at: str = "values") -> list[str]:
    """What of a value does not fit a schema, by the words that the chart's schema uses."""
    if "$ref" in schema:
        schema = root["definitions"][schema["$ref"].rpartition("/")[2]]
    kinds = {
        "object": dict,
        "array": list,
        "string": str,
        "boolean": bool,
        "integer": int,
        "number": (int, float),
    }
    wanted = schema.get("type", [])
    wanted = [wanted] if isinstance(wanted, str) else wanted
    wrong = [f"{at}: type"] if wanted and not any(_is(value, kinds[k], k) for k in wanted) else []
    wrong += [f"{at}: enum"] if "enum" in schema and value not in schema["enum"] else []
    if isinstance(value, str):
        wrong += [] if re.search(schema.get("pattern", ""), value) else [f"{at}: pattern"]
        wrong += [] if len(value) >= schema.get("minLength", 0) else [f"{at}: minLength"]
    if isinstance(value, int):
        inside = schema.get("minimum", value) <= value <= schema.get("maximum", value)
        wrong += [] if inside else [f"{at}: bounds"]
    if isinstance(value, dict):
        wrong += [
            f"{at}.{name}: missing" for name in schema.get("required", []) if name not in value
        ]
        for name, item in value.items():
            known = schema.get("properties", {})
            rest = known.get(name, schema.get("additionalProperties", True))
            if rest is False:
                wrong.append(f"{at}.{name}: unknown")
            elif isinstance(rest, dict):
                wrong += check(rest, item, root, f"{at}.{name}")
    for part in schema.get("allOf", []):
        wrong += check(part, value, root, at)
    return wrong


def _is(value: Any, kind: Any, name: str) -> bool:
    return isinstance(value, kind) and (name == "boolean" or not isinstance(value, bool))


def test_values_fit_their_schema_and_wrong_ones_do_not() -> None:
    schema = json.loads(read(CHART / "values.schema.json"))
    values = yaml.safe_load(read(CHART / "values.yaml"))
    assert check(schema, values, schema) == []
    assert set(values) == set(schema["properties"]) - {"global"}
    assert check(schema, {**values, "replicas": "3"}, schema) == ["values.replicas: type"]
    assert check(schema, {**values, "replica": 3}, schema) == ["values.replica: unknown"]
    stores = {**values["stores"], "catalog": "mysql://x"}
    assert check(schema, {**values, "stores": stores}, schema) == ["values.stores.catalog: pattern"]


def test_settings_of_the_chart_are_settings() -> None:
    schema = json.loads(read(CHART / "values.schema.json"))
    rooms = {name.partition(".")[0] for name in names()}
    # That one has a URL alone, which belongs into the secret.
    assert set(schema["properties"]["settings"]["properties"]) == rooms - {"blobs"}
    values = yaml.safe_load(read(CHART / "values.yaml"))["settings"]
    given = {f"{room}.{field}" for room, fields in values.items() for field in fields}
    assert given <= set(names())


def test_secrets_are_no_settings_of_the_chart() -> None:
    rooms = json.loads(read(CHART / "values.schema.json"))["properties"]["settings"]["properties"]
    for room, field in (("analytics", "dsn"), ("catalog", "url"), ("gateway", "secret_key")):
        refused = rooms[room]["not"]
        kinds = refused.get("anyOf", [refused])
        assert {"required": [field]} in kinds


def test_a_pod_is_kept_alive_by_what_every_role_answers_without_a_store() -> None:
    statefulset = read(CHART / "templates/statefulset.yaml")
    probes = re.findall(r"(\w+)Probe:\n +httpGet:\n +path: (\S+)", statefulset)
    assert probes == [
        ("startup", "/health"),
        ("readiness", "/ready"),
        ("liveness", "/api/is-alive/ping"),
    ]
    for _, path in probes:
        assert path in _OF_EACH_PROCESS


def test_templates_use_the_values_that_there_are() -> None:
    values = yaml.safe_load(read(CHART / "values.yaml"))
    text = "".join(read(path) for path in TEMPLATES)
    for path in set(re.findall(r"\.Values((?:\.\w+)+)", text)):
        found = values
        for name in path[1:].split("."):
            assert name in found, path
            found = found[name]
    defined = set(re.findall(r'define "([\w.]+)"', text))
    assert set(re.findall(r'include "([\w.]+)"', text)) == defined


def test_figures_that_are_watched_are_given() -> None:
    folder = ROOT / "src/sightline/api/console"
    source = "".join(read(path) for path in sorted(folder.glob("*.py")))
    used: set[str] = set()
    for path in (DEPLOY / "grafana/sightline.json", DEPLOY / "prometheus/alerts.yaml"):
        used |= set(re.findall(r"\bsightline_\w+", read(path)))
    assert len(used) > 15
    for name in used:
        end = re.sub("^sightline_((gateway|broadcast)_|(?=memory_))", "", name)
        assert f'"{end}"' in source or f"{name}{{" in source, name


def test_alerts_say_what_is_wrong_and_what_to_do() -> None:
    (group,) = yaml.safe_load(read(DEPLOY / "prometheus/alerts.yaml"))["groups"]
    titles = [rule["alert"] for rule in group["rules"]]
    assert len(set(titles)) == len(titles)
    for rule in group["rules"]:
        assert rule["labels"]["severity"] in {"critical", "warning"}
        assert {"summary", "description"} == set(rule["annotations"])


def test_panels_of_the_dashboard_lie_beside_each_other() -> None:
    panels = json.loads(read(DEPLOY / "grafana/sightline.json"))["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        at = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(at["x"], at["x"] + at["w"])
            for y in range(at["y"], at["y"] + at["h"])
        }
        assert not cells & taken, panel["title"]
        assert max(x for x, _ in cells) < 24
        taken |= cells


def test_nodes_of_the_clickhouse_example_have_what_the_tables_ask_for() -> None:
    root = ElementTree.parse(DEPLOY / "clickhouse/cluster.xml").getroot()
    macros = root.find("macros")
    assert macros is not None
    assert {macro.tag for macro in macros} == {"shard", "replica"}
    shards = root.findall("remote_servers/sightline/shard")
    assert len(shards) == 2
    for shard in shards:
        assert shard.findtext("internal_replication") == "true"
        assert len(shard.findall("replica")) == 2
    assert len(root.findall("zookeeper/node")) % 2 == 1


def test_links_of_the_guide_lead_somewhere() -> None:
    text = read(GUIDE)
    for target in re.findall(r"\]\(([^)#\s]+)", text):
        assert (GUIDE.parent / target).exists(), target
    for name in re.findall(r"`(deploy/[\w./-]+)`", text):
        assert (ROOT / name).exists(), name
