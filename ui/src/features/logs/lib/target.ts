import type { EntityType } from "@/api/types";
import { NOTHING, type Selection } from "@/components/data-table/selection";
import type { Slice } from "@/lib/slice";

/** Which rows something is done to: some by id, or all that a slice has. */
export type Target =
  | { kind: "ids"; ids: readonly string[]; slice: Slice }
  | { kind: "all"; slice: Slice };

export const targetOf = (selection: Selection, slice: Slice): Target =>
  selection.all || selection.ids.size === 0
    ? { kind: "all", slice }
    : { kind: "ids", ids: [...selection.ids], slice };

export const everything = (slice: Slice): Target => targetOf(NOTHING, slice);

export const NOUN: Record<EntityType, [one: string, many: string]> = {
  trace: ["trace", "traces"],
  span: ["span", "spans"],
  thread: ["thread", "threads"],
};

/** What goes when rows are deleted. */
export const ALONG: Record<EntityType, string> = {
  trace: "Their spans, feedback scores, comments and attachments go with them.",
  span: "Their feedback scores, comments and attachments go with them; their traces stay.",
  thread: "All traces of these conversations go with them, and the traces' spans and scores.",
};
