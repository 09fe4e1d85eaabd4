"""Every destination keeps the same promises: this walks the registry, a new one included."""

import json
import re
from typing import Any

import msgspec
import pytest

from sightline.core.errors import InvalidRequestError
from sightline.destinations.base import (
    Destination,
    Extras,
    HttpResponse,
    all_destinations,
    decode_config,
    encode_config,
    find_destination,
    form,
    judge,
    judge_test,
    masked,
    merge_secrets,
    sample_deliveries,
    signed,
    url_fields,
)
from sightline.domain.broadcast import without_content
from sightline.domain.generation import UsedKey
from tests.unit.golden.destinations.cases import (
    ALL_EXTRAS,
    CANARY,
    IMAGE,
    STARTED_US,
    canary_generation,
    config_of,
    config_values,
    golden,
    golden_file,
    plain_generation,
    rich_generation,
)

ALL = list(all_destinations().values())
every = pytest.mark.parametrize("destination", ALL, ids=[d.type for d in ALL])

# Wire B3: the types of the management API.
TYPES = """arize braintrust clickhouse datadog grafana langfuse langsmith newrelic opik
otel-collector posthog ramp s3 sentry snowflake weave webhook""".split()
REQUIRED = {
    "arize": "apiKey spaceKey",
    "braintrust": "apiKey projectId",
    "clickhouse": "host username password",
    "datadog": "apiKey mlApp",
    "grafana": "baseUrl instanceId apiKey",
    "langfuse": "publicKey secretKey",
    "langsmith": "apiKey",
    "newrelic": "licenseKey",
    "opik": "apiKey workspace projectName",
    "otel-collector": "endpoint",
    "posthog": "apiKey",
    "ramp": "apiKey",
    "s3": "bucketName accessKeyId secretAccessKey",
    "sentry": "otlpEndpoint dsn",
    "snowflake": "account token",
    "weave": "apiKey entity project",
    "webhook": "url",
}

# A key of an object that names a trace, a span or an event, with its value.
ID = re.compile(r'\\*"(?:traceId|spanId|span_id|trace_id|TRACE_ID|SPAN_ID|uuid|id)\\*":\\*"[^"]+"')


def sent(destination: Destination, *generations: Any, extras: Extras | None = None) -> list[Any]:
    """Return all requests for a batch as they go out."""
    config = config_of(destination)
    found = destination.deliveries(config, generations, extras or Extras())
    return [
        signed(destination, config, request, STARTED_US)
        for delivery in found
        for request in delivery.requests
    ]


def wire_text(requests: list[Any]) -> str:
    return "\n".join(f"{r.method} {r.url} {r.headers} {r.body.decode()}" for r in requests)


def test_all_types_of_the_management_api_are_there() -> None:
    assert set(TYPES) <= set(all_destinations())
    assert all(type == one.type for type, one in all_destinations().items())


def test_an_unknown_type_is_told_what_there_is() -> None:
    with pytest.raises(InvalidRequestError, match=r"type must be one of .*opik"):
        find_destination("carrier-pigeon")


@every
def test_payload_is_the_golden_one(destination: Destination) -> None:
    expected = json.loads(golden_file(destination).read_text(encoding="utf-8"))
    assert golden(destination) == expected


@every
def test_no_hash_of_a_key_that_people_chose_is_sent(destination: Destination) -> None:
    """It could be guessed: the key of an operator's file may be a word."""
    secret = "cd" * 32
    for label, is_sent in (("sk-sl-v1-0e6...1234", True), ("****", False)):
        key = UsedKey(hash=secret, name="ci", label=label)
        call = msgspec.structs.replace(rich_generation(), key=key)
        text = wire_text(sent(destination, call, extras=ALL_EXTRAS))
        assert not (secret in text and not is_sent)
        if destination.type == "webhook":
            assert (secret in text) is is_sent


@every
def test_config_has_a_schema_and_a_form(destination: Destination) -> None:
    schema = msgspec.json.schema(destination.config)
    assert json.dumps(schema)
    fields = form(destination)
    assert all(field.title for field in fields)
    assert any(field.secret for field in fields) or destination.type in {
        "otel-collector",
        "webhook",
    }
    assert fields[-1].kind == "headers"


