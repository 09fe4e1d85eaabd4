"""The gateway: takes a call, reaches a model, answers, and keeps a record of it.

The record is in the spool before the last byte of an answer goes out. Whatever happens to a call
that began (it fails, the caller hangs up), there is one record.
"""

import asyncio
import random
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from sightline.core.clock import Clock
from sightline.core.errors import (
    InternalError,
    NotFoundError,
    SightlineError,
)
from sightline.core.log import get_logger
from sightline.core.tasks import TaskGroup
from sightline.domain.gateway import Callers, Catalogue, Endpoint, Preset
from sightline.domain.generation import ApiType, CallError, Cost, Generation, Usage
from sightline.domain.upstream import BadAnswerError, Parsed, UpstreamError
from sightline.net.errors import OutboundError
from sightline.net.outbound import Outbound
from sightline.pricing.price_book import PriceBook
from sightline.providers._sends import parameters
from sightline.providers.base import Dialect
from sightline.services.gateway import cache as response_cache
from sightline.services.gateway import costs, counting, hints, preferences, unbuilt
from sightline.services.gateway.attempts import Attempts, Route
from sightline.services.gateway.cache import CacheEntry, CacheWish, Event, ResponseCache
from sightline.services.gateway.calls import (
    Call,
    Draft,
    Reply,
    Sink,
    encoded,
    router_metadata,
)
from sightline.services.gateway.errors import Failure, envelope, failure
from sightline.services.gateway.keep_alive import KeepAlive
from sightline.services.gateway.options import GatewayOptions
from sightline.services.gateway.outages import Outages
from sightline.services.gateway.recorder import Recorder
from sightline.services.gateway.routing import Router, Wanted
from sightline.services.gateway.stickiness import Stickiness
from sightline.services.gateway.streams import Relay
from sightline.services.gateway.upstreams import (
    AttemptFailedError,
    Opened,
    Upstreams,
    read_failed,
)
from sightline.wire import sse
from sightline.wire.openai import convert, requests, stamp, texts
from sightline.wire.openai import usage as usages
from sightline.wire.openai.assemble import Assembler

log = get_logger(__name__)

_JSON = {"content-type": "application/json"}
_HUNG_UP = 499
_NO_USAGE = Usage()
_METADATA_HEADERS = (b"x-openrouter-metadata", b"x-openrouter-experimental-metadata")
# Fields of a preset's config that are for the gateway, not for the model.
_PRESET_ONLY = frozenset({"cache_enabled", "cache_ttl_seconds", "system_prompt"})


