"""The JSON decoder: what Python writes is read, what is broken is refused."""

import json
import math
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.core import codec
from sightline.core.errors import InvalidRequestError

_LEAVES = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats() | st.text()
_VALUES = st.recursive(
    _LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20
)
_WORDS = ("NaN", "Infinity", "-Infinity", '"NaN"', '\\"', "\\", "\\\\")


class Item(msgspec.Struct):
    input: msgspec.Raw


def worded(value: Any) -> Any:
    """The value with words for the numbers that JSON has not."""
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, list):
        return [worded(item) for item in value]
    if isinstance(value, dict):
        return {key: worded(item) for key, item in value.items()}
    return value


@given(_VALUES | st.lists(st.sampled_from(_WORDS) | st.floats()), st.booleans())
def test_what_python_writes_is_read(value: Any, ascii: bool) -> None:
    data = json.dumps({"v": value}, ensure_ascii=ascii).encode("utf-8", "replace")
    assert codec.decode(data, Any)["v"] == worded(json.loads(data)["v"])


def test_a_raw_field_keeps_its_text_but_for_the_words() -> None:
    data = b'{"input": [1.10, NaN, "-Infinity \\" NaN", {"NaN":-Infinity}]}'
    found = bytes(codec.decode(data, Item).input)
    assert found == b'[1.10, "NaN", "-Infinity \\" NaN", {"NaN":"-Infinity"}]'


@pytest.mark.parametrize(
    "data",
    [
        b'{"input": NaN',
        b'{"input": NaNs}',
        b'{"input": "NaN',
        b'{"input": "NaN\\',
        b'{"input": -}',
        b'{"input": 1}NaN',
        b'{"input": NaN, "x": "' + b'\\"' * 200_000,
    ],
)
def test_what_is_broken_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidRequestError):
        codec.decode(data, Item)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (r"\ud83d", "\ufffd"),
        (r"a\uDFFFb", "a\ufffdb"),
        (r"\udc00\ud800", "\ufffd\ufffd"),
        (r"\ud83d\ud83d\ude00", "\ufffd\U0001f600"),
        (r"\ud83d\\ude00", "\ufffd\\ude00"),
        (r"\\ud83d", "\\ud83d"),
        (r"\ud83d\u0041\n", "\ufffdA\n"),
    ],
)
def test_half_of_a_character_is_read_as_the_sign_for_one_that_is_lost(text: str, read: str) -> None:
    """A text that was cut between the halves of an emoji must not cost the whole batch."""
    data = b'{"v": "' + text.encode() + b'", "\\ud800": NaN}'
    assert codec.decode(data, Any) == {"v": read, "\ufffd": "NaN"}
    kept = codec.decode(b'{"input": "' + text.encode() + b'", "x": "\\ud800"}', Item)
    assert json.loads(bytes(kept.input)) == read


@pytest.mark.parametrize(
    "text", [b'"\\ud800', b'"\\ud8', b'"\\ud8zz"', b'"\\ud800\\u"', b"\\ud800"]
)
def test_half_of_a_character_does_not_mend_what_is_broken(text: bytes) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        codec.decode(b'{"input": ' + text + b"}", Item)
    assert "codec" not in caught.value.message
    with pytest.raises(InvalidRequestError, match="UTF-8"):
        codec.decode(b'{"input": "\xff"}', Any)


def test_a_few_things_among_many_are_mended() -> None:
    many = [-1.5, 'N I - \\ " \n', "\U0001f600"] * 20_000
    data = json.dumps([math.nan, *many, "\ud800", *many, -math.inf, "\\"]).encode()
    assert codec.decode(data, list[Any]) == ["NaN", *many, "\ufffd", *many, "-Infinity", "\\"]


@pytest.mark.parametrize("item", [b"NaN,", b'"\\ud800",'])
def test_more_than_can_be_mended_is_told_so(item: bytes) -> None:
    assert len(codec.decode(b"[" + item * 50_000 + b"1]", list[Any])) == 50_001
    with pytest.raises(InvalidRequestError, match="More than") as caught:
        codec.decode(b"[" + item * 250_000 + b"1]", Any)
    assert caught.value.hint
