"""Regular expressions with a bounded search time find what Python's own find."""

import random
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.domain.linear_regex import MAX_TEXT_LENGTH, LinearRegex

ATOMS = ["a", "b", "[ab]", "[^a]", ".", r"\w", r"\d", r"\b", "^", "$", "(?:a|ab)", "(a|b|)", "x"]
ATOMS += [
    r"\n",
    r"\s",
    r"\S",
    r"\D",
    "(?i:A)",
    r"\Z",
    r"\A",
    "[a-c1]",
    "(?s:.)",
    "(?m:^)",
    "(?m:$)",
]
REPEATS = ["", "", "*", "+", "?", "{2}", "{1,3}", "*?", "{2,}"]
PATTERNS = st.lists(st.tuples(st.sampled_from(ATOMS), st.sampled_from(REPEATS)), max_size=6).map(
    lambda parts: "".join(atom + repeat for atom, repeat in parts)
)
TEXTS = st.text(alphabet="aabbAx1 \n_éß", max_size=10)

RANDOM = "".join(random.Random(2).choice("xy") for _ in range(33_000))


@given(PATTERNS, TEXTS)
def test_finds_what_re_finds(pattern: str, text: str) -> None:
    try:
        expected = re.search(pattern, text) is not None
    except re.error:
        return
    regex = LinearRegex(pattern)
    assert regex.search(text) is expected
    # The second time it walks what it built the first time.
    assert regex.search(text) is expected


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r"(a+)+$", "a" * 40_000 + "b"),
        (r"(a|a)*b", "a" * 40_000),
        (r".*.*.*=x", "a" * 40_000),
        (r"(x|y)*x(x|y){60}z", RANDOM),
        (r"(?i)(x|y)*x[xy]{230}z", RANDOM),
    ],
)
def test_patterns_that_take_for_ever_elsewhere(pattern: str, text: str) -> None:
    began = time.perf_counter()
    LinearRegex(pattern).search(text)
    assert time.perf_counter() - began < 10


def test_only_the_first_part_of_a_long_text_is_searched() -> None:
    text = "a" * MAX_TEXT_LENGTH + "b"
    assert not LinearRegex("b").search(text)
    assert LinearRegex("b").search(text[1:])


@pytest.mark.parametrize(
    "pattern", ["(", "a{400}", "(?=a)b", "(?<!a)b", r"(a)\1", "a" * 600, "(a{100}){100}", "*"]
)
def test_what_cannot_be_taken_is_said(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"does not read|is too large|not taken here|longer"):
        LinearRegex(pattern)


@pytest.mark.timeout(20)
@pytest.mark.parametrize("inner", ["", "()", "a{0}", "(?:|)"])
def test_repeats_of_nothing_end(inner: str) -> None:
    pattern = inner
    for _ in range(6):
        pattern = f"({pattern}){{250}}"
    try:
        regex = LinearRegex(f"x{pattern}y")
    except ValueError as error:
        assert "is too large" in str(error)
    else:
        assert regex.search("..xy")
        assert not regex.search("x.y")
