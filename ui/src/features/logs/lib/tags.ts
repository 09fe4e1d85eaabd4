import type { Row } from "@/api/types";
import { listOf } from "./values";

/** Reads tags that were typed with commas between them. */
export const readTags = (text: string): string[] => [
  ...new Set(
    text
      .split(",")
      .map((tag) => tag.trim())
      .filter(Boolean),
  ),
];

/** Returns the tags of the rows that are selected, each once, in order. */
export function tagsOf(rows: readonly Row[], isSelected: (id: string) => boolean): string[] {
  const found = new Set<string>();
  for (const row of rows)
    if (isSelected(row.id)) for (const tag of listOf(row, "tags")) found.add(tag);
  return [...found].sort((a, b) => a.localeCompare(b));
}
