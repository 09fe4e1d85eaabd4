import { describe, expect, test } from "vitest";
import { buildTree } from "@/components/span-tree/model";
import { type SpanSpec, treeOf } from "@/test/span-trees";
import { bounded, gapsToSqueeze, idleGaps, makeScale, pan, ticks, zoom } from "./squeeze";

const tree = (specs: SpanSpec[], duration = 1000) => buildTree(treeOf(specs, duration));

describe("idleGaps", () => {
  test("a gap is where no step runs, though their parent does", () => {
    const found = idleGaps(
      tree([
        { name: "agent", start: 0, duration: 1000 },
        { name: "ask", level: 1, start: 0, duration: 100 },
        { name: "beside", level: 1, start: 50, duration: 100 },
        { name: "answer", level: 1, start: 900, duration: 100 },
      ]),
      50,
    );
    expect(found).toEqual([{ from: 150, to: 900 }]);
  });

  test("before the first and after the last step too", () => {
    expect(idleGaps(tree([{ name: "a", start: 300, duration: 100 }]), 50)).toEqual([
      { from: 0, to: 300 },
      { from: 400, to: 1000 },
    ]);
  });

  test("what runs still leaves no gap", () => {
    expect(idleGaps(tree([{ name: "a", start: 0, duration: null }]), 0)).toEqual([]);
  });
});

describe("gapsToSqueeze", () => {
  test("long waits are squeezed, short ones and a trace without spans are not", () => {
    const waits = tree(
      [
        { name: "a", start: 0, duration: 100 },
        { name: "b", start: 105, duration: 100 },
        { name: "c", start: 60_000, duration: 100 },
      ],
      60_100,
    );
    expect(gapsToSqueeze(waits)).toEqual([{ from: 205, to: 60_000 }]);
    expect(gapsToSqueeze(tree([]))).toEqual([]);
  });

  test("nothing is squeezed where steps follow one another", () => {
    const busy = Array.from({ length: 50 }, (_, i) => ({ name: "s", start: i * 20, duration: 19 }));
    expect(gapsToSqueeze(tree(busy))).toEqual([]);
  });
});

describe("makeScale", () => {
  const scale = makeScale(0, 60_100, [{ from: 205, to: 60_000 }]);

  test("what runs keeps its width, the gap gets little", () => {
    expect(scale.place(205)).toBe(205);
    expect(scale.length).toBeLessThan(340);
    expect(scale.length - scale.place(60_000)).toBeCloseTo(100);
  });

  test("there and back again", () => {
    for (const ms of [0, 100, 205, 30_000, 60_000, 60_050, 60_100]) {
      expect(scale.time(scale.place(ms))).toBeCloseTo(ms, 6);
    }
  });

  test("times rise with places", () => {
    let before = -1;
    for (let ms = 0; ms <= 60_100; ms += 50) {
      const place = scale.place(ms);
      expect(place).toBeGreaterThan(before);
      before = place;
    }
  });

  test("a trace of no length has an axis all the same", () => {
    expect(makeScale(0, 0).length).toBeGreaterThan(0);
  });
});

describe("window", () => {
  test("zooming keeps the place under the pointer", () => {
    const near = zoom({ from: 0, to: 100 }, 0.5, 25, 100);
    expect(near).toEqual({ from: 12.5, to: 62.5 });
    expect(zoom(near, 100, 25, 100)).toEqual({ from: 0, to: 100 });
  });

  test("it stays on the axis", () => {
    expect(pan({ from: 10, to: 30 }, -50, 100)).toEqual({ from: 0, to: 20 });
    expect(pan({ from: 10, to: 30 }, 500, 100)).toEqual({ from: 80, to: 100 });
    expect(bounded(90, 120, 100)).toEqual({ from: 70, to: 100 });
  });
});

describe("ticks", () => {
  test("round times, no more than asked for", () => {
    const scale = makeScale(0, 1000);
    expect(ticks(scale, { from: 0, to: 1000 }, 5)).toEqual([0, 200, 400, 600, 800, 1000]);
    expect(ticks(scale, { from: 410, to: 412 }, 4)).toEqual([410, 410.5, 411, 411.5, 412]);
  });

  test("minutes are counted in minutes", () => {
    const scale = makeScale(0, 600_000);
    expect(ticks(scale, { from: 0, to: 600_000 }, 6)).toEqual([
      0, 120_000, 240_000, 360_000, 480_000, 600_000,
    ]);
  });

  test("none in a gap, and there is room between two", () => {
    const scale = makeScale(0, 60_100, [{ from: 205, to: 60_000 }]);
    const found = ticks(scale, { from: 0, to: scale.length }, 8);
    expect(found.some((ms) => ms > 205 && ms < 60_000)).toBe(false);
    expect(found.some((ms) => ms <= 205)).toBe(true);
    expect(found.some((ms) => ms >= 60_000)).toBe(true);
  });
});
