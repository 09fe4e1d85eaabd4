"""Tries endpoints one after another until one answers, and says why when none does.

What is wrong with the request itself goes to the next model at once; what is wrong with an endpoint
goes to the next endpoint; what may pass is tried again after a wait that grows, or that the
upstream asks for, as long as that is not too long.
"""

import asyncio
import math
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from sightline.core.clock import Clock
from sightline.domain.gateway import Endpoint, RouterOptions, Snapshot
from sightline.domain.generation import ApiType, Attempt
from sightline.domain.upstream import UpstreamError
from sightline.providers._sends import parameters
from sightline.services.gateway._secrets import without_secrets
from sightline.services.gateway.calls import Draft
from sightline.services.gateway.errors import STATUS, CallFailedError
from sightline.services.gateway.outages import Outages
from sightline.services.gateway.routing import Choice, Plan, Router, Wanted
from sightline.services.gateway.upstreams import AttemptFailedError, Opened, Upstreams
from sightline.wire.openai import convert

T = TypeVar("T")


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """What a call may reach, and by which wishes that was found."""

    snapshot: Snapshot
    wanted: Wanted
    plan: Plan


Serve = Callable[[Opened], Awaitable[T]]

# Wrong with the request: another endpoint of the same model would say the same.
OF_THE_REQUEST = frozenset(
    name for name, status in STATUS.items() if status in (400, 412, 413, 422)
)
# May work in a moment at the same endpoint.
_PASSING = frozenset(
    {"rate_limit_exceeded", "provider_unavailable", "provider_overloaded", "server", "unmapped"}
)
# The gateway's own standing with the provider: not for callers to mend.
_OF_THE_ACCOUNT = {
    "authentication": "does not accept the gateway's key",
    "permission_denied": "does not let the gateway's key call this",
    "payment_required": "wants the gateway's account to be paid",
}
_FIRST_WAIT_S = 0.25
# With another model to go to, nobody waits long for the first.
_PATIENCE_S = 1.0


