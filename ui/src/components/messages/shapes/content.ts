/** The members of a message's `content` or `parts`, in the words of OpenAI, Anthropic, LangChain and the Vercel AI SDK. */

import type { JsonValue } from "@/components/json-view/json-text";
import type { Part, ToolResult } from "../types";
import { mediaPart, srcOf, textParts } from "./media";
import { isObj, listOf, type Obj, parsed, pick, pickText, textOf } from "./values";

/** Parts of a content: a text, a list, or one thing. Never throws: what is not known is shown as JSON. */
export function contentParts(content: JsonValue | undefined): Part[] {
  if (content === undefined || content === null) return [];
  if (typeof content === "string") return textParts(content);
  if (Array.isArray(content)) return content.flatMap(contentPart);
  return contentPart(content);
}

function contentPart(part: JsonValue): Part[] {
  if (typeof part === "string") return textParts(part);
  if (!isObj(part)) return [{ kind: "json", value: part }];
  const type = textOf(part.type);
  return READERS[type]?.(part) ?? otherPart(type, part);
}

const READERS: Record<string, (part: Obj) => Part[]> = {
  text: (p) => textParts(textOf(isObj(p.text) ? p.text.value : p.text)),
  input_text: (p) => textParts(textOf(p.text)),
  output_text: (p) => textParts(textOf(p.text)),
  summary_text: (p) => textParts(textOf(p.text)),
  refusal: (p) => [{ kind: "refusal", text: textOf(p.refusal) }],
  "step-start": () => [],

  thinking: (p) => reasoning(pickText(p, "thinking", "text")),
  redacted_thinking: () => reasoning("(redacted by the provider)"),
  reasoning: (p) => reasoning(reasoningText(p)),
  "redacted-reasoning": () => reasoning("(redacted by the provider)"),

  image_url: (p) => image(isObj(p.image_url) ? textOf(p.image_url.url) : textOf(p.image_url)),
  input_image: (p) =>
    p.image_url === undefined && p.file_id
      ? [{ kind: "file", src: "", name: textOf(p.file_id) }]
      : image(isObj(p.image_url) ? textOf(p.image_url.url) : textOf(p.image_url)),
  image: (p) =>
    isObj(p.source)
      ? fromSource(p.source, "image/png")
      : image(
          pickText(p, "image", "data", "base64", "url"),
          pickText(p, "mediaType", "mimeType", "mime_type"),
        ),
  document: (p) => (isObj(p.source) ? fromSource(p.source, "", textOf(p.title)) : [json(p)]),
  input_audio: (p) => (isObj(p.input_audio) ? audio(p.input_audio) : audio(p)),
  audio: (p) => (isObj(p.audio) ? audio(p.audio) : audio(p)),
  file: (p) => file(isObj(p.file) ? p.file : p),
  input_file: (p) => file(p),
  media: (p) => file(p),

  tool_use: (p) => [call(p.id, p.name, p.input)],
  server_tool_use: (p) => [call(p.id, p.name, p.input)],
  tool_call: (p) => [call(p.id, p.name, pick(p, "args", "arguments", "input"))],
  "tool-call": (p) => [call(p.toolCallId, p.toolName, pick(p, "args", "input"))],
  function_call: (p) => [call(pick(p, "call_id", "id"), p.name, p.arguments)],
  tool_result: (p) => [result(p.tool_use_id, p.name, p.content, p.is_error === true)],
  web_search_tool_result: (p) => [result(p.tool_use_id, "web_search", p.content)],
  "tool-result": (p) => [
    result(p.toolCallId, p.toolName, pick(p, "result", "output"), p.isError === true),
  ],
  function_call_output: (p) => [result(p.call_id, "", p.output)],
  "tool-invocation": (p) => (isObj(p.toolInvocation) ? invocation(p.toolInvocation) : [json(p)]),
  "dynamic-tool": (p) => invocation(p),
};

function otherPart(type: string, part: Obj): Part[] {
  // A user-interface message of the Vercel SDK names the tool in the type: `tool-weather`.
  if (type.startsWith("tool-"))
    return invocation({ ...part, toolName: type.slice("tool-".length) });
  if (!type && typeof part.text === "string") return textParts(part.text);
  return [json(part)];
}

const json = (value: JsonValue): Part => ({ kind: "json", value });
const reasoning = (text: string): Part[] => (text ? [{ kind: "reasoning", text }] : []);
const image = (data: string, mime = "image/png"): Part[] =>
  data ? [{ kind: "image", src: srcOf(data, mime || "image/png") }] : [];

/** A reasoning is a text, or a list of summaries. */
export function reasoningText(part: Obj): string {
  const direct = pickText(part, "text", "reasoning", "thinking");
  if (direct) return direct;
  return [...listOf(part.summary), ...listOf(part.content)]
    .map((item) => (isObj(item) ? textOf(item.text) : textOf(item)))
    .filter(Boolean)
    .join("\n\n");
}

function fromSource(source: Obj, fallback: string, name = ""): Part[] {
  const mime = textOf(source.media_type) || fallback;
  if (source.type === "text") return textParts(textOf(source.data));
  const src = srcOf(pickText(source, "data", "url"), mime);
  return src ? [mediaPart(src, mime, name)] : [json(source)];
}

function audio(from: Obj): Part[] {
  const data = pickText(from, "data", "base64", "url");
  const transcript = textOf(from.transcript);
  const mime = pickText(from, "mime_type", "mimeType") || `audio/${textOf(from.format) || "wav"}`;
  if (!data) return transcript ? textParts(transcript) : [json(from)];
  return [{ kind: "audio", src: srcOf(data, mime), ...(transcript ? { transcript } : {}) }];
}

function file(from: Obj): Part[] {
  const mime = pickText(from, "mediaType", "mimeType", "mime_type", "media_type");
  const name = pickText(from, "filename", "name", "file_id", "id");
  const data = pickText(from, "file_data", "data", "url", "base64", "file_url");
  if (!data) return [name ? { kind: "file", src: "", name } : json(from)];
  return [mediaPart(srcOf(data, mime), mime, name)];
}

export const call = (id: unknown, name: unknown, args: JsonValue | undefined): Part => ({
  kind: "call",
  id: textOf(id),
  name: textOf(name) || "tool",
  args: parsed(args),
});

export const result = (
  id: unknown,
  name: unknown,
  content: JsonValue | undefined,
  isError = false,
): Part => ({
  kind: "result",
  id: textOf(id),
  name: textOf(name),
  result: resultOf(content, isError),
});

/** What a tool gave back: its text or value out of the wrapping that libraries put around it. */
export function resultOf(content: JsonValue | undefined, isError = false): ToolResult {
  if (Array.isArray(content)) {
    const texts = content.map((item) =>
      isObj(item) && typeof item.text === "string" ? item.text : undefined,
    );
    if (texts.length > 0 && texts.every((text) => text !== undefined))
      return { value: parsed(texts.join("\n")), isError };
  }
  if (isObj(content) && "value" in content && typeof content.type === "string") {
    const failed = isError || content.type.startsWith("error");
    return { value: parsed(content.value), isError: failed };
  }
  return { value: parsed(content), isError };
}

/** A call and its result in one, as the Vercel SDK keeps them for the screen. */
function invocation(from: Obj): Part[] {
  const made = call(from.toolCallId, from.toolName, pick(from, "args", "input"));
  const error = textOf(from.errorText);
  const given = pick(from, "result", "output");
  if (made.kind === "call" && (error || given !== undefined))
    made.result = error ? { value: error, isError: true } : resultOf(given);
  return [made];
}
