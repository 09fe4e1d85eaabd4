/** A call as code to paste: the same body, this server's address, a place for the key. */

import type { Body } from "./request";

export const KEY_PLACEHOLDER = "<your API key>";

/** In single quotes for a shell. */
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

export function curlOf(origin: string, body: Body, needsKey: boolean): string {
  return [
    `curl ${origin}/api/v1/chat/completions`,
    ...(needsKey ? [`  -H ${quoted(`Authorization: Bearer ${KEY_PLACEHOLDER}`)}`] : []),
    "  -H 'Content-Type: application/json'",
    `  -d ${quoted(JSON.stringify(body, null, 2))}`,
  ].join(" \\\n");
}

/** A value as Python writes it. JSON's texts are good Python, its words are not. */
export function pythonOf(value: unknown, indent = ""): string {
  const deeper = `${indent}    `;
  if (value === null || value === undefined) return "None";
  if (value === true) return "True";
  if (value === false) return "False";
  if (Array.isArray(value)) {
    if (value.length === 0) return "[]";
    return `[\n${value.map((one) => `${deeper}${pythonOf(one, deeper)},\n`).join("")}${indent}]`;
  }
  if (typeof value === "object") {
    const entries = Object.entries(value);
    if (entries.length === 0) return "{}";
    return `{\n${entries
      .map(([name, one]) => `${deeper}${JSON.stringify(name)}: ${pythonOf(one, deeper)},\n`)
      .join("")}${indent}}`;
  }
  return JSON.stringify(value);
}

export function openaiPythonOf(origin: string, body: Body, needsKey: boolean): string {
  // OpenAI's client takes texts alone in `metadata`.
  const { metadata, ...rest } = body;
  const fields = { ...rest, ...(metadata ? { extra_body: { metadata } } : {}) };
  const lines = Object.entries(fields).map(
    ([name, value]) => `    ${name}=${pythonOf(value, "    ")},\n`,
  );
  return `from openai import OpenAI

client = OpenAI(base_url="${origin}/api/v1", api_key="${needsKey ? KEY_PLACEHOLDER : "none"}")
completion = client.chat.completions.create(
${lines.join("")})
print(completion.choices[0].message.content)
`;
}
