import { Columns3, Copy, Filter, Image as ImageIcon, Route } from "lucide-react";
import type { ReactNode } from "react";
import { copyText } from "@/lib/copy";
import { toast } from "@/lib/toast";
import { columnOf, conditionOf } from "./condition";
import type { JsonDoc } from "./doc";
import { pathText } from "./json-text";
import type { JsonRow } from "./row";

export type RowActionsContext = {
  /** What the paths begin with: `metadata`. */
  field: string;
  onFilter?: ((query: string) => void) | undefined;
  onAddColumn?: ((name: string) => void) | undefined;
  /** How to open the picture that a text stands for; undefined where it stands for none. The beginning of a text is enough to tell. */
  mediaOf?: ((text: string) => (() => void) | undefined) | undefined;
};

/** What can be done with a row: copy, filter by it, make it a column. */
export function RowActions({
  doc,
  row,
  field,
  onFilter,
  onAddColumn,
  mediaOf,
}: RowActionsContext & { doc: JsonDoc; row: JsonRow }) {
  const isValue = ["string", "number", "boolean", "null"].includes(row.kind);
  const copy = async (text: string) => {
    if (await copyText(text)) toast("Copied");
    else toast("The browser does not allow copying", { tone: "danger" });
  };
  const isMedia = row.kind === "string" && mediaOf?.(row.text) !== undefined;
  return (
    <span className="sticky right-0 ml-auto flex shrink-0 items-center rounded-sm bg-raised pl-1 font-sans">
      {isMedia && (
        <Action label="Show the file" onClick={async () => mediaOf?.(await doc.text(row.path))?.()}>
          <ImageIcon />
        </Action>
      )}
      {isValue && onFilter && (
        <Action
          label="Filter by this value"
          onClick={async () => {
            const pointer = await doc.pointer(row.path);
            const condition = conditionOf(
              field,
              pointer,
              plainValue(row, await doc.text(row.path)),
            );
            if (condition) onFilter(condition);
            else toast("This value is too long to filter by");
          }}
        >
          <Filter />
        </Action>
      )}
      {isValue && onAddColumn && field === "metadata" && (
        <Action
          label="Add as a column"
          onClick={async () => {
            const column = columnOf(field, await doc.pointer(row.path));
            if (column) onAddColumn(column);
            else toast("Values inside lists cannot be columns");
          }}
        >
          <Columns3 />
        </Action>
      )}
      <Action
        label="Copy the path"
        onClick={async () => copy(pathText([field, ...(await doc.pointer(row.path))]))}
      >
        <Route />
      </Action>
      <Action label="Copy the value" onClick={async () => copy(await doc.text(row.path))}>
        <Copy />
      </Action>
    </span>
  );
}

function plainValue(row: JsonRow, text: string): string | number | boolean | null {
  if (row.kind === "null") return null;
  return row.kind === "boolean" ? text === "true" : text;
}

function Action({
  label,
  onClick,
  children,
}: {
  label: string;
  onClick: () => void;
  children: ReactNode;
}) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      onClick={(event) => {
        event.stopPropagation();
        onClick();
      }}
      className="inline-flex size-5 items-center justify-center rounded-sm text-muted-foreground hover:bg-accent hover:text-foreground [&_svg]:size-3"
    >
      {children}
    </button>
  );
}
