import { useEffect, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { onTheme } from "@/lib/theme";
import { resolve } from "./colors";
import { frameOf, layerAt, snapped } from "./frame";
import { optionsOf } from "./options";
import { paintBars, paintLines } from "./paint";
import type { ChartData, ChartPoint } from "./types";

export type PlotHandle = {
  /** Puts the cursor of all charts of the page at a bucket; -1 takes it away. */
  moveTo: (index: number) => void;
  /** Marks the buckets from one to another. */
  mark: (from: number, to: number) => void;
};

/** A bucket under the pointer and where it stands in the chart, in CSS pixels. */
export type Hover = { index: number; x: number; isOwn: boolean };

export type PlotProps = {
  data: ChartData;
  kind: "bars" | "lines";
  hidden: ReadonlySet<string>;
  /** CSS variables by series. */
  colors: ReadonlyMap<string, string>;
  height: number;
  syncKey: string;
  onHover: (hover: Hover | undefined) => void;
  onRange: (from: string, to: string) => void;
  onReset: () => void;
  onPoint?: ((point: ChartPoint) => void) | undefined;
  onReady: (handle: PlotHandle | undefined) => void;
};

// A click waits for the second one, which means something else.
const DOUBLE_CLICK_MS = 250;
// A strip has room for few lines.
const LOW_PX = 120;

/** The canvas of a chart. Everything else of it (legend, tooltip, table, keys) is the chart's. */
export function Plot(props: PlotProps) {
  const { data, kind, hidden, colors, height, syncKey } = props;
  const host = useRef<HTMLDivElement>(null);
  const latest = useRef(props);
  latest.current = props;

  useEffect(() => {
    const target = host.current;
    if (!target || data.times.length === 0) return;
    const stacked = kind === "bars";
    const frame = frameOf(data, {
      stacked,
      hidden,
      now: Date.now(),
      steps: height < LOW_PX ? 2 : 3,
    });
    let inks = new Map<string, string>();
    const takeColors = () => {
      inks = new Map([...colors].map(([name, color]) => [name, resolve(color)]));
    };
    let clickTimer: ReturnType<typeof setTimeout> | undefined;
    let isDragging = false;
    let isMarking = false;
    const middles = data.times.map((t) => t + data.step / 2);
    const columns = [middles, ...frame.layers.map((l) => l.top)] as uPlot.AlignedData;

    const clicked = (u: uPlot, event: MouseEvent) => {
      const { onPoint } = latest.current;
      const index = u.cursor.idx;
      if (!onPoint || event.button !== 0 || index === null || index === undefined) return;
      const series = layerAt(frame, index, u.posToVal(u.cursor.top ?? 0, "y"), stacked);
      const start = data.times[index] ?? 0;
      clearTimeout(clickTimer);
      clickTimer = setTimeout(
        () =>
          onPoint({
            ...snapped(data, start, start + data.step),
            ...(series === undefined ? {} : { series }),
          }),
        DOUBLE_CLICK_MS,
      );
    };
    const hooks: uPlot.Hooks.Arrays = {
      ready: [
        (u) => {
          u.over.addEventListener("mousedown", () => {
            isDragging = true;
          });
          u.over.addEventListener("click", (event) => clicked(u, event));
        },
      ],
      draw: [(u) => (stacked ? paintBars : paintLines)(u, frame, data.times, data.step, inks)],
      setCursor: [
        (u) => {
          const { idx, left } = u.cursor;
          if (idx === null || idx === undefined || left === undefined || left < 0)
            return latest.current.onHover(undefined);
          const x = u.valToPos(middles[idx] ?? 0, "x") + u.over.offsetLeft;
          latest.current.onHover({ index: idx, x, isOwn: u.over.matches(":hover") });
        },
      ],
      setSelect: [
        (u) => {
          if (isMarking) return;
          const { left, width } = u.select;
          u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          // The charts that only follow the pointer hear of the selection too.
          if (!isDragging || width <= 0) return;
          isDragging = false;
          const { from, to } = snapped(data, u.posToVal(left, "x"), u.posToVal(left + width, "x"));
          latest.current.onRange(from, to);
        },
      ],
    };
    const make = () => {
      takeColors();
      return new uPlot(
        optionsOf({
          width: Math.max(80, target.clientWidth),
          height,
          frame,
          unit: data.unit,
          layers: frame.layers.length,
          syncKey,
          hooks,
          onDoubleClick: () => {
            clearTimeout(clickTimer);
            latest.current.onReset();
          },
        }),
        columns,
        target,
      );
    };
    let plot = make();
    const again = () => {
      plot.destroy();
      plot = make();
    };
    latest.current.onReady({
      moveTo: (index) => {
        const left = index < 0 ? -10 : plot.valToPos(middles[index] ?? 0, "x");
        // The last argument tells the other charts; uPlot's types do not know it.
        (plot.setCursor as (at: object, fire: boolean, tell: boolean) => void)(
          { left, top: index < 0 ? -10 : 0 },
          true,
          true,
        );
      },
      mark: (from, to) => {
        isMarking = true;
        const [a, b] = [Math.min(from, to), Math.max(from, to)];
        const left = plot.valToPos(data.times[a] ?? 0, "x");
        const right = plot.valToPos((data.times[b] ?? 0) + data.step, "x");
        const none = from < 0;
        plot.setSelect({
          left: none ? 0 : left,
          top: 0,
          width: none ? 0 : right - left,
          height: none ? 0 : plot.over.clientHeight,
        });
        isMarking = false;
      },
    });
    let width = target.clientWidth;
    const observer = new ResizeObserver(() => {
      // Made anew rather than stretched: another width has other round times.
      if (target.clientWidth !== width && target.clientWidth > 0) {
        width = target.clientWidth;
        again();
      }
    });
    observer.observe(target);
    const offTheme = onTheme(again);
    return () => {
      clearTimeout(clickTimer);
      observer.disconnect();
      offTheme();
      latest.current.onReady(undefined);
      latest.current.onHover(undefined);
      plot.destroy();
    };
  }, [data, kind, hidden, colors, height, syncKey]);

  return (
    <div
      ref={host}
      style={{ height }}
      className="w-full overflow-hidden [&_.u-cursor-x]:border-border-strong! [&_.u-over]:cursor-crosshair [&_.u-select]:bg-primary/20!"
    />
  );
}
