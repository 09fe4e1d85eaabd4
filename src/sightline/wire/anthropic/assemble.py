"""Puts the events of a Messages stream together."""

from typing import Any

from sightline.wire.loose import as_dict, as_text, object_of


class MessageAssembler:
    """Blocks by their index; a tool's input is read when all of its JSON is there."""

    __slots__ = ("_blocks", "_head", "_inputs", "_tail", "_usage")

    def __init__(self) -> None:
        self._head: dict[str, Any] = {}
        self._tail: dict[str, Any] = {}
        self._usage: dict[str, Any] = {}
        self._blocks: dict[int, dict[str, Any]] = {}
        self._inputs: dict[int, list[str]] = {}

    def add(self, value: dict[str, Any]) -> None:
        kind = value.get("type")
        index = value.get("index")
        index = index if isinstance(index, int) else 0
        if kind == "content_block_delta":
            self._delta(index, as_dict(value.get("delta")))
        elif kind == "content_block_start":
            self._blocks[index] = dict(as_dict(value.get("content_block")))
        elif kind == "message_start":
            self._head = as_dict(value.get("message"))
            self._usage.update(as_dict(self._head.get("usage")))
        elif kind == "message_delta":
            self._tail.update(as_dict(value.get("delta")))
            self._usage.update(as_dict(value.get("usage")))

    def answer(self) -> dict[str, Any]:
        content = []
        for index, block in sorted(self._blocks.items()):
            if index in self._inputs:
                text = "".join(self._inputs[index])
                held = object_of(text)
                block = {**block, "input": text if held is None else held}
            content.append(block)
        answer = {**self._head, **self._tail, "content": content}
        if self._usage:
            answer["usage"] = self._usage
        return answer

    def _delta(self, index: int, delta: dict[str, Any]) -> None:
        block = self._blocks.setdefault(index, {"type": "text", "text": ""})
        kind = delta.get("type")
        if kind == "text_delta":
            block["text"] = as_text(block.get("text")) + as_text(delta.get("text"))
        elif kind == "input_json_delta":
            self._inputs.setdefault(index, []).append(as_text(delta.get("partial_json")))
        elif kind == "thinking_delta":
            block["thinking"] = as_text(block.get("thinking")) + as_text(delta.get("thinking"))
        elif kind == "signature_delta":
            block["signature"] = as_text(block.get("signature")) + as_text(delta.get("signature"))
        elif kind == "citations_delta":
            block["citations"] = [*(block.get("citations") or []), delta.get("citation")]
