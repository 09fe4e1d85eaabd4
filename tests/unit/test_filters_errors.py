"""A filter that cannot be says where it is wrong and what is possible."""

import pytest

from sightline.core.errors import InvalidRequestError
from sightline.domain.filter import And, Condition, Filter, Not, Or
from sightline.stores.analytics.fields import FIELDS, OPERATORS
from sightline.stores.analytics.filters import check_filter, filter_columns
from sightline.wire.opik.filters import parse_filters
from tests.stores.query_world import where

GOOD = where("name", "=", "x")


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        (where("nmae", "=", "x"), ["nmae", "Possible:", "name", "tags"]),
        (where("metadataa.x", "=", "x"), ["metadataa.x"]),
        (where("name.x", "=", "x"), ["name.x"]),
        (where("duration", "contains", "1"), ["duration", "contains", ">="]),
        (where("error_info", "=", "x"), ["error_info", "is_not_empty"]),
        (where("tags", ">", "x"), ["tags", "not_contains"]),
        (where("environment", "contains", "x"), ["environment", "not_in"]),
        (where("duration", ">", "long"), ["duration", "a number", "long"]),
        (where("usage.total_tokens", "=", ""), ["usage.total_tokens", "a number"]),
        (where("start_time", ">", "soon"), ["start_time", "a time", "soon"]),
        (where("feedback_scores", ">", "1"), ["feedback_scores", "key"]),
        (where("usage", ">", "1"), ["usage", "key"]),
        (where("custom", "=", "1"), ["custom"]),
    ],
)
def test_an_error_names_the_place_the_field_and_what_is_possible(
    condition: Condition, told: list[str]
) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        check_filter("trace", And((GOOD, GOOD, condition)))
    text = f"{caught.value.message} {caught.value.hint}"
    assert "filters[2]" in text
    for word in told:
        assert word in text


def test_an_error_deep_in_a_tree_names_its_path() -> None:
    tree = And((GOOD, Or((GOOD, Not(And((where("x", "="),)))))))
    with pytest.raises(InvalidRequestError, match=r"filters\[1\]\[1\]\[0\]"):
        check_filter("trace", tree)


def test_a_field_of_the_other_entity_is_unknown() -> None:
    check_filter("span", where("type", "=", "x"))
    with pytest.raises(InvalidRequestError, match="type"):
        check_filter("trace", where("type", "=", "x"))
    with pytest.raises(InvalidRequestError, match="thread_id"):
        check_filter("span", where("thread_id", "=", "x"))


@pytest.mark.parametrize("entity", ["trace", "span"])
def test_every_field_takes_every_operator_of_its_kind(entity: str) -> None:
    for name, field in FIELDS[entity].items():  # type: ignore[index]
        key = "k" if field.keyed else ""
        for operator in OPERATORS[field.kind]:
            check_filter(
                entity,  # type: ignore[arg-type]
                where(name, operator, "2026-01-31" if field.kind == "time" else "1", key),
            )


@pytest.mark.parametrize(
    ("tree", "columns"),
    [
        (where("metadata", "=", "x", "a.b"), ["metadata"]),
        (where("input.a", "=", "x"), ["input"]),
        (where("output_json", "=", "x", "a"), ["output"]),
        (where("custom", "=", "x", "input.a"), ["input"]),
        (where("usage.total_tokens", ">", "1"), ["usage.total_tokens"]),
        (where("feedback_scores", ">", "1", "Good"), ["feedback_scores.Good"]),
        (where("guardrails", "=", "failed"), ["guardrails_result"]),
        (Or((GOOD, Not(where("tags", "=", "x")))), ["name", "tags"]),
    ],
)
def test_a_filter_says_which_columns_it_reads(tree: Filter, columns: list[str]) -> None:
    assert filter_columns("trace", tree) == columns


@pytest.mark.parametrize("text", [None, "", " ", "null", "[]"])
def test_no_filters_match_all(text: str | None) -> None:
    assert parse_filters(text) == And(())


def test_values_may_come_as_text_number_or_boolean() -> None:
    tree = parse_filters(
        '[{"field":"a","operator":"=","value":"x"},{"field":"b","operator":">","value":1.5},'
        '{"field":"c","operator":"=","value":true,"key":"k"},{"field":"d","operator":"is_empty"}]'
    )
    assert tree == And(
        (
            where("a", "=", "x"),
            where("b", ">", "1.5"),
            where("c", "=", "true", "k"),
            where("d", "is_empty"),
        )
    )


@pytest.mark.parametrize(
    "text", ["{", "{}", '[{"field":"a"}]', '[{"field":"a","operator":"~"}]', "[1]", '"x"']
)
def test_broken_filters_are_a_bad_request(text: str) -> None:
    with pytest.raises(InvalidRequestError, match="filters"):
        parse_filters(text)
