/** Names with values while they are edited: each row has a key of its own. */
export type Pair = { key: number; name: string; value: string };

const MASK = "****";
let lastKey = 0;

export const newPair = (name = "", value = ""): Pair => ({ key: ++lastKey, name, value });

/** A secret as the server shows it: it stands for the one that is kept. */
export const isMasked = (value: string): boolean => value.startsWith(MASK);

/** Values that are no text are written as JSON. */
export const pairsOf = (values: Readonly<Record<string, unknown>>): Pair[] =>
  Object.entries(values).map(([name, value]) =>
    newPair(name, typeof value === "string" ? value : JSON.stringify(value)),
  );

/** Rows without a name are left out. */
export const textsOf = (pairs: readonly Pair[]): Record<string, string> =>
  Object.fromEntries(
    pairs.filter((pair) => pair.name.trim()).map((pair) => [pair.name.trim(), pair.value]),
  );

/** As `textsOf`, but objects, lists, true and false are read as JSON. Numbers stay text: many are names. */
export const valuesOf = (pairs: readonly Pair[]): Record<string, unknown> =>
  Object.fromEntries(Object.entries(textsOf(pairs)).map(([name, text]) => [name, readValue(text)]));

function readValue(text: string): unknown {
  if (!/^\s*[[{]|^(true|false)$/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
