"""How many tokens a messages request has, as the endpoint counts them that would serve it."""

import math
from collections.abc import Mapping
from typing import Any

from sightline.domain.gateway import Endpoint
from sightline.services.gateway._secrets import without_secrets
from sightline.services.gateway.attempts import OF_THE_REQUEST, Route, told_to_callers
from sightline.services.gateway.errors import CallFailedError
from sightline.services.gateway.upstreams import AttemptFailedError, Upstreams
from sightline.wire.openai import usage as usages


async def count(upstreams: Upstreams, route: Route, body: Mapping[str, Any]) -> int:
    """Return the tokens of a messages request, guessed where its endpoint counts none.

    Raises `CallFailedError` when all that count refuse.
    """
    last: tuple[AttemptFailedError, Endpoint] | None = None
    for choice in route.plan.choices:
        for endpoint in choice.endpoints:
            try:
                counted = await upstreams.count(endpoint, body)
            except AttemptFailedError as failed:
                last = failed, endpoint
                if failed.error.type in OF_THE_REQUEST:
                    break
                continue
            return usages.estimate_messages(body) if counted is None else counted
    if last is None:
        raise CallFailedError("No endpoint serves this call", "not_found")
    refusal, endpoint = last
    told = without_secrets(endpoint, refusal.error)
    kind, message = told_to_callers(told, endpoint.provider_name)
    wait_s = refusal.retry_after_s
    raise CallFailedError(
        message,
        kind,
        metadata={"provider_name": endpoint.provider_name},
        retry_after_s=None if wait_s is None else max(1, math.ceil(wait_s)),
    )
