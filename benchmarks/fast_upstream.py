"""A model provider that costs next to nothing: canned answers, no parsing but of lengths."""

import asyncio
import json
import sys

CHUNKS = 20
_WORDS = "The quick brown fox jumps over the lazy dog and runs through the wide green field at dawn"


def _answer() -> bytes:
    body = json.dumps(
        {
            "id": "chatcmpl-fast",
            "object": "chat.completion",
            "created": 1790000000,
            "model": "gpt-4o-mini",
            "choices": [
                {
                    "index": 0,
                    "message": {"role": "assistant", "content": _WORDS, "refusal": None},
                    "logprobs": None,
                    "finish_reason": "stop",
                }
            ],
            "usage": _usage(),
        }
    ).encode()
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
    return head % len(body) + body


def _usage() -> dict[str, object]:
    return {
        "prompt_tokens": 12,
        "completion_tokens": CHUNKS,
        "total_tokens": 12 + CHUNKS,
        "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0},
    }


def _stream() -> bytes:
    def event(choices: list[object], **more: object) -> bytes:
        value = {
            "id": "chatcmpl-fast",
            "object": "chat.completion.chunk",
            "created": 1790000000,
            "model": "gpt-4o-mini",
            "choices": choices,
            **more,
        }
        return b"data: " + json.dumps(value).encode() + b"\n\n"

    words = _WORDS.split(" ")
    deltas: list[object] = [{"role": "assistant", "content": ""}]
    deltas += [{"content": f" {words[at % len(words)]}"} for at in range(CHUNKS - 2)]
    events = [event([{"index": 0, "delta": d, "finish_reason": None}]) for d in deltas]
    events.append(event([{"index": 0, "delta": {}, "finish_reason": "stop"}]))
    events += [event([], usage=_usage()), b"data: [DONE]\n\n"]
    head = (
        b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
    )
    return head + b"".join(b"%x\r\n%b\r\n" % (len(e), e) for e in events) + b"0\r\n\r\n"


class FastUpstream(asyncio.Protocol):
    """Answers each request on a connection as soon as all of its body is there."""

    answer, stream = _answer(), _stream()

    def __init__(self) -> None:
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        buffer = self._buffer + data if self._buffer else data
        while (end := buffer.find(b"\r\n\r\n")) >= 0:
            head = buffer[:end].lower()
            at = head.find(b"content-length:")
            size = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
            if len(buffer) < end + 4 + size:
                break
            body, buffer = buffer[end + 4 : end + 4 + size], buffer[end + 4 + size :]
            is_stream = b'"stream":true' in body or b'"stream": true' in body
            self._transport.write(self.stream if is_stream else self.answer)  # type: ignore[attr-defined]
        self._buffer = buffer


async def serve(port: int) -> None:
    """Serve until the process is ended."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(FastUpstream, "127.0.0.1", port, backlog=1024)
    await server.serve_forever()


if __name__ == "__main__":
    try:
        import uvloop

        uvloop.run(serve(int(sys.argv[1])))
    except ImportError:
        asyncio.run(serve(int(sys.argv[1])))
