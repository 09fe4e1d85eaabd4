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
  const lines = linesOf(path, shown, axis, first, last, width);
  return (
    <svg
      aria-hidden="true"
      className="pointer-events-none absolute inset-y-0 right-0 z-10 h-full overflow-hidden text-foreground"
      width={width}
    >
      <path d={lines.ways} fill="none" stroke="currentColor" strokeWidth={1} opacity={0.45} />
      <path d={lines.stretches} fill="none" stroke="currentColor" strokeWidth={2} opacity={0.85} />
    </svg>
  );
}

// Ways from row to row that are closer than this (px) would be a grey wall: then one of them is drawn.
const LEAST_APART = 3;

/** The stretches along the rows, and the ways from one row to the next, as SVG paths. */
export function linesOf(
  path: CriticalPath,
  shown: Shown,
  axis: Axis,
  first: number,
  last: number,
  width: number,
): { stretches: string; ways: string } {
  const stretches: string[] = [];
  const ways: string[] = [];
  const yOf = (place: number) => place * TIMELINE_ROW + FOOT;
  let before = -1;
  let drawnTo = Number.NEGATIVE_INFINITY;
  let wayAt = Number.NEGATIVE_INFINITY;
  for (let k = 0; k < path.row.length; k++) {
    const place = shown.place[path.row[k] ?? 0] ?? 0;
    const from = Math.max(-2, axis.at(path.from[k] ?? 0) * width);
    const to = Math.min(width + 2, axis.at(path.to[k] ?? 0) * width);
    const moved = place !== before;
    if (to >= -2 && from <= width + 2 && place >= first && place <= last) {
      // A way that comes from out of sight tells nothing.
      if (moved && before >= first && before <= last && from - wayAt >= LEAST_APART) {
        ways.push(`M${from.toFixed(1)} ${yOf(before)}V${yOf(place)}`);
        wayAt = from;
      }
      // What is narrower than half a pixel in the same row is drawn with what follows.
      if (moved || to - drawnTo > 0.5) {
        const start = moved ? from : Math.min(from, drawnTo);
        stretches.push(
          `M${start.toFixed(1)} ${yOf(place)}H${Math.max(to, start + 0.5).toFixed(1)}`,
        );
        drawnTo = to;
      }
    }
    before = place;
  }
  return { stretches: stretches.join(""), ways: ways.join("") };
}
