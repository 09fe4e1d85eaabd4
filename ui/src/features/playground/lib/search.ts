/** What the page's address says: which models, and how they are asked. */

export const FORMATS = ["json", "schema"] as const;
export type Format = (typeof FORMATS)[number];

export type PlaygroundSearch = {
  model?: string | undefined;
  /** A second model, asked the same beside the first. */
  vs?: string | undefined;
  temperature?: number | undefined;
  top_p?: number | undefined;
  max_tokens?: number | undefined;
  seed?: number | undefined;
  /** Texts at which the answer ends, a line each. */
  stop?: string | undefined;
  format?: Format | undefined;
  /** Where its traces go. */
  project?: string | undefined;
};

export const ECHO = "sightline/echo";

const text = (value: unknown): string | undefined =>
  typeof value === "string" && value ? value : undefined;

const number = (value: unknown, least: number, most: number): number | undefined => {
  const found = typeof value === "string" && value.trim() ? Number(value) : value;
  return typeof found === "number" && found >= least && found <= most ? found : undefined;
};

const whole = (value: unknown, least: number): number | undefined => {
  const found = number(value, least, Number.MAX_SAFE_INTEGER);
  return Number.isInteger(found) ? found : undefined;
};

export function readPlaygroundSearch(search: Record<string, unknown>): PlaygroundSearch {
  return {
    model: text(search.model),
    vs: text(search.vs),
    temperature: number(search.temperature, 0, 2),
    top_p: number(search.top_p, 0, 1),
    max_tokens: whole(search.max_tokens, 1),
    seed: whole(search.seed, Number.MIN_SAFE_INTEGER),
    stop: text(search.stop),
    format: FORMATS.find((format) => format === search.format),
    project: text(search.project),
  };
}
