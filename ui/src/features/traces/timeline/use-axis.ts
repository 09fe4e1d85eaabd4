import { useMemo, useState } from "react";
import type { TreeModel } from "@/components/span-tree/model";
import { bounded, gapsToSqueeze, makeScale, pan, type Scale, type Window, zoom } from "./squeeze";

export type Axis = {
  scale: Scale;
  window: Window;
  zoomed: boolean;
  /** There are idle stretches that are worth squeezing. */
  canSqueeze: boolean;
  /** Share of the width at which a moment is drawn: 0 at the left edge, 1 at the right. */
  at: (ms: number) => number;
  /** The moment at a share of the width. */
  timeAt: (share: number) => number;
  zoomBy: (factor: number, about?: number) => void;
  panBy: (share: number) => void;
  /** Shows what lies between two shares of the width. */
  showShares: (from: number, to: number) => void;
  /** Shows what lies between two places of the scale. */
  showPlaces: (from: number, to: number) => void;
  /** Shows what lies between two moments, ms. */
  showTimes: (from: number, to: number) => void;
  showAll: () => void;
};

// A span that is zoomed to keeps this much air at both sides.
const AIR = 0.04;

/** The time axis: which part is seen, with or without its idle stretches. */
export function useAxis(model: TreeModel, squeeze: boolean): Axis {
  const gaps = useMemo(() => gapsToSqueeze(model), [model]);
  const scale = useMemo(
    () => makeScale(model.from, model.to, squeeze ? gaps : []),
    [model, gaps, squeeze],
  );
  // Kept in ms, so that it stays when idle time is squeezed or let out; null is the whole.
  const [range, setRange] = useState<{ from: number; to: number } | null>(null);
  const axis = useMemo((): Axis => {
    const { length } = scale;
    const window = range
      ? { from: scale.place(range.from), to: scale.place(range.to) }
      : { from: 0, to: length };
    const size = Math.max(window.to - window.from, length * 1e-9);
    const show = (next: Window) =>
      setRange(
        next.to - next.from >= length * 0.999
          ? null
          : { from: scale.time(next.from), to: scale.time(next.to) },
      );
    const placeAt = (share: number) => window.from + share * size;
    return {
      scale,
      window,
      zoomed: range !== null,
      canSqueeze: gaps.length > 0,
      at: (ms) => (scale.place(ms) - window.from) / size,
      timeAt: (share) => scale.time(placeAt(share)),
      zoomBy: (factor, about = 0.5) => show(zoom(window, factor, placeAt(about), length)),
      panBy: (share) => show(pan(window, share * size, length)),
      showShares: (from, to) =>
        show(bounded(placeAt(Math.min(from, to)), placeAt(Math.max(from, to)), length)),
      showPlaces: (from, to) => show(bounded(from, to, length)),
      showTimes: (from, to) => {
        const start = scale.place(from);
        const width = Math.max(scale.place(to) - start, length * 1e-6);
        show(bounded(start - width * AIR, start + width * (1 + AIR), length));
      },
      showAll: () => setRange(null),
    };
  }, [scale, range, gaps]);
  return axis;
}
