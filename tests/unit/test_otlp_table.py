"""Precedence among conventions, and that one more is one more file."""

from typing import Any

from sightline.wire.otlp.convention import Convention
from sightline.wire.otlp.draft import Draft
from sightline.wire.otlp.rules import keep
from sightline.wire.otlp.table import MAX_KEYS, Conventions, RuleTable


def read(table: RuleTable, **said: Any) -> Draft:
    draft = Draft("step", said, 0)
    for key, value in said.items():
        table.bind(key)(draft, value)
    return draft


def test_lower_priority_decides_even_with_a_mere_prefix() -> None:
    table = RuleTable(
        [
            Convention(priority=2, exact={"a.b": keep("output")}),
            Convention(priority=1, prefix={"a.": keep("metadata")}),
        ]
    )
    assert read(table, **{"a.b": 1}).metadata == {"a.b": 1}


def test_within_a_convention_exact_goes_before_the_longest_prefix() -> None:
    convention = Convention(
        priority=1,
        exact={"a.b.c": keep("input", "tool")},
        prefix={"a.": keep("metadata"), "a.b.": keep("output")},
    )
    draft = read(RuleTable([convention]), **{"a.b.c": 1, "a.b.d": 2, "a.x": 3})
    assert (draft.input, draft.output, draft.metadata) == ({"a.b.c": 1}, {"a.b.d": 2}, {"a.x": 3})


def test_unknown_keys_are_input_unless_the_spans_own_convention_says_otherwise() -> None:
    found = Conventions(
        {
            "mine": Convention(priority=1, span_prefix="mine.", unmatched="metadata"),
            "all": Convention(priority=2, exact={"known": keep("output")}),
        }
    )
    draft = read(found.table("mine.step"), known=1, unknown=2)
    assert (draft.output, draft.metadata) == ({"known": 1}, {"unknown": 2})
    assert read(found.table("other"), unknown=2).input == {"unknown": 2}


def test_one_more_convention_is_found_without_touching_another() -> None:
    table = RuleTable([Convention(priority=1, prefix={"vendor.": keep("metadata", short=True)})])
    assert read(table, **{"vendor.region": "eu"}).metadata == {"region": "eu"}


def test_keys_that_clients_invent_do_not_fill_the_memory() -> None:
    table = RuleTable([])
    for number in range(MAX_KEYS + 10):
        table.bind(f"key{number}")
    assert len(table.bound) == MAX_KEYS
    assert read(table, fresh=1).input == {"fresh": 1}
