import type { ReactNode } from "react";

/** A text with the places marked where `term` stands. */
export function Highlight({ text, term }: { text: string; term: string }): ReactNode {
  if (!term) return text;
  const low = text.toLowerCase();
  const wanted = term.toLowerCase();
  const parts: ReactNode[] = [];
  let from = 0;
  for (let at = low.indexOf(wanted); at >= 0; at = low.indexOf(wanted, from)) {
    parts.push(text.slice(from, at));
    from = at + wanted.length;
    parts.push(
      <mark key={at} className="rounded-xs bg-warning-soft text-foreground ring-1 ring-warning">
        {text.slice(at, from)}
      </mark>,
    );
  }
  parts.push(text.slice(from));
  return parts;
}
