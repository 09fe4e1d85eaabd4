import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ArrowLeftRight, ChevronRight, GitCompareArrows } from "lucide-react";
import { useState } from "react";
import { projectQuery } from "@/api/queries/projects";
import { Page } from "@/components/layout/page";
import { TracePicker } from "@/components/trace-picker/trace-picker";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import { EmptyState, ErrorState } from "@/components/ui/states";
import { Tooltip } from "@/components/ui/tooltip";
import { useHotkeys } from "@/hooks/use-hotkeys";
import { CompareBody } from "./compare-body";
import { CompareHead } from "./compare-head";
import type { ChangeCompare, CompareSearch } from "./compare-search";
import { useComparison } from "./use-comparison";

type Props = { projectId: string; search: CompareSearch; onChange: ChangeCompare };

/** Two traces laid over each other: what was added, removed and changed, and what that did to time and cost. */
export function ComparePage({ projectId, search, onChange }: Props) {
  const { a, b } = search;
  const project = useQuery(projectQuery(projectId));
  const [choosing, setChoosing] = useState<"a" | "b" | null>(null);
  const [name, setName] = useState<string | undefined>();
  const swap = () => onChange({ a: b, b: a }, "walk");
  useHotkeys([
    { keys: "x", label: "Swap A and B", group: "Comparison", run: swap },
    {
      keys: "c",
      label: "Compare A with another trace",
      group: "Comparison",
      run: () => setChoosing("b"),
    },
  ]);
  return (
    <Page
      title="Compare traces"
      crumbs={
        <span className="flex min-w-0 items-center gap-1.5 text-muted-foreground max-md:hidden">
          <Link
            to="/projects/$projectId/logs"
            params={{ projectId }}
            className="truncate hover:text-foreground"
          >
            {project.data?.name ?? "Project"}
          </Link>
          <ChevronRight aria-hidden className="size-3.5 shrink-0" />
        </span>
      }
      actions={
        <Tooltip label="Swap A and B" keys="x">
          <Button onClick={swap} disabled={!a && !b}>
            <ArrowLeftRight /> Swap
          </Button>
        </Tooltip>
      }
    >
      {a && b ? (
        <Pair
          key={`${a} ${b}`}
          a={a}
          b={b}
          search={search}
          onChange={onChange}
          onChoose={(side, traceName) => {
            setName(traceName);
            setChoosing(side);
          }}
        />
      ) : (
        <EmptyState icon={<GitCompareArrows />} title="Choose two traces" className="h-full">
          <p className="mb-3">
            Their spans are laid over each other: what was added, removed and changed, and what it
            did to time, tokens and cost.
          </p>
          <span className="inline-flex gap-2">
            <Button onClick={() => setChoosing("a")}>{a ? "Change A" : "Choose A"}</Button>
            <Button onClick={() => setChoosing("b")}>{b ? "Change B" : "Choose B"}</Button>
          </span>
        </EmptyState>
      )}
      <TracePicker
        open={choosing !== null}
        onOpenChange={(open) => !open && setChoosing(null)}
        title={choosing === "a" ? "Trace A, the measure" : "Trace B, to be measured"}
        projectId={projectId}
        name={name}
        without={[a, b].filter((id) => id !== undefined)}
        onPick={(id) => onChange({ [choosing ?? "b"]: id, span: undefined, pane: undefined })}
      />
    </Page>
  );
}

function Pair({
  a,
  b,
  search,
  onChange,
  onChoose,
}: {
  a: string;
  b: string;
  search: CompareSearch;
  onChange: ChangeCompare;
  onChoose: (side: "a" | "b", name: string) => void;
}) {
  const { comparison, error, retry, looksAtTexts } = useComparison(a, b);
  if (error) return <ErrorState error={error} onRetry={retry} className="h-full" />;
  if (!comparison) return <Loading />;
  return (
    <div className="flex h-full min-h-0 flex-col">
      <CompareHead
        comparison={comparison}
        onChoose={(side) => onChoose(side, comparison[side === "a" ? "b" : "a"].trace.name)}
      />
      <CompareBody
        comparison={comparison}
        looksAtTexts={looksAtTexts}
        search={search}
        onChange={onChange}
      />
    </div>
  );
}

const WIDTHS = [60, 48, 55, 40, 52, 64, 45, 58];

function Loading() {
  return (
    <div role="status" aria-label="Loading both traces" className="flex flex-col gap-3 p-3">
      <Skeleton className="h-20" />
      {WIDTHS.map((width) => (
        <span key={width} style={{ width: `${width}%` }}>
          <Skeleton className="h-4" />
        </span>
      ))}
    </div>
  );
}
