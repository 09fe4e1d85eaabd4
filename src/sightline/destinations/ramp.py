"""Ramp: what AI costs, beside a company's other spending."""

from collections.abc import Sequence
from typing import Annotated

from sightline.destinations._config import Config, key
from sightline.destinations._otlp import empty_request, otlp_deliveries
from sightline.destinations.base import Delivery, Destination, Extras, HttpRequest
from sightline.domain.generation import Generation


class RampConfig(Config, frozen=True, kw_only=True):
    api_key: Annotated[str, key("API key", secret=True, required=True)]
    base_url: Annotated[str, key("Base URL", url=True)] = (
        "https://api.ramp.com/developer/v1/ai-usage/openrouter"
    )


def _headers(config: RampConfig) -> dict[str, str]:
    return {"Authorization": f"Bearer {config.api_key}"}


def deliveries(config: RampConfig, batch: Sequence[Generation], extras: Extras) -> list[Delivery]:
    return otlp_deliveries(config.base_url, _headers(config), config.headers, batch, extras)


def test(config: RampConfig) -> HttpRequest:
    return empty_request(config.base_url, _headers(config), config.headers)


DESTINATION = Destination(
    type="ramp",
    title="Ramp",
    config=RampConfig,
    deliveries=deliveries,
    test=test,
    docs_url="https://docs.ramp.com/",
)
