import { Link } from "@tanstack/react-router";
import { EmptyState } from "@/components/ui/states";
import { cn } from "@/lib/cn";
import type { DestinationTypes } from "../api/types";
import { TypeMark } from "./type-mark";

/** All types to choose from; one that has as many destinations as it may says so. */
export function TypePicker({
  types,
  words,
  counts,
}: {
  types: DestinationTypes;
  words: string | undefined;
  /** Destinations that are there, by type. */
  counts: ReadonlyMap<string, number>;
}) {
  const asked = (words ?? "").trim().toLowerCase();
  const found = types.content.filter((one) =>
    `${one.title} ${one.type}`.toLowerCase().includes(asked),
  );
  if (found.length === 0) return <EmptyState title="No type is called that" />;
  return (
    <ul
      aria-label="Types of destinations"
      className="m-0 grid list-none grid-cols-[repeat(auto-fill,minmax(11rem,1fr))] gap-2 p-0 text-left"
    >
      {found.map((one) => {
        const count = counts.get(one.type) ?? 0;
        const isFull = count >= types.max_per_type;
        const note = isFull
          ? `${count} are there, which is the most`
          : count
            ? `${count} added`
            : "";
        const look = cn(
          "flex h-11 items-center gap-2.5 rounded-md border border-border bg-raised px-2.5",
          isFull ? "text-muted-foreground" : "hover:border-border-strong hover:bg-muted",
        );
        const inner = (
          <>
            <TypeMark type={one.type} />
            <span className="flex min-w-0 flex-col leading-4">
              <span className="truncate font-medium">{one.title}</span>
              {note && <span className="truncate text-xs text-muted-foreground">{note}</span>}
            </span>
          </>
        );
        return (
          <li key={one.type}>
            {isFull ? (
              <div className={look}>{inner}</div>
            ) : (
              <Link to="/observability" search={{ add: one.type }} className={look}>
                {inner}
              </Link>
            )}
          </li>
        );
      })}
    </ul>
  );
}
