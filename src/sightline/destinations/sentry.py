"""Sentry, through the OTLP endpoint of a project."""

from collections.abc import Sequence
from typing import Annotated
from urllib.parse import urlsplit

from sightline.destinations._config import Config, key
from sightline.destinations._otlp import empty_request, otlp_deliveries
from sightline.destinations.base import Delivery, Destination, Extras, HttpRequest
from sightline.domain.generation import Generation


class SentryConfig(Config, frozen=True, kw_only=True):
    otlp_endpoint: Annotated[
        str,
        key(
            "OTLP traces endpoint",
            "Settings → Projects → Client Keys (DSN) → OpenTelemetry.",
            placeholder="https://o0.ingest.sentry.io/api/0/integration/otlp/v1/traces",
            url=True,
            required=True,
        ),
    ]
    dsn: Annotated[
        str,
        key("DSN", placeholder="https://…@o0.ingest.sentry.io/0", secret=True, required=True),
    ]

    def __post_init__(self) -> None:
        super().__post_init__()
        if not _public_key(self.dsn):
            raise ValueError("`dsn` must look like https://<key>@<host>/<project>")


def _public_key(dsn: str) -> str | None:
    try:
        return urlsplit(dsn).username
    except ValueError:
        return None


def _headers(config: SentryConfig) -> dict[str, str]:
    return {"X-Sentry-Auth": f"sentry sentry_key={_public_key(config.dsn)}"}


def deliveries(config: SentryConfig, batch: Sequence[Generation], extras: Extras) -> list[Delivery]:
    return otlp_deliveries(config.otlp_endpoint, _headers(config), config.headers, batch, extras)


def test(config: SentryConfig) -> HttpRequest:
    return empty_request(config.otlp_endpoint, _headers(config), config.headers)


DESTINATION = Destination(
    type="sentry",
    title="Sentry",
    config=SentryConfig,
    deliveries=deliveries,
    test=test,
    docs_url="https://docs.sentry.io/concepts/otlp/",
)
