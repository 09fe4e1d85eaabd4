import type { Row } from "@/api/types";
import { CostCell, CountCell } from "@/components/data-table/cells/number-cell";
import { ScoreCell, ScoresCell } from "@/components/data-table/cells/score-cell";
import { TagsCell } from "@/components/data-table/cells/tags-cell";
import { TextCell } from "@/components/data-table/cells/text-cell";
import { TimeCell } from "@/components/data-table/cells/time-cell";
import type { DataColumn } from "@/components/data-table/types";
import { colorOf } from "@/lib/name-color";
import type { PayloadSide } from "@/lib/preview-text";
import { NameCell } from "../components/name-cell";
import { OutputCell, PayloadCell, TimingCell } from "../components/status-cells";
import { entryOf, errorOf, listOf, numberOf, scoresOf, textOf } from "./values";

/** A column of the logs, and the columns of the server that it is drawn from. */
export type LogColumn = DataColumn<Row> & { fields: readonly string[] };

type Base = Omit<LogColumn, "fields" | "width"> & { width?: number; fields?: readonly string[] };

export const column = ({ width = 120, fields, ...rest }: Base): LogColumn => ({
  ...rest,
  width,
  fields: fields ?? [rest.id],
});

export const text = (id: string, label: string, more: Partial<Base> = {}): LogColumn =>
  column({
    id,
    label,
    sort: id,
    render: (row, density) => <TextCell text={textOf(row, id)} density={density} />,
    ...more,
  });

export const time = (id: string, label: string, more: Partial<Base> = {}): LogColumn =>
  column({
    id,
    label,
    sort: id,
    sortFirst: "desc",
    width: 104,
    render: (row) => <TimeCell iso={textOf(row, id)} />,
    ...more,
  });

export const count = (id: string, label: string, more: Partial<Base> = {}): LogColumn =>
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

export const payload = (id: string, label: string, side: PayloadSide, more: Partial<Base> = {}) =>
  column({
    id,
    label,
    width: 190,
    grow: true,
    sort: id === "metadata" ? undefined : id,
    render: (row, density) => <PayloadCell row={row} id={id} side={side} density={density} />,
    ...more,
  });

export const tokens = (key: string, label: string): LogColumn => ({
  ...usageColumn(key),
  label,
  section: "base",
});

export const duration = (label = "Duration"): LogColumn =>
  count("duration", label, {
    width: 92,
    bar: (row) => numberOf(row, "duration"),
    render: (row) => <TimingCell row={row} />,
  });

export const cost = (): LogColumn =>
  count("total_estimated_cost", "Cost", {
    width: 88,
    bar: (row) => numberOf(row, "total_estimated_cost"),
    render: (row) => <CostCell value={numberOf(row, "total_estimated_cost")} />,
  });

export const tags = (): LogColumn =>
  column({
    id: "tags",
    label: "Tags",
    sort: "tags",
    width: 150,
    render: (row, density) => <TagsCell tags={listOf(row, "tags")} density={density} />,
  });

export const scores = (): LogColumn =>
  column({
    id: "feedback_scores",
    label: "All scores",
    width: 240,
    help: "Every feedback score of the row",
    render: (row) => <ScoresCell scores={scoresOf(row)} />,
  });

export const error = (): LogColumn =>
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

export const name = (withType: boolean): LogColumn =>
  column({
    id: "name",
    label: "Name",
    sort: "name",
    width: 150,
    isRowHeader: true,
    fields: withType ? ["name", "type", "error_type"] : ["name", "error_type"],
    render: (row, density) => <NameCell row={row} density={density} withType={withType} />,
  });

export const output = (): LogColumn =>
  payload("output", "Output", "output", {
    fields: ["output", "error_info"],
    render: (row, density) => <OutputCell row={row} density={density} />,
  });

export const shared = (): LogColumn[] => [
  text("environment", "Environment", { width: 110 }),
  count("comments", "Comments", { width: 92 }),
  text("source", "Source", { width: 96 }),
  text("id", "ID", { width: 130 }),
  text("created_by", "Sent by", { width: 110 }),
  time("created_at", "Stored"),
  time("last_updated_at", "Changed"),
];

/** A column of the server named in a list of them: a comma in a name would end it, so the whole map is asked for. */
function fieldOf(map: string, key: string): string {
  return key.includes(",") ? map : `${map}.${key}`;
}

export function scoreColumn(
  map: "feedback_scores" | "span_feedback_scores",
  name: string,
): LogColumn {
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

export function usageColumn(key: string): LogColumn {
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

export function metadataColumn(path: string): LogColumn {
  const id = `metadata.${path}`;
  return {
    id,
    label: path,
    section: "metadata",
    width: 140,
    fields: [id],
    render: (row, density) => <PayloadCell row={row} id={id} side="other" density={density} />,
  };
}
