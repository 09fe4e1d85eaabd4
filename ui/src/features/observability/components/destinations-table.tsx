import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Lock } from "lucide-react";
import { memo } from "react";
import { Sparkline } from "@/components/layout/sparkline";
import { Skeleton } from "@/components/ui/skeleton";
import { useNow } from "@/hooks/use-now";
import { cn } from "@/lib/cn";
import { formatAgo, formatBytes, formatCount, formatTime, MISSING } from "@/lib/format";
import { daysQuery } from "../api/days";
import type { Destination } from "../api/types";
import { filledDays } from "../lib/days";
import { percentText } from "../lib/draft";
import { lagText } from "../lib/waits";
import { RowMenu } from "./row-menu";
import { StatusBadge } from "./status-badge";
import { TypeMark } from "./type-mark";

const DAYS = 14;
const NUMBER = "px-2 text-right tabular";
const WIDE = "max-lg:hidden";

/** The destinations with how they are: one row each, the name leads to it. */
export function DestinationsTable({
  rows,
  titleOf,
}: {
  rows: Destination[];
  titleOf: (type: string) => string;
}) {
  return (
    <div className="relative overflow-x-auto">
      <table aria-label="Destinations" className="w-full border-collapse whitespace-nowrap">
        <thead>
          <tr className="border-b border-border text-left text-muted-foreground [&>th]:h-8 [&>th]:px-2 [&>th]:font-medium [&>th:first-child]:pl-3">
            <th scope="col">Destination</th>
            <th scope="col">State</th>
            <th scope="col" className={WIDE}>
              {DAYS} days
            </th>
            <th scope="col" className="text-right">
              Delivered
            </th>
            <th scope="col" className={cn("text-right", WIDE)}>
              Retried
            </th>
            <th scope="col" className="text-right">
              Failed
            </th>
            <th scope="col" className={cn("text-right", WIDE)}>
              Dropped
            </th>
            <th scope="col" className="text-right">
              Waiting
            </th>
            <th scope="col" className={cn("text-right", WIDE)}>
              Lag
            </th>
            <th scope="col" className="text-right">
              Last delivery
            </th>
            <th scope="col">
              <span className="sr-only">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Row key={row.id} destination={row} title={titleOf(row.type)} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ destination: one, title }: { destination: Destination; title: string }) {
  const now = useNow(1000);
  const isOff = one.status === "off";
  return (
    <tr
      className={cn(
        "h-12 border-b border-border hover:bg-muted/50",
        isOff && "text-muted-foreground",
      )}
    >
      <th scope="row" className="max-w-80 py-1 pr-2 pl-3 text-left font-normal max-md:max-w-60">
        <div className="flex items-center gap-2.5">
          <TypeMark type={one.type} />
          <span className="flex min-w-0 flex-col leading-4.5">
            <Link
              data-row
              to="/observability"
              search={{ destination: one.id }}
              className="truncate font-medium text-foreground hover:underline"
            >
              {one.name}
            </Link>
            <Note destination={one} title={title} />
          </span>
        </div>
      </th>
      <td className="px-2">
        <span className="flex items-center gap-1.5">
          <StatusBadge destination={one} />
          {one.read_only && (
            <span title="From the operator's file: it cannot be changed here">
              <Lock aria-hidden className="size-3.5 text-muted-foreground" />
              <span className="sr-only">From the operator's file</span>
            </span>
          )}
        </span>
      </td>
      <td className={cn("px-2", WIDE)}>
        <Deliveries id={one.id} />
      </td>
      <td className={NUMBER}>{formatCount(one.counts.delivered)}</td>
      <td className={cn(NUMBER, WIDE)}>{formatCount(one.counts.retried)}</td>
      <td className={cn(NUMBER, one.counts.failed > 0 && "text-danger")}>
        {formatCount(one.counts.failed)}
      </td>
      <td className={cn(NUMBER, WIDE, one.counts.dropped > 0 && "text-danger")}>
        {formatCount(one.counts.dropped)}
      </td>
      <td className={NUMBER} title={formatBytes(one.waiting_bytes)}>
        {formatCount(one.waiting)}
      </td>
      <td className={cn(NUMBER, WIDE)}>{lagText(one.lag_s)}</td>
      <td className={NUMBER} title={formatTime(one.last_delivered_at)}>
        {formatAgo(one.last_delivered_at, now)}
      </td>
      <td className="pr-2 pl-1 text-right">
        <RowMenu destination={one} />
      </td>
    </tr>
  );
}

/** The second line: what is wrong, else what it is and what is held back. */
function Note({ destination: one, title }: { destination: Destination; title: string }) {
  const isFailing =
    one.last_error !== null &&
    (one.failures_in_a_row > 0 || (one.last_failed_at ?? "") > (one.last_delivered_at ?? ""));
  const wrong = one.problem ?? (isFailing ? one.last_error : null);
  if (wrong)
    return (
      <span className="truncate text-sm text-danger" title={wrong}>
        {wrong}
      </span>
    );
  const words = [
    title,
    one.sampling_rate < 1 && `${percentText(one.sampling_rate)}% of sessions`,
    one.privacy_mode && "private",
    one.filter_rules?.enabled && one.filter_rules.groups.length > 0 && "filtered",
    (one.api_key_hashes || one.excluded_api_key_hashes.length > 0) && "some keys",
  ].filter(Boolean);
  return <span className="truncate text-sm text-muted-foreground">{words.join(" · ")}</span>;
}

const Deliveries = memo(function Deliveries({ id }: { id: string }) {
  const days = useQuery(daysQuery(id, DAYS));
  if (!days.data) return days.isError ? MISSING : <Skeleton className="h-5 w-24" />;
  const values = filledDays(days.data.content, DAYS, Date.now()).map((day) => day.delivered);
  return <Sparkline values={values} label={`Delivered in ${DAYS} days`} />;
});
