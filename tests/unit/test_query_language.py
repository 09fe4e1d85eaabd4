"""The query language: what a text means, and that every tree can be written and read again."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sightline.domain.filter import And, Condition, EntityType, Filter, Not, Operator, Or, all_of
from sightline.wire.query.fields import FIELDS, ORDERED, QueryField
from sightline.wire.query.normal import normal
from sightline.wire.query.parser import parse
from sightline.wire.query.read import read_query
from sightline.wire.query.writer import quote, write


def c(field: str, operator: Operator, value: str = "") -> Condition:
    name, _, key = field.partition(".")
    return Condition(field=name, key=key, operator=operator, value=value)


def members(*values: str) -> str:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))


def span(low: str, high: str, field: str = "duration", end: Operator = "<=") -> And:
    return And((c(field, ">=", low), c(field, end, high)))


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("", And(())),
        ("   ", And(())),
        # One term of each kind.
        ("name:chat", c("name", "=", "chat")),
        ("name=chat", c("name", "=", "chat")),
        ("name!=chat", c("name", "!=", "chat")),
        ("tags:urgent", c("tags", "=", "urgent")),
        ("tag:urgent", c("tags", "=", "urgent")),
        ("env:production", c("environment", "=", "production")),
        ("thread:t-1", c("thread_id", "=", "t-1")),
        ("model:gpt-4o", c("model", "=", "gpt-4o")),
        ("input:refund", c("input", "contains", "refund")),
        ("input=refund", c("input", "=", "refund")),
        ('input:""', c("input", "=", "")),
        ("error:true", c("error_info", "is_not_empty")),
        ("error:FALSE", c("error_info", "is_empty")),
        ("status:Error", c("status", "=", "error")),
        ("user:ann", c("user", "=", "ann")),
        ("metadata:ann", c("metadata", "contains", "ann")),
        ('metadata.user:"x y"', c("metadata.user", "=", "x y")),
        ("input.messages[0].role:user", c("input.messages[0].role", "=", "user")),
        ("metadata['odd:key']:x", c("metadata.['odd:key']", "=", "x")),
        ('metadata."a b".c>5', c("metadata.a b.c", ">", "5")),
        ("score.accuracy<0.5", c("feedback_scores.accuracy", "<", "0.5")),
        ('score."how good">=1', c("feedback_scores.how good", ">=", "1")),
        ("span_score.x=1", c("span_feedback_scores.x", "=", "1")),
        ("usage.total_tokens>100", c("usage.total_tokens", ">", "100")),
        ("tokens>100", c("usage.total_tokens", ">", "100")),
        ("cost>0.01", c("total_estimated_cost", ">", "0.01")),
        ("cost>$0.01", c("total_estimated_cost", ">", "0.01")),
        ("cost:>0.01", c("total_estimated_cost", ">", "0.01")),
        # Durations are ms.
        ("duration>2s", c("duration", ">", "2000")),
        ("duration>1.5m", c("duration", ">", "90000")),
        ("duration>300ms", c("duration", ">", "300")),
        ("duration>300", c("duration", ">", "300")),
        ("duration>1m30s", c("duration", ">", "90000")),
        ("duration>500us", c("duration", ">", "0.5")),
        ("duration>1h", c("duration", ">", "3600000")),
        # Times.
        ("start_time>=2026-01-31T12:00:00Z", c("start_time", ">=", "2026-01-31T12:00:00Z")),
        ("start_time>=-24h", c("start_time", ">=", "-24h")),
        ("start_time>now-7d", c("start_time", ">", "-7d")),
        ("start_time<now", c("start_time", "<", "now")),
        ("start_time:2026-01-31", span("2026-01-31", "2026-02-01", "start_time", "<")),
        ("start_time>2026-01-31", c("start_time", ">=", "2026-02-01")),
        ("start_time<=2026-01-31", c("start_time", "<", "2026-02-01")),
        ("start_time<2026-01-31", c("start_time", "<", "2026-01-31")),
        # Ranges.
        ("duration:1s..5s", span("1000", "5000")),
        ("duration:1s..<5s", span("1000", "5000", end="<")),
        ("duration:..5s", c("duration", "<=", "5000")),
        ("duration:1s..", c("duration", ">=", "1000")),
        (
            "start_time:2026-01-01..2026-01-31",
            span("2026-01-01", "2026-02-01", "start_time", "<"),
        ),
        ("metadata.n:1..5", span("1", "5", "metadata.n")),
        ("metadata.n:a..b", c("metadata.n", "=", "a..b")),
        ('metadata.n:"1..5"', c("metadata.n", "=", "1..5")),
        ("name:1..5", c("name", "=", "1..5")),
        # Lists.
        ("model:(gpt-4o)", c("model", "=", "gpt-4o")),
        ('model:(gpt-4o, "claude 3")', c("model", "in", members("gpt-4o", "claude 3"))),
        ('name:( "a,b" ,c)', c("name", "in", members("a,b", "c"))),
        ("name!=(a,b)", Not(c("name", "in", members("a", "b")))),
        ("name:(a*,b)", Or((c("name", "starts_with", "a"), c("name", "=", "b")))),
        ("name:(null,b)", Or((c("name", "is_empty"), c("name", "=", "b")))),
        (
            "tokens:(1,2)",
            Or((c("usage.total_tokens", "=", "1"), c("usage.total_tokens", "=", "2"))),
        ),
        ("input:(a,b)", Or((c("input", "contains", "a"), c("input", "contains", "b")))),
        # Wildcards and emptiness.
        ("name:chat*", c("name", "starts_with", "chat")),
        ("name:*chat*", c("name", "contains", "chat")),
        ("name:*chat", c("name", "ends_with", "chat")),
        ("name:a*b", c("name", "like", "a*b")),
        (r'name:"a*b\\"*c', c("name", "like", r"a\*b\\*c")),
        ('name:"chat with "*', c("name", "starts_with", "chat with ")),
        ('name:"a*b"', c("name", "=", "a*b")),
        ("env:prod*", c("environment", "like", "prod*")),
        ("name:*", c("name", "is_not_empty")),
        ("-name:*", c("name", "is_empty")),
        ("name:null", c("name", "is_empty")),
        ("-name:null", c("name", "is_not_empty")),
        ("name!=null", c("name", "is_not_empty")),
        ('name:"null"', c("name", "=", "null")),
        # Joining.
        ("-name:a", Not(c("name", "=", "a"))),
        ("NOT name:a", Not(c("name", "=", "a"))),
        ("name:a tags:b", And((c("name", "=", "a"), c("tags", "=", "b")))),
        ("name:a AND tags:b", And((c("name", "=", "a"), c("tags", "=", "b")))),
        ("name:a OR tags:b", Or((c("name", "=", "a"), c("tags", "=", "b")))),
        (
            "name:a OR name:b tags:c",
            Or((c("name", "=", "a"), And((c("name", "=", "b"), c("tags", "=", "c"))))),
        ),
        (
            "(name:a OR name:b) tags:c",
            And((Or((c("name", "=", "a"), c("name", "=", "b"))), c("tags", "=", "c"))),
        ),
        ("-(name:a OR name:b)", Not(Or((c("name", "=", "a"), c("name", "=", "b"))))),
        ("NOT(name:a)", Not(c("name", "=", "a"))),
        ("--name:a", c("name", "=", "a")),
        ("((name:a) tags:b)", And((c("name", "=", "a"), c("tags", "=", "b")))),
        # Free text.
        ("refund", c("text", "contains", "refund")),
        ("refund order", And((c("text", "contains", "refund"), c("text", "contains", "order")))),
        ('"refund order"', c("text", "contains", "refund order")),
        (r'"say \"hi\" \n C:\\x"', c("text", "contains", r'say "hi" \n C:\x')),
        ("refund*", c("text", "contains", "refund")),
        ("re*nd", c("text", "like", "*re*nd*")),
        ("and or not", And(tuple(c("text", "contains", w) for w in ("and", "or", "not")))),
        ("ANDY", c("text", "contains", "ANDY")),
        ("12:30", c("text", "contains", "12:30")),
        ("foo->bar", c("text", "contains", "foo->bar")),
        ("a,b", c("text", "contains", "a,b")),
        ('"AND"', c("text", "contains", "AND")),
        ("naïve 日本語", And((c("text", "contains", "naïve"), c("text", "contains", "日本語")))),
    ],
)
def test_a_text_means_a_tree(text: str, tree: Filter) -> None:
    assert parse("trace", text).tree == tree


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("  name:a   AND  tag:b ", "name:a tags:b"),
        ("total_estimated_cost>0.5", "cost>0.5"),
        ("usage.total_tokens>5", "tokens>5"),
        ("duration>=1000 duration<=90000", "duration:1s..1.5m"),
        ("duration>=1000 duration<90000", "duration:1s..<1.5m"),
        ("duration>1500", "duration>1.5s"),
        ("duration>100000", "duration>100s"),
        ("duration>0.25", "duration>0.25ms"),
        ("NOT (a OR b)", "-(a OR b)"),
        ("error_info:*", "error:true"),
        ("name:null", "-name:*"),
        ('metadata."a.b[0]":x', "metadata.a.b[0]:x"),
        ('feedback_scores."x y">1', 'score."x y">1'),
        ('name:("a b",c)', 'name:("a b", c)'),
    ],
)
def test_the_canonical_text_is_short_and_plain(text: str, canonical: str) -> None:
    assert write("trace", parse("trace", text).tree) == canonical


def test_the_same_words_mean_what_the_entity_has() -> None:
    assert parse("span", "type:LLM model:x*").tree == And(
        (c("type", "=", "llm"), c("model", "starts_with", "x"))
    )
    assert parse("thread", "status:active thread:a messages>4").tree == And(
        (c("status", "=", "active"), c("id", "=", "a"), c("number_of_messages", ">", "4"))
    )


def test_relative_times_become_times_when_a_query_is_asked() -> None:
    now_us = 1_790_000_000_000_000
    tree = read_query("trace", "start_time>=-24h (end_time<now OR a)", now_us)
    assert tree == And(
        (
            c("start_time", ">=", "2026-09-20T14:13:20.000000Z"),
            Or((c("end_time", "<", "2026-09-21T14:13:20.000000Z"), c("text", "contains", "a"))),
        )
    )
    far = read_query("trace", "start_time>now-999999w", now_us)
    assert far == c("start_time", ">", "1900-01-01T00:00:00.000000Z")


def test_chips_are_the_conditions_that_all_must_meet() -> None:
    text = 'model:(a, "b c")  -name:x* (tags:t) duration:1s..5s a OR'
    text = text.removesuffix(" OR")
    chips = parse("trace", text).chips
    assert [(ch.text, ch.field, ch.operator, ch.values, ch.negated) for ch in chips] == [
        ('model:(a, "b c")', "model", "in", ["a", "b c"], False),
        ("-name:x*", "name", "starts_with", ["x*"], True),
        ("(tags:t)", "tags", "=", ["t"], False),
        ("duration:1s..5s", "duration", "range", ["1s", "5s"], False),
        ("a", "text", "contains", ["a"], False),
    ]
    assert all(text[ch.start : ch.end] == ch.text for ch in chips)


def test_parts_of_an_or_are_no_chips() -> None:
    assert parse("trace", "a OR b").chips == []
    assert [ch.text for ch in parse("trace", "(a OR b) c -(d e)").chips] == ["c"]
    assert [ch.negated for ch in parse("trace", "a -a --a").chips] == [False, True, False]
    empty = parse("trace", "-name:* name!=x name!=(a,b)").chips
    assert [(ch.operator, ch.negated) for ch in empty] == [
        ("is_empty", False),
        ("!=", False),
        ("in", True),
    ]


# What a person or a program may put anywhere, with the language's own signs among it.
odd = st.text(
    st.one_of(st.sampled_from("\"\\*()-:=<>!,.[] '%_{}nulAND\n"), st.characters(codec="utf-8"))
)
text_operators = st.sampled_from(["=", "!=", "contains", "starts_with", "ends_with", "like"])
numbers = st.one_of(
    st.integers(-(10**12), 10**12).map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
)
times = st.one_of(
    st.datetimes().filter(lambda t: 1900 < t.year < 2290).map(lambda t: f"{t.isoformat()}Z"),
    st.dates().filter(lambda t: 1900 < t.year < 2290).map(lambda t: t.isoformat()),
    st.sampled_from(["now", "-24h", "+1d", "2026-01-01 10:00", "1769817600"]),
)


def conditions(entity: EntityType) -> st.SearchStrategy[Filter]:
    return st.sampled_from(FIELDS[entity]).flatmap(_of_field) | st.builds(
        lambda text: Condition(field="text", operator="contains", value=text),
        odd.filter(bool),
    )


def _of_field(field: QueryField) -> st.SearchStrategy[Filter]:
    keys = st.just(field.key)
    if field.keyed:
        keys = odd.filter(bool) if field.needs_key else odd
    return keys.flatmap(lambda key: _of_key(field, key))


def _of_key(field: QueryField, key: str) -> st.SearchStrategy[Filter]:
    kind = field.kind_of(key)

    def made(
        operators: st.SearchStrategy[str], values: st.SearchStrategy[str]
    ) -> st.SearchStrategy[Filter]:
        return st.builds(
            lambda operator, value: Condition(
                field=field.target, key=key, operator=operator, value=value
            ),
            operators,
            values,
        )

    empty = made(st.sampled_from(["is_empty", "is_not_empty"]), st.just(""))
    ordered = st.sampled_from(["=", "!=", ">", ">=", "<", "<="])
    if kind == "bool":
        return empty
    if kind in ORDERED:
        return empty | made(ordered, times if kind == "time" else numbers)
    if kind == "id":
        ids = st.uuids().map(str)
        return empty | made(st.sampled_from(["=", "!="]), ids) | made(st.just("starts_with"), odd)
    if field.is_fixed:
        return empty | made(st.sampled_from(["=", "!="]), st.sampled_from(field.values))
    lists = made(st.sampled_from(["in", "not_in"]), st.lists(odd, min_size=1).map(json.dumps))
    found = empty | lists | made(text_operators, odd)
    if kind == "dictionary":
        found |= made(st.sampled_from([">", ">=", "<", "<="]), numbers)
    return found


def trees(entity: EntityType) -> st.SearchStrategy[Filter]:
    return st.recursive(
        conditions(entity),
        lambda node: st.one_of(
            st.lists(node, min_size=1, max_size=4).map(lambda nodes: And(tuple(nodes))),
            st.lists(node, min_size=1, max_size=4).map(lambda nodes: Or(tuple(nodes))),
            node.map(Not),
        ),
        max_leaves=12,
    )


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(["trace", "span", "thread"]).flatmap(lambda e: st.tuples(st.just(e), trees(e)))
)
def test_every_tree_can_be_written_and_reads_as_itself(case: tuple[EntityType, Filter]) -> None:
    entity, tree = case
    expected = normal(entity, tree)
    try:
        text = write(entity, tree)
    except ValueError:
        # Only what is always met, or never, has no words.
        assert "And(children=())" in repr(expected)
        return
    assert parse(entity, text).tree == expected
    assert normal(entity, expected) == expected
    assert write(entity, expected) == text


@settings(max_examples=100, deadline=None)
@given(odd)
def test_any_text_in_quotes_is_looked_for_as_it_stands(text: str) -> None:
    if text:
        assert parse("trace", quote(text)).tree == c("text", "contains", text)
    assert parse("trace", f"name:{quote(text)}").tree == c("name", "=", text)


def test_all_of_keeps_every_condition_by_itself() -> None:
    a, b, d = c("name", "=", "a"), c("name", "=", "b"), c("name", "=", "d")
    assert all_of(And(()), And((a, And((b,)))), d) == And((a, b, d))
    assert all_of(a) == a
