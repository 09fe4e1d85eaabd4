"""Every operator on every kind of field, against what the words say, with hostile values.

The expectation is computed in plain Python from a row's values; the store must agree.
"""

import json
from typing import Any

import pytest

from sightline.core.ids import format_id, new_id
from sightline.domain.filter import And, Not, Or
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.fields import OPERATORS
from tests.stores.filter_meanings import HOSTILE, list_test, number_test, text_test
from tests.stores.query_world import HOUR, NOW, Library, every, where


@pytest.fixture
def library(analytics: Analytics) -> Library:
    return Library(analytics)


@pytest.mark.parametrize(
    ("entity", "field", "exact"),
    [
        ("trace", "name", False),
        ("span", "model", False),
        ("trace", "thread_id", True),
    ],
)
async def test_text_compares_as_the_words_say_whatever_stands_in_it(
    library: Library, entity: Any, field: str, exact: bool
) -> None:
    for i, text in enumerate(HOSTILE):
        named = {"name": str(i)} | {field: text}
        if entity == "trace":
            await library.trace(i, **named)
        else:
            await library.span(new_id(), i, **named)
    key = (lambda i: HOSTILE[i]) if field == "name" else str
    for operator in OPERATORS["exact" if exact else "string"]:
        filters = [where(field, operator, value) for value in HOSTILE]
        answers = await library.matching_each(entity, filters)
        for value, found in zip(HOSTILE, answers, strict=True):
            test = text_test(operator, value, exact=exact)
            expected = {key(i) for i, text in enumerate(HOSTILE) if test(text)}
            assert found == expected, (field, operator, value)


async def test_tags_compare_one_by_one(library: Library) -> None:
    rows = {
        "none": [],
        "one": ["plain"],
        "two": ["it's", "100%"],
        "accent": ["École"],
        "odd": ["back\\slash", "{p0:String}", "nul\0byte"],
        "comma": ["a,b", ""],
    }
    for i, (name, tags) in enumerate(rows.items()):
        await library.trace(i, name=name, tags=tags)
    for operator in OPERATORS["list"]:
        values = [*HOSTILE, "0%", "e"]
        filters = [where("tags", operator, value) for value in values]
        answers = await library.matching_each("trace", filters)
        for value, found in zip(values, answers, strict=True):
            test = list_test(operator, value)
            expected = {name for name, tags in rows.items() if test(tags)}
            assert found == expected, (operator, value)


@pytest.mark.parametrize("entity", ["trace", "span"])
async def test_numbers_compare_as_numbers_and_what_is_missing_matches_nothing(
    library: Library, entity: Any
) -> None:
    rows: dict[str, float | None] = {"a": None, "b": 0, "c": 0.5, "d": 10, "e": 10.25, "f": 1e6}
    for i, (name, ms) in enumerate(rows.items()):
        fields: dict[str, Any] = {"name": name, "ttft_ms": ms}
        if ms is not None:
            fields["end_time_us"] = NOW - i + round(ms * 1000)
        if entity == "trace":
            await library.trace(i, **fields)
        else:
            await library.span(new_id(), i, **fields)
    for field in ("ttft", "duration"):
        for operator in OPERATORS["number"]:
            for value in ("0", "0.5", "10", "1e1", "10.250", "-1", "1000000", "1e300"):
                test = number_test(operator, float(value))
                expected = {name for name, ms in rows.items() if test(ms)}
                found = await library.matching(entity, where(field, operator, value))
                assert found == expected, (field, operator, value)


async def test_costs_and_usage_compare_exactly_and_a_missing_price_is_never_free(
    library: Library,
) -> None:
    costs = {"none": None, "free": "0", "third": "0.1", "tiny": "0.000000000001", "big": "12.5"}
    for i, (name, cost) in enumerate(costs.items()):
        usage = None if cost is None else {"total_tokens": round(float(cost) * 1000)}
        await library.span(new_id(), i, name=name, cost=cost, usage=usage)
    for operator in OPERATORS["number"]:
        for value in ("0", "0.1", "0.000000000001", "1e-12", "12.5"):
            test = number_test(operator, float(value))
            expected = {n for n, c in costs.items() if test(None if c is None else float(c))}
            found = await library.matching("span", where("total_estimated_cost", operator, value))
            assert found == expected, (operator, value)
    assert await library.matching("span", where("usage.total_tokens", "<", "100")) == {
        "free",
        "tiny",
    }
    assert await library.matching("span", where("usage", "=", "12500", "total_tokens")) == {"big"}
    assert await library.matching("span", where("usage.odd ' key", "is_empty")) == set(costs)


