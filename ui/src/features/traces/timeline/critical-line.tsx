import type { Shown } from "@/components/span-tree/visible";
import type { CriticalPath } from "./critical-path";
import { TIMELINE_ROW } from "./timeline-row";
import type { Axis } from "./use-axis";

/** Where in a row the line runs: at the foot of its bar. */
const FOOT = TIMELINE_ROW - 3.5;

/** Draws the part of the critical path that touches the rows on screen, through folded rows too. */
export function CriticalLine({
  path,
  shown,
  axis,
  first,
  last,
  width,
}: {
  path: CriticalPath;
  shown: Shown;
  axis: Axis;
  first: number;
  last: number;
  /** px of the bars. */
  width: number;
}) {
  return (
    <svg
      aria-hidden="true"
      className="pointer-events-none absolute inset-y-0 right-0 z-10 h-full overflow-hidden text-foreground"
      width={width}
    >
      <path
        d={lineOf(path, shown, axis, first, last, width)}
        fill="none"
        stroke="currentColor"
        strokeWidth={2}
        strokeLinejoin="round"
        opacity={0.85}
      />
    </svg>
  );
}

export function lineOf(
  path: CriticalPath,
  shown: Shown,
  axis: Axis,
  first: number,
  last: number,
  width: number,
): string {
  const parts: string[] = [];
  let lastPlace = -1;
  let lastX = Number.NEGATIVE_INFINITY;
  let drawing = false;
  for (let k = 0; k < path.row.length; k++) {
    const place = shown.place[path.row[k] ?? 0] ?? 0;
    const from = axis.at(path.from[k] ?? 0) * width;
    const to = axis.at(path.to[k] ?? 0) * width;
    const seen =
      Math.max(place, lastPlace) >= first &&
      (lastPlace < 0 ? place : Math.min(place, lastPlace)) <= last &&
      to >= -2 &&
      from <= width + 2;
    if (!seen) {
      drawing = false;
      lastPlace = place;
      continue;
    }
    const y = place * TIMELINE_ROW + FOOT;
    const x0 = Math.max(-2, from);
    const x1 = Math.min(width + 2, to);
    if (!drawing) {
      // The way here from a row that is out of sight.
      if (lastPlace >= 0 && lastPlace !== place && from > -2) {
        parts.push(`M${x0.toFixed(1)} ${lastPlace * TIMELINE_ROW + FOOT}V${y}`);
      } else parts.push(`M${x0.toFixed(1)} ${y}`);
    } else if (place !== lastPlace) parts.push(`H${x0.toFixed(1)}V${y}`);
    // What is narrower than half a pixel in the same row is drawn with what follows.
    if (place !== lastPlace || x1 - lastX > 0.5 || !drawing) {
      parts.push(`H${x1.toFixed(1)}`);
      lastX = x1;
    }
    drawing = true;
    lastPlace = place;
  }
  return parts.join("");
}
