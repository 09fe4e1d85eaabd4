/** The parts of a query that are no single condition: alternatives joined by OR. */

import { hasTopLevelOr, type Token, tokenize } from "./tokens";

export type Group = {
  start: number;
  end: number;
  text: string;
  /** The conditions of which one is enough, as written. */
  alternatives: string[];
  negated: boolean;
};

/** Returns the groups that the whole query depends on. */
export function groupsOf(text: string): Group[] {
  if (hasTopLevelOr(text)) {
    const start = text.length - text.trimStart().length;
    const end = text.trimEnd().length;
    const own = text.slice(start, end);
    return [{ start, end, text: own, alternatives: splitAtOr(own), negated: false }];
  }
  const groups: Group[] = [];
  const tokens = tokenize(text);
  let depth = 0;
  let open: Token | undefined;
  let sign: Token | undefined;
  for (const token of tokens) {
    if (token.inList || token.kind === "space") continue;
    if (token.kind === "open") {
      if (depth === 0) open = token;
      depth += 1;
    } else if (token.kind === "close") {
      depth -= 1;
      if (depth === 0 && open) {
        const start = sign?.start ?? open.start;
        const alternatives = splitAtOr(text.slice(open.end, token.start));
        const whole = text.slice(start, token.end);
        if (alternatives.length > 1)
          groups.push({ start, end: token.end, text: whole, alternatives, negated: !!sign });
        open = undefined;
        sign = undefined;
      }
    } else if (depth === 0) {
      const isSign =
        token.kind === "minus" ||
        (token.kind === "keyword" && text.slice(token.start, token.end) === "NOT");
      sign = isSign ? (sign ?? token) : undefined;
    }
  }
  return groups;
}

function splitAtOr(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (const token of tokenize(text)) {
    if (token.kind === "open") depth += 1;
    else if (token.kind === "close") depth -= 1;
    else if (
      depth === 0 &&
      token.kind === "keyword" &&
      text.slice(token.start, token.end) === "OR"
    ) {
      parts.push(text.slice(from, token.start).trim());
      from = token.end;
    }
  }
  return [...parts, text.slice(from).trim()].filter((part) => part !== "");
}
