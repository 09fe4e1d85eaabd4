import { useLayoutEffect, useRef, useState } from "react";
import { bucketWords, formatValue } from "./scales";
import { Swatch } from "./swatch";
import type { ChartData } from "./types";

const GAP = 12;

/** The values of a bucket beside the cursor; it keeps within the window. */
export function ChartTooltip({
  data,
  hidden,
  colors,
  index,
  x,
}: {
  data: ChartData;
  hidden: ReadonlySet<string>;
  colors: ReadonlyMap<string, string>;
  index: number;
  x: number;
}) {
  const box = useRef<HTMLDivElement>(null);
  const [isLeft, setLeft] = useState(false);
  useLayoutEffect(() => {
    const parent = box.current?.offsetParent?.getBoundingClientRect();
    if (!parent || !box.current) return;
    const width = box.current.offsetWidth + GAP;
    setLeft(parent.left + x + width > window.innerWidth - 8 && parent.left + x > width);
  }, [x]);
  const time = data.times[index];
  if (time === undefined) return null;
  const rows = data.series
    .filter((s) => !hidden.has(s.name))
    .map((s) => ({ ...s, value: s.values[index] }));
  const isOpen = index === data.times.length - 1 && time + data.step > Date.now();
  return (
    <div
      ref={box}
      aria-hidden
      className="pointer-events-none absolute top-1 z-40 min-w-32 rounded-md border border-border bg-raised px-2 py-1.5 text-sm shadow-lg"
      style={isLeft ? { right: `calc(100% - ${x - GAP}px)` } : { left: x + GAP }}
    >
      <p className="whitespace-nowrap text-muted-foreground">
        {bucketWords(time, data.step)}
        {isOpen && " (so far)"}
      </p>
      {rows.map((row) => (
        <p key={row.name} className="flex items-center gap-1.5">
          <Swatch color={colors.get(row.name)} />
          <span className="max-w-48 truncate">{row.label}</span>
          <span className="tabular ml-auto pl-3 font-medium">
            {formatValue(row.value, data.unit)}
          </span>
        </p>
      ))}
    </div>
  );
}
