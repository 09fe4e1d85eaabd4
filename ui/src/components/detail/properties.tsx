import type { EntityDetail } from "@/api/types";
import { CopyButton } from "@/components/ui/copy-button";
import { formatTime } from "@/lib/format";

/** Ids, times and who sent it. */
export function Properties({ detail }: { detail: EntityDetail }) {
  const ids: [string, string | null | undefined][] = [
    ["Id", detail.id],
    ["Trace", detail.trace_id],
    ["Parent span", detail.parent_span_id],
    ["Thread", detail.thread_id],
  ];
  const facts: [string, string | null | undefined][] = [
    ["Project", detail.project_name],
    ["Environment", detail.environment],
    ["Source", detail.source],
    ["Started", exact(detail.start_time)],
    ["Ended", exact(detail.end_time)],
    ["Received", exact(detail.created_at)],
    ["Changed", exact(detail.last_updated_at)],
    ["Sent by", detail.created_by],
    ["Changed by", detail.last_updated_by],
  ];
  return (
    <section aria-label="Properties" className="px-4 py-2">
      <h4 className="mb-1 font-medium">Properties</h4>
      <dl className="grid grid-cols-[max-content_1fr] gap-x-4">
        {ids.map(
          ([label, value]) =>
            value && (
              <Fact key={label} label={label}>
                <span className="font-mono text-sm break-all">{value}</span>
                <CopyButton text={value} label={`Copy: ${label}`} className="-my-1" />
              </Fact>
            ),
        )}
        {facts.map(
          ([label, value]) =>
            value && (
              <Fact key={label} label={label}>
                <span className="break-words">{value}</span>
              </Fact>
            ),
        )}
      </dl>
    </section>
  );
}

function Fact({ label, children }: { label: string; children: React.ReactNode }) {
  return (
    <div className="contents">
      <dt className="py-0.5 text-muted-foreground">{label}</dt>
      <dd className="flex min-w-0 items-center gap-1 py-0.5">{children}</dd>
    </div>
  );
}

/** With milliseconds: 2026-11-26 14:03:07.042. */
const exact = (iso: string | null | undefined): string | null =>
  iso ? `${formatTime(iso)}.${String(new Date(iso).getMilliseconds()).padStart(3, "0")}` : null;
