import type { Row } from "@/api/types";
import { DurationCell } from "@/components/data-table/cells/duration-cell";
import { PreviewCell, TextCell } from "@/components/data-table/cells/text-cell";
import { Missing } from "@/components/data-table/cells/time-cell";
import type { Density } from "@/components/data-table/types";
import { Badge } from "@/components/ui/badge";
import { Skeleton } from "@/components/ui/skeleton";
import type { PayloadSide } from "@/lib/preview-text";
import { errorOf, numberOf, textOf } from "../lib/values";

/** A duration, which counts up while the row runs. */
export function TimingCell({ row, id = "duration" }: { row: Row; id?: string }) {
  return (
    <DurationCell
      ms={numberOf(row, id)}
      runningSince={row.is_running && id === "duration" ? row.start_time : undefined}
    />
  );
}

type PayloadProps = { row: Row; density: Density };

/** The telling words of a payload, which comes after the rest of the row. */
export function PayloadCell({
  row,
  density,
  id,
  side,
}: PayloadProps & { id: string; side: PayloadSide }) {
  if (row[id] === undefined) return <Skeleton className="w-3/5" />;
  return <PreviewCell json={textOf(row, id)} side={side} density={density} />;
}

/** What came out; of a call that failed without an answer, why. */
export function OutputCell({ row, density }: PayloadProps) {
  const json = textOf(row, "output");
  const error = errorOf(row);
  if (error && (json === null || json === "null" || json === "{}")) {
    return <TextCell text={error} density={density} title={error} className="text-danger" />;
  }
  if (json === null && row.is_running) {
    return <span className="text-running">Running…</span>;
  }
  return <PayloadCell row={row} id="output" side="output" density={density} />;
}

export function ThreadStatusCell({ status }: { status: string | null }) {
  if (status === null) return <Missing />;
  return (
    <Badge tone={status === "active" ? "success" : "neutral"}>
      {status === "active" ? "Open" : "Closed"}
    </Badge>
  );
}

/** Passed or failed; the server says it as a word or as a list of checks. */
export function GuardrailsCell({ value }: { value: unknown }) {
  const result = resultOf(value);
  if (result === null) return <Missing />;
  return <Badge tone={result === "failed" ? "danger" : "success"}>{result}</Badge>;
}

function resultOf(value: unknown): string | null {
  if (typeof value === "string") return value || null;
  if (!Array.isArray(value) || value.length === 0) return null;
  const text = JSON.stringify(value);
  return text.includes('"failed"') ? "failed" : "passed";
}
