"""Results of guardrail checks."""

from typing import Any

from litestar import Request, Router, post

from sightline.api.kit.counts import check_count
from sightline.api.kit.receipts import read_counted
from sightline.api.kit.services import Services
from sightline.domain.workspace import Principal
from sightline.wire.opik.annotations import GuardrailBatch, guardrail_write


@post("/", status_code=204, opt={"body": GuardrailBatch, "counted": ("opik", "guardrails")})
async def create_guardrails(
    request: Request[Any, Any, Any], who: Principal, services: Services
) -> None:
    """Store up to 1,000 guardrail results."""
    batch = await read_counted(request, GuardrailBatch, "guardrails")
    check_count(len(batch.guardrails), services.limits.max_batch_items, "guardrails")
    now_us = services.clock.now_us()
    writes = [
        guardrail_write(g, f"guardrails[{i}]", now_us) for i, g in enumerate(batch.guardrails)
    ]
    await services.ingest.write_guardrails(who, writes)


ROUTER = Router(
    path="/api/v1/private/guardrails", route_handlers=[create_guardrails], tags=["guardrails"]
)
