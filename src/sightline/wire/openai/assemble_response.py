"""Puts the events of a Responses stream together."""

from typing import Any

from sightline.wire.loose import as_dict, as_text


class ResponseAssembler:
    """The last event carries the whole response; until it comes the items are put together."""

    __slots__ = ("_head", "_items", "_texts", "_whole")

    def __init__(self) -> None:
        self._whole: dict[str, Any] | None = None
        self._head: dict[str, Any] = {}
        self._items: dict[int, dict[str, Any]] = {}
        self._texts: dict[tuple[int, str], list[str]] = {}

    def add(self, value: dict[str, Any]) -> None:
        kind = as_text(value.get("type"))
        index = value.get("output_index")
        index = index if isinstance(index, int) else 0
        if kind.endswith(".delta"):
            self._texts.setdefault((index, kind), []).append(as_text(value.get("delta")))
        elif kind in ("response.output_item.added", "response.output_item.done"):
            self._items[index] = as_dict(value.get("item"))
            if kind.endswith("done"):
                for key in [key for key in self._texts if key[0] == index]:
                    del self._texts[key]
        elif held := value.get("response"):
            self._head = as_dict(held)
            if kind in ("response.completed", "response.incomplete", "response.failed"):
                self._whole = self._head

    def answer(self) -> dict[str, Any]:
        if self._whole is not None and (self._whole.get("output") or not self._items):
            return self._whole
        output = [self._item(index) for index in sorted(self._items)]
        return {**self._head, "output": output}

    def _item(self, index: int) -> dict[str, Any]:
        item = dict(self._items[index])
        for (at, kind), pieces in self._texts.items():
            if at != index:
                continue
            text = "".join(pieces)
            if kind == "response.output_text.delta":
                item["content"] = [{"type": "output_text", "text": text, "annotations": []}]
            elif kind == "response.refusal.delta":
                item["content"] = [{"type": "refusal", "refusal": text}]
            elif kind == "response.function_call_arguments.delta":
                item["arguments"] = text
            elif kind == "response.reasoning_summary_text.delta":
                item["summary"] = [{"type": "summary_text", "text": text}]
            elif kind == "response.reasoning_text.delta":
                item["content"] = [{"type": "reasoning_text", "text": text}]
        return item
