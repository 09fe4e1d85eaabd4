import { useState } from "react";
import type { EntityType } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Dialog, DialogButtons } from "@/components/ui/dialog";
import { Segmented } from "@/components/ui/segmented";
import { Switch } from "@/components/ui/switch";
import { formatNumber } from "@/lib/format";
import type { ExportFormat } from "../api/export";
import { NOUN, type Target } from "../lib/target";

const FORMATS = [
  { value: "csv", label: "CSV" },
  { value: "jsonl", label: "JSONL" },
  { value: "parquet", label: "Parquet" },
] as const;
const ABOUT: Record<ExportFormat, string> = {
  csv: "For spreadsheets: the columns of the table, one line a row.",
  jsonl: "Everything there is to a row, as Opik writes it. Import reads it again.",
  parquet: "For pandas, DuckDB and the like: the columns of the table, with their types.",
};

/** As many ids as an address takes. */
const MOST_IDS = 1000;

export type ExportChoice = { format: ExportFormat; withSpans: boolean; allColumns: boolean };

/** Asks in which form rows are to be downloaded. */
export function ExportDialog({
  entity,
  target,
  count,
  onClose,
  onExport,
}: {
  entity: EntityType;
  target: Target;
  count: number | undefined;
  onClose: () => void;
  onExport: (choice: ExportChoice) => void;
}) {
  const [format, setFormat] = useState<ExportFormat>("csv");
  const [withSpans, setWithSpans] = useState(false);
  const [allColumns, setAllColumns] = useState(false);
  const [one, many] = NOUN[entity];
  const isAll = target.kind === "all";
  const isTooMany = target.kind === "ids" && target.ids.length > MOST_IDS;
  const noun = `${formatNumber(count)} ${count === 1 ? one : many}`;
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={`Export ${isAll ? "all " : ""}${noun}`}
      description={isAll ? "All that match the query and the period, in the table's order." : null}
    >
      <div className="flex flex-col gap-3">
        <Segmented
          label="Format"
          value={format}
          options={FORMATS}
          onChange={setFormat}
          className="self-start"
        />
        <p className="text-muted-foreground">{ABOUT[format]}</p>
        {format === "jsonl" && entity === "trace" && (
          <Option
            label="With the spans of each trace"
            checked={withSpans}
            onChange={setWithSpans}
          />
        )}
        {format !== "jsonl" && (
          <Option
            label="All columns, not only those shown"
            checked={allColumns}
            onChange={setAllColumns}
          />
        )}
      </div>
      {isTooMany && (
        <p role="alert" className="mt-3 text-danger">
          At most {formatNumber(MOST_IDS)} rows can be exported one by one. Select all that match
          instead, or narrow the query to those you want.
        </p>
      )}
      <DialogButtons>
        <Button onClick={onClose}>Cancel</Button>
        <Button
          variant="primary"
          disabled={isTooMany}
          onClick={() => {
            onExport({ format, withSpans: withSpans && format === "jsonl", allColumns });
            onClose();
          }}
        >
          Download
        </Button>
      </DialogButtons>
    </Dialog>
  );
}

function Option({
  label,
  checked,
  onChange,
}: {
  label: string;
  checked: boolean;
  onChange: (checked: boolean) => void;
}) {
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the switch is the control
    <label className="flex items-center gap-2">
      <Switch checked={checked} onCheckedChange={onChange} />
      {label}
    </label>
  );
}
