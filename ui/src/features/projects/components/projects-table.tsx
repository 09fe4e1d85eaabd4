import { Link } from "@tanstack/react-router";
import { ArrowDown, ArrowUp, Ellipsis, Pin, PinOff } from "lucide-react";
import type { ReactNode } from "react";
import type { Project, ProjectFigures } from "@/api/types";
import { Sparkline } from "@/components/layout/sparkline";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Menu, MenuContent, MenuItem, MenuSeparator, MenuTrigger } from "@/components/ui/menu";
import { Skeleton } from "@/components/ui/skeleton";
import { Tooltip } from "@/components/ui/tooltip";
import { cn } from "@/lib/cn";
import {
  formatAgo,
  formatCost,
  formatCount,
  formatDuration,
  formatPercent,
  formatScore,
  formatTime,
} from "@/lib/format";
import { togglePin, useVisited } from "@/lib/visited";
import { DEFAULT_SORT, nextSort } from "../lib/search";

type Row = Project | ProjectFigures;
type Column = { name: string; label: string; show: (row: ProjectFigures) => ReactNode };

const COLUMNS: Column[] = [
  { name: "traces", label: "Traces", show: (row) => formatCount(row.traces) },
  {
    name: "error_rate",
    label: "Errors",
    show: (row) => (
      <span className={row.error_rate ? "text-danger" : undefined} title={`${row.errors} traces`}>
        {formatPercent(row.error_rate)}
      </span>
    ),
  },
  { name: "duration_p50", label: "p50", show: (row) => formatDuration(row.duration_p50) },
  { name: "duration_p99", label: "p99", show: (row) => formatDuration(row.duration_p99) },
  { name: "total_cost", label: "Cost", show: (row) => formatCost(row.total_cost) },
  { name: "total_tokens", label: "Tokens", show: (row) => formatCount(row.total_tokens) },
];

const hasFigures = (row: Row): row is ProjectFigures => "sparkline" in row;
const SCORES_SHOWN = 2;

/** Rows of projects; without figures (yet) the numbers are grey bars of the same height. */
export function ProjectsTable({
  rows,
  sort = DEFAULT_SORT,
  onSort,
  onEdit,
  onDelete,
}: {
  rows: Row[] | undefined;
  sort?: string | undefined;
  onSort: (sort: string) => void;
  onEdit: (project: Row) => void;
  onDelete: (project: Row) => void;
}) {
  const { pinned } = useVisited();
  const head = (name: string, label: string, className?: string) => (
    <SortHead name={name} label={label} sort={sort} onSort={onSort} className={className} />
  );
  return (
    <table className="w-full border-collapse whitespace-nowrap">
      <thead className="sticky top-0 z-10 bg-background">
        <tr className="border-b border-border text-left">
          {head("name", "Name", "pl-3")}
          <th scope="col" className="px-3 py-1.5 font-medium text-muted-foreground max-md:hidden">
            Last 24 h
          </th>
          {COLUMNS.map((column) => (
            <SortHead
              key={column.name}
              name={column.name}
              label={column.label}
              sort={sort}
              onSort={onSort}
              className="text-right"
            />
          ))}
          <th scope="col" className="px-3 py-1.5 font-medium text-muted-foreground max-lg:hidden">
            Scores
          </th>
          {head("last_activity", "Last activity", "text-right")}
          <th scope="col" className="w-10">
            <span className="sr-only">Actions</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {rows === undefined
          ? SKELETONS.map((key) => (
              <tr key={key} className="h-9 border-b border-border">
                <td className="px-3">
                  <Skeleton className="w-40" />
                </td>
                <td colSpan={COLUMNS.length + 4} />
              </tr>
            ))
          : rows.map((row) => {
              const isPinned = pinned.some((p) => p.id === row.id);
              return (
                <tr key={row.id} className="group h-9 border-b border-border hover:bg-surface">
                  <th scope="row" className="max-w-80 pl-3 text-left font-normal">
                    <Link
                      to="/projects/$projectId/logs"
                      params={{ projectId: row.id }}
                      title={row.description ?? row.name}
                      className="block truncate font-medium hover:text-primary"
                    >
                      {row.name}
                    </Link>
                  </th>
                  <td className="px-3 max-md:hidden">
                    {hasFigures(row) ? (
                      <Sparkline values={row.sparkline} label="Traces in the last 24 hours" />
                    ) : (
                      <Skeleton className="w-24" />
                    )}
                  </td>
                  {COLUMNS.map((column) => (
                    <td key={column.name} className="px-3 text-right tabular">
                      {hasFigures(row) ? column.show(row) : <Skeleton className="ml-auto w-10" />}
                    </td>
                  ))}
                  <td className="px-3 max-lg:hidden">{hasFigures(row) && <Scores row={row} />}</td>
                  <td className="px-3 text-right text-muted-foreground tabular">
                    {hasFigures(row) ? (
                      <span title={formatTime(row.last_activity)}>
                        {formatAgo(row.last_activity)}
                      </span>
                    ) : (
                      <Skeleton className="ml-auto w-12" />
                    )}
                  </td>
                  <td className="pr-2 text-right">
                    <Menu>
                      <MenuTrigger asChild>
                        <Button
                          variant="ghost"
                          size="icon-sm"
                          aria-label={`Actions of ${row.name}`}
                        >
                          <Ellipsis />
                        </Button>
                      </MenuTrigger>
                      <MenuContent align="end">
                        <MenuItem onSelect={() => togglePin(row)}>
                          {isPinned ? <PinOff /> : <Pin />} {isPinned ? "Unpin" : "Pin"}
                        </MenuItem>
                        <MenuItem onSelect={() => onEdit(row)}>Edit…</MenuItem>
                        <MenuSeparator />
                        <MenuItem className="text-danger" onSelect={() => onDelete(row)}>
                          Delete…
                        </MenuItem>
                      </MenuContent>
                    </Menu>
                  </td>
                </tr>
              );
            })}
      </tbody>
    </table>
  );
}

const SKELETONS = ["a", "b", "c", "d", "e", "f"];

function SortHead({
  name,
  label,
  sort,
  onSort,
  className,
}: {
  name: string;
  label: string;
  sort: string;
  onSort: (sort: string) => void;
  className?: string | undefined;
}) {
  const down = sort === `-${name}`;
  const up = sort === name;
  return (
    <th
      scope="col"
      aria-sort={down ? "descending" : up ? "ascending" : "none"}
      className={cn("px-3 py-1.5 font-medium", className)}
    >
      <button
        type="button"
        onClick={() => onSort(nextSort(sort, name))}
        className={cn(
          "inline-flex items-center gap-1 hover:text-foreground",
          down || up ? "text-foreground" : "text-muted-foreground",
        )}
      >
        {label}
        {down && <ArrowDown className="size-3" />}
        {up && <ArrowUp className="size-3" />}
      </button>
    </th>
  );
}

function Scores({ row }: { row: ProjectFigures }) {
  const scores = Object.entries(row.feedback_scores);
  const more = scores.slice(SCORES_SHOWN);
  return (
    <span className="flex gap-1">
      {scores.slice(0, SCORES_SHOWN).map(([name, value]) => (
        <Badge key={name} className="max-w-40" title={`${name}: ${value}`}>
          <span className="truncate text-muted-foreground">{name}</span> {formatScore(value)}
        </Badge>
      ))}
      {more.length > 0 && (
        <Tooltip label={more.map(([name, value]) => `${name} ${formatScore(value)}`).join(" · ")}>
          <button type="button" className="text-sm text-muted-foreground">
            +{more.length}
          </button>
        </Tooltip>
      )}
    </span>
  );
}
