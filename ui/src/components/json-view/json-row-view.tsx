import { ChevronRight } from "lucide-react";
import { memo, type ReactNode } from "react";
import { formatBytes, formatNumber } from "@/lib/format";
import { Highlight } from "./highlight";
import type { JsonRow } from "./row";

export const ROW_HEIGHT = 20;
/** Pixels of one level; about two characters of the font. */
const INDENT = 14;

const TONES: Partial<Record<JsonRow["kind"], string>> = {
  string: "text-foreground",
  number: "text-type-llm",
  boolean: "text-type-tool",
  null: "text-muted-foreground italic",
  object: "text-muted-foreground",
  array: "text-muted-foreground",
  group: "text-muted-foreground",
};

/** One row of the viewer. `actions` are shown by the caller for the row under the pointer or the cursor. */
export const JsonRowView = memo(function JsonRowView({
  row,
  index,
  id,
  term,
  isActive,
  isHit,
  actions,
  onToggle,
  onPoint,
}: {
  row: JsonRow;
  index: number;
  id: string;
  term: string;
  isActive: boolean;
  isHit: boolean;
  actions: ReactNode;
  onToggle: (row: JsonRow, index: number) => void;
  onPoint: (index: number) => void;
}) {
  const isLine = row.kind === "line";
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the tree around it handles the keys
    // biome-ignore lint/a11y/useFocusableInteractive: the tree has the focus and names its active row
    <div
      id={id}
      role="treeitem"
      aria-level={row.depth + 1}
      aria-selected={isActive}
      {...(isLine && row.text.trim() === "" ? { "aria-label": "blank line" } : {})}
      {...(row.expandable ? { "aria-expanded": row.open } : {})}
      onPointerEnter={() => onPoint(index)}
      onClick={(event) => {
        // Text that was just selected is being copied, not opened.
        if (window.getSelection()?.isCollapsed === false) return;
        if (event.target instanceof Element && event.target.closest("button")) return;
        onToggle(row, index);
      }}
      className={`group/row absolute inset-x-0 flex items-center pr-1 outline-none ${row.expandable ? "cursor-pointer" : ""} ${isHit ? "bg-warning-soft" : isActive ? "bg-muted" : "hover:bg-muted/60"}`}
      style={{ top: index * ROW_HEIGHT, height: ROW_HEIGHT, paddingLeft: row.depth * INDENT }}
    >
      <span className="inline-flex w-4 shrink-0 justify-center text-muted-foreground">
        {row.expandable && (
          <ChevronRight
            aria-hidden
            className={`size-3 transition-transform ${row.open ? "rotate-90" : ""}`}
          />
        )}
      </span>
      {isLine ? (
        <span className="whitespace-pre">
          <Highlight text={row.text || " "} term={term} />
        </span>
      ) : (
        <RowText row={row} term={term} />
      )}
      {actions}
    </div>
  );
});

function RowText({ row, term }: { row: JsonRow; term: string }) {
  const isText = row.kind === "string";
  const isContainer = row.kind === "object" || row.kind === "array";
  return (
    <>
      {row.label !== null && (
        <span
          className={`max-w-[50%] shrink-0 truncate whitespace-pre ${row.kind === "group" ? "text-muted-foreground" : "text-type-general"}`}
          title={String(row.label)}
        >
          {typeof row.label === "string" ? (
            <Highlight text={row.label} term={term} />
          ) : (
            formatNumber(row.label)
          )}
          {row.kind !== "group" && <span className="text-muted-foreground">:</span>}
        </span>
      )}
      {!(row.open && (isText || isContainer)) && row.text !== "" && (
        <span
          className={`min-w-0 truncate whitespace-pre ${row.label === null ? "" : "ml-1.5"} ${TONES[row.kind] ?? ""}`}
        >
          {isContainer ? row.text : <Highlight text={flat(row.text)} term={term} />}
        </span>
      )}
      {isText && row.text === "" && <span className="ml-1.5 text-muted-foreground">""</span>}
      <RowNote row={row} />
    </>
  );
}

/** How much is inside. */
function RowNote({ row }: { row: JsonRow }) {
  const note =
    row.kind === "object" || row.kind === "array" || row.kind === "group"
      ? row.expandable && `${formatNumber(row.size)} ${row.size === 1 ? "item" : "items"}`
      : row.kind === "string" && row.expandable && row.size > 1000
        ? formatBytes(row.size)
        : "";
  if (!note) return null;
  return <span className="ml-1.5 shrink-0 text-xs text-muted-foreground select-none">{note}</span>;
}

const flat = (text: string): string => text.replaceAll(/\s*\n\s*/g, " ↵ ");
