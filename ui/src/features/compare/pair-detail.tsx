import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ArrowUpRight } from "lucide-react";
import { lazy, type ReactNode, Suspense } from "react";
import { entityDetailQuery } from "@/api/queries/entity-detail";
import { ErrorState, Spinner } from "@/components/ui/states";
import { Tabs } from "@/components/ui/tabs";
import type { ChangeCompare, CompareSearch, CompareTab } from "./compare-search";
import type { Comparison } from "./differences";
import { pairAt } from "./pair";

const PayloadDiff = lazy(() =>
  import("./diff/payload-diff").then((m) => ({ default: m.PayloadDiff })),
);
const MetadataDiff = lazy(() => import("./pair-values").then((m) => ({ default: m.MetadataDiff })));
const FiguresDiff = lazy(() => import("./pair-values").then((m) => ({ default: m.FiguresDiff })));

export const PAIR_TABS: readonly { value: CompareTab; label: string }[] = [
  { value: "output", label: "Output" },
  { value: "input", label: "Input" },
  { value: "metadata", label: "Metadata" },
  { value: "figures", label: "Figures" },
];

/** The chosen step on both sides: its texts, parameters and figures, with what differs marked. */
export function PairDetail({
  comparison,
  row,
  search,
  onChange,
}: {
  comparison: Comparison;
  row: number;
  search: CompareSearch;
  onChange: ChangeCompare;
}) {
  const pair = pairAt(comparison, row);
  const a = useQuery({ ...entityDetailQuery(pair.kind, pair.a ?? ""), enabled: pair.a !== null });
  const b = useQuery({ ...entityDetailQuery(pair.kind, pair.b ?? ""), enabled: pair.b !== null });
  const left = pair.a === null ? null : a.data;
  const right = pair.b === null ? null : b.data;
  const error = (pair.a !== null && a.error) || (pair.b !== null && b.error);
  const tab = search.tab ?? "output";
  const unified = search.unified ?? false;

  const panel = (): ReactNode => {
    if (error) {
      return (
        <ErrorState
          error={error}
          onRetry={() => {
            if (a.error) void a.refetch();
            if (b.error) void b.refetch();
          }}
        />
      );
    }
    if (left === undefined || right === undefined) return <Waiting />;
    if (tab === "metadata") return <MetadataDiff key={row} a={left} b={right} />;
    if (tab === "figures") return <FiguresDiff key={row} a={left} b={right} />;
    return (
      <PayloadDiff
        key={`${pair.a} ${pair.b} ${tab}`}
        pair={pair}
        a={left}
        b={right}
        side={tab}
        unified={unified}
        onUnified={(on) => onChange({ unified: on || undefined }, "walk")}
      />
    );
  };

  return (
    <section aria-label="The chosen step" className="flex h-full min-h-0 flex-col">
      <header className="grid shrink-0 grid-cols-2 gap-x-3 border-b border-border px-3 py-1.5 text-sm">
        <SideHead side="A" id={pair.a} isTrace={row === 0} trace={comparison.a.trace} />
        <SideHead side="B" id={pair.b} isTrace={row === 0} trace={comparison.b.trace} />
      </header>
      <div className="flex min-h-0 flex-1 flex-col">
        <Tabs
          label="What is compared"
          value={tab}
          onChange={(next) => onChange({ tab: next === "output" ? undefined : next }, "walk")}
          tabs={PAIR_TABS.map(({ value, label }) => ({
            value,
            label,
            panel: <Suspense fallback={<Waiting />}>{value === tab && panel()}</Suspense>,
          }))}
          className="h-full"
          panelClassName="overflow-hidden"
        />
      </div>
    </section>
  );
}

const Waiting = () => (
  <div className="p-4">
    <Spinner />
  </div>
);

function SideHead({
  side,
  id,
  isTrace,
  trace,
}: {
  side: "A" | "B";
  id: string | null;
  isTrace: boolean;
  trace: { id: string; project_id: string };
}) {
  if (id === null) {
    return <p className="truncate text-muted-foreground">{side}: not in this trace</p>;
  }
  return (
    <p className="flex min-w-0 items-center gap-1">
      <span className="text-muted-foreground">{side}</span>
      <Link
        to="/projects/$projectId/logs"
        params={{ projectId: trace.project_id }}
        search={{ range: "all", trace: trace.id, ...(isTrace ? {} : { span: id }) }}
        className="inline-flex min-w-0 items-center gap-0.5 truncate underline decoration-border-strong underline-offset-2 hover:decoration-foreground"
      >
        Open in its trace <ArrowUpRight aria-hidden className="size-3" />
      </Link>
    </p>
  );
}