class Engine:
    """One for the process."""

    def __init__(
        self,
        catalogue: Catalogue,
        callers: Callers,
        recorder: Recorder,
        outbound: Outbound,
        dialects: Mapping[str, Dialect],
        book: PriceBook,
        clock: Clock,
        options: GatewayOptions,
        outages: Outages | None = None,
    ) -> None:
        self._catalogue = catalogue
        self._callers = callers
        self._recorder = recorder
        self._book = book
        self._clock = clock
        self._options = options
        self._tasks = TaskGroup()
        self._stickiness = Stickiness()
        self.outages = outages or Outages(clock)
        self.cache = ResponseCache(clock, options.max_cache_bytes)
        upstreams = self._upstreams = Upstreams(outbound, dialects, clock)
        self._router = Router(
            self.outages,
            lambda endpoint: costs.unit_price(book, endpoint),
            upstreams.serves,
            random.Random(),  # noqa: S311 - balances load
            upstreams.lacks,
        )
        self._attempts = Attempts(
            upstreams, self.outages, self._router, clock, options.max_retry_wait_s
        )

    async def stop(self) -> None:
        """End what goes on beside calls; calls themselves have ended before."""
        await self._tasks.stop()

    async def call(self, call: Call, sink: Sink) -> Reply | None:
        """Answer a call: with what is to be sent as a whole, or None when `sink` got a stream.

        Raises `SightlineError` for a call that never began: a wrong body, a limit that is reached.
        """
        self._recorder.check()
        preset = await self._preset(call)
        requests.check(call.api, call.body)
        unbuilt.check(call.body)
        wish = preferences.read(call.body.get("provider"))
        await self._callers.admit(call.caller)
        said = hints.read(call.body, call.headers, call.caller)
        draft = Draft(call, said)
        draft.preset = None if preset is None else preset.slug
        try:
            kept = response_cache.wish_of(call, {} if preset is None else preset.config)
            if kept is not None and (entry := self.cache.find(kept)) is not None:
                return await self._replay(draft, kept, entry, sink)
            route = await self._route(draft, wish)
            if call.is_stream:
                return await self._stream(draft, route, kept, sink)
            return await self._whole(draft, route, kept)
        except asyncio.CancelledError:
            self._cancelled(draft, sink)
            raise
        except SightlineError as error:
            return await self._failed(draft, failure(error), sink)
        except Exception as error:  # noqa: BLE001 - one call must not end in silence
            log.error("gateway.call_died", exc=error, generation=call.id)
            return await self._failed(draft, failure(InternalError("Internal Server Error")), sink)

    async def count_tokens(self, call: Call) -> Reply:
        """Return how many tokens a messages request has. No generation: no model is called.

        Answers errors as a call does.
        """
        await self._preset(call)
        requests.check(call.api, call.body)
        await self._callers.admit(call.caller)
        draft = Draft(call, hints.read(call.body, call.headers, call.caller))
        route = await self._route(draft, preferences.read(call.body.get("provider")))
        count = await counting.count(self._upstreams, route, call.body)
        return Reply(status=200, body=encoded({"input_tokens": count}), headers=_JSON)

    async def _preset(self, call: Call) -> Preset | None:
        """Merge the preset that a call names below what it says; return it."""
        slug, model = None, call.body.get("model")
        if isinstance(model, str) and "@preset/" in model:
            model, _, slug = model.partition("@preset/")
            call.body.pop("model")
            if model:
                call.body["model"] = model
        elif isinstance(call.body.get("preset"), str):
            slug = call.body["preset"]
        if slug is None:
            return None
        preset = await self._catalogue.preset(call.caller.workspace_id, slug)
        if preset is None:
            raise NotFoundError(f"There is no preset `{slug[:100]}`")
        for name, value in preset.config.items():
            if name not in _PRESET_ONLY:
                call.body.setdefault(name, value)
        if preset.system_prompt:
            _instruct(call, preset.system_prompt)
        return preset

    async def _route(self, draft: Draft, wish: preferences.Preferences) -> Route:
        call, body = draft.call, draft.call.body
        snapshot = await self._catalogue.snapshot(call.caller.workspace_id)
        names = [body["model"]] if body.get("model") else []
        names += [name for name in body.get("models") or () if name not in names]
        wanted = Wanted(
            api=call.api,
            models=names,
            preferences=wish,
            params=parameters(body) if wish.require_parameters else frozenset(),
            chat_params=_chat_parameters(call) if wish.require_parameters else frozenset(),
            plugins=unbuilt.plugins(body),
            allowed=call.caller.allowed_models,
            preferred=self._stickiness.endpoint_id(
                call.caller.workspace_id, draft.hints.session_id
            ),
        )
        draft.plan = self._router.plan(snapshot, wanted)
        return Route(snapshot=snapshot, wanted=wanted, plan=draft.plan)

    async def _whole(self, draft: Draft, route: Route, kept: CacheWish | None) -> Reply:
        call = draft.call

        async def serve(opened: Opened) -> tuple[Parsed, ApiType]:
            try:
                data = await opened.source.read(self._options.max_answer_bytes)
                return opened.dialect.answer(opened.endpoint, opened.asked, data), opened.asked
            except OutboundError as error:
                raise read_failed(error, opened.endpoint.provider_name) from None
            except BadAnswerError as error:
                raise AttemptFailedError(error.error) from None
            except ValueError:
                told = "The provider sent what is not an answer"
                raise AttemptFailedError(
                    UpstreamError(type="provider_unavailable", message=told, status=200)
                ) from None
            finally:
                opened.source.close()

        parsed, asked = await self._attempts.reach(draft, route, serve)
        value = parsed.value
        draft.usage = parsed.usage
        draft.upstream_cost_usd = parsed.upstream_cost
        draft.upstream_id = parsed.upstream_id
        draft.finish_reason = parsed.finish_reason
        draft.native_finish_reason = parsed.native_finish_reason
        draft.first_token_us = draft.attempts[-1].headers_us
        if draft.usage is None and asked != "embeddings":
            draft.usage = usages.estimate(call.body, texts.read(asked, value).completion or "")
        self._label(draft, asked, value)
        stamp.put_usage(asked, value, self._price(draft, asked))
        if asked != call.api:
            value = convert.from_chat(call.api, value, draft.slug, call.body)
        draft.answer = value
        self._finish(draft)
        headers = dict(_JSON)
        if kept is not None:
            self._keep(draft, kept, [(None, encoded(value))])
            headers |= _missed(kept)
        if _wants_metadata(call):
            value["openrouter_metadata"] = router_metadata(draft)
        return Reply(status=200, body=encoded(value), headers=headers)

    async def _stream(
        self, draft: Draft, route: Route, kept: CacheWish | None, sink: Sink
    ) -> Reply | None:
        call = draft.call
        headers = {} if kept is None else _missed(kept)
        alive = KeepAlive(sink, headers, self._options.keep_alive_s, self._tasks)
        relay: Relay | None = None

        async def serve(opened: Opened) -> Relay:
            made = Relay(
                draft,
                opened,
                self._price,
                self._clock,
                keeps_events=kept is not None,
                metadata=router_metadata if _wants_metadata(call) else None,
            )
            await made.open()
            return made

        try:
            relay = await self._attempts.reach(draft, route, serve)
            while True:
                data = await relay.next()
                if relay.is_over:
                    break
                await alive.write(data)
            draft.answer = relay.answer()
            if relay.has_failed:
                draft.cost = Cost()
            self._finish(draft)
            if kept is not None and not relay.has_failed:
                self._keep(draft, kept, relay.events)
            await alive.end(data)
        except asyncio.CancelledError:
            if relay is not None:
                draft.answer = relay.answer()
            raise
        finally:
            alive.stop()
            if relay is not None:
                await relay.close()
        return None

    async def _replay(
        self, draft: Draft, kept: CacheWish, entry: CacheEntry, sink: Sink
    ) -> Reply | None:
        """Answer again what was answered before, at no cost and under an id of its own."""
        call = draft.call
        draft.slug, draft.provider = entry.model, entry.provider
        draft.provider_slug, draft.upstream_model = entry.provider_slug, entry.upstream_model
        draft.cache_source_id = entry.source_id
        draft.usage, draft.cost = _NO_USAGE, Cost()
        draft.first_token_us = self._clock.now_us()
        age_s = self.cache.age_s(entry)
        headers = {
            "x-openrouter-cache-status": "HIT",
            "x-openrouter-cache-age": str(age_s),
            "x-openrouter-cache-ttl": str(entry.ttl_s - age_s),
            "x-openrouter-cache-source-id": entry.source_id,
        }
        if not call.is_stream:
            value = _decoded(entry.events[0][1])
            self._renew(draft, value)
            stamp.put_usage(call.api, value, usages.to_wire(call.api, _NO_USAGE, Cost()))
            draft.answer = value
            self._finish(draft)
            return Reply(status=200, body=encoded(value), headers={**_JSON, **headers})
        whole = Assembler(call.api)
        out: list[bytes] = []
        for name, data in entry.events:
            value = _decoded(data)
            self._renew(draft, value)
            if stamp.is_last(call.api, value):
                stamp.put_usage(call.api, value, usages.to_wire(call.api, _NO_USAGE, Cost()))
            whole.add(value)
            out.append(sse.event(encoded(value), name))
        if call.api == "chat":
            out.append(sse.DONE)
        draft.answer = whole.answer()
        self._finish(draft)
        await sink.start(headers)
        await sink.write(b"".join(out), is_last=True)
        return None

    def _renew(self, draft: Draft, value: dict[str, Any]) -> None:
        """Give a kept value the call's own id and time."""
        value.pop("openrouter_metadata", None)
        for name in ("created", "created_at"):
            if name in value:
                value[name] = draft.call.created
        held = value.get("response", value)
        if isinstance(held, dict) and "id" in held:
            held["id"] = ""
        self._label(draft, draft.call.api, value)

    def _label(self, draft: Draft, api: ApiType, value: dict[str, Any]) -> None:
        call = draft.call
        stamp.label(
            api,
            value,
            id=call.id,
            model=draft.slug,
            provider=draft.provider,
            created=call.created,
        )

    def _price(self, draft: Draft, api: ApiType) -> dict[str, Any]:
        """Set what the call costs; return its usage as answers of `api` say it.

        An empty answer without a reason, or one that ended in an error, costs nothing.
        """
        endpoint, usage = draft.endpoint, draft.usage
        if endpoint is None:
            return {}
        if usage is None:
            said = texts.read(draft.call.api, draft.answer or {}).completion or ""
            usage = draft.usage = usages.estimate(draft.call.body, said)
        is_empty = not usage.completion_tokens and not draft.finish_reason
        if draft.finish_reason == "error" or (is_empty and api != "embeddings"):
            draft.cost = Cost()
        else:
            draft.cost = costs.cost_of(self._book, endpoint, usage, draft.upstream_cost_usd)
        return usages.to_wire(api, usage, draft.cost or costs.NO_COST, is_byok=endpoint.is_byok)

    def _finish(self, draft: Draft) -> None:
        """Keep the record of an answer. Raises `StoreUnavailableError` when that cannot be."""
        generation = self._record(draft)
        endpoint = self._settled(draft)
        if endpoint is None or generation.error is not None or not draft.attempts:
            return
        call, usage, last = draft.call, generation.usage, draft.attempts[-1]
        first_us = generation.first_token_us or generation.ended_us
        self.outages.worked(
            endpoint,
            first_us=first_us - last.started_us,
            total_us=generation.ended_us - last.started_us,
            tokens=0 if usage is None else usage.total_tokens,
            completion=0 if usage is None else usage.completion_tokens,
        )
        self._stickiness.served(call.caller.workspace_id, generation.session_id, endpoint.id)

    def _record(self, draft: Draft) -> Generation:
        call = draft.call
        generation = draft.generation(self._clock, hints.app_of(call.headers))
        self._recorder.keep(generation)
        cost, usage = generation.cost, generation.usage
        self._callers.spent(
            call.caller,
            Decimal(0) if cost is None else cost.total,
            is_byok=generation.is_byok,
            tokens=0 if usage is None else usage.total_tokens,
        )
        return generation

    def _settled(self, draft: Draft) -> Endpoint | None:
        """Note that the endpoint is no longer busy with the call; return it."""
        endpoint, draft.in_flight = draft.in_flight, None
        if endpoint is not None:
            self.outages.ended(endpoint)
        return endpoint

    def _cancelled(self, draft: Draft, sink: Sink) -> None:
        draft.cancelled = True
        draft.status = 200 if sink.has_started else _HUNG_UP
        if draft.answer is not None and draft.usage is None:
            # What was said is estimated: the upstream counts it, and cannot tell any more.
            draft.finish_reason = draft.finish_reason or "cancelled"
            self._price(draft, draft.call.api)
        self._record_quietly(draft)

    async def _failed(self, draft: Draft, why: Failure, sink: Sink) -> Reply | None:
        """Keep the record of a failure, and tell the caller in the way that is still open."""
        call = draft.call
        draft.status = 200 if sink.has_started else why.status
        draft.error = CallError(type=why.error_type, message=why.message, code=why.status)
        self._record_quietly(draft)
        if not sink.has_started:
            return Reply(
                status=why.status,
                body=encoded(envelope(call.api, why)),
                headers={**_JSON, **why.headers},
            )
        name, value = stamp.failure(call.api, why.error)
        self._label(draft, call.api, value)
        done = sse.DONE if call.api in ("chat", "completions") else b""
        await sink.write(sse.event(encoded(value), name) + done, is_last=True)
        return None

    def _record_quietly(self, draft: Draft) -> None:
        self._settled(draft)
        try:
            self._record(draft)
        except SightlineError as error:
            # The caller is told of a failure anyway.
            log.error("gateway.record_lost", code=error.code, generation=draft.call.id)
            app = hints.app_of(draft.call.headers)
            self._recorder.lose(draft.generation(self._clock, app), error)

    def _keep(self, draft: Draft, kept: CacheWish, events: Sequence[Event]) -> None:
        served = (draft.slug, draft.provider, draft.provider_slug, draft.upstream_model)
        self.cache.store(kept, events, source_id=draft.call.id, served=served)


