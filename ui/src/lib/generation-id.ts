/** A generation's id holds the id of its span: `gen-<unix seconds>-<20 letters>`. */

const LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const SHAPE = /^gen-(\d{1,14})-([0-9A-Za-z]{20})$/;

const LOW_BITS = 62n;
const HIGH_BITS = 12n;
const MS_BITS = 10n;
const UUID_V7 = 7n;
const VARIANT = 1n << 63n;

const mask = (bits: bigint): bigint => (1n << bits) - 1n;
const hex = (number: bigint, digits: number): string => number.toString(16).padStart(digits, "0");

/** Returns the UUID of the call's span; undefined for an id of another shape. */
export function spanIdOf(generationId: string): string | undefined {
  const [, seconds, tail] = SHAPE.exec(generationId) ?? [];
  if (!seconds || !tail) return undefined;
  let number = 0n;
  for (const letter of tail) number = number * 62n + BigInt(LETTERS.indexOf(letter));
  const low = VARIANT | (number & mask(LOW_BITS));
  const high = (UUID_V7 << HIGH_BITS) | ((number >> LOW_BITS) & mask(HIGH_BITS));
  const ms = BigInt(seconds) * 1000n + ((number >> (LOW_BITS + HIGH_BITS)) & mask(MS_BITS));
  if (ms >> 48n) return undefined;
  const text = `${hex(ms, 12)}${hex(high, 4)}${hex(low, 16)}`;
  return text.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
