import { HoverCard } from "radix-ui";
import type { FeedbackScore } from "@/api/types";
import { formatAgo, formatScore } from "@/lib/format";
import { colorOf } from "@/lib/name-color";
import { givenBy } from "./scores";

const SOURCES: Record<string, string> = {
  ui: "by hand",
  sdk: "by SDK",
  online_scoring: "by rule",
};
export const sourceLabel = (source: string | undefined): string =>
  SOURCES[source ?? ""] ?? source ?? "";

/** Scores as chips; what stands behind a value shows on hover and focus, a click goes to all. */
export function ScoreChips({
  scores,
  onOpen,
}: {
  scores: readonly FeedbackScore[];
  onOpen: () => void;
}) {
  if (scores.length === 0) return null;
  return (
    <ul aria-label="Feedback scores" className="flex flex-wrap items-center gap-1">
      {scores.map((score) => (
        <li key={score.name}>
          <HoverCard.Root openDelay={200} closeDelay={80}>
            <HoverCard.Trigger asChild>
              <button
                type="button"
                onClick={onOpen}
                className="inline-flex h-5 max-w-60 items-center gap-1 rounded-sm border border-border px-1.5 text-sm hover:bg-muted"
              >
                <span
                  aria-hidden
                  className="size-2 shrink-0 rounded-[2px]"
                  style={{ background: colorOf(score.name) }}
                />
                <span className="truncate text-muted-foreground">{score.name}</span>
                <span className="tabular">{valueText(score)}</span>
              </button>
            </HoverCard.Trigger>
            <HoverCard.Portal>
              <HoverCard.Content
                align="start"
                sideOffset={4}
                collisionPadding={8}
                className="z-50 w-72 rounded-md border border-border bg-raised p-3 shadow-lg"
              >
                <p className="mb-1 font-medium">{score.name}</p>
                <ul className="flex flex-col gap-1.5">
                  {givenBy(score).map((one) => (
                    <li key={one.author} className="text-sm">
                      <span className="tabular">
                        {formatScore(one.value)}
                        {one.category && ` (${one.category})`}
                      </span>{" "}
                      <span className="text-muted-foreground">
                        {[one.author, sourceLabel(one.source), one.at && formatAgo(one.at)]
                          .filter(Boolean)
                          .join(" · ")}
                      </span>
                      {one.reason && <p className="line-clamp-6 break-words">{one.reason}</p>}
                    </li>
                  ))}
                </ul>
              </HoverCard.Content>
            </HoverCard.Portal>
          </HoverCard.Root>
        </li>
      ))}
    </ul>
  );
}

const valueText = (score: FeedbackScore): string =>
  score.category_name && Object.keys(score.value_by_author ?? {}).length <= 1
    ? score.category_name
    : formatScore(score.value);
