"""Grafana Cloud: traces in Tempo, through its OTLP gateway."""

from collections.abc import Sequence
from typing import Annotated
from urllib.parse import urlsplit

from sightline.destinations._config import Config, key
from sightline.destinations._otlp import empty_request, otlp_deliveries
from sightline.destinations._requests import basic, below
from sightline.destinations.base import Delivery, Destination, Extras, HttpRequest
from sightline.domain.generation import Generation


class GrafanaConfig(Config, frozen=True, kw_only=True):
    base_url: Annotated[
        str,
        key(
            "Base URL",
            "The OTLP endpoint of your stack; /otlp is added when no path is there.",
            placeholder="https://otlp-gateway-prod-us-west-0.grafana.net/otlp",
            url=True,
            required=True,
        ),
    ]
    instance_id: Annotated[str, key("Instance id", placeholder="123456", required=True)]
    api_key: Annotated[str, key("API key", placeholder="glc_…", secret=True, required=True)]


def _target(config: GrafanaConfig) -> tuple[str, dict[str, str]]:
    path = urlsplit(config.base_url).path.rstrip("/")
    if path.endswith("/v1/traces"):
        url = config.base_url
    else:
        url = below(config.base_url, "/v1/traces" if path else "/otlp/v1/traces")
    return url, {"Authorization": basic(config.instance_id, config.api_key)}


def deliveries(
    config: GrafanaConfig, batch: Sequence[Generation], extras: Extras
) -> list[Delivery]:
    url, headers = _target(config)
    return otlp_deliveries(url, headers, config.headers, batch, extras)


def test(config: GrafanaConfig) -> HttpRequest:
    url, headers = _target(config)
    return empty_request(url, headers, config.headers)


DESTINATION = Destination(
    type="grafana",
    title="Grafana Cloud",
    config=GrafanaConfig,
    deliveries=deliveries,
    test=test,
    docs_url="https://grafana.com/docs/grafana-cloud/send-data/otlp/",
)
