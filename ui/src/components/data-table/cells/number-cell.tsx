import { formatCost, formatCount, formatNumber } from "@/lib/format";
import { Missing } from "./time-cell";

type Props = { value: number | null | undefined };

const isMissing = (value: number | null | undefined): value is null | undefined =>
  value === null || value === undefined || Number.isNaN(value);

/** A count; the exact number on hover. */
export function CountCell({ value }: Props) {
  if (isMissing(value)) return <Missing />;
  return <span title={formatNumber(value)}>{formatCount(value)}</span>;
}

export function CostCell({ value }: Props) {
  if (isMissing(value)) return <Missing />;
  return <span title={`$${value}`}>{formatCost(value)}</span>;
}
