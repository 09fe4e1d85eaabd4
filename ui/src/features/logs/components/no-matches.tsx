import { useQueries, useQuery } from "@tanstack/react-query";
import { SearchX } from "lucide-react";
import { parsedQuery } from "@/api/queries/query-text";
import { summaryQuery } from "@/api/queries/slice";
import type { EntityType } from "@/api/types";
import { removeChip } from "@/components/explore/query/splice";
import { Button } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/states";
import { formatCount } from "@/lib/format";
import { periodLabel, type Slice, type SliceSearch } from "@/lib/slice";
import { NOUN } from "../lib/target";

/** Conditions that are tried out one by one. */
const MOST_TRIED = 6;

type Way = { key: string; label: string; slice: Slice; patch: Partial<SliceSearch> };

/** Says that nothing matches, and what would match with one condition less. */
export function NoMatches({
  projectId,
  entity,
  search,
  slice,
  onChange,
}: {
  projectId: string;
  entity: EntityType;
  search: SliceSearch;
  slice: Slice;
  onChange: (patch: Partial<SliceSearch>) => void;
}) {
  const parsed = useQuery(parsedQuery(entity, slice.query));
  const ways = waysOut(slice, parsed.data?.chips ?? []);
  const counts = useQueries({
    queries: ways.map((way) => ({
      ...summaryQuery(projectId, way.slice),
      placeholderData: undefined,
    })),
    combine: (results) => results.map((result) => result.data?.count),
  });
  const isCounting = counts.some((count) => count === undefined);
  const open = ways.flatMap((way, i) => {
    const count = counts[i] ?? 0;
    return count > 0 ? [{ ...way, count }] : [];
  });
  const many = NOUN[entity][1];
  return (
    <EmptyState icon={<SearchX />} title={`No ${many} match`} className="py-16">
      <p>
        {slice.query ? "Nothing in this project matches the whole query" : `There are no ${many}`}{" "}
        in this period ({periodLabel(search)}).
      </p>
      {open.length > 0 && (
        <ul className="mt-4 flex flex-col items-center gap-1.5">
          {open.map((way) => (
            <li key={way.key} className="max-w-full">
              <Button className="max-w-full text-foreground" onClick={() => onChange(way.patch)}>
                <span className="truncate">{way.label}</span>
                <span className="text-muted-foreground tabular">{formatCount(way.count)}</span>
              </Button>
            </li>
          ))}
        </ul>
      )}
      {!isCounting && open.length === 0 && slice.query !== "" && (
        <p className="mt-2">Leaving out any single condition does not help either.</p>
      )}
      {slice.query !== "" && (
        <Button variant="ghost" className="mt-3" onClick={() => onChange({ q: undefined })}>
          Clear the query
        </Button>
      )}
    </EmptyState>
  );
}

function waysOut(slice: Slice, chips: readonly { start: number; end: number; text: string }[]) {
  const ways: Way[] = [];
  const some = chips.length > 1 ? chips.slice(0, MOST_TRIED) : [];
  for (const chip of some) {
    const query = removeChip(slice.query, chip);
    ways.push({
      key: `${chip.start}`,
      label: `Without ${chip.text}`,
      slice: { ...slice, query },
      patch: { q: query || undefined },
    });
  }
  if (slice.from || slice.to) {
    const { from: _, to: __, ...always } = slice;
    ways.push({
      key: "time",
      label: "At any time",
      slice: always,
      patch: { range: "all", from: undefined, to: undefined },
    });
  }
  if (!slice.hidden) {
    ways.push({
      key: "hidden",
      label: "With those of experiments, playground and evaluators",
      slice: { ...slice, hidden: true },
      patch: { hidden: true },
    });
  }
  return ways;
}
