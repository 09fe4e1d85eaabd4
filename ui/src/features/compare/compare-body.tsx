import { ArrowDown, ArrowLeft, ArrowUp, FoldVertical, UnfoldVertical } from "lucide-react";
import { useCallback, useEffect, useRef } from "react";
import { indentStep } from "@/components/span-tree/guides";
import { TreeList } from "@/components/span-tree/tree-list";
import { Button } from "@/components/ui/button";
import { Resizer } from "@/components/ui/resizer";
import { EmptyState } from "@/components/ui/states";
import { Switch } from "@/components/ui/switch";
import { Tooltip } from "@/components/ui/tooltip";
import { useHotkeys } from "@/hooks/use-hotkeys";
import { useSettled } from "@/hooks/use-settled";
import { useStored } from "@/hooks/use-stored";
import { cn } from "@/lib/cn";
import { formatNumber } from "@/lib/format";
import { isNarrow } from "@/lib/narrow";
import type { ChangeCompare, CompareSearch } from "./compare-search";
import type { Comparison } from "./differences";
import { MERGED_ROW, MergedHead, MergedRow } from "./merged-row";
import { PAIR_TABS, PairDetail } from "./pair-detail";
import { useMergedView } from "./use-merged-view";

const QUIET_MS = 120;

/** The merged tree on the left, the chosen step of both on the right. */
export function CompareBody({
  comparison,
  looksAtTexts,
  search,
  onChange,
}: {
  comparison: Comparison;
  looksAtTexts: boolean;
  search: CompareSearch;
  onChange: ChangeCompare;
}) {
  const select = useCallback((span: string | undefined) => onChange({ span }, "walk"), [onChange]);
  const view = useMergedView(comparison, search, select);
  const { statuses, shown } = view;
  const [share, setShare] = useStored("compare.share", 0.52);
  const whole = useRef<HTMLDivElement>(null);
  const left = useRef<HTMLDivElement>(null);
  const chosen = useSettled(view.selected, QUIET_MS);
  const differences = statuses.added + statuses.removed + statuses.changed;
  const toRows = () => left.current?.querySelector<HTMLElement>('[role="tree"]')?.focus();
  useEffect(() => left.current?.querySelector<HTMLElement>('[role="tree"]')?.focus(), []);
  const group = "Comparison";
  useHotkeys([
    { keys: "t", label: "To the steps", group, run: toRows },
    { keys: "n", label: "Next difference", group, run: () => view.toDifference(1) },
    { keys: "p", label: "Last difference", group, run: () => view.toDifference(-1) },
    {
      keys: "d",
      label: "Only differences",
      group,
      run: () => onChange({ only: search.only ? undefined : true }, "walk"),
    },
    {
      keys: "u",
      label: "Texts split or unified",
      group,
      run: () => onChange({ unified: search.unified ? undefined : true }, "walk"),
    },
    ...PAIR_TABS.map(({ value, label }, i) => ({
      keys: String(i + 1),
      label,
      group,
      run: () => onChange({ tab: value === "output" ? undefined : value }, "walk"),
    })),
  ]);
  return (
    <div ref={whole} className="flex min-h-0 flex-1">
      <div
        ref={left}
        className={cn(
          "@container flex min-w-0 shrink-0 flex-col max-md:!w-full",
          search.pane === "detail" && "max-md:hidden",
        )}
        style={{ width: `${share * 100}%` }}
      >
        <div
          role="toolbar"
          aria-label="Differences"
          className="flex min-h-9 shrink-0 flex-wrap items-center gap-x-3 gap-y-1 border-b border-border px-2 py-1 text-sm"
        >
          <span className="flex gap-2 tabular" aria-live="polite">
            <Count sign="+" count={statuses.added} label="only in B" tone="text-success" />
            <Count sign="−" count={statuses.removed} label="only in A" tone="text-danger" />
            <Count
              sign="~"
              count={statuses.changed}
              label={
                looksAtTexts ? "changed" : "changed; of so many spans, the texts are not compared"
              }
              tone="text-warning"
            />
          </span>
          <span className="flex-1" />
          {/* biome-ignore lint/a11y/noLabelWithoutControl: the switch is in it */}
          <label className="flex items-center gap-1.5">
            <Switch
              checked={search.only ?? false}
              onCheckedChange={(on) => onChange({ only: on || undefined }, "walk")}
            />
            Only differences
          </label>
          <span className="flex">
            <Tool
              label="Last difference"
              keys="p"
              disabled={differences === 0}
              onClick={() => view.toDifference(-1)}
            >
              <ArrowUp />
            </Tool>
            <Tool
              label="Next difference"
              keys="n"
              disabled={differences === 0}
              onClick={() => view.toDifference(1)}
            >
              <ArrowDown />
            </Tool>
            <Tool label="Fold all" onClick={view.foldAll}>
              <FoldVertical />
            </Tool>
            <Tool label="Unfold all" onClick={view.unfoldAll}>
              <UnfoldVertical />
            </Tool>
          </span>
        </div>
        <MergedHead />
        {search.only && differences === 0 ? (
          <EmptyState title="No step differs" className="flex-1">
            {looksAtTexts
              ? "Steps, models, errors and texts are the same."
              : "Steps, models, errors and tokens are the same."}
          </EmptyState>
        ) : (
          <TreeList
            {...view.list}
            label="Steps of both traces"
            rowHeight={MERGED_ROW}
            onOpen={() => {
              if (isNarrow()) onChange({ pane: "detail" });
            }}
            className="flex-1"
          >
            {(place) => {
              const row = shown.rows[place] ?? 0;
              return (
                <MergedRow
                  comparison={comparison}
                  shown={shown}
                  row={row}
                  status={statuses.of[row] ?? "same"}
                  open={view.list.openAt(place)}
                  step={indentStep(view.deepest)}
                />
              );
            }}
          </TreeList>
        )}
      </div>
      <Resizer
        label="Width of the steps"
        className="max-md:hidden"
        value={share}
        least={0.25}
        most={0.75}
        side="left"
        whole={() => whole.current?.clientWidth ?? 1}
        onDrag={(next) => {
          if (left.current) left.current.style.width = `${next * 100}%`;
        }}
        onChange={setShare}
      />
      <div
        className={cn(
          "flex min-h-0 min-w-0 flex-1 flex-col",
          search.pane !== "detail" && "max-md:hidden",
        )}
      >
        <div className="border-b border-border p-1 md:hidden">
          <Button variant="ghost" size="sm" onClick={() => onChange({ pane: undefined })}>
            <ArrowLeft /> Steps
          </Button>
        </div>
        <div className="min-h-0 flex-1">
          <PairDetail
            comparison={comparison}
            row={Math.min(chosen, comparison.merged.count - 1)}
            search={search}
            onChange={onChange}
          />
        </div>
      </div>
    </div>
  );
}

function Count({
  sign,
  count,
  label,
  tone,
}: {
  sign: string;
  count: number;
  label: string;
  tone: string;
}) {
  return (
    <span
      title={`${formatNumber(count)} ${label}`}
      className={count > 0 ? tone : "text-muted-foreground"}
    >
      <span className="sr-only">{label} </span>
      {sign}
      {formatNumber(count)}
    </span>
  );
}

function Tool({
  label,
  keys,
  disabled = false,
  onClick,
  children,
}: {
  label: string;
  keys?: string;
  disabled?: boolean;
  onClick: () => void;
  children: React.ReactNode;
}) {
  return (
    <Tooltip label={label} {...(keys ? { keys } : {})}>
      <Button
        variant="ghost"
        size="icon-sm"
        aria-label={label}
        disabled={disabled}
        onClick={onClick}
      >
        {children}
      </Button>
    </Tooltip>
  );
}
