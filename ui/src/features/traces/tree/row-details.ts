/** What a row of the tree says beside the name. */

export const ROW_DETAILS = [
  { value: "duration", label: "Duration" },
  { value: "tokens", label: "Tokens" },
  { value: "breakdown", label: "Prompt and completion tokens" },
  { value: "cost", label: "Cost" },
  { value: "model", label: "Model" },
  { value: "scores", label: "Scores" },
  { value: "comments", label: "Comments" },
  { value: "tags", label: "Tags" },
  { value: "bar", label: "Bar of its time" },
] as const;
export type RowDetail = (typeof ROW_DETAILS)[number]["value"];

export const DEFAULT_DETAILS: readonly RowDetail[] = [
  "duration",
  "tokens",
  "cost",
  "model",
  "scores",
  "comments",
];
