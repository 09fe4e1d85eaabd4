// @vitest-environment node

import { describe, expect, it } from "vitest";
import { groupsOf } from "./groups";

const seen = (text: string) => groupsOf(text).map((g) => [g.text, g.alternatives, g.negated]);

describe("groupsOf", () => {
  it("finds alternatives in parentheses, beside other conditions", () => {
    expect(seen("model:a (name:x OR tag:(p, q)) c")).toEqual([
      ["(name:x OR tag:(p, q))", ["name:x", "tag:(p, q)"], false],
    ]);
  });
  it("takes a minus or NOT along", () => {
    expect(seen("-(a OR b) NOT (c OR d)")).toEqual([
      ["-(a OR b)", ["a", "b"], true],
      ["NOT (c OR d)", ["c", "d"], true],
    ]);
  });
  it("sees an OR outside of parentheses as one group", () => {
    expect(seen(" a OR b c ")).toEqual([["a OR b c", ["a", "b c"], false]]);
  });
  it("leaves lists and single conditions alone", () => {
    expect(seen("model:(a, b) (name:x) (a b)")).toEqual([]);
  });
  it("says where a group stands", () => {
    const text = "x  (a OR b)";
    const [group] = groupsOf(text);
    expect(text.slice(group?.start, group?.end)).toBe("(a OR b)");
  });
});
