"""What others' tools say of `deploy/`: hadolint, Caddy, Helm, and Kubernetes' own schemas."""

import io
import json
import os
import subprocess
import tarfile
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.live import client_python
from tests.modes import with_deploy_tools

pytestmark = with_deploy_tools
DEPLOY = Path(__file__).parents[2] / "deploy"
CHART = DEPLOY / "helm/sightline"
GUIDE = DEPLOY.parent / "docs/guides/deploy.md"
# Versions whose resources the chart must fit: an old one that is still met, and a new one.
KUBERNETES = ("1.30", "1.37")
STORES = {
    "stores.analytics": "http://a:b@clickhouse:8123/sightline",
    "stores.catalog": "postgresql://a:b@postgres/sightline",
    "stores.blobs": "s3://bucket/prefix",
    "secretKey": "ab" * 32,
}
VARIANTS: dict[str, dict[str, str]] = {
    "as it is": {},
    "three": {**STORES, "replicas": "3"},
    "a secret of one's own": {"existingSecret": "mine", "replicas": "2"},
    "everything": {
        **STORES,
        "replicas": "2",
        "firstKey.create": "false",
        "gatewayConfig": "model_list: []",
        "imagePullSecrets[0].name": "pull",
        "ingress.enabled": "true",
        "ingress.className": "nginx",
        "ingress.tlsSecret": "tls",
        "ingress.annotations.a": "b",
        "nodeSelector.disk": "fast",
        "persistence.storageClass": "fast",
        "service.annotations.a": "b",
        "serviceAccount.annotations.a": "b",
        "settings.server.role": "gateway",
        "tolerations[0].operator": "Exists",
    },
}
_VALIDATE = """
import json, sys, kubernetes_validate
for version, document in json.load(sys.stdin):
    kubernetes_validate.validate(document, version, strict=True)
"""


def tool(name: str) -> Path:
    return client_python("deploy").parent / name


def run(*words: str | Path, env: dict[str, str] | None = None, code: int = 0) -> str:
    """Run a tool; return what it said."""
    done = subprocess.run(
        [str(word) for word in words],
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout if code == 0 else done.stderr


@pytest.fixture(scope="module")
def helm() -> Path:
    """Take Helm out of the package that has it, once an environment."""
    path = tool("helm")
    if not path.exists():
        (layer,) = path.parents[1].rglob("lambda-layer-kubectl-*.jsii.tgz")
        with tarfile.open(layer) as outer:
            file = outer.extractfile("package/lib/layer.zip")
            assert file is not None
            packed = file.read()
        with (
            tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as new,
            zipfile.ZipFile(io.BytesIO(packed)) as inner,
        ):
            new.write(inner.read("helm/helm"))
        Path(new.name).chmod(0o755)
        Path(new.name).rename(path)
    return path


def rendered(helm: Path, values: dict[str, str], *words: str) -> list[Any]:
    """Return the documents that the chart makes of some values."""
    given = [f"--set-string={n}={v}" if n in TEXTS else f"--set={n}={v}" for n, v in values.items()]
    text = run(helm, "template", "sightline", CHART, *given, *words)
    return [document for document in yaml.safe_load_all(text) if document]


TEXTS = {"secretKey"}


def validate(documents: list[Any]) -> None:
    """Raise unless Kubernetes would take the documents, unknown fields told."""
    everything = [[version, document] for version in KUBERNETES for document in documents]
    python = client_python("deploy")
    done = subprocess.run(
        [str(python), "-c", _VALIDATE],
        input=json.dumps(everything),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]


def test_hadolint_has_nothing_to_say_of_the_dockerfile() -> None:
    assert run(tool("hadolint"), "--failure-threshold", "style", DEPLOY / "Dockerfile") == ""


def test_caddy_takes_its_file() -> None:
    env = {"SITE_ADDRESS": "localhost"}
    run(
        tool("caddy"),
        "validate",
        "--adapter",
        "caddyfile",
        "--config",
        DEPLOY / "Caddyfile",
        env=env,
    )


def test_helm_has_nothing_to_say_of_the_chart(helm: Path) -> None:
    assert "0 chart(s) failed" in run(helm, "lint", "--strict", CHART)


@pytest.mark.parametrize("variant", VARIANTS)
def test_kubernetes_takes_what_the_chart_makes(helm: Path, variant: str) -> None:
    documents = rendered(helm, VARIANTS[variant])
    assert {"Service", "StatefulSet"} <= {document["kind"] for document in documents}
    validate(documents)


def test_values_of_the_guide_are_taken(helm: Path, tmp_path: Path) -> None:
    text = GUIDE.read_text()
    files = []
    for name in ("cluster", "gateway"):
        start = text.index(f"# {name}.yaml:")
        files.append(tmp_path / f"{name}.yaml")
        files[-1].write_text(text[start : text.index("```", start)])
    documents = rendered(helm, {}, *(f"--values={file}" for file in files))
    validate(documents)
    (config,) = (d for d in documents if d["kind"] == "ConfigMap")
    assert 'role = "gateway"' in config["data"]["sightline.toml"]
    (ingress,) = (d for d in documents if d["kind"] == "Ingress")
    assert "/api/v1/chat/completions" in json.dumps(ingress)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"replicas": "2"}, "replicas > 1 need"),
        ({"stores.catalog": STORES["stores.catalog"]}, "needs secretKey"),
        ({"existingSecret": "mine", "secretKey": "ab" * 32}, "existingSecret stands for"),
        ({"replica": "2"}, "replica"),
    ],
    ids=["split data", "no key", "two secrets", "unknown value"],
)
def test_what_would_lose_data_is_refused(helm: Path, values: dict[str, str], said: str) -> None:
    given = [f"--set-string={n}={v}" if n in TEXTS else f"--set={n}={v}" for n, v in values.items()]
    assert said in run(helm, "template", "sightline", CHART, *given, code=1)
