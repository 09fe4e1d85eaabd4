import { useNow } from "@/hooks/use-now";
import { formatAgo, formatTime, MISSING } from "@/lib/format";

const DAY_MS = 86_400_000;
const SHORT = new Intl.DateTimeFormat("en-GB", {
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
});

/** How long ago within a day, then the date: "3 d ago" would be the same for a whole page. The moment itself on hover. */
export function TimeCell({ iso }: { iso: string | null | undefined }) {
  const now = useNow(10_000);
  if (!iso) return <Missing />;
  const at = Date.parse(iso);
  const isOld = now - at > DAY_MS;
  return (
    <time
      dateTime={iso}
      title={isOld ? `${formatTime(iso)}, ${formatAgo(iso, now)}` : formatTime(iso)}
      className="truncate tabular"
    >
      {isOld ? SHORT.format(at).replace(",", "") : formatAgo(iso, Math.max(now, at))}
    </time>
  );
}

/** Where a row has nothing to show. */
export function Missing() {
  return <span className="text-muted-foreground">{MISSING}</span>;
}
