"""LangSmith, through its OTLP endpoint."""

from collections.abc import Sequence
from typing import Annotated, Any

from sightline.destinations._config import Config, key
from sightline.destinations._otlp import otlp_deliveries
from sightline.destinations._requests import below, get_request
from sightline.destinations._view import View
from sightline.destinations.base import Delivery, Destination, Extras, HttpRequest
from sightline.domain.generation import Generation


class LangsmithConfig(Config, frozen=True, kw_only=True):
    api_key: Annotated[str, key("API key", placeholder="lsv2_pt_…", secret=True, required=True)]
    project: Annotated[str, key("Project")] = "main"
    endpoint: Annotated[
        str, key("Endpoint", "For the EU: https://eu.api.smith.langchain.com", url=True)
    ] = "https://api.smith.langchain.com"
    workspace_id: (
        Annotated[str, key("Workspace id", "Needed with a key of a whole organization.")] | None
    ) = None


def _headers(config: LangsmithConfig) -> dict[str, str]:
    found = {"x-api-key": config.api_key, "Langsmith-Project": config.project}
    if config.workspace_id:
        found["X-Tenant-Id"] = config.workspace_id
    return found


def _more(seen: View) -> dict[str, Any]:
    call = seen.generation
    tags = ",".join(tag.replace(",", " ") for tag in call.opik.tags)
    return {
        "langsmith.span.kind": "llm",
        "langsmith.trace.name": call.trace_name,
        "langsmith.trace.session_id": call.session_id,
        "langsmith.span.tags": tags or None,
        "langsmith.metadata.user_id": call.user,
        **{f"langsmith.metadata.{name}": value for name, value in seen.custom.items()},
    }


def deliveries(
    config: LangsmithConfig, batch: Sequence[Generation], extras: Extras
) -> list[Delivery]:
    url = below(config.endpoint, "/otel/v1/traces")
    return otlp_deliveries(url, _headers(config), config.headers, batch, extras, more=_more)


def test(config: LangsmithConfig) -> HttpRequest:
    url = below(config.endpoint, "/api/v1/sessions", {"limit": "1"})
    return get_request(url, _headers(config), config.headers)


DESTINATION = Destination(
    type="langsmith",
    title="LangSmith",
    config=LangsmithConfig,
    deliveries=deliveries,
    test=test,
    docs_url="https://docs.langchain.com/langsmith/trace-with-opentelemetry",
)
