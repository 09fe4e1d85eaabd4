/** Numbers and times as people read them. A missing value is an en dash everywhere. */

export const MISSING = "–";

const WHOLE = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const SHORT = new Intl.NumberFormat("en-US", { notation: "compact", maximumFractionDigits: 1 });

export function formatNumber(n: number | null | undefined): string {
  return n === null || n === undefined || Number.isNaN(n) ? MISSING : WHOLE.format(n);
}

/** 1,234 stays; 12,345 is 12.3K. */
export function formatCount(n: number | null | undefined): string {
  if (n === null || n === undefined || Number.isNaN(n)) return MISSING;
  return Math.abs(n) < 10_000 ? WHOLE.format(n) : SHORT.format(n);
}

/** Milliseconds as 3 ms, 1.24 s, 2 m 05 s, 3 h 10 m. */
export function formatDuration(ms: number | null | undefined): string {
  if (ms === null || ms === undefined || Number.isNaN(ms)) return MISSING;
  const size = Math.abs(ms);
  if (size < 1) return `${ms === 0 ? 0 : ms.toFixed(2)} ms`;
  if (size < 1000) return `${size < 10 ? ms.toFixed(1) : ms.toFixed(0)} ms`;
  if (size < 60_000) return `${(ms / 1000).toFixed(size < 10_000 ? 2 : 1)} s`;
  const seconds = Math.round(ms / 1000);
  if (Math.abs(seconds) < 3600) {
    return `${Math.trunc(seconds / 60)} m ${String(Math.abs(seconds % 60)).padStart(2, "0")} s`;
  }
  if (Math.abs(seconds) < 86_400) {
    return `${Math.trunc(seconds / 3600)} h ${String(Math.abs(Math.trunc((seconds % 3600) / 60))).padStart(2, "0")} m`;
  }
  return `${Math.trunc(seconds / 86_400)} d ${Math.abs(Math.trunc((seconds % 86_400) / 3600))} h`;
}

/** USD; small sums keep three telling digits: $0.000123, $0.042, $12.30, $1.2K. */
export function formatCost(usd: number | null | undefined): string {
  if (usd === null || usd === undefined || Number.isNaN(usd)) return MISSING;
  if (usd === 0) return "$0";
  const size = Math.abs(usd);
  if (size >= 10_000) return `$${SHORT.format(usd)}`;
  if (size >= 1) return `$${usd.toFixed(2)}`;
  if (size < 0.000001) return "<$0.000001";
  return `$${Number(usd.toPrecision(2)).toFixed(Math.min(8, Math.ceil(-Math.log10(size)) + 1))}`;
}

export function formatPercent(rate: number | null | undefined): string {
  if (rate === null || rate === undefined || Number.isNaN(rate)) return MISSING;
  const percent = rate * 100;
  return `${percent > 0 && percent < 10 ? percent.toFixed(1) : percent.toFixed(0)}%`;
}

export function formatBytes(n: number | null | undefined): string {
  if (n === null || n === undefined) return MISSING;
  const units = ["B", "kB", "MB", "GB", "TB"];
  let size = n;
  let unit = 0;
  while (size >= 1000 && unit < units.length - 1) {
    size /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? size : size.toFixed(size < 10 ? 1 : 0)} ${units[unit]}`;
}

/** A score: up to three decimals, none that say nothing. */
export function formatScore(value: number | null | undefined): string {
  if (value === null || value === undefined || Number.isNaN(value)) return MISSING;
  return String(Number(value.toFixed(3)));
}

const pad = (n: number) => String(n).padStart(2, "0");

/** Local time: 2026-11-26 14:03:07. */
export function formatTime(iso: string | number | Date | null | undefined): string {
  if (iso === null || iso === undefined || iso === "") return MISSING;
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return MISSING;
  return `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())} ${pad(at.getHours())}:${pad(at.getMinutes())}:${pad(at.getSeconds())}`;
}

/** "now", "5 m ago", "3 h ago", "2 d ago", then the date. */
export function formatAgo(iso: string | null | undefined, now = Date.now()): string {
  if (!iso) return MISSING;
  const seconds = Math.round((now - new Date(iso).getTime()) / 1000);
  if (seconds < 10) return "now";
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} m ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  if (seconds < 30 * 86_400) return `${Math.floor(seconds / 86_400)} d ago`;
  return formatTime(iso).slice(0, 10);
}
