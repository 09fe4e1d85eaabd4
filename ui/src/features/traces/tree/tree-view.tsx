import { useCallback } from "react";
import { indentStep } from "@/components/span-tree/guides";
import { TreeList } from "@/components/span-tree/tree-list";
import type { SpanView } from "../use-span-view";
import type { RowDetail } from "./row-details";
import { ROW_HEIGHT, SpanRow } from "./span-row";

/** The spans as a tree. */
export function TreeView({
  view,
  details,
  onOpen,
}: {
  view: SpanView;
  details: ReadonlySet<RowDetail>;
  onOpen: (how: "click" | "enter") => void;
}) {
  const { model, shown, kept, find } = view;
  const step = indentStep(model.deepest);
  const row = useCallback((place: number) => shown.rows[place] ?? 0, [shown]);
  return (
    <TreeList
      {...view.list}
      label="Spans"
      rowHeight={ROW_HEIGHT}
      onOpen={onOpen}
      className="@container h-full"
    >
      {(place) => (
        <SpanRow
          model={model}
          shown={shown}
          row={row(place)}
          open={view.list.openAt(place)}
          step={step}
          dim={kept !== undefined && kept.hit[row(place)] === 0}
          find={find}
          details={details}
        />
      )}
    </TreeList>
  );
}
