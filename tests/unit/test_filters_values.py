"""What people type into filters: numbers, times, ids, lists, JSON paths."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.core.errors import InvalidRequestError
from sightline.core.ids import format_id, new_id
from sightline.domain.literals import number_of, split_values, time_us_of, uuid_of
from sightline.stores.analytics.columns import column
from sightline.stores.analytics.json_path import alternatives, parse_path
from sightline.stores.analytics.text_match import json_forms


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("5", 5.0),
        (" -0.5 ", -0.5),
        ("+.5", 0.5),
        ("5.", 5.0),
        ("1e-3", 0.001),
        ("1E6", 1e6),
        ("0", 0.0),
    ],
)
def test_numbers_are_read_in_every_usual_notation(text: str, number: float) -> None:
    assert number_of(text) == number


@pytest.mark.parametrize(
    "text",
    ["", "abc", "1,5", "1_000", "0x10", "nan", "inf", "-inf", "1e999", "5 m", "٣", "1" * 500],
)
def test_what_is_no_finite_number_is_none(text: str) -> None:
    assert number_of(text) is None


DAY = 1_769_817_600_000_000  # 2026-01-31T00:00:00Z


@pytest.mark.parametrize(
    ("text", "us"),
    [
        ("2026-01-31", DAY),
        ("2026-01-31T00:00:00Z", DAY),
        ("2026-01-31t00:00:00z", DAY),
        ("2026-01-31 00:00:00", DAY),
        ("2026-01-31T02:00:00+02:00", DAY),
        ("2026-01-31T02:00:00.000001+02:00", DAY + 1),
        ("2026-01-31T02:00:00 02:00", DAY),
        ("2026-01-31T00:00:00.123456789Z", DAY + 123456),
        ("20260131T000000Z", DAY),
        ("1769817600", DAY),
        ("1769817600000", DAY),
        ("1769817600000000", DAY),
    ],
)
def test_times_are_read_in_every_usual_notation(text: str, us: int) -> None:
    assert time_us_of(text) == us


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13-01", "2026-01-31T25:00", "12345", "-5"])
def test_what_is_no_time_is_none(text: str) -> None:
    assert time_us_of(text) is None


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_times_beyond_what_can_be_stored_are_none_or_the_nearest(text: str) -> None:
    us = time_us_of(text)
    assert us is None or -2_300_000_000_000_000 < us < 10_500_000_000_000_000


def test_uuids_are_read_with_and_without_dashes_and_in_either_case() -> None:
    raw = new_id()
    for text in (format_id(raw), format_id(raw).upper(), raw.hex(), f" {format_id(raw)} "):
        assert uuid_of(text) == raw
    assert uuid_of("no id") is None


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("a,b", ["a", "b"]),
        (" a , b ,", ["a", "b"]),
        ('["a,b", "c", 1]', ["a,b", "c", "1"]),
        ("[a", ["[a"]),
        ("", []),
    ],
)
def test_lists_of_values_are_split_at_commas_or_read_as_json(text: str, values: list[str]) -> None:
    assert split_values(text) == values


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("a", ["a"]),
        ("a.b[0].c", ["a", "b", 0, "c"]),
        ("$.a", ["a"]),
        ("$", []),
        ("$.a.b", ["a", "b"]),
        ("$['a.b'].c", ["a.b", "c"]),
        ("['odd key']", ["odd key"]),
        ('["a\'b"].c', ["a'b", "c"]),
        ("['it\\'s']", ["it's"]),
        ("a[-1]", ["a", -1]),
        ("a[*].b", ["a", None, "b"]),
        ("[0]", [0]),
        ("a['b']['c']", ["a", "b", "c"]),
        ("a b-c/d", ["a b-c/d"]),
        ("$price", ["$price"]),
        # What is no path is one key.
        ("a[", ["a["]),
        ("a]b", ["a]b"]),
        ("a..b", ["a..b"]),
        (".a", [".a"]),
        ("a.", ["a."]),
        # Nor is an index that no list has.
        ("[9999999999]", ["[9999999999]"]),
        ("", []),
    ],
)
def test_json_paths_are_read_and_what_is_no_path_is_a_key(text: str, steps: list[object]) -> None:
    assert parse_path(text) == steps


@pytest.mark.parametrize("text", ["[*]" * 6, "[*]" * 1_500, "a.b." * 40 + "c"])
def test_paths_of_too_many_steps_are_refused(text: str) -> None:
    with pytest.raises(InvalidRequestError, match="A JSON path may have 64 steps"):
        parse_path(text)


def test_dotted_keys_are_tried_nested_and_flat() -> None:
    assert alternatives("a.b.c") == [["a", "b", "c"], ["a", "b.c"], ["a.b.c"]]
    assert alternatives("$.a.b") == [["a", "b"], ["a.b"]]
    assert alternatives("a") == [["a"]]
    assert alternatives("a[0].b") == [["a", 0, "b"]]
    assert len(alternatives(".".join("abcdefghij"))) == 2


@given(st.text())
def test_any_text_is_a_path_of_some_kind(text: str) -> None:
    assert isinstance(alternatives(text), list)


def test_a_text_is_known_in_all_its_json_spellings() -> None:
    assert json_forms('say "hi"\n') == ['say \\"hi\\"\\n']
    assert json_forms("é") == ["é", "\\u00e9", "\\u00c9"]
    assert "\\ud83d\\ude00" in json_forms("😀")


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_a_column_name_is_one_harmless_identifier(text: str) -> None:
    written = column(text)
    assert written[0] == written[-1] == "`"
    assert not set(written[1:-1]) & set("`\\{}'\"\n")
