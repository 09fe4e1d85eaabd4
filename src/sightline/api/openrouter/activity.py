"""What went through the gateway in the last 30 days."""

from litestar import Response, Router, get

from sightline.api.kit.gateway import check_manager
from sightline.api.kit.services import Services
from sightline.api.openrouter._answers import BASE, DEPENDENCIES, check_workspace, json_answer
from sightline.core.clock import format_us
from sightline.core.errors import InvalidRequestError
from sightline.core.ids import format_id
from sightline.domain.gateway import Caller
from sightline.services.gateway.activity import activity


@get(f"{BASE}/activity")
async def get_activity(
    services: Services,
    caller: Caller,
    date: str | None = None,
    workspace_id: str | None = None,
    api_key_hash: str | None = None,
    user_id: str | None = None,
) -> Response[bytes]:
    """Return calls, tokens and cost by UTC day, model and provider."""
    check_manager(caller)
    check_workspace(workspace_id, caller.workspace_id)
    for name, value in (("api_key_hash", api_key_hash), ("user_id", user_id)):
        if value is not None:
            raise InvalidRequestError(f"{name} is not built: activity is of the whole workspace")
    rows = await activity(services.analytics, services.clock, caller.workspace_id, date=date)
    workspace = format_id(caller.workspace_id)
    return json_answer(
        {
            "data": [
                {
                    "date": format_us(row.day_us)[:10],
                    "model": row.model,
                    "model_permaslug": row.model,
                    "endpoint_id": f"{row.provider}:{row.model}",
                    "provider_name": row.provider_name,
                    "usage": float(row.usage),
                    "byok_usage_inference": 0,
                    "requests": row.requests,
                    "prompt_tokens": row.prompt_tokens,
                    "completion_tokens": row.completion_tokens,
                    "reasoning_tokens": row.reasoning_tokens,
                    "cached_tokens": row.cached_tokens,
                    "workspace_id": workspace,
                }
                for row in rows
            ]
        }
    )


ROUTER = Router(
    path="/", route_handlers=[get_activity], dependencies=DEPENDENCIES, tags=["gateway: keys"]
)