class Attempts:
    """Reaches an endpoint for one call after another."""

    def __init__(
        self,
        upstreams: Upstreams,
        outages: Outages,
        router: Router,
        clock: Clock,
        max_wait_s: float,
    ) -> None:
        self._upstreams = upstreams
        self._outages = outages
        self._router = router
        self._clock = clock
        self._max_wait_s = max_wait_s

    async def reach(self, draft: Draft, route: Route, serve: Serve[T]) -> T:
        """Return what `serve` makes of the first endpoint that answers.

        `serve` closes the source unless it succeeds. The endpoint is then `draft.in_flight`: it is
        owed `Outages.ended`. Raises `CallFailedError` when none answers.
        """
        options = route.snapshot.router
        bodies: dict[ApiType, dict[str, Any]] = {}
        choices = list(route.plan.choices)
        tried: set[str] = set()
        last: AttemptFailedError | None = None
        while choices and len(draft.attempts) < options.max_attempts:
            choice = choices.pop(0)
            tried.add(choice.slug)
            try:
                return await self._choice(draft, options, choice, bodies, serve, bool(choices))
            except AttemptFailedError as failed:
                last = failed
                choices = self._special(route, choice, failed, tried) + choices
        if last is None:
            raise CallFailedError("No endpoint serves this call", "not_found")
        raise _final(draft, last)

    async def _choice(
        self,
        draft: Draft,
        options: RouterOptions,
        choice: Choice,
        bodies: dict[ApiType, dict[str, Any]],
        serve: Serve[T],
        has_more: bool,
    ) -> T:
        endpoints: Sequence[Endpoint] = choice.endpoints
        last: AttemptFailedError | None = None
        tries = 0
        while True:
            again: list[Endpoint] = []
            for endpoint in endpoints:
                if len(draft.attempts) >= options.max_attempts:
                    break
                try:
                    return await self._once(draft, options, choice.slug, endpoint, bodies, serve)
                except AttemptFailedError as failed:
                    last = failed
                    if failed.error.type in OF_THE_REQUEST:
                        raise
                    told = endpoint.retries
                    allowed = options.num_retries if told is None else told
                    if failed.error.type in _PASSING and not failed.is_ours and tries < allowed:
                        again.append(endpoint)
            if last is None:
                raise CallFailedError("No endpoint serves this call", "not_found")
            wait_s = self._wait_s(options, last, tries)
            patience_s = _PATIENCE_S if has_more else self._max_wait_s
            if not again or wait_s > patience_s or len(draft.attempts) >= options.max_attempts:
                raise last
            await asyncio.sleep(wait_s)
            endpoints, tries = again, tries + 1

    async def _once(
        self,
        draft: Draft,
        options: RouterOptions,
        slug: str,
        endpoint: Endpoint,
        bodies: dict[ApiType, dict[str, Any]],
        serve: Serve[T],
    ) -> T:
        started_us = self._clock.now_us()
        headers_us: int | None = None
        failed: AttemptFailedError | None = None
        status, error = 0, "cancelled"
        self._outages.began(endpoint)
        draft.in_flight = endpoint
        draft.served_by(endpoint, slug)
        try:
            opened = await self._opened(draft, options, endpoint, bodies)
            headers_us = self._clock.now_us()
            served = await serve(opened)
            status, error = 200, ""
        except AttemptFailedError as caught:
            caught.error = without_secrets(endpoint, caught.error)
            failed = caught
            status, error = caught.error.status, caught.error.message
            raise
        finally:
            ended_us = self._clock.now_us()
            draft.attempts.append(
                Attempt(
                    provider=endpoint.provider_name,
                    provider_slug=endpoint.provider,
                    endpoint_id=endpoint.id,
                    model=slug,
                    status=status,
                    started_us=started_us,
                    headers_us=headers_us,
                    ended_us=ended_us,
                    is_byok=endpoint.is_byok,
                    error=error or None,
                )
            )
            if failed is not None:
                self._outages.ended(endpoint)
                draft.in_flight = None
                if failed.error.type not in OF_THE_REQUEST and not failed.is_ours:
                    self._outages.failed(endpoint, options, failed.retry_after_s)
        return served

    async def _opened(
        self,
        draft: Draft,
        options: RouterOptions,
        endpoint: Endpoint,
        bodies: dict[ApiType, dict[str, Any]],
    ) -> Opened:
        asked = self._upstreams.asked(endpoint, draft.call.api)
        try:
            return await self._asked(draft, options, endpoint, bodies, asked)
        except AttemptFailedError as failed:
            if not self._upstreams.may_be_chat_only(endpoint, asked, failed.error):
                raise
        opened = await self._asked(draft, options, endpoint, bodies, "chat")
        self._upstreams.is_chat_only(endpoint)
        return opened

    async def _asked(
        self,
        draft: Draft,
        options: RouterOptions,
        endpoint: Endpoint,
        bodies: dict[ApiType, dict[str, Any]],
        asked: ApiType,
    ) -> Opened:
        body = bodies.get(asked)
        if body is None:
            body = bodies[asked] = _asked_body(draft, asked)
        tier = None if draft.plan is None else draft.plan.service_tier
        sent = _for_endpoint(endpoint, body, options, tier)
        names = parameters(body)
        dropped = (names - sent.keys()) | self._upstreams.dropped(endpoint, asked, names)
        draft.dropped = tuple(sorted(dropped))
        return await self._upstreams.open(endpoint, asked, sent, stream=draft.call.is_stream)

    def _wait_s(self, options: RouterOptions, failed: AttemptFailedError, tries: int) -> float:
        if failed.retry_after_s is not None:
            return max(failed.retry_after_s, options.retry_after_s)
        # Apart from each other, so that callers who failed together do not come back together.
        grown = _FIRST_WAIT_S * float(2**tries) * (0.75 + random.random() / 2)  # noqa: S311
        return max(grown, options.retry_after_s)

    def _special(
        self, route: Route, choice: Choice, failed: AttemptFailedError, tried: set[str]
    ) -> list[Choice]:
        """Return models that are there for this kind of error."""
        options = route.snapshot.router
        table: Mapping[str, Sequence[str]] = {}
        if failed.error.type == "context_length_exceeded":
            table = options.context_window_fallbacks
        elif failed.error.type in ("content_policy_violation", "refusal"):
            table = options.content_policy_fallbacks
        names = table.get(choice.slug) or ()
        return self._router.fallbacks(route.snapshot, names, route.wanted, tried) if names else []