@pytest.mark.parametrize("field", ["start_time", "end_time", "created_at", "last_updated_at"])
async def test_times_compare_to_the_microsecond_in_any_zone(library: Library, field: str) -> None:
    await library.trace(0, name="now", end_time_us=NOW)
    await library.trace(1, name="before", end_time_us=NOW - 1)
    await library.trace(HOUR, name="open")
    ago = {"now": 0, "before": 1, "open": None if field == "end_time" else HOUR}
    for value in ("2026-09-21T14:13:20Z", "2026-09-21T16:13:20+02:00", "1790000000000000"):
        for operator in OPERATORS["time"]:
            test = number_test(operator, 0)
            expected = {n for n, a in ago.items() if test(None if a is None else -a)}
            found = await library.matching("trace", where(field, operator, value))
            assert found == expected, (operator, value)


async def test_ids_match_in_any_notation_and_by_parts_of_their_text(library: Library) -> None:
    first = await library.trace(0, name="first")
    second = await library.trace(DAYS, name="second")
    text = format_id(first)
    for value in (text, text.upper(), first.hex(), f" {text}"):
        assert await library.matching("trace", where("id", "=", value)) == {"first"}
        assert await library.matching("trace", where("id", "!=", value)) == {"second"}
    both = f"{text},{format_id(second)}"
    assert await library.matching("trace", where("id", "in", both)) == {"first", "second"}
    assert await library.matching("trace", where("id", "not_in", text)) == {"second"}
    assert await library.matching("trace", where("id", "contains", text[20:])) == {"first"}
    assert await library.matching("trace", where("id", "ends_with", text[30:].upper())) == {"first"}
    assert await library.matching("trace", where("id", "=", "no id")) == set()
    assert await library.matching("trace", where("id", "!=", "no id")) == {"first", "second"}
    assert await library.matching("trace", where("id", "is_empty")) == set()


DAYS = 48 * HOUR


async def test_spans_are_found_by_trace_parent_and_type(library: Library) -> None:
    trace = await library.trace()
    root = await library.span(trace, name="root", type="llm")
    await library.span(trace, name="leaf", parent_span_id=root)
    await library.span(new_id(), name="other", type="tool")
    for condition, names in [
        (where("trace_id", "=", format_id(trace)), {"root", "leaf"}),
        (where("parent_span_id", "=", format_id(root)), {"leaf"}),
        (where("parent_span_id", "is_empty"), {"root", "other"}),
        (where("type", "=", "general"), {"leaf"}),
        (where("type", "in", "llm,tool"), {"root", "other"}),
        (where("type", "not_in", '["llm"]'), {"leaf", "other"}),
        (where("type", "!=", "LLM"), {"root", "leaf", "other"}),
    ]:
        assert await library.matching("span", condition) == names, condition
    assert await library.matching("span", every(), span_type="llm") == {"root"}
    assert await library.matching("span", every(), trace_id=trace) == {"root", "leaf"}


PAYLOADS = {
    "object": '{"question":"Say \\"hi\\" to 100% of C:\\\\temp","n":5}',
    "escaped": '{"city":"Orl\\u00e9ans","face":"\\ud83d\\ude00"}',
    "direct": '{"city":"Orléans"}',
    "string": '"Hello World"',
    "array": '[{"role":"user","content":"hello"}]',
    "number": "42",
    "empty": '""',
    "absent": None,
}


@pytest.mark.parametrize(
    ("operator", "value", "names"),
    [
        ("contains", 'say "hi"', {"object"}),
        ("contains", '\\"hi\\"', {"object"}),
        ("contains", "C:\\temp", {"object"}),
        ("contains", "100%", {"object"}),
        ("contains", "1_0", set()),
        ("contains", "ORLÉANS", {"escaped", "direct"}),
        ("contains", "😀", {"escaped"}),
        ("contains", '"n":5', {"object"}),
        ("contains", "hello", {"string", "array"}),
        ("not_contains", "hello", {"object", "escaped", "direct", "number", "empty", "absent"}),
        ("=", "hello world", {"string"}),
        ("=", '"HELLO WORLD"', {"string"}),
        ("=", "42", {"number"}),
        ("!=", "hello world", set(PAYLOADS) - {"string"}),
        ("starts_with", "hello", {"string"}),
        ("starts_with", '{"CITY', {"escaped", "direct"}),
        ("ends_with", "world", {"string"}),
        ("ends_with", "}]", {"array"}),
        ("is_empty", "", {"empty", "absent"}),
        ("is_not_empty", "", set(PAYLOADS) - {"empty", "absent"}),
        ("in", "42,hello world", {"number", "string"}),
        ("not_in", "42", set(PAYLOADS) - {"number"}),
    ],
)
@pytest.mark.parametrize("field", ["input", "output", "metadata"])
async def test_payloads_match_as_text_in_every_json_spelling(
    analytics: Analytics, field: str, operator: str, value: str, names: set[str]
) -> None:
    library = await payload_library(analytics, field)
    assert await library.matching("trace", where(field, operator, value)) == names


