/**
 * A query cut into pieces, for colours and completion only. It never fails: what is wrong is for
 * the server to say. Offsets are JavaScript's (UTF-16).
 */

export type TokenKind =
  | "space"
  | "open"
  | "close"
  | "comma"
  | "keyword"
  | "minus"
  | "field"
  | "operator"
  | "value"
  | "text";

export type Token = {
  kind: TokenKind;
  start: number;
  end: number;
  /** Inside `field:( … )`. */
  inList?: boolean;
};

/** Longest first; a colon before a comparison says nothing more. */
const OPERATORS = [":!=", ":<=", ":>=", ":<", ":>", ":=", "!=", "<=", ">=", ":", "=", "<", ">"];
const KEYWORDS = new Set(["AND", "OR", "NOT"]);

export function operatorAt(text: string, at: number): string {
  return OPERATORS.find((op) => text.startsWith(op, at)) ?? "";
}

const isSpace = (c: string | undefined): boolean => c !== undefined && /\s/.test(c);

/** Returns the end of a quoted piece that begins at `at`; an open one ends with the text. */
function endOfQuoted(text: string, at: number): number {
  let i = at + 1;
  while (i < text.length) {
    if (text[i] === "\\") i += 2;
    else if (text[i] === '"') return i + 1;
    else i += 1;
  }
  return text.length;
}

/** A field with its key: `metadata.user`, `score."my score"`, `input.messages[0].role`. */
function endOfWord(text: string, at: number): number {
  let i = at;
  while (i < text.length) {
    const c = text[i] as string;
    if (c === '"') {
      if (i > at && text[i - 1] !== "." && text[i - 1] !== "[") break;
      i = endOfQuoted(text, i);
    } else if (isSpace(c) || c === "(" || c === ")" || operatorAt(text, i)) break;
    else i += 1;
  }
  return i;
}

function endOfValue(text: string, at: number, stop: RegExp): number {
  let i = at;
  while (i < text.length && !stop.test(text[i] as string))
    i = text[i] === '"' ? endOfQuoted(text, i) : i + 1;
  return i;
}

export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let i = 0;
  const add = (kind: TokenKind, end: number, inList?: boolean) => {
    if (end > i) tokens.push({ kind, start: i, end, ...(inList ? { inList } : {}) });
    i = end;
  };
  const spaces = (inList?: boolean) => {
    let end = i;
    while (isSpace(text[end])) end += 1;
    add("space", end, inList);
  };
  while (i < text.length) {
    const c = text[i] as string;
    if (isSpace(c)) spaces();
    else if (c === "(") add("open", i + 1);
    else if (c === ")") add("close", i + 1);
    else if (c === "-" && i + 1 < text.length && !isSpace(text[i + 1])) add("minus", i + 1);
    else if (c === '"') add("text", endOfQuoted(text, i));
    else {
      const end = endOfWord(text, i);
      const operator = operatorAt(text, end);
      if (operator && end > i) {
        add("field", end);
        add("operator", i + operator.length);
        if (text[i] === "(") list(text, () => i, add, spaces);
        else if (text[i] !== ")") add("value", endOfValue(text, i, /[\s()]/));
      } else if (KEYWORDS.has(text.slice(i, end))) add("keyword", end);
      else add("text", Math.max(end, i + 1));
    }
  }
  return tokens;
}

function list(
  text: string,
  at: () => number,
  add: (kind: TokenKind, end: number, inList?: boolean) => void,
  spaces: (inList?: boolean) => void,
): void {
  add("open", at() + 1, true);
  while (at() < text.length) {
    const c = text[at()] as string;
    if (isSpace(c)) spaces(true);
    else if (c === ",") add("comma", at() + 1, true);
    else if (c === ")") {
      add("close", at() + 1, true);
      return;
    } else add("value", Math.max(at() + 1, endOfValue(text, at(), /[,)\s]/)), true);
  }
}

/** Whether an OR stands outside all parentheses and quotes. */
export function hasTopLevelOr(text: string): boolean {
  let depth = 0;
  for (const token of tokenize(text)) {
    if (token.kind === "open") depth += 1;
    else if (token.kind === "close") depth -= 1;
    else if (depth === 0 && token.kind === "keyword" && text.slice(token.start, token.end) === "OR")
      return true;
  }
  return false;
}
