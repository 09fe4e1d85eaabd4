"""Any address that takes OTLP in JSON, by POST or PUT."""

from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec

from sightline.destinations._config import Config, key
from sightline.destinations._otlp import empty_request, otlp_deliveries
from sightline.destinations.base import (
    Delivery,
    Destination,
    Extras,
    HttpRequest,
    HttpResponse,
    Verdict,
    default_verdict,
)
from sightline.domain.generation import Generation


class WebhookConfig(Config, frozen=True, kw_only=True):
    url: Annotated[
        str,
        key("URL", placeholder="https://example.com/traces", url=True, required=True),
    ]
    method: Annotated[Literal["POST", "PUT"], msgspec.Meta(title="Method")] = "POST"


def deliveries(
    config: WebhookConfig, batch: Sequence[Generation], extras: Extras
) -> list[Delivery]:
    return otlp_deliveries(config.url, {}, config.headers, batch, extras, method=config.method)


def test(config: WebhookConfig) -> HttpRequest:
    return empty_request(config.url, {}, config.headers, method=config.method)


def judge_test(response: HttpResponse) -> Verdict:
    """Take 400 too: a receiver may well refuse a payload with nothing in it."""
    return "delivered" if response.status == 400 else default_verdict(response)


DESTINATION = Destination(
    type="webhook",
    title="Webhook",
    config=WebhookConfig,
    deliveries=deliveries,
    test=test,
    test_verdict=judge_test,
)
