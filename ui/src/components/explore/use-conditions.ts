import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { parsedQuery } from "@/api/queries/query-text";
import type { Chip, EntityType, QueryProblem } from "@/api/types";
import { type Group, groupsOf } from "./query/groups";

export type Part = { start: number; end: number; text: string } & (
  | { kind: "condition"; chip: Chip }
  | { kind: "group"; group: Group }
);

export type Conditions = {
  chips: readonly Chip[];
  /** Chips and groups in the order of the text. */
  parts: readonly Part[];
  problem: QueryProblem | null;
  /** The query changed and was not read again yet: places in it do not hold. */
  isStale: boolean;
  /** It could not be read because the server failed. */
  error: unknown;
};

/** What a query is made of at its top. */
export function useConditions(entity: EntityType, query: string): Conditions {
  const parsed = useQuery({ ...parsedQuery(entity, query), placeholderData: keepPreviousData });
  const chips = parsed.data?.chips ?? [];
  const isStale = parsed.isPlaceholderData || parsed.data === undefined;
  const problem = parsed.isPlaceholderData ? null : (parsed.data?.error ?? null);
  const groups = isStale || problem ? [] : groupsOf(query);
  const parts: Part[] = [
    ...chips.map((chip): Part => ({ kind: "condition", chip, ...place(chip) })),
    ...groups
      .filter((g) => !chips.some((c) => c.start <= g.start && g.end <= c.end))
      .map((group): Part => ({ kind: "group", group, ...place(group) })),
  ];
  return {
    chips,
    parts: parts.sort((a, b) => a.start - b.start),
    problem,
    isStale,
    error: parsed.error,
  };
}

const place = ({ start, end, text }: { start: number; end: number; text: string }) => ({
  start,
  end,
  text,
});