@every
def test_required_keys_are_named_when_they_are_missing_or_empty(destination: Destination) -> None:
    values = config_values(destination)
    required = [field.key for field in form(destination) if field.required]
    for key in {*required, *REQUIRED.get(destination.type, "").split()}:
        without = {name: value for name, value in values.items() if name != key}
        with pytest.raises(InvalidRequestError) as caught:
            decode_config(destination, without)
        assert caught.value.fields == [f"config.{key} is required"]
        if key != "password":
            with pytest.raises(InvalidRequestError, match=f"config.{key} "):
                decode_config(destination, {**values, key: ""})


@every
def test_unknown_keys_and_wrong_types_are_named(destination: Destination) -> None:
    values = config_values(destination)
    with pytest.raises(InvalidRequestError) as caught:
        decode_config(destination, {**values, "nonsense": 1})
    assert "config.nonsense is not known" in caught.value.message
    assert form(destination)[0].key in (caught.value.hint or "")
    key = form(destination)[0].key
    with pytest.raises(InvalidRequestError, match=f"config.{key} is wrong"):
        decode_config(destination, {**values, key: 7})


@every
def test_urls_are_checked(destination: Destination) -> None:
    values = config_values(destination)
    for key in url_fields(destination):
        for bad in ("ftp://x", "collector:4318", "https://", "http://a b/", "//x"):
            with pytest.raises(InvalidRequestError, match=f"config.{key} must be a URL"):
                decode_config(destination, {**values, key: bad})
        with pytest.raises(InvalidRequestError, match=f"config.{key} must not hold a user"):
            decode_config(destination, {**values, key: "https://me:pw@example.com/"})


@every
def test_no_secret_is_shown(destination: Destination) -> None:
    values = {**config_values(destination), "headers": {"X-Team": "header-secret-9876"}}
    config = decode_config(destination, values)
    shown = masked(destination, config)
    secrets = [values[f.key] for f in form(destination) if f.secret and f.key in values]
    for secret in (*secrets, "header-secret-9876"):
        assert secret not in json.dumps(shown)
        assert secret not in repr(config)
        for request in destination.deliveries(config, [plain_generation()], Extras())[0].requests:
            assert secret not in repr(request)
    for field in form(destination):
        if field.secret and field.key in values:
            assert shown[field.key] == f"****...{values[field.key][-4:]}"
    assert shown["headers"] == {"X-Team": "****...9876"}


@every
def test_masked_values_sent_back_keep_the_secrets(destination: Destination) -> None:
    values = {**config_values(destination), "headers": {"X-Team": "header-secret-9876"}}
    config = decode_config(destination, values)
    kept = encode_config(destination, config)
    merged = merge_secrets(destination, config, masked(destination, config))
    assert decode_config(destination, merged) == config
    assert merge_secrets(destination, kept, masked(destination, kept)) == kept


@every
def test_secrets_do_not_move_to_another_address(destination: Destination) -> None:
    values = config_values(destination)
    config = decode_config(destination, values)
    for key in url_fields(destination):
        moved = {**masked(destination, config), key: "https://elsewhere.example/base"}
        if any(field.secret and field.key in values for field in form(destination)):
            with pytest.raises(InvalidRequestError, match="must be typed again"):
                merge_secrets(destination, config, moved)


@every
def test_custom_headers_go_along_and_win(destination: Destination) -> None:
    values = {**config_values(destination), "headers": {"content-TYPE": "x/y", "X-Team": "a"}}
    config = decode_config(destination, values)
    for delivery in destination.deliveries(config, [plain_generation()], Extras()):
        for request in delivery.requests:
            lowered = [name.lower() for name in request.headers]
            assert len(lowered) == len(set(lowered))
            assert request.headers["X-Team"] == "a"
            assert request.headers["content-TYPE"] == "x/y"
    for bad in ({"Host": "x"}, {"Content-Length": "1"}, {"a b": "c"}, {"X": "a\r\nY: b"}):
        with pytest.raises(InvalidRequestError, match=r"config\.headers"):
            decode_config(destination, {**values, "headers": bad})


@every
def test_the_same_generation_is_the_same_whenever_it_is_sent(destination: Destination) -> None:
    first, other = rich_generation(), plain_generation(id="gen-foreign")
    assert sent(destination, first) == sent(destination, first)
    ids = ID.findall(wire_text(sent(destination, first)))
    again = wire_text(sent(destination, other, first))
    # Whatever it travels with, it has the same ids.
    assert ids
    assert all(id in again for id in ids)


