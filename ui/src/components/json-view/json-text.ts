/** Reading and writing JSON text: whole or cut off, without rounding long numbers. */

/** JSON as it is held here: a whole number that a double cannot hold is a bigint. */
export type JsonValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | JsonValue[]
  | { [key: string]: JsonValue };

const LONG_NUMBER = /\d{16}/;
// A string, or a whole number of 16 digits or more: the first is stepped over, the second is marked.
const STRINGS_AND_LONG = /"[^"\\]*(?:\\.[^"\\]*)*"|(?<![\w.+-])-?\d{16,}(?![\d.eE])/gs;
const MARK = "\u0000whole:";
const MARKED = /"\\u0000whole:(-?\d+)"/g;

/** Parses JSON; ids like 1234567890123456789 keep all their digits. */
export function parseJson(text: string): JsonValue {
  if (!LONG_NUMBER.test(text)) return JSON.parse(text) as JsonValue;
  let isMarked = false;
  const marked = text.replace(STRINGS_AND_LONG, (found) => {
    if (found[0] === '"' || Number.isSafeInteger(Number(found))) return found;
    isMarked = true;
    return `"\\u0000whole:${found}"`;
  });
  if (!isMarked) return JSON.parse(text) as JsonValue;
  return JSON.parse(marked, (_, value) =>
    typeof value === "string" && value.startsWith(MARK) ? BigInt(value.slice(MARK.length)) : value,
  ) as JsonValue;
}

/** Writes JSON text; `indent` 0 is one line. */
export function writeJson(value: JsonValue, indent = 2): string {
  let isMarked = false;
  const mark = (_: string, v: unknown) => {
    if (typeof v !== "bigint") return v;
    isMarked = true;
    return `${MARK}${v}`;
  };
  const text = JSON.stringify(value, mark, indent) ?? "null";
  return isMarked ? text.replace(MARKED, "$1") : text;
}

/**
 * Parses JSON text that was cut off somewhere: what is complete stays, a string that was cut ends
 * in "…", an unfinished key, number or word is left out. Returns undefined for what is no JSON.
 */
export function parseCutJson(text: string): JsonValue | undefined {
  try {
    return parseJson(closed(text));
  } catch {
    return undefined;
  }
}

function closed(text: string): string {
  const closers: string[] = [];
  // Up to here the text is whole but for its closing brackets.
  let safe = 0;
  let isKey = false;
  let at = 0;
  while (at < text.length) {
    const sign = text[at];
    if (sign === '"') {
      const end = stringEnd(text, at);
      if (end < 0) return isKey ? finish(text.slice(0, safe), closers) : cutString(text, closers);
      if (!isKey) safe = end + 1;
      at = end + 1;
    } else if (sign === "{" || sign === "[") {
      closers.push(sign === "{" ? "}" : "]");
      isKey = sign === "{";
      at += 1;
      safe = at;
    } else if (sign === "}" || sign === "]") {
      closers.pop();
      isKey = false;
      at += 1;
      safe = at;
    } else if (sign === ",") {
      isKey = closers.at(-1) === "}";
      at += 1;
    } else if (sign === ":") {
      isKey = false;
      at += 1;
    } else if (sign === " " || sign === "\n" || sign === "\r" || sign === "\t") {
      at += 1;
    } else {
      const start = at;
      while (at < text.length && !/[\s,\]}]/.test(text[at] as string)) at += 1;
      // A number or word that runs into the cut may be longer than what is left of it.
      if (at < text.length || closers.length === 0) safe = at;
      if (at === start) break;
    }
  }
  return finish(text.slice(0, safe), closers);
}

/** Index of the closing quote, -1 when the text ends before it. */
function stringEnd(text: string, start: number): number {
  let at = start + 1;
  for (;;) {
    const quote = text.indexOf('"', at);
    if (quote < 0) return -1;
    let slashes = 0;
    while (text[quote - 1 - slashes] === "\\") slashes += 1;
    if (slashes % 2 === 0) return quote;
    at = quote + 1;
  }
}

/** Ends the string in which the text stops; half an escape goes. */
function cutString(text: string, closers: readonly string[]): string {
  let end = text.length;
  const slash = text.lastIndexOf("\\");
  if (slash >= 0) {
    let slashes = 0;
    while (text[slash - slashes] === "\\") slashes += 1;
    const rest = text.length - slash;
    const half = text[slash + 1] === "u" ? rest < 6 : rest < 2;
    if (slashes % 2 === 1 && half) end = slash;
  }
  return finish(`${text.slice(0, end)}…"`, closers);
}

const finish = (text: string, closers: readonly string[]): string =>
  text + [...closers].reverse().join("");

/** A path as people write it: `messages[0].content`, `["odd key"]`. */
export function pathText(path: readonly (string | number)[]): string {
  let text = "";
  for (const part of path) {
    if (typeof part === "number") text += `[${part}]`;
    else if (/^[\p{L}_$][\p{L}\p{N}_$-]*$/u.test(part)) text += text ? `.${part}` : part;
    else text += `[${JSON.stringify(part)}]`;
  }
  return text;
}
