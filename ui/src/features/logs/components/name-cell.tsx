import { CircleAlert, CircleDotDashed } from "lucide-react";
import type { Row, SpanType } from "@/api/types";
import { TextCell } from "@/components/data-table/cells/text-cell";
import type { Density } from "@/components/data-table/types";
import { TypeIcon } from "@/components/span-tree/type-icon";
import { hasFailed, textOf } from "../lib/values";

/** What the row is called; before it what kind of step it is, and that it failed or still runs. */
export function NameCell({
  row,
  density,
  withType,
}: {
  row: Row;
  density: Density;
  withType: boolean;
}) {
  const failed = hasFailed(row);
  const type = textOf(row, "error_type");
  return (
    <span className="flex min-w-0 flex-1 items-center gap-1.5">
      {withType && <TypeIcon type={(row.type as SpanType | undefined) ?? "general"} />}
      <TextCell
        text={textOf(row, "name")}
        density={density}
        className={failed ? "text-danger" : undefined}
      />
      {failed && (
        <CircleAlert
          role="img"
          aria-label={type ? `Failed: ${type}` : "Failed"}
          className="size-3.5 shrink-0 text-danger"
        />
      )}
      {row.is_running && !failed && (
        <CircleDotDashed
          role="img"
          aria-label="Running"
          className="size-3.5 shrink-0 animate-spin text-running [animation-duration:3s]"
        />
      )}
    </span>
  );
}
