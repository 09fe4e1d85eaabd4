/** Filter rules while they are edited: each group and rule has a key of its own, values are text. */

import type { FilterRules, FilterWords } from "../api/types";

export type RuleDraft = { key: number; field: string; operator: string; value: string };
export type GroupDraft = { key: number; logic: "and" | "or"; rules: RuleDraft[] };
export type FilterDraft = { enabled: boolean; groups: GroupDraft[] };

const NUMBERS_ONLY = new Set(["gt", "lt", "gte", "lte"]);
const FOR_BOTH = new Set(["equals", "not_equals", "exists", "not_exists"]);
const WITHOUT_VALUE = new Set(["exists", "not_exists"]);

let lastKey = 0;
const nextKey = (): number => ++lastKey;

export const isNumberField = (words: FilterWords, field: string): boolean =>
  words.number_fields.includes(field);

export const needsValue = (operator: string): boolean => !WITHOUT_VALUE.has(operator);

/** The operators that go with a field, in the server's order. */
export const operatorsFor = (words: FilterWords, field: string): string[] =>
  words.operators.filter((operator) =>
    isNumberField(words, field)
      ? FOR_BOTH.has(operator) || NUMBERS_ONLY.has(operator)
      : !NUMBERS_ONLY.has(operator),
  );

export function newRule(words: FilterWords): RuleDraft {
  const field = words.text_fields[0] ?? words.number_fields[0] ?? "";
  return { key: nextKey(), field, operator: operatorsFor(words, field)[0] ?? "", value: "" };
}

export const newGroup = (words: FilterWords): GroupDraft => ({
  key: nextKey(),
  logic: "and",
  rules: [newRule(words)],
});

/** Changes a rule; an operator that does not go with a new field is exchanged. */
export function changedRule(
  words: FilterWords,
  rule: RuleDraft,
  change: Partial<Omit<RuleDraft, "key">>,
): RuleDraft {
  const next = { ...rule, ...change };
  const fitting = operatorsFor(words, next.field);
  return fitting.includes(next.operator) ? next : { ...next, operator: fitting[0] ?? "" };
}

export const withGroup = (draft: FilterDraft, group: GroupDraft): FilterDraft => ({
  ...draft,
  groups: draft.groups.map((one) => (one.key === group.key ? group : one)),
});

/** Takes a rule away, and its group with the last one. */
export const withoutRule = (draft: FilterDraft, group: GroupDraft, key: number): FilterDraft => {
  const rules = group.rules.filter((rule) => rule.key !== key);
  if (rules.length > 0) return withGroup(draft, { ...group, rules });
  return { ...draft, groups: draft.groups.filter((one) => one.key !== group.key) };
};

export const filterDraft = (rules: FilterRules | null | undefined): FilterDraft => ({
  enabled: rules?.enabled ?? true,
  groups: (rules?.groups ?? []).map((group) => ({
    key: nextKey(),
    logic: group.logic,
    rules: group.rules.map((rule) => ({
      key: nextKey(),
      field: rule.field,
      operator: rule.operator,
      value: rule.value === null || rule.value === undefined ? "" : String(rule.value),
    })),
  })),
});

/** The rules as they are sent; none at all is null. Numbers that are none go as they were typed. */
export function filterRules(words: FilterWords, draft: FilterDraft): FilterRules | null {
  if (draft.groups.length === 0) return null;
  return {
    enabled: draft.enabled,
    groups: draft.groups.map((group) => ({
      logic: group.logic,
      rules: group.rules.map(({ field, operator, value }) => {
        if (!needsValue(operator)) return { field, operator };
        const number = Number(value);
        const isNumber = isNumberField(words, field) && value.trim() && !Number.isNaN(number);
        return { field, operator, value: isNumber ? number : value };
      }),
    })),
  };
}

/** Errors by the server's paths: values that are missing, and numbers that are none. */
export function filterProblems(words: FilterWords, draft: FilterDraft): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [at, group] of draft.groups.entries())
    for (const [index, rule] of group.rules.entries()) {
      if (!needsValue(rule.operator)) continue;
      const path = `filter_rules.groups[${at}].rules[${index}].value`;
      if (rule.value === "") found[path] = "A value is required";
      else if (isNumberField(words, rule.field) && Number.isNaN(Number(rule.value)))
        found[path] = "Must be a number";
    }
  return found;
}

const FIELD_LABELS: Record<string, string> = {
  session_id: "session",
  user_id: "user",
  api_key_name: "API key name",
  total_cost: "cost (USD)",
};
const OPERATOR_LABELS: Record<string, string> = {
  equals: "is",
  not_equals: "is not",
  contains: "contains",
  not_contains: "does not contain",
  regex: "matches the regex",
  starts_with: "starts with",
  ends_with: "ends with",
  gt: ">",
  lt: "<",
  gte: "≥",
  lte: "≤",
  exists: "is there",
  not_exists: "is not there",
};

export const fieldLabel = (field: string): string =>
  FIELD_LABELS[field] ?? field.replaceAll("_", " ");
export const operatorLabel = (operator: string): string =>
  OPERATOR_LABELS[operator] ?? operator.replaceAll("_", " ");

/** A rule in words: `model starts with openai/`. */
export const ruleWords = (rule: { field: string; operator: string; value?: unknown }): string =>
  [
    fieldLabel(rule.field),
    operatorLabel(rule.operator),
    ...(needsValue(rule.operator) ? [String(rule.value ?? "")] : []),
  ].join(" ");
