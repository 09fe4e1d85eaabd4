"""A little model provider on 127.0.0.1 that speaks OpenAI's HTTP API and misbehaves to order.

    with Upstream() as upstream:
        upstream.plans["flaky"] = [Fault(status=429, retry_after="0"), Fault()]
        client = openai.OpenAI(base_url=upstream.base_url, api_key="any")

Calls are steered by the name of the model, so that a client in another process can choose too. A
model with a plan gets its steps one call after the other, the last one for ever; any other model is
answered at once. No key is asked for.
"""

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

PROMPT_TOKENS = 11
COMPLETION_TOKENS = 7
CACHED_TOKENS = 4
REASONING_TOKENS = 2
ANSWER = "Hello from upstream"
COUNTED_TOKENS = 42
CREATED = 1_790_000_000

_ERROR_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    404: "not_found_error",
    429: "rate_limit_error",
    503: "service_unavailable",
}
_HUGE = 64 * 1024


class Fault(NamedTuple):
    """One step of a plan; without arguments, a call that goes well."""

    status: int = 200
    message: str = "upstream says no"
    retry_after: str | None = None
    delay_s: float = 0
    """Wait so long before the first byte."""
    pause_s: float = 0
    """Wait so long before each chunk of a stream but the first."""
    cut_after: int | None = None
    """End the connection after so many chunks of a stream."""
    garbage: bool = False
    """Answer with something that is no JSON."""
    huge: bool = False
    """Answer with far more text than asked for."""
    empty: bool = False
    """Answer with no text, no finish reason and no completion token."""
    no_usage: bool = False
    """Say nothing of tokens."""


class Call(NamedTuple):
    """One request that arrived."""

    path: str
    headers: dict[str, str]  # names in lower case
    body: dict[str, Any]


