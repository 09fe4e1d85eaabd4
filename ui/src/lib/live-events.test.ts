import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { followLive } from "./live-events";

/** Stands for the browser's own: jsdom has none. */
class Stream extends EventTarget {
  static open: Stream[] = [];
  readonly address: string;
  constructor(address: string) {
    super();
    this.address = address;
    Stream.open.push(this);
  }
  close() {
    Stream.open = Stream.open.filter((s) => s !== this);
  }
  say(type: string, data = {}) {
    this.dispatchEvent(new MessageEvent(type, { data: JSON.stringify(data) }));
  }
}

const hide = (hidden: boolean) => {
  vi.spyOn(document, "hidden", "get").mockReturnValue(hidden);
  document.dispatchEvent(new Event("visibilitychange"));
};

beforeEach(() => vi.stubGlobal("EventSource", Stream));
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  Stream.open = [];
});

test("news is told as it comes, and nothing after one has stopped", () => {
  const heard: unknown[] = [];
  const stop = followLive("console/live", { news: (news) => heard.push(news) });
  const [stream] = Stream.open;
  expect(stream?.address).toBe("/api/console/live");
  stream?.say("hello");
  stream?.say("new", { traces: 1, spans: 2, updates: 0 });
  stop();
  expect(heard).toEqual([{ traces: 1, spans: 2, updates: 0 }]);
  expect(Stream.open).toEqual([]);
});

test("a hidden tab holds no connection, and looks once when it is seen again", () => {
  const heard: unknown[] = [];
  const stop = followLive("console/live", { news: (news) => heard.push(news) });
  hide(true);
  expect(Stream.open).toEqual([]);
  hide(false);
  Stream.open[0]?.say("hello");
  expect(heard).toEqual([{ traces: 0, spans: 0, updates: 0 }]);
  stop();
});
