import type { ReactNode } from "react";
import type { EntityDetail, FeedbackScore } from "@/api/types";
import { formatCost, formatDuration, formatNumber, formatScore, formatTime } from "@/lib/format";
import { flatten, parametersOf, readPayload } from "./diff/payload-text";
import { rowsOf, ValueTable } from "./value-table";

type Values = ReadonlyMap<string, string>;

/** Parameters of a call and metadata of both, where they differ. */
export function MetadataDiff({ a, b }: { a: EntityDetail | null; b: EntityDetail | null }) {
  const parameters = (entity: EntityDetail | null): Values => {
    const text = entity?.payloads.input?.text;
    return flatten(text ? parametersOf(readPayload(text)) : undefined);
  };
  const metadata = (entity: EntityDetail | null): Values => {
    const text = entity?.payloads.metadata?.text;
    return flatten(text ? readPayload(text) : undefined);
  };
  const ofCall = rowsOf(parameters(a), parameters(b));
  const rest = rowsOf(metadata(a), metadata(b));
  return (
    <Scrolled label="Parameters and metadata">
      {ofCall.length + rest.length === 0 && (
        <p className="p-4 text-muted-foreground">Neither has metadata or parameters of a call.</p>
      )}
      <ValueTable title="Parameters" rows={ofCall} />
      <ValueTable title="Metadata" rows={rest} />
    </Scrolled>
  );
}

/** Figures, scores and error of both. */
export function FiguresDiff({ a, b }: { a: EntityDetail | null; b: EntityDetail | null }) {
  return (
    <Scrolled label="Figures of both">
      <ValueTable title="Figures" rows={rowsOf(figures(a), figures(b))} allShown />
      <ValueTable title="Usage" rows={rowsOf(usage(a), usage(b))} allShown />
      <ValueTable title="Feedback scores" rows={rowsOf(scores(a), scores(b))} allShown />
      <ValueTable title="Error" rows={rowsOf(error(a), error(b))} allShown />
    </Scrolled>
  );
}

function Scrolled({ label, children }: { label: string; children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what is long scrolls by keyboard too
    <section aria-label={label} tabIndex={0} className="h-full overflow-auto">
      {children}
    </section>
  );
}

function figures(entity: EntityDetail | null): Values {
  if (!entity) return new Map();
  const found: [string, string][] = [
    ["Name", entity.name],
    ["Type", entity.type ?? ""],
    ["Model", entity.model ?? ""],
    ["Provider", entity.provider ?? ""],
    ["Started", formatTime(entity.start_time)],
    ["Duration", entity.duration === null ? "running" : formatDuration(entity.duration)],
    ["To the first token", entity.ttft === null ? "" : formatDuration(entity.ttft)],
    ["Cost", entity.total_estimated_cost ? formatCost(entity.total_estimated_cost) : ""],
    ["Tags", (entity.tags ?? []).join(", ")],
    ["Environment", entity.environment ?? ""],
  ];
  return new Map(found.filter(([, value]) => value !== ""));
}

const usage = (entity: EntityDetail | null): Values =>
  new Map(
    Object.entries(entity?.usage ?? {})
      // What the provider called them is there a second time.
      .filter(([name]) => !name.startsWith("original_usage."))
      .map(([name, count]) => [name, formatNumber(count)]),
  );

const scores = (entity: EntityDetail | null): Values =>
  new Map(
    (entity?.feedback_scores ?? []).map((score: FeedbackScore) => [
      score.name,
      score.category_name
        ? `${formatScore(score.value)} (${score.category_name})`
        : formatScore(score.value),
    ]),
  );

function error(entity: EntityDetail | null): Values {
  const info = entity?.error_info;
  if (!info) return new Map();
  const found: [string, string][] = [
    ["Type", info.exception_type ?? ""],
    ["Message", info.message ?? ""],
  ];
  return new Map(found.filter(([, value]) => value !== ""));
}
