"""What one destination does and others do not."""

import json
from typing import Any

import pytest
from msgspec.structs import replace

from sightline.core.errors import InvalidRequestError
from sightline.core.ids import format_id
from sightline.destinations._sigv4 import Credentials, sign_request
from sightline.destinations.base import (
    Extras,
    HttpRequest,
    HttpResponse,
    decode_config,
    find_destination,
    judge,
    judge_test,
    signed,
)
from sightline.destinations.s3 import S3Config, object_key
from sightline.domain.generation import CallError, TraceHints, UsedKey
from tests.unit.golden.destinations.cases import (
    SPAN_ID,
    STARTED_US,
    config_of,
    config_values,
    plain_generation,
    rich_generation,
)


def requests_of(type: str, *generations: Any, **values: Any) -> list[HttpRequest]:
    destination = find_destination(type)
    config = decode_config(destination, {**config_values(destination), **values})
    found = destination.deliveries(config, generations, Extras())
    return [request for one in found for request in one.requests]


def body_of(request: HttpRequest) -> Any:
    return json.loads(request.body)


def opik(**values: Any) -> Any:
    base = {"workspace": "default", "projectName": "p"}
    return decode_config(find_destination("opik"), {**base, **values})


def test_opik_ids_are_version_7_and_tie_the_span_to_the_call() -> None:
    traces, spans = requests_of("opik", rich_generation())
    (trace,) = body_of(traces)["traces"]
    group, span = body_of(spans)["spans"]
    assert span["id"] == format_id(SPAN_ID)
    assert trace["id"][14] == group["id"][14] == "7"
    assert span["trace_id"] == group["trace_id"] == trace["id"]
    assert span["parent_span_id"] == group["id"]
    assert trace["thread_id"] == "sess_9"


def test_opik_is_told_of_errors() -> None:
    error = CallError(type="timeout", message="too slow", code=504)
    traces, spans = requests_of("opik", plain_generation(error=error))
    for item in (*body_of(traces)["traces"], *body_of(spans)["spans"]):
        assert item["error_info"]["exception_type"] == "timeout"
        assert item["error_info"]["message"] == "too slow"


def test_opik_needs_a_key_in_the_cloud_only() -> None:
    with pytest.raises(InvalidRequestError, match=r"config\.apiKey is required"):
        opik()
    config = opik(url="http://localhost:5173/api")
    request = find_destination("opik").test(config)
    assert request.url == "http://localhost:5173/api/v1/private/auth"
    assert "Authorization" not in request.headers


@pytest.mark.parametrize(
    ("errors", "verdict"),
    [
        ([], "delivered"),
        ([{"id": "a", "status": 400, "message": "bad"}], "refused"),
        ([{"id": "a", "status": 400}, {"id": "b", "status": 503}], "retry"),
        ([{"id": "a", "status": 429}], "retry"),
    ],
)
def test_langfuse_says_in_a_207_what_became_of_it(errors: list[Any], verdict: str) -> None:
    body = json.dumps({"successes": [], "errors": errors}).encode()
    assert judge(find_destination("langfuse"), HttpResponse(status=207, body=body)) == verdict


def test_langfuse_takes_only_environments_that_it_knows_how_to_name() -> None:
    for said, expected in (("production", "production"), ("Prod EU", None), ("langfuse-x", None)):
        (request,) = requests_of("langfuse", plain_generation(trace=TraceHints(environment=said)))
        trace = body_of(request)["batch"][0]["body"]
        assert trace.get("environment") == expected
        assert trace["metadata"]["environment"] == said


def test_webhook_test_passes_with_400() -> None:
    webhook = find_destination("webhook")
    request = webhook.test(config_of(webhook))
    assert request.headers["X-Test-Connection"] == "true"
    assert body_of(request) == {"resourceSpans": []}
    assert judge_test(webhook, HttpResponse(status=400)) == "delivered"
    assert judge_test(webhook, HttpResponse(status=404)) == "refused"
    assert judge(webhook, HttpResponse(status=400)) == "refused"


