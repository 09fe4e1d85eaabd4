import { formatDuration, MISSING } from "@/lib/format";

/** Whole seconds and longer, as they count down: 4 s, 1 m 05 s. */
export const waitText = (ms: number): string =>
  formatDuration(Math.ceil(ms / 1000) * 1000)
    .replace(".00", "")
    .replace(".0", "");

/** The age of what waits longest. */
export function lagText(seconds: number | null): string {
  if (seconds === null) return MISSING;
  return seconds < 1 ? "<1 s" : waitText(Math.floor(seconds) * 1000);
}
