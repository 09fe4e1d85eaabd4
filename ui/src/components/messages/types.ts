/** A conversation as it is shown, whatever library wrote it. */

import type { JsonValue } from "@/components/json-view/json-text";

export type Role = "system" | "user" | "assistant" | "tool";

export type ToolResult = { value: JsonValue; isError: boolean };

export type Part =
  | { kind: "text"; text: string }
  | { kind: "reasoning"; text: string }
  | { kind: "refusal"; text: string }
  /** A tool's call; `result` is what came back, where it is known. */
  | { kind: "call"; id: string; name: string; args: JsonValue; result?: ToolResult }
  /** What a tool gave back to a call that is not in sight. */
  | { kind: "result"; id: string; name: string; result: ToolResult }
  /** `src`: `data:…`, `https:…`, or `attachment:` with a file's name. */
  | { kind: "image"; src: string }
  | { kind: "audio"; src: string; transcript?: string }
  | { kind: "file"; src: string; name: string }
  | { kind: "json"; value: JsonValue };

export type Message = {
  role: Role;
  /** Who speaks, where several share a role. */
  name?: string;
  parts: Part[];
  /** What else stood beside a text that was taken for a message. */
  extra?: { [key: string]: JsonValue };
};

export type Tool = { name: string; description: string };

/** One side of a call: what went in or what came out. */
export type Side = {
  messages: Message[];
  /** False where a plain text was taken for a message. */
  isChat: boolean;
  tools: Tool[];
};

export type Conversation = {
  input: Message[];
  output: Message[];
  tools: Tool[];
  isChat: boolean;
};
