import { describe, expect, it } from "vitest";
import type { FilterRules, FilterWords } from "../api/types";
import {
  changedRule,
  filterDraft,
  filterProblems,
  filterRules,
  newGroup,
  newRule,
  operatorsFor,
  ruleWords,
  withGroup,
  withoutRule,
} from "./filter-draft";

const WORDS: FilterWords = {
  text_fields: ["model", "input"],
  number_fields: ["total_cost"],
  operators: ["equals", "not_equals", "contains", "regex", "gt", "lte", "exists", "not_exists"],
};

describe("filter rules", () => {
  it("go there and back", () => {
    const rules: FilterRules = {
      enabled: false,
      groups: [
        {
          logic: "or",
          rules: [
            { field: "model", operator: "contains", value: "5" },
            { field: "total_cost", operator: "gt", value: 0.01 },
            { field: "input", operator: "exists" },
          ],
        },
      ],
    };
    expect(filterRules(WORDS, filterDraft(rules))).toEqual(rules);
    expect(filterRules(WORDS, filterDraft(null))).toBeNull();
  });

  it("offer the operators that go with a field", () => {
    expect(operatorsFor(WORDS, "total_cost")).toEqual([
      "equals",
      "not_equals",
      "gt",
      "lte",
      "exists",
      "not_exists",
    ]);
    expect(operatorsFor(WORDS, "model")).not.toContain("gt");
  });

  it("exchange an operator that does not go with the new field, and keep one that does", () => {
    const rule = { ...newRule(WORDS), operator: "contains", value: "x" };
    expect(changedRule(WORDS, rule, { field: "total_cost" })).toMatchObject({
      field: "total_cost",
      operator: "equals",
      value: "x",
    });
    expect(changedRule(WORDS, rule, { field: "input" }).operator).toBe("contains");
  });

  it("lose a group with its last rule", () => {
    const group = newGroup(WORDS);
    const two = { ...group, rules: [...group.rules, newRule(WORDS)] };
    const draft = { enabled: true, groups: [group] };
    const [first, second] = two.rules;
    const one = withoutRule(withGroup(draft, two), two, first?.key ?? 0);
    expect(one.groups[0]?.rules).toEqual([second]);
    const left = one.groups[0];
    expect(left && withoutRule(one, left, second?.key ?? 0).groups).toEqual([]);
  });

  it("say which value is missing or no number, by the server's paths", () => {
    const draft = filterDraft({
      enabled: true,
      groups: [
        { logic: "and", rules: [{ field: "model", operator: "exists" }] },
        {
          logic: "and",
          rules: [
            { field: "model", operator: "equals", value: "" },
            { field: "total_cost", operator: "gt", value: "much" },
          ],
        },
      ],
    });
    expect(filterProblems(WORDS, draft)).toEqual({
      "filter_rules.groups[1].rules[0].value": "A value is required",
      "filter_rules.groups[1].rules[1].value": "Must be a number",
    });
  });

  it("read as words", () => {
    expect(ruleWords({ field: "model", operator: "starts_with", value: "openai/" })).toBe(
      "model starts with openai/",
    );
    expect(ruleWords({ field: "session_id", operator: "exists" })).toBe("session is there");
  });
});
