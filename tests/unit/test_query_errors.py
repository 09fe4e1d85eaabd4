"""A query that does not read says what is wrong, where, and what to do."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sightline.core.errors import QueryError
from sightline.domain.filter import EntityType
from sightline.wire.query.lexer import MAX_LENGTH
from sightline.wire.query.parser import MAX_CONDITIONS, MAX_DEPTH, parse


def failed(text: str, entity: EntityType = "trace") -> QueryError:
    with pytest.raises(QueryError) as caught:
        parse(entity, text)
    error = caught.value
    assert 0 <= error.at <= error.end <= len(text)
    return error


@pytest.mark.parametrize(
    ("text", "wrong", "told"),
    [
        # Fields.
        ("a durration>5", "durration", ["durration", "Did you mean `duration`", "quotes"]),
        ('name:"é \\" x" (tag:a OR durration>5)', "durration", ["durration"]),
        ("http://x", "http", ["no field `http`", "quotes"]),
        ("type:llm", "type", ["trace has no field `type`", "field of spans"]),
        ("name.x:a", ".x", ["`name` has no parts"]),
        ("score>0.5", "score", ["needs a name", "score.<name>"]),
        ("usage>5", "usage", ["needs a name", "usage.<name>"]),
        # Operators.
        ("name>5", ">", ["`name`", "`>`", "`:`"]),
        ("tags<=5", "<=", ["`tags`", "`<=`"]),
        ("error>true", ">", ["`error`"]),
        ("duration>(1,2)", "(1,2)", ["one value"]),
        # Values.
        ("name:", "name:", ["value is missing", '""']),
        ("name: chat", "name:", ["value is missing"]),
        ("duration>long", "long", ["a duration", "2s", "`long`"]),
        ("duration>5parsec", "5parsec", ["a duration"]),
        ("cost>much", "much", ["USD", "`much`"]),
        ("tokens:many", "many", ["a number"]),
        ("tokens:1*", "1*", ["a number"]),
        ("start_time>yesterday", "yesterday", ["a time", "-24h", "`yesterday`"]),
        ("start_time>2026-13-01", "2026-13-01", ["a time"]),
        ("duration:1s..x", "1s..x", ["two ends"]),
        ("duration:..", "..", ["two ends"]),
        ("status:eror", "eror", ["one of error, ok, running", "Did you mean `error`"]),
        ("status:e*", "e*", ["one of error, ok, running"]),
        ("error:maybe", "maybe", ["true or false"]),
        ("id:abc", "abc", ["an id", "star"]),
        ("metadata.a>b", "b", ["a number"]),
        ('""', '""', ["no text"]),
        ("a *", "*", ["no text"]),
        # Shape.
        ("a AND", "", ["condition is missing"]),
        ("OR a", "OR", ["condition is missing", "in quotes"]),
        ("a OR OR b", "OR", ["condition is missing"]),
        ("-", "", ["condition is missing"]),
        ("()", ")", ["condition is missing"]),
        ("(a", "(", ["does not end", "`)`"]),
        ("a)", ")", ["not opened", "quotes"]),
        ("f(x)", "(", ["parenthesis inside a word", "quotes"]),
        ("name:f(x)", "(", ["parenthesis inside a word"]),
        ('name:"abc', '"abc', ["does not end"]),
        ('metadata."abc', '"abc', ["does not end"]),
        ("name:(a b)", "b", ["between commas", "quotes"]),
        ("name:(a,", "(a,", ["value is missing"]),
        ("name:(a", "(a", ["does not end"]),
        ("name:()", "(", ["value is missing"]),
    ],
)
def test_an_error_points_at_the_characters(text: str, wrong: str, told: list[str]) -> None:
    error = failed(text)
    assert text[error.at : error.end] == wrong
    said = f"{error.message} {error.hint}"
    for words in told:
        assert words in said


def test_what_is_too_much_is_refused() -> None:
    assert "characters" in failed("a" * (MAX_LENGTH + 1)).message
    parse("trace", "(" * MAX_DEPTH + "a" + ")" * MAX_DEPTH)
    assert "inside each other" in failed("(" * 4000).message
    assert "inside each other" in failed("-" * 4000 + "a").message
    parse("trace", "a " * MAX_CONDITIONS)
    assert "conditions" in failed("a " * (MAX_CONDITIONS + 1)).message
    many = ",".join(map(str, range(MAX_CONDITIONS + 1)))
    assert "conditions" in failed(f"tokens:({many})").message
    parse("trace", f"name:({many})")


def test_long_texts_do_not_come_back_whole() -> None:
    error = failed(f"duration>{'x' * 5000}")
    assert len(error.message) < 300
    assert len(str(failed(f"{'x' * 5000}>1").message)) < 300


signs = st.lists(
    st.sampled_from(
        [*"\"\\*()-:=<>!,.[]' a1", "AND ", "OR ", "NOT ", "name:", "tags", "duration>"]
    ),
    max_size=30,
).map("".join)


@settings(max_examples=500, deadline=None)
@given(st.sampled_from(["trace", "span", "thread"]), signs)
def test_nothing_but_a_query_error_comes_of_any_text(entity: EntityType, text: str) -> None:
    try:
        parse(entity, text)
    except QueryError as error:
        assert 0 <= error.at <= error.end <= len(text)
