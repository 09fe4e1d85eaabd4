import type { PointerEvent } from "react";
import type { HeaderActions } from "./header-cell";
import type { PlacedColumn } from "./use-column-layout";

/** The edge that one drags; a double click gives the first width back. */
export function ColumnResizer<T>({
  placed,
  actions,
}: {
  placed: PlacedColumn<T>;
  actions: HeaderActions;
}) {
  const begin = (event: PointerEvent<HTMLSpanElement>) => {
    if (event.button !== 0) return;
    event.preventDefault();
    event.stopPropagation();
    const edge = event.currentTarget;
    const { clientX } = event;
    const { width } = placed;
    edge.setPointerCapture(event.pointerId);
    const move = (at: globalThis.PointerEvent) =>
      actions.onResize(placed.column.id, width + at.clientX - clientX);
    const end = () => {
      edge.removeEventListener("pointermove", move);
      edge.removeEventListener("pointerup", end);
      edge.removeEventListener("pointercancel", end);
    };
    edge.addEventListener("pointermove", move);
    edge.addEventListener("pointerup", end);
    edge.addEventListener("pointercancel", end);
  };
  return (
    <span
      aria-hidden
      draggable
      onDragStart={(event) => {
        // The header is dragged by its name, its edge is not.
        event.preventDefault();
        event.stopPropagation();
      }}
      onPointerDown={begin}
      onDoubleClick={() => actions.onResetWidth(placed.column.id)}
      className="absolute top-0 -right-1 z-10 h-full w-2 cursor-col-resize touch-none after:absolute after:inset-y-1 after:right-1 after:w-px after:bg-border group-hover/head:after:bg-border-strong hover:after:w-0.5 hover:after:bg-primary"
    />
  );
}
