import { formatScore } from "@/lib/format";
import { colorOf } from "@/lib/name-color";
import { Missing } from "./time-cell";

/** One score's value; its name is in the header, and its colour too. */
export function ScoreCell({ value }: { value: number | null | undefined }) {
  if (value === null || value === undefined) return <Missing />;
  return <span title={String(value)}>{formatScore(value)}</span>;
}

/** The square in the colour that a name has everywhere. */
export function ColorMark({ name }: { name: string }) {
  return (
    <span
      aria-hidden
      className="inline-block size-2 shrink-0 rounded-[2px]"
      style={{ background: colorOf(name) }}
    />
  );
}

/** All scores of a row, each with its name. */
export function ScoresCell({ scores }: { scores: Record<string, number> | null | undefined }) {
  const entries = Object.entries(scores ?? {});
  if (entries.length === 0) return <Missing />;
  return (
    <span className="flex min-w-0 flex-wrap gap-x-3 overflow-hidden">
      {entries.map(([name, value]) => (
        <span key={name} className="inline-flex items-center gap-1 whitespace-nowrap tabular">
          <ColorMark name={name} />
          <span className="text-muted-foreground">{name}</span>
          {formatScore(value)}
        </span>
      ))}
    </span>
  );
}
