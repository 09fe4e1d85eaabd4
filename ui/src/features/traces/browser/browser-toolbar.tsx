import { CircleAlert, ListCollapse, Search, SlidersHorizontal, Sparkles, X } from "lucide-react";
import type { ReactNode, RefObject } from "react";
import { Button } from "@/components/ui/button";
import {
  Menu,
  MenuCheckItem,
  MenuContent,
  MenuItem,
  MenuLabel,
  MenuTrigger,
} from "@/components/ui/menu";
import { Spinner } from "@/components/ui/states";
import { Tooltip } from "@/components/ui/tooltip";
import { useDraft } from "@/hooks/use-draft";
import { cn } from "@/lib/cn";
import { formatNumber } from "@/lib/format";
import type { SpanFilter } from "@/lib/trace-search";
import { ROW_DETAILS, type RowDetail } from "../tree/row-details";
import type { SpanView } from "../use-span-view";

const MOST_LEVELS = 5;

/** Over the spans: what is sought, which are shown, how deep, and what each row says. */
export function BrowserToolbar({
  view,
  find,
  only,
  onFind,
  onOnly,
  details,
  onDetails,
  findRef,
  onLeave,
  children,
}: {
  view: SpanView;
  find: string;
  only: SpanFilter | undefined;
  onFind: (text: string) => void;
  onOnly: (only: SpanFilter | undefined) => void;
  details: ReadonlySet<RowDetail>;
  onDetails: ((details: RowDetail[]) => void) | undefined;
  findRef: RefObject<HTMLInputElement | null>;
  /** Puts the focus back among the rows. */
  onLeave: () => void;
  children?: ReactNode;
}) {
  const [draft, setDraft, tell] = useDraft(find, onFind);
  return (
    <div
      role="toolbar"
      aria-label="Spans"
      className="flex h-9 shrink-0 items-center gap-1 border-b border-border px-2"
    >
      <div className="relative flex min-w-0 flex-1 items-center">
        <Search
          aria-hidden
          className="pointer-events-none absolute left-1.5 size-3.5 text-muted-foreground"
        />
        <input
          ref={findRef}
          type="text"
          aria-label="Find in this trace"
          placeholder="Find in names and payloads"
          value={draft}
          onChange={(event) => setDraft(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === "Escape") {
              event.preventDefault();
              tell("");
              onLeave();
            } else if (event.key === "Enter") {
              event.preventDefault();
              if (draft === find) view.toHit(event.shiftKey ? -1 : 1);
              else tell(draft);
            } else if (event.key === "ArrowDown") {
              event.preventDefault();
              onLeave();
            }
          }}
          className="h-6.5 w-full min-w-0 rounded-md border border-transparent bg-muted pr-6 pl-6.5 text-sm placeholder:text-muted-foreground focus:border-ring focus:outline-none"
        />
        <span className="absolute right-1 flex items-center">
          {view.searching && <Spinner label="Searching payloads" className="mr-1 [&_svg]:size-3" />}
          {draft && (
            <button
              type="button"
              aria-label="Clear"
              onClick={() => tell("")}
              className="flex size-5 items-center justify-center rounded-sm text-muted-foreground hover:text-foreground"
            >
              <X className="size-3.5" />
            </button>
          )}
        </span>
      </div>
      {view.kept && (
        <span
          aria-live="polite"
          className="px-1 text-xs whitespace-nowrap text-muted-foreground tabular"
        >
          {formatNumber(view.kept.hits)} found
        </span>
      )}
      <Toggle
        label="Only errors"
        pressed={only === "errors"}
        onPress={() => onOnly(only === "errors" ? undefined : "errors")}
      >
        <CircleAlert />
      </Toggle>
      <Toggle
        label="Only LLM calls"
        pressed={only === "llm"}
        onPress={() => onOnly(only === "llm" ? undefined : "llm")}
      >
        <Sparkles />
      </Toggle>
      <Menu>
        <Tooltip label="Levels shown">
          <MenuTrigger asChild>
            <Button variant="ghost" size="icon-sm" aria-label="Levels shown">
              <ListCollapse />
            </Button>
          </MenuTrigger>
        </Tooltip>
        <MenuContent align="end">
          <MenuItem onSelect={() => view.folding.toLevel(Number.POSITIVE_INFINITY)}>
            Unfold all
          </MenuItem>
          {Array.from({ length: Math.min(MOST_LEVELS, view.model.deepest) }, (_, i) => i + 1).map(
            (levels) => (
              <MenuItem key={levels} onSelect={() => view.folding.toLevel(levels)}>
                {levels === 1 ? "1 level" : `${levels} levels`}
              </MenuItem>
            ),
          )}
        </MenuContent>
      </Menu>
      {onDetails && (
        <Menu>
          <Tooltip label="What rows say">
            <MenuTrigger asChild>
              <Button variant="ghost" size="icon-sm" aria-label="What rows say">
                <SlidersHorizontal />
              </Button>
            </MenuTrigger>
          </Tooltip>
          <MenuContent align="end">
            <MenuLabel>Each row says</MenuLabel>
            {ROW_DETAILS.map(({ value, label }) => (
              <MenuCheckItem
                key={value}
                checked={details.has(value)}
                onSelect={(event) => event.preventDefault()}
                onCheckedChange={(on) =>
                  onDetails(
                    ROW_DETAILS.map((detail) => detail.value).filter((detail) =>
                      detail === value ? on : details.has(detail),
                    ),
                  )
                }
              >
                {label}
              </MenuCheckItem>
            ))}
          </MenuContent>
        </Menu>
      )}
      {children}
    </div>
  );
}

export function Toggle({
  label,
  pressed,
  onPress,
  keys,
  children,
}: {
  label: string;
  pressed: boolean;
  onPress: () => void;
  keys?: string;
  children: ReactNode;
}) {
  return (
    <Tooltip label={label} {...(keys ? { keys } : {})}>
      <Button
        variant="ghost"
        size="icon-sm"
        aria-label={label}
        aria-pressed={pressed}
        onClick={onPress}
        className={cn(pressed ? "bg-accent text-primary" : "text-muted-foreground")}
      >
        {children}
      </Button>
    </Tooltip>
  );
}
