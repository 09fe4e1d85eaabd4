/** Gemini's `contents`, `parts` and `candidates`, in both spellings (camelCase and snake_case). */

import type { JsonValue } from "@/components/json-view/json-text";
import type { Message, Part } from "../types";
import { call, result } from "./content";
import { mediaPart, srcOf, textParts } from "./media";
import { isObj, listOf, type Obj, pick, pickText, textOf } from "./values";

/** A message of Gemini, or null for what is none: `{role, parts: [{text}]}`. */
export function geminiMessage(from: JsonValue, fallback: "user" | "assistant"): Message | null {
  if (typeof from === "string") return { role: fallback, parts: textParts(from) };
  if (!isObj(from)) return null;
  const listed = listOf(from.parts);
  if (listed.length === 0 && typeof from.text === "string")
    return { role: fallback, parts: textParts(from.text) };
  if (listed.length === 0 || !listed.every(isGeminiPart)) return null;
  const role = textOf(from.role);
  return {
    role:
      role === "model"
        ? "assistant"
        : role === "user"
          ? "user"
          : role === "function"
            ? "tool"
            : fallback,
    parts: listed.flatMap(geminiPart),
  };
}

const MEMBERS = [
  "text",
  "thought",
  "inlineData",
  "inline_data",
  "fileData",
  "file_data",
  "functionCall",
  "function_call",
  "functionResponse",
  "function_response",
  "executableCode",
  "executable_code",
  "codeExecutionResult",
  "code_execution_result",
];

/** Whether it is a part in Gemini's words: no `type`, and one of its members. */
export const isGeminiPart = (part: JsonValue): boolean =>
  typeof part === "string" ||
  (isObj(part) && !("type" in part) && MEMBERS.some((name) => name in part));

function geminiPart(part: JsonValue): Part[] {
  if (!isObj(part)) return textParts(textOf(part));
  const text = textOf(part.text);
  if (text) return part.thought === true ? [{ kind: "reasoning", text }] : textParts(text);
  const inline = pick(part, "inlineData", "inline_data");
  if (isObj(inline)) {
    const mime = pickText(inline, "mimeType", "mime_type");
    return [mediaPart(srcOf(textOf(inline.data), mime), mime)];
  }
  const file = pick(part, "fileData", "file_data");
  if (isObj(file)) {
    const mime = pickText(file, "mimeType", "mime_type");
    return [mediaPart(pickText(file, "fileUri", "file_uri"), mime)];
  }
  const asked = pick(part, "functionCall", "function_call");
  if (isObj(asked)) return [call(asked.id, asked.name, asked.args)];
  const given = pick(part, "functionResponse", "function_response");
  if (isObj(given)) return [result(given.id, given.name, given.response)];
  return code(part);
}

function code(part: Obj): Part[] {
  const program = pick(part, "executableCode", "executable_code");
  if (isObj(program)) {
    const language = textOf(program.language).toLowerCase();
    return [{ kind: "text", text: `\`\`\`${language}\n${textOf(program.code)}\n\`\`\`` }];
  }
  const ran = pick(part, "codeExecutionResult", "code_execution_result");
  if (isObj(ran)) return [{ kind: "text", text: `\`\`\`\n${textOf(ran.output)}\n\`\`\`` }];
  return part.text === "" ? [] : [{ kind: "json", value: part }];
}
