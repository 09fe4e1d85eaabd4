import type { ColumnNames, EntityType, Row } from "@/api/types";
import { CostCell, CountCell } from "@/components/data-table/cells/number-cell";
import { ScoreCell, ScoresCell } from "@/components/data-table/cells/score-cell";
import { TagsCell } from "@/components/data-table/cells/tags-cell";
import { PreviewCell, TextCell } from "@/components/data-table/cells/text-cell";
import { TimeCell } from "@/components/data-table/cells/time-cell";
import type { DataColumn } from "@/components/data-table/types";
import { colorOf } from "@/lib/name-color";
import type { PayloadSide } from "@/lib/preview-text";
import { NameCell } from "../components/name-cell";
import { GuardrailsCell, OutputCell, RunCell, ThreadStatusCell } from "../components/status-cells";
import { ThreadLink } from "../components/thread-link";
import { entryOf, errorOf, listOf, numberOf, scoresOf, textOf } from "./values";

/** A column of the logs, and the columns of the server that it is drawn from. */
export type LogColumn = DataColumn<Row> & { fields: readonly string[] };

type Base = Omit<LogColumn, "fields" | "width"> & { width?: number; fields?: readonly string[] };

const column = ({ width = 120, fields, ...rest }: Base): LogColumn => ({
  ...rest,
  width,
  fields: fields ?? [rest.id],
});

const text = (id: string, label: string, more: Partial<Base> = {}): LogColumn =>
  column({
    id,
    label,
    sort: id,
    render: (row, density) => <TextCell text={textOf(row, id)} density={density} />,
    ...more,
  });

const time = (id: string, label: string, more: Partial<Base> = {}): LogColumn =>
  column({
    id,
    label,
    sort: id,
    sortFirst: "desc",
    width: 112,
    render: (row) => <TimeCell iso={textOf(row, id)} />,
    ...more,
  });

const count = (id: string, label: string, more: Partial<Base> = {}): LogColumn =>
  column({
    id,
    label,
    sort: id,
    sortFirst: "desc",
    align: "right",
    width: 80,
    render: (row) => <CountCell value={numberOf(row, id)} />,
    ...more,
  });

const payload = (id: string, label: string, side: PayloadSide, more: Partial<Base> = {}) =>
  column({
    id,
    label,
    width: 300,
    render: (row, density) => <PreviewCell json={textOf(row, id)} side={side} density={density} />,
    ...more,
  });

const tokens = (key: string, label: string): LogColumn => ({
  ...usageColumn(key),
  label,
  section: "base",
});

const duration = (label = "Duration"): LogColumn =>
  count("duration", label, {
    width: 92,
    bar: (row) => numberOf(row, "duration"),
    render: (row) => <RunCell row={row} />,
  });

const cost = (): LogColumn =>
  count("total_estimated_cost", "Cost", {
    width: 88,
    bar: (row) => numberOf(row, "total_estimated_cost"),
    render: (row) => <CostCell value={numberOf(row, "total_estimated_cost")} />,
  });

const tags = (): LogColumn =>
  column({
    id: "tags",
    label: "Tags",
    sort: "tags",
    width: 150,
    render: (row, density) => <TagsCell tags={listOf(row, "tags")} density={density} />,
  });

const scores = (): LogColumn =>
  column({
    id: "feedback_scores",
    label: "All scores",
    width: 240,
    help: "Every feedback score of the row",
    render: (row) => <ScoresCell scores={scoresOf(row)} />,
  });

const error = (): LogColumn =>
  column({
    id: "error_info",
    label: "Error",
    sort: "error_info",
    sortFirst: "desc",
    width: 220,
    render: (row, density) => {
      const message = errorOf(row);
      return (
        <TextCell
          text={message}
          density={density}
          title={message ?? undefined}
          className={message ? "text-danger" : undefined}
        />
      );
    },
  });

const name = (withType: boolean): LogColumn =>
  column({
    id: "name",
    label: "Name",
    sort: "name",
    width: 190,
    isRowHeader: true,
    fields: withType ? ["name", "type", "error_type"] : ["name", "error_type"],
    render: (row, density) => <NameCell row={row} density={density} withType={withType} />,
  });

const output = (): LogColumn =>
  payload("output", "Output", "output", {
    fields: ["output", "error_info"],
    render: (row, density) => <OutputCell row={row} density={density} />,
  });

const shared = (): LogColumn[] => [
  text("environment", "Environment", { width: 110 }),
  count("comments", "Comments", { width: 92, sort: undefined }),
  text("source", "Source", { width: 96 }),
  text("id", "ID", { width: 130 }),
  text("created_by", "Sent by", { width: 110 }),
  time("created_at", "Stored"),
  time("last_updated_at", "Changed"),
];

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
  count("ttft", "First token", { width: 96, render: (row) => <RunCell row={row} id="ttft" /> }),
  count("span_count", "Spans"),
  count("llm_span_count", "LLM calls", { width: 88 }),
  column({
    id: "models",
    label: "Models",
    width: 150,
    render: (row, density) => <TagsCell tags={listOf(row, "models")} density={density} />,
  }),
  column({
    id: "providers",
    label: "Providers",
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
  count("ttft", "First token", { width: 96, render: (row) => <RunCell row={row} id="ttft" /> }),
  text("trace_id", "Trace ID", { width: 130 }),
  text("parent_span_id", "Parent ID", { width: 130 }),
  payload("metadata", "Metadata", "other"),
  ...shared(),
];

const THREAD: readonly LogColumn[] = [
  time("start_time", "Start"),
  text("id", "Thread", { width: 170, isRowHeader: true }),
  payload("first_message", "First message", "input"),
  payload("last_message", "Last message", "output"),
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
    "tags",
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
    "tags",
  ],
};

/** Score columns shown before anybody chose. */
const MOST_SCORES = 6;

export const defaultShown = (entity: EntityType, names: ColumnNames | undefined): string[] => [
  ...PLAIN_SHOWN[entity],
  ...(names?.feedback_scores ?? []).slice(0, MOST_SCORES).map((n) => `feedback_scores.${n}`),
];

/** A column of the server named in a list of them: a comma in a name would end it, so the whole map is asked for. */
const fieldOf = (map: string, key: string): string => (key.includes(",") ? map : `${map}.${key}`);

function scoreColumn(map: "feedback_scores" | "span_feedback_scores", name: string): LogColumn {
  const id = `${map}.${name}`;
  return {
    id,
    label: map === "feedback_scores" ? name : `${name} (spans)`,
    section: "scores",
    width: 104,
    align: "right",
    sort: id,
    sortFirst: "desc",
    color: colorOf(name),
    fields: [fieldOf(map, name)],
    bar: (row) => entryOf(row, map, name),
    render: (row) => <ScoreCell value={entryOf(row, map, name)} />,
  };
}

function usageColumn(key: string): LogColumn {
  const id = `usage.${key}`;
  return {
    id,
    label: key,
    section: "usage",
    width: 84,
    align: "right",
    sort: id,
    sortFirst: "desc",
    fields: [fieldOf("usage", key)],
    render: (row) => <CountCell value={entryOf(row, "usage", key)} />,
  };
}

function metadataColumn(path: string): LogColumn {
  const id = `metadata.${path}`;
  return {
    id,
    label: path,
    section: "metadata",
    width: 140,
    fields: [id],
    render: (row, density) => <PreviewCell json={textOf(row, id)} side="other" density={density} />,
  };
}

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
