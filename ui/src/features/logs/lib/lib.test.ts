import { describe, expect, test } from "vitest";
import type { Row } from "@/api/types";
import { columnsOf, defaultShown, exportFields, fieldsOf } from "./columns";
import { concerns, idsQuery, isAny, sinceFrom, sinceQuery } from "./live";
import { readLogsSearch } from "./logs-search";
import { figuresOf } from "./statistics";
import { readTags, tagsOf } from "./tags";
import { targetOf } from "./target";
import { entryOf, errorOf } from "./values";

const NAMES = {
  feedback_scores: ["accuracy", "good, better"],
  span_feedback_scores: ["tone"],
  usage: ["total_tokens", "original_usage.cached"],
  metadata: ["user_id"],
};
const row = (more: Partial<Row>): Row => ({ id: "1", project_id: "p", start_time: "", ...more });

describe("columns", () => {
  test("each score, usage key and metadata path is a column", () => {
    const ids = columnsOf("trace", NAMES, []).map((c) => c.id);
    expect(ids).toContain("feedback_scores.accuracy");
    expect(ids).toContain("span_feedback_scores.tone");
    expect(ids).toContain("usage.original_usage.cached");
    expect(ids).toContain("metadata.user_id");
    expect(new Set(ids).size).toBe(ids.length);
  });

  test("a link may show a column that no recent row has", () => {
    const ids = columnsOf("span", undefined, ["metadata.rare.path", "feedback_scores.old", "x"]);
    expect(ids.map((c) => c.id)).toEqual(
      expect.arrayContaining(["metadata.rare.path", "feedback_scores.old"]),
    );
    expect(ids.some((c) => c.id === "x")).toBe(false);
  });

  test("scores are shown before anybody chose, others are not", () => {
    const shown = defaultShown("trace", NAMES);
    expect(shown).toContain("feedback_scores.accuracy");
    expect(shown).not.toContain("metadata.user_id");
  });

  test("the server is asked for what is shown and no more; a comma cannot split a name", () => {
    const columns = columnsOf("trace", NAMES, []);
    expect(fieldsOf(columns, ["name", "duration", "output"])).toEqual([
      "duration",
      "error_info",
      "error_type",
      "name",
      "output",
    ]);
    expect(fieldsOf(columns, ["feedback_scores.good, better"])).toEqual(["feedback_scores"]);
    expect(fieldsOf(columns, ["feedback_scores.accuracy"])).toEqual(["feedback_scores.accuracy"]);
  });

  test("a file has the columns of the table in its order, and the ids", () => {
    const columns = columnsOf("trace", NAMES, []);
    const shown = ["output", "name", "feedback_scores.good, better"];
    expect(exportFields(columns, shown)).toEqual(["id", "output", "name", "feedback_scores"]);
  });

  test("an entry is found whether it came alone or in its map", () => {
    expect(entryOf(row({ "feedback_scores.a": 0.5 }), "feedback_scores", "a")).toBe(0.5);
    expect(entryOf(row({ feedback_scores: { a: 1 } }), "feedback_scores", "a")).toBe(1);
    expect(entryOf(row({ feedback_scores: null }), "feedback_scores", "a")).toBeNull();
  });

  test("an error is told in one line", () => {
    expect(
      errorOf(row({ error_info: { exception_type: "TimeoutError", message: "too slow" } })),
    ).toBe("TimeoutError: too slow");
    expect(errorOf(row({ error_type: "ValueError" }))).toBe("ValueError");
    expect(errorOf(row({ error_info: null, error_type: "" }))).toBeNull();
  });
});

describe("URL", () => {
  test("what a link says wrong is left out", () => {
    expect(
      readLogsSearch({ type: "run", sort: "- x", live: "true", trace: "t", range: "2y", q: "a:b" }),
    ).toMatchObject({
      type: undefined,
      sort: undefined,
      live: true,
      trace: "t",
      range: undefined,
      q: "a:b",
    });
    expect(readLogsSearch({ type: "thread", sort: "-duration" })).toMatchObject({
      type: "thread",
      sort: "-duration",
    });
  });
});

describe("live", () => {
  test("an event is about the rows of its kind, and changes are about all", () => {
    const none = { traces: 0, spans: 0, updates: 0 };
    expect(concerns({ ...none, spans: 3 }, "trace")).toBe(false);
    expect(concerns({ ...none, spans: 3 }, "span")).toBe(true);
    expect(concerns({ ...none, traces: 2 }, "thread")).toBe(true);
    expect(concerns({ ...none, updates: 1 }, "trace")).toBe(true);
    expect(isAny(none)).toBe(true);
    expect(isAny({ ...none, spans: 1 })).toBe(false);
  });

  test("what is new is asked for within the page's own question", () => {
    const at = Date.parse("2026-11-26T10:00:00Z");
    expect(sinceQuery("a OR b", "trace", at)).toBe(
      '(a OR b) created_at>"2026-11-26T10:00:00.000Z"',
    );
    expect(sinceQuery("", "thread", at)).toBe('last_updated_at>"2026-11-26T10:00:00.000Z"');
    expect(sinceFrom(undefined, at)).toBe("2026-11-26T09:00:00.000Z");
    expect(sinceFrom("2026-11-26T09:59:00.000Z", at)).toBe("2026-11-26T09:59:00.000Z");
    expect(idsQuery(["a", 'b"c'])).toBe('id:("a", "b\\"c")');
  });
});

describe("figures of the header", () => {
  test("are short, and long on hover", () => {
    const figures = figuresOf([
      { name: "duration", type: "PERCENTAGE", value: { p50: 1272.7, p90: 2657, p99: 3573 } },
      { name: "total_estimated_cost", type: "AVG", value: 0.0002 },
      { name: "total_estimated_cost_sum", type: "AVG", value: 0.2 },
      { name: "feedback_scores.a", type: "AVG", value: 0.78889 },
      { name: "error_count", type: "COUNT", value: 17 },
    ]);
    expect(figures.duration?.short).toBe("p50 1.27 s");
    expect(figures.duration?.long).toContain("p99 3.57 s");
    expect(figures.total_estimated_cost?.short).toBe("Σ $0.20");
    expect(figures["feedback_scores.a"]?.short).toBe("avg 0.789");
    expect(figures.error_info?.short).toBe("17 failed");
  });
});

test("an empty list has no figures", () => {
  expect(figuresOf([{ name: "duration", type: "PERCENTAGE", value: null }])).toEqual({});
});

test("tags are read with commas between them, and gathered from the selected rows", () => {
  expect(readTags(" a, b ,, a")).toEqual(["a", "b"]);
  const rows = [row({ id: "1", tags: ["x", "b"] }), row({ id: "2", tags: ["y"] })];
  expect(tagsOf(rows, (id) => id === "1")).toEqual(["b", "x"]);
});

test("work is done to the selected rows, or to all that match", () => {
  const slice = { entity: "trace" as const, query: "", hidden: false };
  expect(targetOf({ ids: new Set(["a"]), all: false }, slice)).toEqual({
    kind: "ids",
    ids: ["a"],
    slice,
  });
  expect(targetOf({ ids: new Set(["a"]), all: true }, slice)).toEqual({ kind: "all", slice });
});