def told_to_callers(error: UpstreamError, provider: str) -> tuple[str, str]:
    """Return the error type and message of an upstream's refusal as callers get it."""
    kind, message = error.type, error.message
    if why := _OF_THE_ACCOUNT.get(kind):
        return "provider_unavailable", f"{provider} {why}: {message}"
    if kind == "not_found":
        message = f"{provider} does not know the model: {message}"
    return (kind if kind in STATUS else "provider_unavailable"), message


def _final(draft: Draft, last: AttemptFailedError) -> CallFailedError:
    error = last.error
    provider = draft.attempts[-1].provider
    kind, message = told_to_callers(error, provider)
    status = STATUS[kind]
    metadata: dict[str, Any] = {"provider_name": provider}
    if error.provider_code is not None and status != 500:
        metadata["provider_code"] = error.provider_code
    if len(draft.attempts) > 1:
        metadata["previous_errors"] = [
            {"provider": a.provider, "model": a.model, "code": a.status, "message": a.error}
            for a in draft.attempts[:-1]
        ]
    wait = None
    if status in (429, 503) and last.retry_after_s is not None:
        wait = max(1, math.ceil(last.retry_after_s))
    return CallFailedError(
        message,
        kind,
        metadata=metadata,
        availability=_availability(draft, status, wait),
        retry_after_s=wait,
    )


def _availability(draft: Draft, status: int, wait_s: int | None) -> dict[str, Any] | None:
    if status == 404:
        code = "model_unavailable_upstream"
    elif status == 429:
        code = "capacity_exhausted"
    elif status >= 502:
        code = "temporarily_unavailable"
    else:
        return None
    models = list(dict.fromkeys(attempt.model for attempt in draft.attempts))
    block: dict[str, Any] = {
        "code": code,
        "retryable": status != 404,
        "requested_models": models[:1],
        "affected_providers": sorted({attempt.provider_slug for attempt in draft.attempts}),
    }
    if len(models) > 1:
        block["fallback_models"] = models[1:]
    if wait_s is not None:
        block["retry_after"] = wait_s
    return block


def _asked_body(draft: Draft, asked: ApiType) -> dict[str, Any]:
    """Return the body in the api in which endpoints are asked, without the choice of models."""
    call = draft.call
    body = call.body if asked == call.api else convert.to_chat(call.api, call.body)
    if "models" not in body and "preset" not in body:
        return body
    return {name: value for name, value in body.items() if name not in ("models", "preset")}


def _for_endpoint(
    endpoint: Endpoint, body: dict[str, Any], options: RouterOptions, tier: str | None
) -> dict[str, Any]:
    known = endpoint.parameters
    # `:nitro` and `:floor` ask for a tier; whoever has none may refuse the field.
    has_tiers = endpoint.provider == "openai" or (known is not None and "service_tier" in known)
    if tier is not None and has_tiers and "service_tier" not in body:
        body = {**body, "service_tier": tier}
    if endpoint.defaults:
        body = {**endpoint.defaults, **body}
    if options.drops_params and known is not None:
        dropped = _OPTIONAL - known
        body = {name: value for name, value in body.items() if name not in dropped}
    return body


# What a request may lose and still be the same question.
_OPTIONAL = frozenset(
    "temperature top_p top_k top_a min_p frequency_penalty presence_penalty repetition_penalty "
    "seed stop max_tokens max_completion_tokens logit_bias logprobs top_logprobs response_format "
    "tools tool_choice parallel_tool_calls modalities prediction reasoning reasoning_effort "
    "service_tier verbosity user n".split()
)
