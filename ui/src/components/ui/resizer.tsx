import { type PointerEvent, useRef } from "react";
import { cn } from "@/lib/cn";

/**
 * A line between two parts that is dragged, or moved by the arrow keys, to give one more room.
 * `value` is the share (0 to 1) of the part that `part` finds; while dragging only its style changes, and
 * `onChange` hears of the end.
 */
export function Resizer({
  label,
  value,
  least,
  most,
  side,
  whole,
  onDrag,
  onChange,
  className,
}: {
  label: string;
  value: number;
  least: number;
  most: number;
  /** Where the part lies whose share it is. */
  side: "left" | "right";
  /** px of both parts together. */
  whole: () => number;
  onDrag: (share: number) => void;
  onChange: (share: number) => void;
  className?: string;
}) {
  const from = useRef<{ x: number; share: number } | null>(null);
  const clamp = (share: number) => Math.min(most, Math.max(least, share));
  const shareAt = (event: PointerEvent) => {
    const start = from.current;
    if (!start) return value;
    const moved = (event.clientX - start.x) / Math.max(1, whole());
    return clamp(start.share + (side === "left" ? moved : -moved));
  };
  const step = (by: number) => onChange(clamp(value + (side === "left" ? by : -by)));
  return (
    // biome-ignore lint/a11y/useSemanticElements: a rule cannot be moved
    <div
      role="separator"
      aria-label={label}
      aria-orientation="vertical"
      aria-valuenow={Math.round(value * 100)}
      aria-valuemin={Math.round(least * 100)}
      aria-valuemax={Math.round(most * 100)}
      tabIndex={0}
      onPointerDown={(event) => {
        event.preventDefault();
        event.currentTarget.setPointerCapture(event.pointerId);
        event.currentTarget.focus();
        from.current = { x: event.clientX, share: value };
      }}
      onPointerMove={(event) => from.current && onDrag(shareAt(event))}
      onPointerUp={(event) => {
        if (!from.current) return;
        onChange(shareAt(event));
        from.current = null;
      }}
      onPointerCancel={() => {
        if (from.current) onDrag(value);
        from.current = null;
      }}
      onKeyDown={(event) => {
        const by = event.key === "ArrowLeft" ? -1 : event.key === "ArrowRight" ? 1 : 0;
        if (by === 0) return;
        event.preventDefault();
        step(by * (event.shiftKey ? 0.1 : 0.02));
      }}
      className={cn(
        "relative z-10 -mx-1 w-2 shrink-0 cursor-col-resize touch-none outline-none select-none",
        "after:absolute after:inset-y-0 after:left-1 after:w-px after:bg-border after:transition-colors hover:after:bg-ring focus-visible:after:left-[3px] focus-visible:after:w-0.5 focus-visible:after:bg-ring active:after:bg-ring",
        className,
      )}
    />
  );
}
