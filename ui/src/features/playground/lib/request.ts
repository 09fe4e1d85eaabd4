/** From what is set on the page to the body of a call. */

import { readObject } from "@/lib/json-object";
import type { Message } from "./conversation";
import type { PlaygroundSearch } from "./search";

/** What is too long for an address. */
export type Extras = {
  /** JSON of a list of tools. */
  tools: string;
  /** JSON Schema of the answer. */
  schema: string;
};

export type Body = Record<string, unknown>;
export type Problems = { tools?: string; schema?: string; messages?: string };

/** Returns what is wrong with what is set; nothing is asked until it is mended. */
export function problemsOf(
  search: PlaygroundSearch,
  messages: readonly Message[],
  extras: Extras,
): Problems {
  const found: Problems = {};
  const tools = readTools(extras.tools);
  if ("problem" in tools) found.tools = tools.problem;
  if (search.format === "schema") {
    const schema = readObject(extras.schema);
    if ("problem" in schema) found.schema = schema.problem;
  }
  if (!messages.some((one) => one.content.trim() && one.role !== "system"))
    found.messages = "Say something first";
  return found;
}

/** A list of tools in OpenAI's shape; a bare function is put into it. */
export function readTools(text: string): { value: unknown[] } | { problem: string } {
  if (!text.trim()) return { value: [] };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { problem: `Is no JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
  const list = Array.isArray(value) ? value : [value];
  const tools = list.map((one: unknown) =>
    isRecord(one) && !("type" in one) && typeof one.name === "string"
      ? { type: "function", function: one }
      : one,
  );
  return tools.every(isRecord)
    ? { value: tools }
    : { problem: 'Must be a list of tools: [{"type": "function", …}]' };
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The body of a call. Messages without content are left out, unless they answer a tool's call. */
export function bodyOf(
  model: string,
  search: PlaygroundSearch,
  messages: readonly Message[],
  extras: Extras,
): Body {
  const body: Body = { model, messages: messages.filter(isSaid).map(wireMessage) };
  for (const name of ["temperature", "top_p", "max_tokens", "seed"] as const)
    if (search[name] !== undefined) body[name] = search[name];
  const stop = (search.stop ?? "").split("\n").filter(Boolean);
  if (stop.length > 0) body.stop = stop;
  if (search.format === "json") body.response_format = { type: "json_object" };
  if (search.format === "schema") {
    const schema = readObject(extras.schema);
    body.response_format = {
      type: "json_schema",
      json_schema: { name: "answer", strict: true, schema: "value" in schema ? schema.value : {} },
    };
  }
  const tools = readTools(extras.tools);
  if ("value" in tools && tools.value.length > 0) body.tools = tools.value;
  if (search.project) body.metadata = { opik: { project_name: search.project } };
  return body;
}

const isSaid = (message: Message): boolean =>
  message.content.trim() !== "" || Boolean(message.toolCalls) || Boolean(message.toolCallId);

function wireMessage(message: Message): Body {
  if (message.role === "assistant" && message.toolCalls)
    return {
      role: "assistant",
      content: message.content || null,
      tool_calls: message.toolCalls.map((call) => ({
        id: call.id,
        type: "function",
        function: { name: call.name, arguments: call.arguments },
      })),
    };
  return {
    role: message.role,
    content: message.content,
    ...(message.role === "tool" ? { tool_call_id: message.toolCallId ?? "" } : {}),
  };
}
