import { cn } from "@/lib/cn";
import { type TokenKind, tokenize } from "./query/tokens";

const COLORS: Partial<Record<TokenKind, string>> = {
  field: "text-type-llm",
  operator: "text-muted-foreground",
  keyword: "text-type-trace",
  minus: "text-danger",
  comma: "text-muted-foreground",
  open: "text-muted-foreground",
  close: "text-muted-foreground",
};
const WRONG = "underline decoration-danger decoration-wavy underline-offset-3";

/** A query in colours; the characters from `at` to `end` are underlined as wrong. */
export function QueryHighlight({
  text,
  problem,
}: {
  text: string;
  problem?: { at: number; end: number } | undefined;
}) {
  const pieces = tokenize(text).flatMap(({ kind, start, end }) => {
    const cuts = [start, problem?.at ?? start, problem?.end ?? end, end]
      .map((at) => Math.min(Math.max(at, start), end))
      .sort((a, b) => a - b);
    return cuts
      .slice(1)
      .map((to, i) => ({ kind, from: cuts[i] as number, to }))
      .filter(({ from, to }) => to > from);
  });
  return (
    <>
      {pieces.map(({ kind, from, to }) => (
        <span
          key={from}
          className={cn(
            COLORS[kind],
            problem && from >= problem.at && to <= Math.max(problem.end, problem.at + 1) && WRONG,
          )}
        >
          {text.slice(from, to)}
        </span>
      ))}
      {problem && problem.at >= text.length && <span className={WRONG}>{"\u00a0\u00a0"}</span>}
    </>
  );
}
