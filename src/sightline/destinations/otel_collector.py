"""An OpenTelemetry Collector, or anything else that takes OTLP over HTTP in JSON."""

from collections.abc import Sequence
from typing import Annotated

from sightline.destinations._config import Config, key
from sightline.destinations._otlp import empty_request, otlp_deliveries
from sightline.destinations.base import Delivery, Destination, Extras, HttpRequest
from sightline.domain.generation import Generation


class OtelCollectorConfig(Config, frozen=True, kw_only=True):
    endpoint: Annotated[
        str,
        key(
            "Endpoint",
            "The whole address, with /v1/traces.",
            placeholder="https://collector.example.com/v1/traces",
            url=True,
            required=True,
        ),
    ]


def deliveries(
    config: OtelCollectorConfig, batch: Sequence[Generation], extras: Extras
) -> list[Delivery]:
    return otlp_deliveries(config.endpoint, {}, config.headers, batch, extras)


def test(config: OtelCollectorConfig) -> HttpRequest:
    return empty_request(config.endpoint, {}, config.headers)


DESTINATION = Destination(
    type="otel-collector",
    title="OpenTelemetry Collector",
    config=OtelCollectorConfig,
    deliveries=deliveries,
    test=test,
    docs_url="https://opentelemetry.io/docs/collector/",
)