class Upstream:
    """The server; `url` is its root and `base_url` what OpenAI's clients take."""

    def __init__(self) -> None:
        self.plans: dict[str, list[Fault]] = {}
        self.calls: list[Call] = []
        self.hung_up: list[str] = []
        """Models whose callers went away before the stream was over."""
        self.cookie: str | None = None
        """Sent with every answer, as `Set-Cookie`."""
        self._lock = threading.Lock()
        self._server = _Server(self)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), daemon=True
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def base_url(self) -> str:
        return f"{self.url}/v1"

    def next_fault(self, call: Call) -> Fault:
        """Note a call and return what its model's plan has for it."""
        with self._lock:
            self.calls.append(call)
            plan = self.plans.get(str(call.body.get("model")))
            if not plan:
                return Fault()
            return plan.pop(0) if len(plan) > 1 else plan[0]

    def __enter__(self) -> "Upstream":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # A worker that still waits in a planned delay must not hold up the end of the tests.
    block_on_close = False

    def __init__(self, upstream: Upstream) -> None:
        self.upstream = upstream
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: clients hang up when they are told to."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        if self.path.rstrip("/").endswith("/models"):
            models = [{"id": "gpt-4o-mini", "object": "model", "created": CREATED}]
            self._json(200, {"object": "list", "data": models})
        else:
            self._error(Fault(status=404, message=f"Unknown path {self.path}"))

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length) or b"{}")
        headers = {key.lower(): value for key, value in self.headers.items()}
        fault = self.server.upstream.next_fault(Call(self.path, headers, body))
        time.sleep(fault.delay_s)
        if fault.status != 200:
            self._error(fault)
        elif fault.garbage:
            self._send(200, b"<html>not what you wanted", "text/html")
        elif self.path.endswith("/chat/completions"):
            self._chat(body, fault)
        elif self.path.endswith("/completions"):
            self._json(200, text_completion(body))
        elif self.path.endswith("/embeddings"):
            self._json(200, embedding(body))
        elif self.path.endswith("/messages/count_tokens"):
            self._json(200, {"input_tokens": COUNTED_TOKENS})
        elif self.path.endswith("/messages"):
            self._messages(body)
        else:
            self._error(Fault(status=404, message=f"Unknown path {self.path}"))

    def _chat(self, body: dict[str, Any], fault: Fault) -> None:
        answer = ANSWER * (_HUGE // len(ANSWER)) if fault.huge else ANSWER
        if not body.get("stream"):
            whole = chat_completion(body, answer)
            if fault.empty:
                whole["choices"] = [{"index": 0, "message": {"role": "assistant", "content": ""}}]
            _alter(whole, fault)
            self._json(200, whole)
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for at, chunk in enumerate(chat_chunks(body, answer)):
            if at == fault.cut_after:
                self.close_connection = True
                return
            time.sleep(fault.pause_s if at else 0)
            if fault.empty and chunk["choices"]:
                continue
            _alter(chunk, fault)
            if not chunk["choices"] and "usage" not in chunk:
                continue
            try:
                self._chunk(f"data: {json.dumps(chunk)}\n\n".encode())
            except OSError:
                self.server.upstream.hung_up.append(str(body.get("model")))
                raise
        self._chunk(b"data: [DONE]\n\n")
        self._chunk(b"")

    def _messages(self, body: dict[str, Any]) -> None:
        """Answer as Anthropic does, as simply as can be."""
        usage = {"input_tokens": PROMPT_TOKENS, "output_tokens": COMPLETION_TOKENS}
        block = {"type": "text", "text": ANSWER}
        answer = {
            "id": "msg_upstream",
            "type": "message",
            "role": "assistant",
            "model": body.get("model"),
            "content": [block],
            "stop_reason": "end_turn",
            "usage": usage,
        }
        if not body.get("stream"):
            self._json(200, answer)
            return
        start = {**answer, "content": [], "stop_reason": None}
        events: list[dict[str, Any]] = [
            {"type": "message_start", "message": start},
            {"type": "content_block_start", "index": 0, "content_block": {**block, "text": ""}},
            {
                "type": "content_block_delta",
                "index": 0,
                "delta": {"type": "text_delta", "text": ANSWER},
            },
            {"type": "content_block_stop", "index": 0},
            {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": usage},
            {"type": "message_stop"},
        ]
        lines = [f"event: {e['type']}\ndata: {json.dumps(e)}\n\n" for e in events]
        self._send(200, "".join(lines).encode(), "text/event-stream")

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()

    def _error(self, fault: Fault) -> None:
        kind = _ERROR_TYPES.get(fault.status, "server_error")
        error = {"message": fault.message, "type": kind, "param": None, "code": None}
        headers = {"Retry-After": fault.retry_after} if fault.retry_after is not None else {}
        self._json(fault.status, {"error": error}, headers)

    def _json(self, status: int, value: Any, headers: dict[str, str] | None = None) -> None:
        self._send(status, json.dumps(value).encode(), "application/json", headers)

    def _send(
        self, status: int, body: bytes, kind: str, headers: dict[str, str] | None = None
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def end_headers(self) -> None:
        if self.server.upstream.cookie is not None:
            self.send_header("Set-Cookie", self.server.upstream.cookie)
        super().end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Keep no log."""


def _alter(value: dict[str, Any], fault: Fault) -> None:
    if fault.no_usage:
        value.pop("usage", None)
    elif fault.empty and "usage" in value:
        value["usage"] = {**value["usage"], "completion_tokens": 0, "total_tokens": PROMPT_TOKENS}
        del value["usage"]["completion_tokens_details"]


def usage() -> dict[str, Any]:
    """Return what every chat completion says of its tokens."""
    return {
        "prompt_tokens": PROMPT_TOKENS,
        "completion_tokens": COMPLETION_TOKENS,
        "total_tokens": PROMPT_TOKENS + COMPLETION_TOKENS,
        "prompt_tokens_details": {"cached_tokens": CACHED_TOKENS},
        "completion_tokens_details": {"reasoning_tokens": REASONING_TOKENS},
    }


def chat_completion(body: dict[str, Any], answer: str) -> dict[str, Any]:
    """Return the answer of a call that did not ask for a stream; a tool offered is called."""
    message: dict[str, Any] = {"role": "assistant", "content": answer}
    reason = "stop"
    if body.get("tools"):
        function = {"name": body["tools"][0]["function"]["name"], "arguments": '{"city": "Oslo"}'}
        call = {"id": "call_1", "type": "function", "function": function}
        message = {"role": "assistant", "content": None, "tool_calls": [call]}
        reason = "tool_calls"
    return {
        "id": "chatcmpl-upstream",
        "object": "chat.completion",
        "created": CREATED,
        "model": body.get("model"),
        "choices": [{"index": 0, "message": message, "finish_reason": reason}],
        "usage": usage(),
    }


def chat_chunks(body: dict[str, Any], answer: str) -> Iterator[dict[str, Any]]:
    """Yield the chunks of a stream; the one with the usage only when it was asked for."""

    def chunk(choices: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
        return {
            "id": "chatcmpl-upstream",
            "object": "chat.completion.chunk",
            "created": CREATED,
            "model": body.get("model"),
            "choices": choices,
            **more,
        }

    def delta(value: dict[str, Any], reason: str | None = None) -> dict[str, Any]:
        return chunk([{"index": 0, "delta": value, "finish_reason": reason}])

    yield delta({"role": "assistant", "content": ""})
    for at, word in enumerate(answer.split(" ")):
        yield delta({"content": f" {word}" if at else word})
    yield delta({}, "stop")
    if (body.get("stream_options") or {}).get("include_usage"):
        yield chunk([], usage=usage())


def text_completion(body: dict[str, Any]) -> dict[str, Any]:
    """Return the answer of the older completions API."""
    return {
        "id": "cmpl-upstream",
        "object": "text_completion",
        "created": CREATED,
        "model": body.get("model"),
        "choices": [{"index": 0, "text": ANSWER, "finish_reason": "stop", "logprobs": None}],
        "usage": usage(),
    }


def embedding(body: dict[str, Any]) -> dict[str, Any]:
    """Return one small vector for each input."""
    texts = body.get("input")
    count = len(texts) if isinstance(texts, list) else 1
    return {
        "object": "list",
        "model": body.get("model"),
        "data": [
            {"object": "embedding", "index": i, "embedding": [0.25, -0.5, 0.125]}
            for i in range(count)
        ],
        "usage": {"prompt_tokens": PROMPT_TOKENS, "total_tokens": PROMPT_TOKENS},
    }
