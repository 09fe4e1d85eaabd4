"""S3, or what speaks like it (R2, MinIO, GCS, …): a JSON object for each call."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import quote

from sightline.core import codec
from sightline.core.clock import format_us, from_us
from sightline.destinations._config import Config, key
from sightline.destinations._requests import merged_headers, one_by_one
from sightline.destinations._sigv4 import Credentials, sign_request
from sightline.destinations._view import View, view
from sightline.destinations.base import (
    Delivery,
    Destination,
    Extras,
    HttpRequest,
    HttpResponse,
    Verdict,
    default_verdict,
)
from sightline.domain.generation import Generation, Usage

_ODD = re.compile(r"[^A-Za-z0-9._=-]+")
_VARIABLE = re.compile(r"\{(\w+)\}")
_VARIABLES = ("prefix", "date", "year", "month", "day", "apiKeyName")
_MAX_NAME = 128


class S3Config(Config, frozen=True, kw_only=True):
    bucket_name: Annotated[
        str, key("Bucket", required=True, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{1,254}$")
    ]
    access_key_id: Annotated[str, key("Access key id", required=True)]
    secret_access_key: Annotated[str, key("Secret access key", secret=True, required=True)]
    session_token: Annotated[str, key("Session token", secret=True)] | None = None
    region: Annotated[str, key("Region", pattern=r"^[a-z0-9-]{1,64}$")] = "us-east-1"
    endpoint: (
        Annotated[
            str,
            key(
                "Endpoint",
                "Of another service than AWS.",
                placeholder="https://<account>.r2.cloudflarestorage.com",
                url=True,
            ),
        ]
        | None
    ) = None
    prefix: Annotated[str, key("Prefix")] = "sightline-traces"
    path_template: Annotated[
        str,
        key("Path", "Knows {prefix} {date} {year} {month} {day} {apiKeyName}."),
    ] = "{prefix}/{date}"

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in _VARIABLE.findall(self.path_template):
            if name not in _VARIABLES:
                known = " ".join(f"{{{known}}}" for known in _VARIABLES)
                raise ValueError(f"`pathTemplate` has an unknown {{{name}}}; known are {known}")


def _bucket_url(config: S3Config) -> str:
    if config.endpoint:
        return f"{config.endpoint.rstrip('/')}/{config.bucket_name}"
    # A certificate for *.s3.… does not cover a name with dots.
    if "." in config.bucket_name or config.bucket_name != config.bucket_name.lower():
        return f"https://s3.{config.region}.amazonaws.com/{config.bucket_name}"
    return f"https://{config.bucket_name}.s3.{config.region}.amazonaws.com"


def object_key(config: S3Config, generation: Generation) -> str:
    """Return where a call's object is kept.

    `<path>/<trace id>-<unix seconds>.json`; in a trace that the caller named, other calls may have
    the same second, so the call's id stands between.
    """
    moment: datetime = from_us(generation.started_us)
    values = {
        "prefix": config.prefix.strip("/"),
        "date": moment.strftime("%Y-%m-%d"),
        "year": moment.strftime("%Y"),
        "month": moment.strftime("%m"),
        "day": moment.strftime("%d"),
        "apiKeyName": _plain(generation.key.name or "none"),
    }
    path = _VARIABLE.sub(lambda match: values[match[1]], config.path_template)
    folders = [part for part in path.split("/") if part not in {"", ".", ".."}]
    said = generation.trace.trace_id
    name = f"{_plain(said)}-{_plain(generation.id)}" if said else _plain(generation.id)
    return "/".join([*folders, f"{name}-{generation.started_us // 1_000_000}.json"])


def _plain(text: str) -> str:
    return _ODD.sub("_", text)[:_MAX_NAME].strip(".") or "_"


def deliveries(config: S3Config, batch: Sequence[Generation], extras: Extras) -> list[Delivery]:
    def put(generation: Generation) -> HttpRequest:
        path = quote(object_key(config, generation), safe="/-_.~")
        ours = {"Content-Type": "application/json"}
        return HttpRequest(
            method="PUT",
            url=f"{_bucket_url(config)}/{path}",
            headers=merged_headers(ours, config.headers),
            body=codec.encode(_trace(view(generation, extras))),
        )

    return one_by_one(batch, put)


def sign(config: S3Config, request: HttpRequest, now_us: int) -> HttpRequest:
    credentials = Credentials(
        access_key_id=config.access_key_id,
        secret_access_key=config.secret_access_key,
        session_token=config.session_token,
        region=config.region,
        service="s3",
    )
    return sign_request(request, credentials, now_us)


def test(config: S3Config) -> HttpRequest:
    """List one object: nothing is stored, and a wrong key, bucket or region shows."""
    url = f"{_bucket_url(config)}/?list-type=2&max-keys=1"
    return HttpRequest(method="GET", url=url, headers=merged_headers({}, config.headers))


def judge_test(response: HttpResponse) -> Verdict:
    """Take the refusal of a key that is good, but may write only."""
    if response.status == 403 and b"<Code>AccessDenied</Code>" in response.body:
        return "delivered"
    return default_verdict(response)


def _trace(seen: View) -> dict[str, Any]:
    call = seen.generation
    times = {
        "startTime": format_us(call.started_us),
        "endTime": format_us(seen.ended_us),
        "latency": seen.duration_us / 1e6,
    }
    observations: list[dict[str, Any]] = []
    if call.trace.span_name:
        observations.append({"name": call.trace.span_name, "type": "SPAN", **times})
    observation = {
        "id": call.id,
        "name": seen.call_name,
        "type": "GENERATION",
        "parentObservationId": call.trace.parent_span_id,
        **times,
        "timeToFirstToken": None if seen.first_token_ms is None else seen.first_token_ms / 1000,
        "model": seen.model,
        "provider": call.provider,
        "modelParameters": seen.parameters or None,
        "finishReason": call.finish_reason,
        "level": "ERROR" if call.error else "DEFAULT",
        "statusMessage": seen.error,
        "input": seen.input,
        "output": seen.answer,
        "metadata": seen.custom,
        **(_tokens(call.usage) if call.usage else {}),
    }
    if call.cost:
        observation |= {
            "inputCost": call.cost.input,
            "outputCost": call.cost.output,
            "totalCost": call.cost.total,
        }
    observations.append({name: value for name, value in observation.items() if value is not None})
    return {
        "id": seen.trace_key,
        "name": call.trace_name,
        "userId": call.user,
        "sessionId": call.session_id,
        "tags": list(call.opik.tags),
        "observations": observations,
    }


def _tokens(usage: Usage) -> dict[str, Any]:
    return {
        "promptTokens": usage.prompt_tokens,
        "completionTokens": usage.completion_tokens,
        "totalTokens": usage.total_tokens,
        "promptTokensDetails": {
            "cachedTokens": usage.cached_tokens,
            "cacheWriteTokens": usage.cache_write_tokens,
            "cacheCreation": {
                "ephemeral_5m_input_tokens": usage.cache_write_5m_tokens,
                "ephemeral_1h_input_tokens": usage.cache_write_1h_tokens,
            },
            "audioTokens": usage.audio_input_tokens,
            "videoTokens": usage.video_tokens,
        },
        "completionTokensDetails": {
            "reasoningTokens": usage.reasoning_tokens,
            "imageTokens": usage.image_tokens,
        },
    }


DESTINATION = Destination(
    type="s3",
    title="S3 / S3-compatible",
    config=S3Config,
    deliveries=deliveries,
    test=test,
    sign=sign,
    test_verdict=judge_test,
    docs_url="https://docs.aws.amazon.com/AmazonS3/latest/userguide/",
)
