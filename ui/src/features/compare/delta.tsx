import { cn } from "@/lib/cn";
import { formatCost, formatCount, formatDuration } from "@/lib/format";
import type { Figure } from "./differences";

export const FORMAT: Record<Figure, (value: number | null | undefined) => string> = {
  duration: formatDuration,
  tokens: formatCount,
  cost: formatCost,
};

// Smaller changes than this share are noise, and are not coloured.
const NOTABLE = 0.05;
const LEAST: Record<Figure, number> = { duration: 1, tokens: 1, cost: 0.000_001 };

/** A difference with its sign; more is worse, less is better. `share` says it in per cent too. */
export function Delta({
  figure,
  before,
  delta,
  share = false,
  className,
}: {
  figure: Figure;
  before: number | null;
  delta: number | null;
  share?: boolean;
  className?: string;
}) {
  if (delta === null) return <span className={className} />;
  const isNone = Math.abs(delta) < LEAST[figure];
  const ratio = before ? delta / before : null;
  const isNotable = !isNone && (ratio === null || Math.abs(ratio) >= NOTABLE);
  const sign = delta > 0 ? "+" : "−";
  return (
    <span
      className={cn(
        "whitespace-nowrap tabular",
        isNotable ? (delta > 0 ? "text-danger" : "text-success") : "text-muted-foreground",
        className,
      )}
    >
      {isNone ? "=" : `${sign}${FORMAT[figure](Math.abs(delta))}`}
      {share && !isNone && ratio !== null && ` (${sign}${percent(Math.abs(ratio))})`}
    </span>
  );
}

const percent = (ratio: number): string =>
  ratio >= 10 ? `${Math.round(ratio)}×` : `${Math.round(ratio * 100)}%`;