@every
def test_each_generation_of_a_batch_is_in_one_delivery(destination: Destination) -> None:
    config = config_of(destination)
    batch = [plain_generation(id=f"gen-{at}") for at in range(250)]
    found = destination.deliveries(config, batch, Extras())
    assert sorted(at for one in found for at in one.generations) == list(range(250))
    assert all(len(one.generations) <= destination.batch_size for one in found)
    assert all(request.url.startswith("http") for one in found for request in one.requests)
    assert destination.deliveries(config, [], Extras()) == []


@every
def test_large_generations_travel_in_several_requests(destination: Destination) -> None:
    config = config_of(destination)
    text = json.dumps({"messages": [{"role": "user", "content": "x" * 900_000}]})
    batch = [plain_generation(id=f"gen-{at}", input=text) for at in range(12)]
    found = destination.deliveries(config, batch, Extras())
    assert len(found) > 1
    assert max(len(r.body) for one in found for r in one.requests) < 8_000_000


@every
def test_privacy_leaves_no_word_of_prompt_or_answer(destination: Destination) -> None:
    whole = wire_text(sent(destination, canary_generation()))
    assert CANARY in whole, "the canary must be able to get there"
    extras = Extras(generation_cost=True, generation_identity=True, generation_request_context=True)
    private = sent(destination, without_content(canary_generation()), extras=extras)
    text = wire_text(private)
    assert CANARY not in text
    assert "canary" not in text
    for kept in ("31337", "4242", "0.033777", "openai/gpt-4o", "acme-corp", "1.2.3", "Doc run"):
        assert kept in text, kept
    assert "provider_unavailable" in text


@every
def test_no_image_is_sent(destination: Destination) -> None:
    text = wire_text(sent(destination, rich_generation()))
    assert IMAGE[30:80] not in text
    assert "[image omitted]" in text


@every
def test_extras_are_sent_only_when_asked_for(destination: Destination) -> None:
    assert "sightline_generation" not in wire_text(sent(destination, rich_generation()))
    asked = Extras(generation_cost=True)
    text = wire_text(sent(destination, rich_generation(), extras=asked))
    assert "sightline_generation" in text
    assert "byok_usage_inference" in text
    assert "zoo/1.0" not in text


@every
def test_odd_calls_are_mapped(destination: Destination) -> None:
    """Nothing known, broken JSON, other APIs, and an id that is not ours."""
    odd = [
        plain_generation(
            id="x", input=None, output=None, completion=None, model="", ended_us=0, provider=""
        ),
        plain_generation(input="{broken", output="[1,2]", parameters="[]", metadata='"text"'),
        plain_generation(
            api_type="embeddings",
            input='{"input":["a","b"]}',
            output='{"embeddings":2,"dimensions":3}',
            completion=None,
        ),
        plain_generation(api_type="completions", input='{"prompt":"Once"}'),
        plain_generation(api_type="responses", input='{"input":"Hi","instructions":"Be kind"}'),
        plain_generation(
            api_type="messages",
            input='{"system":[{"type":"text","text":"Be kind"}],"messages":[{"role":"user"}]}',
            output='{"content":[{"type":"text","text":"Yes"}]}',
        ),
    ]
    for generation in odd:
        for request in sent(destination, generation):
            for line in request.body.splitlines():
                json.loads(line)


@every
def test_test_and_sample(destination: Destination) -> None:
    config = config_of(destination)
    request = signed(destination, config, destination.test(config), STARTED_US)
    assert request.method in {"GET", "POST", "PUT"}
    assert CANARY not in request.body.decode()
    assert judge_test(destination, HttpResponse(status=200, body=b"{}")) == "delivered"
    assert judge_test(destination, HttpResponse(status=401)) == "refused"
    texts = [
        r.body.decode()
        for one in sample_deliveries(destination, config, STARTED_US)
        for r in one.requests
    ]
    assert any("Sightline sample trace" in text for text in texts)


@every
def test_answers_are_judged(destination: Destination) -> None:
    for status in (200, 202, 204):
        assert judge(destination, HttpResponse(status=status)) == "delivered"
    for status in (408, 429, 500, 503):
        assert judge(destination, HttpResponse(status=status)) == "retry"
    for status in (301, 400, 401, 404, 413):
        assert judge(destination, HttpResponse(status=status)) == "refused"
