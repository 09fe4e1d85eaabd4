const PARTS = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.\d+)?S)?)?$/;

/** Minutes of an ISO 8601 duration such as PT15M or P1DT2H; undefined for another text. */
export function minutesOf(text: string | null | undefined): number | undefined {
  const found = text ? PARTS.exec(text) : null;
  if (!found || text === "P" || text === "PT") return undefined;
  const [days, hours, minutes, seconds] = found.slice(1).map((n) => Number(n ?? 0));
  return (days ?? 0) * 1440 + (hours ?? 0) * 60 + (minutes ?? 0) + (seconds ?? 0) / 60;
}

export const isoMinutes = (minutes: number): string => `PT${Math.round(minutes)}M`;