_payloads: dict[tuple[int, str], Library] = {}


async def payload_library(analytics: Analytics, field: str) -> Library:
    found = _payloads.get((id(analytics), field))
    if found is None:
        found = _payloads[id(analytics), field] = Library(analytics)
        for i, (name, text) in enumerate(PAYLOADS.items()):
            await found.trace(i, name=name, **{field: text})
    return found


DOCUMENTS = {
    "deep": {"user": {"id": 7, "name": "École"}, "items": [{"sku": "a1"}, {"sku": "B2"}]},
    "flat": {"user.id": "7", "gen_ai.request.model": "gpt-4o", "plan": "Pro"},
    "mixed": {"user": {"id.x": "9"}, "odd ' \" key": "yes", "ok": True, "none": None, "blank": ""},
    "numbers": {"n": 2.50, "t": "12", "neg": -3, "list": [1, [2, 3]], "words": "12 apples"},
    "no object": ["zero", {"a": 1}],
}


@pytest.mark.parametrize(
    ("key", "operator", "value", "names"),
    [
        ("user.id", "=", "7", {"deep", "flat"}),
        ("$.user.id", "=", "7", {"deep", "flat"}),
        ("user['id']", "=", "7", {"deep"}),
        ("['user.id']", "=", "7", {"flat"}),
        ("user.id.x", "=", "9", {"mixed"}),
        ("user.id", "!=", "7", {"mixed", "numbers", "no object"}),
        ("user.name", "=", "éCOLE", {"deep"}),
        ("user.name", "contains", "COL", {"deep"}),
        ("gen_ai.request.model", "starts_with", "GPT", {"flat"}),
        ("plan", "ends_with", "RO", {"flat"}),
        ("plan", "in", "free,pro", {"flat"}),
        ("plan", "not_contains", "pro", set(DOCUMENTS) - {"flat"}),
        ("items[0].sku", "=", "A1", {"deep"}),
        ("items[-1].sku", "=", "b2", {"deep"}),
        ("items[*].sku", "=", "b2", {"deep"}),
        ("items[*].sku", "!=", "b2", set(DOCUMENTS) - {"deep"}),
        ("items[*].sku", "is_empty", "", set(DOCUMENTS) - {"deep"}),
        ("items", "contains", '"sku":"a1"', {"deep"}),
        ("list[1][0]", "=", "2", {"numbers"}),
        ("odd ' \" key", "=", "yes", {"mixed"}),
        ("ok", "=", "TRUE", {"mixed"}),
        ("n", "=", "2.5", {"numbers"}),
        ("n", "=", "2.50", {"numbers"}),
        ("n", ">", "2", {"numbers"}),
        ("n", ">=", "2.5", {"numbers"}),
        ("n", "<", "2.5", set()),
        ("neg", "<", "0", {"numbers"}),
        ("t", ">", "11", {"numbers"}),
        ("t", "=", "12.0", set()),
        ("words", ">", "11", set()),
        ("n", ">", "many", set()),
        ("none", "is_empty", "", set(DOCUMENTS)),
        ("blank", "is_empty", "", set(DOCUMENTS)),
        ("plan", "is_not_empty", "", {"flat"}),
        ("[1].a", "=", "1", {"no object"}),
        ("$[0]", "=", "ZERO", {"no object"}),
        ("missing.a[3]['b']", "is_empty", "", set(DOCUMENTS)),
    ],
)
async def test_documents_are_asked_by_path(
    analytics: Analytics, key: str, operator: str, value: str, names: set[str]
) -> None:
    library = await document_library(analytics)
    for condition in (
        where("metadata", operator, value, key),
        where("custom", operator, value, f"metadata.{key}"),
        where("input", operator, value, key),
        where("input_json", operator, value, key),
        where(f"output.{key}", operator, value),
        where(f"output_json.{key}", operator, value),
    ):
        assert await library.matching("trace", condition) == names, condition


_documents: dict[int, Library] = {}


async def document_library(analytics: Analytics) -> Library:
    found = _documents.get(id(analytics))
    if found is None:
        found = _documents[id(analytics)] = Library(analytics)
        for i, (name, document) in enumerate(DOCUMENTS.items()):
            text = json.dumps(document)
            await found.trace(i, name=name, metadata=text, input=text, output=text)
    return found


async def test_broken_and_missing_documents_match_no_path(library: Library) -> None:
    await library.trace(0, name="absent")
    await library.trace(1, name="broken", metadata='{"a": 1')
    for condition, names in [
        (where("metadata", "=", "1", "a"), set()),
        (where("metadata", "!=", "1", "a"), {"absent", "broken"}),
        (where("metadata", "is_empty", "", "b"), {"absent", "broken"}),
    ]:
        assert await library.matching("trace", condition) == names, condition


