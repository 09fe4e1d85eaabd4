"""Golden pairs: what each convention's requests become, in both encodings."""

import json
from pathlib import Path

import pytest

from sightline.core import registry
from sightline.wire.otlp import conventions
from sightline.wire.otlp.convention import Convention
from sightline.wire.otlp.decode import decode_json, decode_protobuf
from tests.fixtures.otlp.golden import readable, request_files, writes_file
from tests.fixtures.otlp.requests import to_protobuf

FILES = request_files()


def name_of(path: Path) -> str:
    return f"{path.parent.name}/{path.name.split('.')[0]}"


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_request_becomes_the_expected_writes(path: Path) -> None:
    expected = json.loads(writes_file(path).read_text(encoding="utf-8"))
    assert readable(decode_json(path.read_bytes())) == expected


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_protobuf_and_json_of_one_trace_give_equal_writes(path: Path) -> None:
    from_json = decode_json(path.read_bytes())
    from_protobuf = decode_protobuf(to_protobuf(from_json))
    assert readable(from_protobuf) == readable(from_json)


def test_every_convention_has_a_golden_pair() -> None:
    found = registry.discover(conventions, "CONVENTION", Convention)
    covered = {path.parent.name.replace("_", "-") for path in FILES}
    assert set(found) <= covered


def test_no_two_conventions_have_the_same_place_in_the_order() -> None:
    found = registry.discover(conventions, "CONVENTION", Convention)
    assert len({c.priority for c in found.values()}) == len(found)