def test_webhook_puts_when_told() -> None:
    (request,) = requests_of("webhook", plain_generation(), method="PUT")
    assert request.method == "PUT"
    with pytest.raises(InvalidRequestError, match=r"config\.method"):
        requests_of("webhook", plain_generation(), method="DELETE")


@pytest.mark.parametrize(
    ("base", "url"),
    [
        ("https://g.example", "https://g.example/otlp/v1/traces"),
        ("https://g.example/otlp/", "https://g.example/otlp/v1/traces"),
        ("https://g.example/otlp/v1/traces", "https://g.example/otlp/v1/traces"),
    ],
)
def test_grafana_base_urls(base: str, url: str) -> None:
    (request,) = requests_of("grafana", plain_generation(), baseUrl=base)
    assert request.url == url
    assert request.headers["Authorization"].startswith("Basic ")


def test_newrelic_regions() -> None:
    (request,) = requests_of("newrelic", plain_generation(), region="eu")
    assert request.url == "https://otlp.eu01.nr-data.net/v1/traces"


def test_sentry_takes_its_key_out_of_the_dsn() -> None:
    (request,) = requests_of("sentry", plain_generation())
    assert request.headers["X-Sentry-Auth"] == "sentry sentry_key=abcdef0123456789"
    with pytest.raises(InvalidRequestError, match=r"config\.dsn must look like"):
        requests_of("sentry", plain_generation(), dsn="https://host/1")


def test_posthog_metadata_is_not_deeper_than_three() -> None:
    deep = '{"a":{"b":{"c":{"d":{"e":1}}}}}'
    (request,) = requests_of("posthog", plain_generation(metadata=deep))
    properties = body_of(request)["batch"][0]["properties"]
    assert properties["metadata_a"] == {"b": {"c": {"d": "[truncated]"}}}
    assert properties["$process_person_profile"] is False


def s3(**values: Any) -> S3Config:
    base = {"bucketName": "traces", "accessKeyId": "id", "secretAccessKey": "secret"}
    found: S3Config = decode_config(find_destination("s3"), {**base, **values})
    return found


def test_s3_object_keys() -> None:
    call = plain_generation(id="gen-1790000000-AbC")
    assert (
        object_key(s3(), call) == "sightline-traces/2026-09-21/gen-1790000000-AbC-1790000000.json"
    )
    template = "{prefix}/{year}/{month}/{day}/{apiKeyName}/../x"
    named = replace(call, key=UsedKey(name="my key/../1"), trace=TraceHints(trace_id="a/b c"))
    assert object_key(s3(pathTemplate=template, prefix="/p/"), named) == (
        "p/2026/09/21/my_key_.._1/x/a_b_c-gen-1790000000-AbC-1790000000.json"
    )
    with pytest.raises(InvalidRequestError, match=r"config\.pathTemplate has an unknown .hour."):
        s3(pathTemplate="{hour}")


@pytest.mark.parametrize(
    ("values", "begin"),
    [
        ({}, "https://traces.s3.us-east-1.amazonaws.com/sightline-traces/"),
        ({"region": "eu-west-1"}, "https://traces.s3.eu-west-1.amazonaws.com/"),
        ({"bucketName": "my.traces"}, "https://s3.us-east-1.amazonaws.com/my.traces/"),
        ({"endpoint": "http://minio:9000/"}, "http://minio:9000/traces/sightline-traces/"),
    ],
)
def test_s3_addresses(values: dict[str, Any], begin: str) -> None:
    (request,) = requests_of("s3", plain_generation(), **values)
    assert request.url.startswith(begin)
    assert request.method == "PUT"


def test_s3_test_passes_with_a_key_that_may_only_write() -> None:
    denied = b"<Error><Code>AccessDenied</Code></Error>"
    unknown = b"<Error><Code>InvalidAccessKeyId</Code></Error>"
    destination = find_destination("s3")
    assert judge_test(destination, HttpResponse(status=403, body=denied)) == "delivered"
    assert judge_test(destination, HttpResponse(status=403, body=unknown)) == "refused"
    assert judge_test(destination, HttpResponse(status=404)) == "refused"


