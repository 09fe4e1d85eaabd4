import { expect, test } from "vitest";
import { EventParser } from "./event-parser";

const STREAM =
  ': OPENROUTER PROCESSING\n\ndata: {"a":1}\n\ndata: one\ndata: two\n\nid: 7\n\ndata: [DONE]\n\n';
const EVENTS = ['{"a":1}', "one\ntwo", "[DONE]"];

test("events are the same however the text is cut, and comments are passed over", () => {
  for (const size of [1, 2, 5, 7, 1000]) {
    for (const text of [STREAM, STREAM.replaceAll("\n", "\r\n")]) {
      const parser = new EventParser();
      const found: string[] = [];
      for (let at = 0; at < text.length; at += size)
        found.push(...parser.feed(text.slice(at, at + size)));
      expect(found).toEqual(EVENTS);
    }
  }
});

test("an event that has not ended is not told", () => {
  expect(new EventParser().feed("data: half\n")).toEqual([]);
});
