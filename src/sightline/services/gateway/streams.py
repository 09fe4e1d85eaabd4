"""Passes one upstream's stream on to the caller, named and priced, and puts it together."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from sightline.core import codec
from sightline.core.clock import Clock
from sightline.domain.generation import ApiType, CallError
from sightline.domain.upstream import StreamPart, UpstreamError
from sightline.net.errors import OutboundError
from sightline.services.gateway._secrets import without_secrets
from sightline.services.gateway.attempts import told_to_callers
from sightline.services.gateway.cache import Event
from sightline.services.gateway.calls import Draft
from sightline.services.gateway.errors import STATUS
from sightline.services.gateway.upstreams import AttemptFailedError, Opened, read_failed
from sightline.wire import sse
from sightline.wire.openai import convert, stamp
from sightline.wire.openai.assemble import Assembler

# Sets usage, cost and finish reason of the draft right, and returns the usage object to send.
Price = Callable[[Draft, ApiType], dict[str, Any]]


class Relay:
    """One stream: `open` waits for the first output, then `pump` gives what to send on.

    The last piece of `pump` comes when the answer is whole, and everything about it is in the
    draft: it may be kept before the caller gets that piece.
    """

    def __init__(
        self,
        draft: Draft,
        opened: Opened,
        price: Price,
        clock: Clock,
        *,
        keeps_events: bool = False,
        metadata: Callable[[Draft], dict[str, Any]] | None = None,
    ) -> None:
        call = draft.call
        self._draft = draft
        self._id, self._created = call.id, call.created
        self._api = call.api
        self._opened = opened
        self._asked = opened.asked
        self._slug = draft.slug
        self._provider = opened.endpoint.provider_name
        self._endpoint = opened.endpoint
        self._price = price
        self._clock = clock
        self._metadata = metadata
        self._reader = opened.dialect.stream(opened.endpoint, opened.asked)
        self._to: convert.ChatStreamTo | None = None
        if opened.asked != call.api:
            self._to = convert.ChatStreamTo(
                call.api, call.body, draft.slug, id=call.id, created=call.created
            )
        self._assembler = Assembler(call.api)
        # Chat for chat, which is most of all streams, takes the short way.
        self._is_plain = opened.asked == call.api == "chat"
        self._keeps_events = keeps_events
        self._first: list[StreamPart] = []
        self._has_usage = False
        self.events: list[Event] = []
        self.is_over = False
        self.has_failed = False

    async def open(self) -> None:
        """Return when the first output came, or the whole answer. Raises `AttemptFailedError`."""
        source = self._opened.source
        try:
            while True:
                data = await source.read_some()
                parts = self._reader.feed(data) if data else self._reader.close()
                self._first += parts
                for part in parts:
                    if part.error is not None:
                        raise AttemptFailedError(part.error)
                    if part.has_content:
                        self._draft.first_token_us = self._clock.now_us()
                    if part.has_content or part.is_end:
                        return
        except OutboundError as error:
            source.close()
            raise read_failed(error, self._provider) from None
        except BaseException:
            source.close()
            raise

    async def next(self) -> bytes:
        """Return the next events to send, waiting for them; after the last, `is_over` is true."""
        if self._first:
            parts: Sequence[StreamPart] = self._first
            self._first = []
        else:
            try:
                data = await self._opened.source.read_some()
            except OutboundError as error:
                said = error.told_of(self._provider)
                told = UpstreamError(type=error.code, message=said, status=200)
                parts = [StreamPart(error=told)]
            else:
                parts = self._reader.feed(data) if data else self._reader.close()
        out: list[bytes] = []
        for part in parts:
            value = part.value
            if (
                self._is_plain
                and part.has_content
                and value is not None
                and not (part.finish_reason or part.upstream_id or part.error)
            ):
                self._pass_on(value, part.text, out)
                continue
            self._take(part, out)
            if self.is_over:
                break
        return b"".join(out)

    async def close(self) -> None:
        """Let the upstream go; a stream that is not over is cancelled there."""
        if self.is_over and not self.has_failed:
            await self._opened.source.finish()
        self._opened.source.close()

    def answer(self) -> dict[str, Any]:
        """Return what came so far, as it would have come at once."""
        return self._assembler.answer()

    def _pass_on(self, value: dict[str, Any], text: str | None, out: list[bytes]) -> None:
        """Send a chunk of chat that is asked for as chat, and that says nothing but output."""
        value["id"] = self._id
        value["model"] = self._slug
        value["provider"] = self._provider
        value.setdefault("created", self._created)
        if text is None:
            self._assembler.add(value)
        else:
            self._assembler.add_text(value, text)
        data = codec.encode(value)
        if self._keeps_events:
            self.events.append((None, data))
        out.append(sse.event(data))

    def _take(self, part: StreamPart, out: list[bytes]) -> None:
        draft, value = self._draft, part.value
        if part.has_content and draft.first_token_us is None:
            draft.first_token_us = self._clock.now_us()
        if part.upstream_id is not None:
            draft.upstream_id = part.upstream_id
        if part.finish_reason is not None:
            draft.finish_reason = part.finish_reason
            draft.native_finish_reason = part.native_finish_reason
        if part.error is not None:
            self._fail(part, out)
            return
        if value is not None:
            self._label(self._asked, value)
            if part.usage is not None or stamp.is_last(self._asked, value):
                self._stamp_usage(part, value)
            self._send(part, out)
        elif not part.is_end:
            self._send(part, out)
        if part.is_end:
            if value is None:
                self._end(part, out)
            self.is_over = True
            if self._api in ("chat", "completions"):
                out.append(sse.DONE)

    def _stamp_usage(self, part: StreamPart, value: dict[str, Any]) -> None:
        draft = self._draft
        if part.usage is not None:
            draft.usage = part.usage
            draft.upstream_cost_usd = part.upstream_cost
        elif draft.usage is None:
            draft.answer = self._assembler.answer()
        self._has_usage = True
        stamp.put_usage(self._asked, value, self._price(draft, self._asked))
        if self._metadata is not None:
            value["openrouter_metadata"] = self._metadata(draft)

    def _end(self, part: StreamPart, out: list[bytes]) -> None:
        """Say the usage that the upstream did not, then that the stream is over."""
        if not self._has_usage and self._asked in ("chat", "completions"):
            value = stamp.usage_chunk({})
            if self._asked == "completions":
                value["object"] = "text_completion"
            self._label(self._asked, value)
            told = StreamPart(value=value)
            self._stamp_usage(told, value)
            self._send(told, out)
        if self._to is not None:
            self._send(part, out)

    def _send(self, part: StreamPart, out: list[bytes]) -> None:
        for sent in (part,) if self._to is None else self._to.feed(part):
            value = sent.value
            if value is None:
                continue
            if self._to is not None:
                self._label(self._api, value)
            self._out(value, sent.event, out)

    def _out(self, value: dict[str, Any], event: str | None, out: list[bytes]) -> None:
        self._assembler.add(value)
        data = codec.encode(value)
        if self._keeps_events:
            self.events.append((event, data))
        out.append(sse.event(data, event))

    def _label(self, api: ApiType, value: dict[str, Any]) -> None:
        call = self._draft.call
        stamp.label(
            api,
            value,
            id=call.id,
            model=self._slug,
            provider=self._provider,
            created=call.created,
        )

    def _fail(self, part: StreamPart, out: list[bytes]) -> None:
        """End a stream that has begun: its status was sent, so the error is its last event."""
        draft = self._draft
        if part.error is None:
            return
        error = without_secrets(self._endpoint, part.error)
        kind, message = told_to_callers(error, self._provider)
        code = STATUS[kind]
        draft.error = CallError(type=kind, message=message, code=code)
        draft.finish_reason = "error"
        self.is_over = self.has_failed = True
        if self._to is not None:
            told_error = msgspec.structs.replace(error, type=kind, message=message)
            sents = self._to.feed(msgspec.structs.replace(part, error=told_error))
        else:
            metadata = {"error_type": kind, "provider_name": self._provider}
            told = {"code": code, "message": message, "metadata": metadata}
            name, value = stamp.failure(self._api, told)
            sents = [StreamPart(value=value, event=name)]
        for sent in sents:
            if sent.value is not None:
                self._label(self._api, sent.value)
                out.append(sse.event(codec.encode(sent.value), sent.event))
        if self._api in ("chat", "completions"):
            out.append(sse.DONE)