def _chat_parameters(call: Call) -> frozenset[str]:
    """Return the parameters of a call as they are when it is asked as chat."""
    if call.api == "embeddings":
        return frozenset()
    return parameters(convert.to_chat(call.api, call.body))


def _instruct(call: Call, prompt: str) -> None:
    """Give a call the system prompt of its preset, unless it has one."""
    body = call.body
    if call.api == "messages":
        body.setdefault("system", prompt)
    elif call.api == "responses":
        body.setdefault("instructions", prompt)
    elif call.api == "chat" and isinstance(messages := body.get("messages"), list):
        roles = [message.get("role") for message in messages if isinstance(message, dict)]
        if "system" not in roles and "developer" not in roles:
            body["messages"] = [{"role": "system", "content": prompt}, *messages]


def _wants_metadata(call: Call) -> bool:
    for name in _METADATA_HEADERS:
        said = call.headers.get(name)
        if said is not None and said.strip().lower() in (b"enabled", b"true"):
            return True
    return False


def _missed(kept: CacheWish) -> dict[str, str]:
    return {
        "x-openrouter-cache-status": "MISS",
        "x-openrouter-cache-ttl": str(kept.ttl_s),
    }


def _decoded(data: bytes) -> dict[str, Any]:
    value: dict[str, Any] = msgspec.json.decode(data)
    return value
