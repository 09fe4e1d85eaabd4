import { Fragment, useEffect } from "react";
import { Kbd } from "@/components/ui/kbd";
import { cn } from "@/lib/cn";
import { formatNumber } from "@/lib/format";
import type { Suggestion } from "./query/completion";

export const optionId = (listId: string, index: number): string => `${listId}-${index}`;

/** The choices under the query. The field keeps the focus; `active` is what the arrows point at. */
export function SuggestionList({
  id,
  suggestions,
  active,
  isPending,
  onChoose,
}: {
  id: string;
  suggestions: readonly Suggestion[];
  active: number;
  isPending: boolean;
  onChoose: (suggestion: Suggestion) => void;
}) {
  useEffect(() => {
    if (active >= 0)
      document.getElementById(optionId(id, active))?.scrollIntoView({ block: "nearest" });
  }, [active, id]);
  return (
    <>
      <div id={id} role="listbox" aria-label="Suggestions" className="max-h-72 overflow-y-auto p-1">
        {suggestions.map((s, index) => (
          <Fragment key={s.id}>
            {s.section !== suggestions[index - 1]?.section && (
              <div role="presentation" className="px-2 pt-1.5 pb-0.5 text-xs text-muted-foreground">
                {s.section}
              </div>
            )}
            {/* biome-ignore lint/a11y/useKeyWithClickEvents: the keys are those of the field that owns the list */}
            <div
              id={optionId(id, index)}
              role="option"
              tabIndex={-1}
              aria-selected={index === active}
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => onChoose(s)}
              className={cn(
                "flex h-7 cursor-default items-center gap-3 rounded-sm px-2 hover:bg-muted",
                index === active && "bg-selection hover:bg-selection",
              )}
            >
              <span
                className="max-w-[65%] min-w-32 shrink-0 truncate font-mono text-sm"
                title={s.label}
              >
                {s.label}
              </span>
              <span className="min-w-0 flex-1 truncate text-sm text-muted-foreground">
                {s.detail}
              </span>
              {s.count !== undefined && (
                <span className="tabular text-sm text-muted-foreground">
                  {formatNumber(s.count)}
                </span>
              )}
            </div>
          </Fragment>
        ))}
        {suggestions.length === 0 && isPending && (
          <div role="presentation" className="px-2 py-1.5 text-sm text-muted-foreground">
            Looking…
          </div>
        )}
      </div>
      <div className="flex gap-3 border-t border-border px-3 py-1 text-xs text-muted-foreground max-md:hidden">
        <span className="flex items-center gap-1">
          <Kbd keys="arrowup" />
          <Kbd keys="arrowdown" /> choose
        </span>
        <span className="flex items-center gap-1">
          <Kbd keys="Tab" /> complete
        </span>
        <span className="flex items-center gap-1">
          <Kbd keys="enter" /> apply
        </span>
        <span className="flex items-center gap-1">
          <Kbd keys="escape" /> close
        </span>
      </div>
    </>
  );
}
