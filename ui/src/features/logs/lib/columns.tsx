import type { ColumnNames, EntityType } from "@/api/types";
import { TagsCell } from "@/components/data-table/cells/tags-cell";
import { GuardrailsCell, ThreadStatusCell, TimingCell } from "../components/status-cells";
import { ThreadLink } from "../components/thread-link";
import {
  column,
  cost,
  count,
  duration,
  error,
  type LogColumn,
  metadataColumn,
  name,
  output,
  payload,
  scoreColumn,
  scores,
  shared,
  tags,
  text,
  time,
  tokens,
  usageColumn,
} from "./column-kinds";
import { listOf, textOf } from "./values";

const TRACE: readonly LogColumn[] = [
  time("start_time", "Start"),
  name(false),
  payload("input", "Input", "input"),
  output(),
  duration(),
  tokens("total_tokens", "Tokens"),
  cost(),
  tags(),
  scores(),
  error(),
  tokens("prompt_tokens", "Tokens in"),
  tokens("completion_tokens", "Tokens out"),
  time("end_time", "End"),
  count("ttft", "First token", { width: 96, render: (row) => <TimingCell row={row} id="ttft" /> }),
  count("span_count", "Spans"),
  count("llm_span_count", "LLM calls", { width: 88 }),
  column({
    id: "models",
    label: "Models",
    sort: "models",
    width: 150,
    render: (row, density) => <TagsCell tags={listOf(row, "models")} density={density} />,
  }),
  column({
    id: "providers",
    label: "Providers",
    sort: "providers",
    width: 110,
    render: (row, density) => <TagsCell tags={listOf(row, "providers")} density={density} />,
  }),
  column({
    id: "thread_id",
    label: "Thread",
    sort: "thread_id",
    width: 130,
    render: (row) => <ThreadLink id={textOf(row, "thread_id")} />,
  }),
  column({
    id: "guardrails",
    label: "Guardrails",
    sort: "guardrails",
    width: 100,
    render: (row) => <GuardrailsCell value={row.guardrails} />,
  }),
  payload("metadata", "Metadata", "other"),
  ...shared(),
];

const SPAN: readonly LogColumn[] = [
  time("start_time", "Start"),
  name(true),
  payload("input", "Input", "input"),
  output(),
  duration(),
  text("model", "Model", { width: 150 }),
  tokens("total_tokens", "Tokens"),
  cost(),
  tags(),
  scores(),
  text("type", "Type", { width: 90 }),
  text("provider", "Provider", { width: 100 }),
  error(),
  tokens("prompt_tokens", "Tokens in"),
  tokens("completion_tokens", "Tokens out"),
  time("end_time", "End"),
  count("ttft", "First token", { width: 96, render: (row) => <TimingCell row={row} id="ttft" /> }),
  text("trace_id", "Trace ID", { width: 130 }),
  text("parent_span_id", "Parent ID", { width: 130 }),
  payload("metadata", "Metadata", "other"),
  ...shared(),
];

const THREAD: readonly LogColumn[] = [
  time("start_time", "Start"),
  text("id", "Thread", { width: 170, isRowHeader: true }),
  payload("first_message", "First message", "input", { sort: undefined }),
  payload("last_message", "Last message", "output", { sort: undefined }),
  count("number_of_messages", "Messages", { width: 92 }),
  column({
    id: "status",
    label: "Status",
    sort: "status",
    width: 88,
    render: (row) => <ThreadStatusCell status={textOf(row, "status")} />,
  }),
  duration("Duration"),
  tokens("total_tokens", "Tokens"),
  cost(),
  tags(),
  scores(),
  time("end_time", "Last turn"),
  tokens("prompt_tokens", "Tokens in"),
  tokens("completion_tokens", "Tokens out"),
  text("environment", "Environment", { width: 110 }),
  count("comments", "Comments", { width: 92, sort: undefined }),
  text("created_by", "Sent by", { width: 110 }),
  time("created_at", "Stored"),
  time("last_updated_at", "Changed"),
];

const BASE: Record<EntityType, readonly LogColumn[]> = { trace: TRACE, span: SPAN, thread: THREAD };

const PLAIN_SHOWN: Record<EntityType, readonly string[]> = {
  trace: [
    "start_time",
    "name",
    "input",
    "output",
    "duration",
    "usage.total_tokens",
    "total_estimated_cost",
  ],
  span: [
    "start_time",
    "name",
    "input",
    "output",
    "duration",
    "model",
    "usage.total_tokens",
    "total_estimated_cost",
  ],
  thread: [
    "start_time",
    "id",
    "first_message",
    "last_message",
    "number_of_messages",
    "status",
    "duration",
    "usage.total_tokens",
    "total_estimated_cost",
  ],
};

/** Score columns shown before anybody chose. */
const MOST_SCORES = 6;

export const defaultShown = (entity: EntityType, names: ColumnNames | undefined): string[] => [
  ...PLAIN_SHOWN[entity],
  ...(names?.feedback_scores ?? []).slice(0, MOST_SCORES).map((n) => `feedback_scores.${n}`),
  "tags",
];

/** Makes a column from its id alone: a link may name a score or path that no recent row has. */
function columnFromId(id: string): LogColumn | null {
  const [map, key] = [id.slice(0, id.indexOf(".")), id.slice(id.indexOf(".") + 1)];
  if (!key) return null;
  if (map === "feedback_scores" || map === "span_feedback_scores") return scoreColumn(map, key);
  if (map === "usage") return usageColumn(key);
  return map === "metadata" && !key.includes(",") ? metadataColumn(key) : null;
}

/** All columns of a kind of rows: the fixed ones, one for each name in use, and those that are `asked` for. */
export function columnsOf(
  entity: EntityType,
  names: ColumnNames | undefined,
  asked: readonly string[],
): LogColumn[] {
  const found = new Map(BASE[entity].map((c) => [c.id, c]));
  const add = (made: LogColumn | null) => {
    if (made && !found.has(made.id)) found.set(made.id, made);
  };
  for (const n of names?.feedback_scores ?? []) add(scoreColumn("feedback_scores", n));
  if (entity === "trace")
    for (const n of names?.span_feedback_scores ?? []) add(scoreColumn("span_feedback_scores", n));
  for (const key of names?.usage ?? []) add(usageColumn(key));
  if (entity !== "thread") {
    for (const path of names?.metadata ?? []) if (!path.includes(",")) add(metadataColumn(path));
  }
  for (const id of asked) if (!found.has(id)) add(columnFromId(id));
  return [...found.values()];
}

/** The columns to ask the server for, in an order that does not hang on the table's. */
export function fieldsOf(columns: readonly LogColumn[], shown: readonly string[]): string[] {
  const isShown = new Set(shown);
  const fields = new Set<string>();
  for (const c of columns) if (isShown.has(c.id)) for (const field of c.fields) fields.add(field);
  return [...fields].sort();
}

/** The columns of an export: those of the table in its order, without what only draws them. */
export function exportFields(columns: readonly LogColumn[], shown: readonly string[]): string[] {
  const byId = new Map(columns.map((c) => [c.id, c]));
  const fields = shown.flatMap((id) => {
    const found = byId.get(id)?.fields ?? [];
    return found.includes(id) ? [id] : found;
  });
  return [...new Set(["id", ...fields])];
}
