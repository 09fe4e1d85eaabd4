"""Requests made up from the OpenAPI document, right ones and wrong ones: none ends in an error.

`FUZZ_EXAMPLES=50 pytest tests/strangers/test_document.py` looks longer.
"""

import base64
import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live import LiveServer, client_python
from tests.strangers.table import operations

EXAMPLES = os.environ.get("FUZZ_EXAMPLES", "2")
SECONDS = 45 if EXAMPLES == "2" else 3600
# Streams without an end, what turns keys on, and traffic that the server makes itself.
LEFT_OUT = r"/live$|console/demo$|console/keys$"
# What an answer must never show of the inside.
INSIDES = re.compile(
    r"Traceback|File \"|/site-packages/|\.py\b|sqlalchemy|sqlite3|chdb|clickhouse|DB::|Code: \d+"
    r"|SELECT .+ FROM|INSERT INTO|msgspec\.|litestar|<class '",
    re.IGNORECASE,
)
# Words that our own texts use.
FINE = re.compile(
    r"ClickHouse (Cloud|statement)|[\"`]ClickHouse[\"`]|\bclickhouse, ", re.IGNORECASE
)


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    env = {"SIGHTLINE_AUTH__KEYS": "off"}
    with LiveServer(tmp_path_factory.mktemp("fuzzed") / "data", env=env) as server:
        yield server
        assert server.get("/health").status == 200
        assert "api.failed" not in server.log_text(), server.log_text()[-4000:]
        assert "request_died" not in server.log_text(), server.log_text()[-4000:]


def test_the_document_has_every_operation_and_its_body(fuzzed: LiveServer) -> None:
    document = fuzzed.get("/api/schema").json
    paths = document["paths"]
    missing = []
    for one in operations():
        if not one.is_built or one.is_call or one.name in {
            "GET /metrics", "POST /api/console/backup",
        }:  # fmt: skip
            continue
        said = paths.get(one.path, {}).get(one.method.lower())
        if said is None or (one.body is not None and "requestBody" not in said):
            missing.append(one.name)
    assert not missing
    assert "requestBody" in paths["/api/v1/chat/completions"]["post"]
    # Whatever is referred to is there.
    text = json.dumps(document)
    for name in set(re.findall(r"#/components/schemas/([\w.]+)", text)):
        assert name in document["components"]["schemas"]


@pytest.mark.timeout(SECONDS + 120)
def test_nothing_made_up_from_the_document_ends_in_an_error(
    fuzzed: LiveServer, tmp_path: Path
) -> None:
    report = tmp_path / "said.ndjson"
    program = client_python("schemathesis").with_name("schemathesis")
    command = [
        str(program), "run", f"{fuzzed.url}/api/schema", "--url", fuzzed.url,
        "--phases", "fuzzing", "--checks", "not_a_server_error", "--max-examples", EXAMPLES,
        "--seed", "1", "--no-shrink", "--continue-on-failure", "--request-timeout", "20",
        "--suppress-health-check", "all", "--warnings", "off",
        "--exclude-path-regex", LEFT_OUT, "--report-ndjson-path", str(report),
    ]  # fmt: skip
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, timeout=SECONDS + 90, check=False
    )
    assert "Test cases" in done.stdout, done.stdout[-3000:] + done.stderr[-3000:]
    failures = re.findall(r"\[(5\d\d)\][^\n]*\n\s*`([^\n]*)`", done.stdout)
    # Only what is not built may say 501.
    assert [f for f in failures if f[0] != "501"] == [], done.stdout[-6000:]
    refusals = list(_said(report))
    assert len(refusals) > 100
    assert not [text for text in refusals if _shows(text)]


def _shows(text: str) -> bool:
    """Say whether an answer shows anything of the inside of the server."""
    return INSIDES.search(FINE.sub("", text)) is not None


def _said(report: Path) -> Iterator[str]:
    """Yield the text of every answer of 400 and above."""
    for line in report.read_text().splitlines():
        yield from _answers(json.loads(line))


def _answers(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("status_code"), int):
            content = value.get("content")
            if value["status_code"] >= 400 and isinstance(content, dict):
                yield base64.b64decode(content["$base64"]).decode("utf-8", "replace")
        else:
            for inner in value.values():
                yield from _answers(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _answers(inner)
