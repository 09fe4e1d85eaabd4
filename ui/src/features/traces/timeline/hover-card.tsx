import { type RefObject, useEffect, useState } from "react";
import { createPortal } from "react-dom";
import {
  costOf,
  durationOf,
  errorOf,
  isRunning,
  modelOf,
  nameOf,
  type TreeModel,
  tokensOf,
  typeOf,
} from "@/components/span-tree/model";
import { TypeIcon } from "@/components/span-tree/type-icon";
import type { Shown } from "@/components/span-tree/visible";
import { formatCost, formatDuration, formatNumber, formatPercent } from "@/lib/format";
import type { CriticalPath } from "./critical-path";

const WIDTH = 264;
const AWAY = 14;

/** Says what the pointer is over. It listens for itself, so that a moving pointer draws nothing else. */
export function HoverCard({
  area,
  model,
  shown,
  path,
}: {
  area: RefObject<HTMLElement | null>;
  model: TreeModel;
  shown: Shown;
  path: CriticalPath;
}) {
  const [at, setAt] = useState<{ place: number; x: number; y: number } | null>(null);
  useEffect(() => {
    const element = area.current;
    if (!element) return;
    const onMove = (event: PointerEvent) => {
      const target = event.target instanceof Element ? event.target : null;
      const row = target?.closest("[data-bars]") ? target.closest("[data-place]") : null;
      // While a range is dragged, the card would be in the way.
      if (!(row instanceof HTMLElement) || event.buttons !== 0 || event.pointerType === "touch") {
        setAt(null);
        return;
      }
      setAt({ place: Number(row.dataset.place), x: event.clientX, y: event.clientY });
    };
    const onLeave = () => setAt(null);
    element.addEventListener("pointermove", onMove);
    element.addEventListener("pointerdown", onLeave);
    element.addEventListener("pointerleave", onLeave);
    element.addEventListener("scroll", onLeave, true);
    return () => {
      element.removeEventListener("pointermove", onMove);
      element.removeEventListener("pointerdown", onLeave);
      element.removeEventListener("pointerleave", onLeave);
      element.removeEventListener("scroll", onLeave, true);
    };
  }, [area]);
  if (!at || at.place >= shown.rows.length) return null;
  const row = shown.rows[at.place] ?? 0;
  const left = at.x + AWAY + WIDTH > window.innerWidth ? at.x - AWAY - WIDTH : at.x + AWAY;
  const low = at.y > window.innerHeight - 220;
  return createPortal(
    <div
      role="tooltip"
      className="pointer-events-none fixed z-50 rounded-md border border-border bg-raised p-2.5 text-sm shadow-lg"
      style={{
        width: WIDTH,
        left: Math.max(4, left),
        ...(low ? { bottom: window.innerHeight - at.y + AWAY } : { top: at.y + AWAY }),
      }}
    >
      <p className="mb-1.5 flex items-start gap-1.5 font-medium">
        <TypeIcon type={typeOf(model, row)} className="mt-0.5" />
        <span className="line-clamp-2 min-w-0 break-words">{nameOf(model, row)}</span>
      </p>
      <dl className="grid grid-cols-[auto_1fr] gap-x-3 text-muted-foreground tabular [&_dd]:text-right [&_dd]:text-foreground">
        {figures(model, row, path).map(([label, value]) => (
          <div key={label} className="contents">
            <dt>{label}</dt>
            <dd className={label === "Error" ? "truncate !text-danger" : "truncate"}>{value}</dd>
          </div>
        ))}
      </dl>
    </div>,
    document.body,
  );
}

function figures(model: TreeModel, row: number, path: CriticalPath): [string, string][] {
  const span = model.span[row] ?? -1;
  const own = path.own[row] ?? 0;
  const whole = Math.max(model.to - model.from, 0.001);
  const ttft = row === 0 ? model.trace.ttft : (model.spans.ttft[span] ?? null);
  const tokens = tokensOf(model, row);
  const cost = costOf(model, row);
  const rows: [string, string][] = [
    ["Starts at", formatDuration(model.start[row] ?? 0)],
    ["Duration", isRunning(model, row) ? "running" : formatDuration(durationOf(model, row))],
  ];
  if (ttft !== null) rows.push(["To the first token", formatDuration(ttft)]);
  if (own > 0)
    rows.push(["On the critical path", `${formatDuration(own)} · ${formatPercent(own / whole)}`]);
  if (modelOf(model, row)) rows.push(["Model", modelOf(model, row)]);
  if (tokens) rows.push(["Tokens", formatNumber(tokens)]);
  if (cost) rows.push(["Cost", formatCost(cost)]);
  if (errorOf(model, row)) rows.push(["Error", errorOf(model, row)]);
  return rows;
}
