/** Between moments and what an input of type `datetime-local` holds, in the time of this computer. */

const pad = (n: number): string => String(n).padStart(2, "0");

/** `2026-11-26T14:03`; empty for none. */
export function toLocalInput(iso: string | undefined): string {
  if (!iso) return "";
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return "";
  return `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}T${pad(at.getHours())}:${pad(at.getMinutes())}`;
}

/** The moment as ISO text in UTC; undefined for what is none. */
export function fromLocalInput(text: string): string | undefined {
  const at = new Date(text);
  return text && !Number.isNaN(at.getTime()) ? at.toISOString() : undefined;
}