# Published in "Authenticating Requests (AWS Signature Version 4)" of the S3 API reference.
EXAMPLE = Credentials(
    access_key_id="AKIA" + "IOSFODNN7EXAMPLE",
    secret_access_key="wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    region="us-east-1",
    service="s3",
)
MAY_24_2013_US = 1_369_353_600_000_000


@pytest.mark.parametrize(
    ("request_", "signature"),
    [
        (
            HttpRequest(
                method="GET",
                url="https://examplebucket.s3.amazonaws.com/test.txt",
                headers={"Range": "bytes=0-9"},
            ),
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
        ),
        (
            HttpRequest(
                method="PUT",
                url="https://examplebucket.s3.amazonaws.com/test%24file.text",
                headers={
                    "Date": "Fri, 24 May 2013 00:00:00 GMT",
                    "x-amz-storage-class": "REDUCED_REDUNDANCY",
                },
                body=b"Welcome to Amazon S3.",
            ),
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
        ),
        (
            HttpRequest(method="GET", url="https://examplebucket.s3.amazonaws.com/?lifecycle"),
            "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
        ),
        (
            HttpRequest(
                method="GET",
                url="https://examplebucket.s3.amazonaws.com/?max-keys=2&prefix=J",
            ),
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
        ),
    ],
)
def test_signatures_are_those_of_amazons_examples(request_: HttpRequest, signature: str) -> None:
    found = sign_request(request_, EXAMPLE, MAY_24_2013_US).headers["Authorization"]
    assert found.endswith(f"Signature={signature}")


def test_signing_again_makes_a_new_signature_in_place_of_the_old_one() -> None:
    destination = find_destination("s3")
    config = config_of(destination)
    (request,) = requests_of("s3", plain_generation())
    first = signed(destination, config, request, STARTED_US)
    again = signed(destination, config, first, STARTED_US + 3_600_000_000)
    assert again == signed(destination, config, request, STARTED_US + 3_600_000_000)
    assert again.headers["Authorization"] != first.headers["Authorization"]


@pytest.mark.parametrize("type", ["clickhouse", "snowflake"])
@pytest.mark.parametrize("bad", ["a`b", "a;DROP", 'a"b', "1a", "a b", "a.b"])
def test_names_in_sql_are_checked(type: str, bad: str) -> None:
    destination = find_destination(type)
    for key in ("database", "table"):
        with pytest.raises(InvalidRequestError, match=f"config.{key}"):
            decode_config(destination, {**config_values(destination), key: bad})


def test_snowflake_account_is_a_name_and_no_address() -> None:
    destination = find_destination("snowflake")
    for bad in ("evil.example/", "x@y", "a#b", "a?b"):
        with pytest.raises(InvalidRequestError, match=r"config\.account"):
            decode_config(destination, {**config_values(destination), "account": bad})


def test_tables_are_made_before_the_first_row() -> None:
    for type in ("clickhouse", "snowflake"):
        destination = find_destination(type)
        assert destination.prepare is not None
        (request,) = destination.prepare(config_of(destination))
        assert b"CREATE TABLE IF NOT EXISTS" in request.body


def test_snowflake_binds_rows_and_puts_none_in_the_statement() -> None:
    call = plain_generation(user="Robert'); DROP TABLE x; --")
    (request,) = requests_of("snowflake", call)
    body = body_of(request)
    assert "Robert" not in body["statement"]
    (row,) = json.loads(body["bindings"]["1"]["value"])
    assert row["USER_ID"] == call.user


def test_datadog_wants_texts_and_objects() -> None:
    (request,) = requests_of("datadog", rich_generation())
    *_, span = body_of(request)["data"]["attributes"]["spans"]
    assert all(isinstance(m["content"], str) for m in span["meta"]["input"]["messages"])
    (answer,) = span["meta"]["output"]["messages"]
    assert answer["tool_calls"][0]["arguments"] == {"where": "left"}
