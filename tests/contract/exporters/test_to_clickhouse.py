"""The clickhouse destination's statements, run by ClickHouse's own engine."""

import json
import subprocess
import sys
from urllib.parse import parse_qs, urlsplit

from sightline.destinations.base import Extras, decode_config, find_destination
from tests.unit.golden.destinations.cases import rich_generation

DESTINATION = find_destination("clickhouse")
# chDB has one session a process.
RUN = """
import json, sys
from chdb.session import Session
session = Session(sys.argv[1])
answers = []
for statement, shown in json.load(sys.stdin):
    found = session.query(statement, "JSONEachRow")
    if shown:
        answers.append([json.loads(line) for line in found.bytes().splitlines()])
print(json.dumps(answers))
"""


def test_rows_are_stored_once(tmp_path):
    values = {"host": "http://localhost:8123", "username": "default", "password": ""}
    config = decode_config(DESTINATION, values)
    assert DESTINATION.prepare is not None
    (create,) = DESTINATION.prepare(config)
    (delivery,) = DESTINATION.deliveries(config, [rich_generation()], Extras())
    (insert,) = delivery.requests
    query = parse_qs(urlsplit(insert.url).query)["query"][0]
    assert query.endswith(" FORMAT JSONEachRow")
    table = "`default`.`SIGHTLINE_TRACES`"
    statements = [
        (create.body.decode(), False),
        (create.body.decode(), False),
        (f"{query}\n{insert.body.decode()}", False),
        (f"{query}\n{insert.body.decode()}", False),
        (f"SELECT * FROM {table} FINAL ORDER BY SPAN_TYPE", True),
        (
            "SELECT JSONExtractString(METADATA, 'tenant') AS tenant, "
            f"sum(TOTAL_COST) AS cost FROM {table} FINAL GROUP BY tenant",
            True,
        ),
    ]
    done = subprocess.run(
        [sys.executable, "-c", RUN, str(tmp_path / "db")],
        input=json.dumps(statements),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (generation, group), ((sums,)) = json.loads(done.stdout)
    assert generation["SPAN_TYPE"] == "GENERATION"
    assert generation["PARENT_SPAN_ID"] == group["SPAN_ID"]
    assert generation["TIMESTAMP"] == "2026-09-21 14:13:20.123"
    assert int(generation["TOTAL_TOKENS"]) == 1429
    assert generation["TAGS"] == ["nightly", "zoo"]
    assert json.loads(generation["INPUT"])["messages"][0]["content"] == "Be brief."
    assert sums == {"tenant": "acme", "cost": 0.00239}
