import { formatDuration } from "@/lib/format";
import { ticks } from "./squeeze";
import type { Axis } from "./use-axis";

// px that a label needs.
const LABEL = 84;

/** Times above the bars. */
export function AxisHeader({ axis, width }: { axis: Axis; width: number }) {
  const marks = ticks(axis.scale, axis.window, Math.floor(width / LABEL));
  return (
    <div
      data-axis
      className="relative h-6 cursor-crosshair overflow-hidden border-b border-border select-none"
    >
      {marks.map((ms) => (
        <span
          key={ms}
          className="absolute inset-y-0 z-10 flex items-center border-l border-border pl-1 text-xs whitespace-nowrap text-muted-foreground tabular"
          style={{ left: `${axis.at(ms) * 100}%` }}
        >
          {label(ms)}
        </span>
      ))}
      {axis.scale.gaps.map((gap) => {
        const from = axis.at(gap.from);
        const to = axis.at(gap.to);
        if (to < 0 || from > 1) return null;
        return (
          <span
            key={gap.from}
            title={`Nothing ran for ${formatDuration(gap.to - gap.from)}`}
            className="absolute inset-y-0 flex items-center justify-center overflow-hidden text-xs whitespace-nowrap text-warning"
            style={{ left: `${from * 100}%`, width: `${(to - from) * 100}%` }}
          >
            ⋯
          </span>
        );
      })}
    </div>
  );
}

const label = (ms: number): string => (ms === 0 ? "0" : formatDuration(ms));

/** Behind the bars: lines at the times, and hatching where idle time is squeezed. */
export function AxisGrid({ axis, width }: { axis: Axis; width: number }) {
  const marks = ticks(axis.scale, axis.window, Math.floor(width / LABEL));
  return (
    <div aria-hidden className="pointer-events-none absolute inset-y-0 right-0" style={{ width }}>
      {marks.map((ms) => (
        <span
          key={ms}
          className="absolute inset-y-0 w-px bg-border opacity-60"
          style={{ left: `${axis.at(ms) * 100}%` }}
        />
      ))}
      {axis.scale.gaps.map((gap) => (
        <span
          key={gap.from}
          className="absolute inset-y-0 border-x border-dashed border-border-strong opacity-70"
          style={{
            left: `${axis.at(gap.from) * 100}%`,
            width: `${(axis.at(gap.to) - axis.at(gap.from)) * 100}%`,
            backgroundImage:
              "repeating-linear-gradient(135deg, var(--border) 0 1px, transparent 1px 6px)",
          }}
        />
      ))}
    </div>
  );
}