@pytest.mark.parametrize("entity", ["trace", "span"])
async def test_scores_compare_the_average_of_a_name_in_any_case(
    library: Library, entity: Any
) -> None:
    ids = {}
    for i, name in enumerate(("good", "bad", "none", "shared")):
        ids[name] = (
            await library.trace(i, name=name)
            if entity == "trace"
            else await library.span(new_id(), i, name=name)
        )
    await library.score(entity, ids["good"], "Accuracy", "0.9")
    await library.score(entity, ids["bad"], "accuracy", "0.1")
    await library.score(entity, ids["shared"], "accuracy", "0.1", author="ann")
    await library.score(entity, ids["shared"], "accuracy", "0.2", author="bob")
    await library.score(entity, ids["none"], 'it\'s "other" é', "1")
    given = {"good": 0.9, "bad": 0.1, "shared": 0.15, "none": None}
    for operator in OPERATORS["score"]:
        for value in ("0.1", "0.15", "0.150000000", "0.9", "-1"):
            test = number_test(operator, float(value))
            expected = {name for name, n in given.items() if test(n)}
            found = await library.matching(
                entity, where("feedback_scores", operator, value, "ACCURACY")
            )
            assert found == expected, (operator, value)
    condition = where("feedback_scores", "=", "1", 'it\'s "other" é')
    assert await library.matching(entity, condition) == {"none"}


async def test_traces_are_found_by_what_their_spans_say(library: Library) -> None:
    a, b, c = [await library.trace(i, name=name) for i, name in enumerate("abc")]
    llm = {"type": "llm", "provider": "openai"}
    first = await library.span(a, cost="0.25", usage={"total_tokens": 10, "x": 1}, **llm)
    await library.span(a, cost="0.5", usage={"total_tokens": 5}, **llm)
    await library.span(b, type="tool")
    await library.score("span", first, "tone", "0.5")
    await library.check(a, first, "PII", "failed")
    await library.check(a, first, "TOPIC", "passed")
    await library.check(b, first, "TOPIC", "passed")
    for condition, names in [
        (where("total_estimated_cost", "=", "0.75"), {"a"}),
        (where("total_estimated_cost", "<", "1"), {"a"}),
        (where("total_estimated_cost", "is_empty"), {"b", "c"}),
        (where("usage.total_tokens", "=", "15"), {"a"}),
        (where("usage.x", ">", "0"), {"a"}),
        (where("span_count", "=", "1"), {"b"}),
        (where("span_count", "=", "0"), {"c"}),
        (where("llm_span_count", ">=", "2"), {"a"}),
        (where("llm_span_count", "=", "0"), {"b", "c"}),
        (where("providers", "contains", "OPEN"), {"a"}),
        (where("span_feedback_scores", "=", "0.5", "tone"), {"a"}),
        (where("span_feedback_scores", "is_empty", "", "tone"), {"b", "c"}),
        (where("guardrails", "=", "failed"), {"a"}),
        (where("guardrails", "=", "passed"), {"b"}),
        (where("guardrails", "is_empty"), {"c"}),
    ]:
        assert await library.matching("trace", condition) == names, condition
    assert c


async def test_errors_are_found_by_presence_and_by_type(library: Library) -> None:
    info = '{"exception_type":"ValueError","message":"m","traceback":"t"}'
    await library.trace(0, name="bad", error_info=info)
    await library.trace(1, name="good")
    for condition, names in [
        (where("error_info", "is_not_empty"), {"bad"}),
        (where("error_info", "is_empty"), {"good"}),
        (where("error_type", "=", "valueerror"), {"bad"}),
        (where("error_type", "is_empty"), {"good"}),
    ]:
        assert await library.matching("trace", condition) == names, condition


async def test_conditions_join_by_and_or_and_not(library: Library) -> None:
    ids = {}
    for i, name in enumerate("abcd"):
        ids[name] = await library.trace(i, name=name, tags=["x"] if name in "ab" else [])
    await library.span(ids["a"], cost="1")
    await library.span(ids["c"], cost="1")
    x, cost = where("tags", "=", "x"), where("total_estimated_cost", ">", "0.5")
    name_d = where("name", "=", "d")
    for tree, names in [
        (And(()), set("abcd")),
        (Or(()), set()),
        (And((x, cost)), {"a"}),
        (Or((x, cost)), {"a", "b", "c"}),
        (Not(cost), {"b", "d"}),
        (Not(Or((x, cost))), {"d"}),
        (And((Or((x, name_d)), Not(cost))), {"b", "d"}),
        (Or((And((x, cost)), And((Not(x), Not(cost))))), {"a", "d"}),
        (And((And((x,)), And(()), Not(Not(cost)))), {"a"}),
        # Not of a comparison with something missing is true, though the comparison is not.
        (And((Not(where("duration", ">", "1")), x)), {"a", "b"}),
    ]:
        assert await library.matching("trace", tree) == names, tree
