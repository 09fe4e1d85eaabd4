import { expect, test } from "vitest";
import { LocalDoc } from "./doc";
import { WorkerDoc } from "./worker-doc";
import type { FromWorker, ToWorker } from "./worker-messages";

/** A worker's other end in this thread: what the real one does between two messages. */
function connected(value: Record<string, number[]>) {
  const held = new LocalDoc(value);
  const listeners = new Set<(event: MessageEvent<FromWorker>) => void>();
  const tell = (data: FromWorker) => {
    for (const listener of listeners) listener(new MessageEvent("message", { data }));
  };
  const asked: ToWorker[] = [];
  const worker = {
    addEventListener: (_: string, run: (event: MessageEvent<FromWorker>) => void) =>
      listeners.add(run),
    postMessage: (message: ToWorker) => asked.push(message),
    terminate: () => {},
  } as unknown as Worker;
  /** Lets the worker answer what it was asked. */
  const answer = () => {
    for (const message of asked.splice(0)) {
      if (message.do === "rows")
        tell({
          kind: "rows",
          start: message.start,
          version: held.state().version,
          rows: held.rows(message.start, message.end),
        });
      else if (message.do === "toggle") {
        held.toggle(message.path);
        tell({ kind: "state", state: held.state() });
      }
    }
  };
  return { doc: new WorkerDoc(worker, held.state()), answer };
}

test("rows that are far away come when they are wanted, and who draws hears of it", () => {
  const { doc, answer } = connected({ list: Array.from({ length: 900 }, (_, i) => i) });
  doc.want(0, 40);
  answer();
  expect(doc.rows(0, 2).map((row) => row?.label)).toEqual(["list", 0]);
  const before = doc.state();
  doc.want(600, 640);
  expect(doc.rows(600, 601)).toEqual([undefined]);
  answer();
  expect(doc.state()).not.toBe(before);
  expect(doc.rows(600, 601)[0]?.label).toBe(599);
});

test("a row that is here stays the same object while its neighbours come", () => {
  const { doc, answer } = connected({ list: Array.from({ length: 900 }, (_, i) => i) });
  doc.want(100, 140);
  answer();
  const row = doc.rows(150, 151)[0];
  doc.want(320, 360);
  answer();
  expect(doc.rows(150, 151)[0]).toBe(row);
});

test("after a row is closed the rows below it move up", () => {
  const { doc, answer } = connected({ a: [1, 2], b: [3] });
  doc.want(0, 10);
  answer();
  doc.toggle([0]);
  answer();
  doc.want(0, 10);
  answer();
  expect(doc.state().rows).toBe(3);
  expect(doc.rows(0, 3).map((r) => r?.label)).toEqual(["a", "b", 0]);
});
