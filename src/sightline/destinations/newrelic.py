"""New Relic, through its OTLP endpoint."""

from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec

from sightline.destinations._config import Config, key
from sightline.destinations._otlp import empty_request, otlp_deliveries
from sightline.destinations.base import Delivery, Destination, Extras, HttpRequest
from sightline.domain.generation import Generation

_URLS = {
    "us": "https://otlp.nr-data.net/v1/traces",
    "eu": "https://otlp.eu01.nr-data.net/v1/traces",
}
# New Relic refuses payloads above 1 MB.
_MAX_BYTES = 1_000_000


class NewrelicConfig(Config, frozen=True, kw_only=True):
    license_key: Annotated[str, key("License key", secret=True, required=True)]
    region: Annotated[Literal["us", "eu"], msgspec.Meta(title="Region")] = "us"


def deliveries(
    config: NewrelicConfig, batch: Sequence[Generation], extras: Extras
) -> list[Delivery]:
    return otlp_deliveries(
        _URLS[config.region],
        {"api-key": config.license_key},
        config.headers,
        batch,
        extras,
        max_bytes=_MAX_BYTES,
    )


def test(config: NewrelicConfig) -> HttpRequest:
    headers = {"api-key": config.license_key}
    return empty_request(_URLS[config.region], headers, config.headers)


DESTINATION = Destination(
    type="newrelic",
    title="New Relic",
    config=NewrelicConfig,
    deliveries=deliveries,
    test=test,
    docs_url="https://docs.newrelic.com/docs/opentelemetry/best-practices/opentelemetry-otlp/",
)
