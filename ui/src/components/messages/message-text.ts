import { writeJson } from "@/components/json-view/json-text";
import type { Message, Part } from "./types";

/** A message as plain text, to copy. */
export const messageText = (message: Message): string =>
  message.parts.map(partText).filter(Boolean).join("\n\n");

function partText(part: Part): string {
  switch (part.kind) {
    case "text":
    case "refusal":
      return part.text;
    case "call":
      return `${part.name}(${writeJson(part.args, 0)})${part.result ? `\n→ ${writeJson(part.result.value, 0)}` : ""}`;
    case "result":
      return typeof part.result.value === "string"
        ? part.result.value
        : writeJson(part.result.value);
    case "json":
      return writeJson(part.value);
    case "image":
    case "audio":
    case "file":
      return part.src.startsWith("data:") ? "" : part.src;
    case "reasoning":
      return "";
  }
}
