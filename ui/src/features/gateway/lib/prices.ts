/** Prices are kept in USD per token, and read and typed per million. */

import { formatCost, MISSING } from "@/lib/format";
import type { Pricing } from "../api/types";

const MILLION = 1_000_000;

/** `$2.50`; a dash where nobody knows it, `free` for nothing. */
export function perMillion(perToken: string | undefined): string {
  if (perToken === undefined || perToken === "-1") return MISSING;
  const usd = Number(perToken) * MILLION;
  return usd === 0 ? "free" : formatCost(Number(usd.toPrecision(12)));
}

export const isFree = (pricing: Pricing): boolean =>
  [pricing.prompt, pricing.completion, pricing.request].every((price) => Number(price) === 0);

/** 0.0000025 as the text `2.5`, without the tail of binary fractions. */
export function typedPrice(perToken: number | string | null | undefined): string {
  if (perToken === null || perToken === undefined || perToken === "") return "";
  return String(Number((Number(perToken) * MILLION).toPrecision(12)));
}

/**
 * `2.5` per million as `0.0000025` per token. The point is moved in the text, so that no digit is lost.
 * Undefined for what is no price.
 */
export function tokenPrice(typed: string): string | undefined {
  const [, whole, part = ""] = /^\s*\$?\s*(\d*)(?:\.(\d*))?\s*$/.exec(typed) ?? [];
  if (whole === undefined || (whole === "" && part === "")) return undefined;
  const digits = whole.padStart(7, "0");
  const at = digits.length - 6;
  const fraction = `${digits.slice(at)}${part}`.replace(/0+$/, "");
  const before = digits.slice(0, at).replace(/^0+(?=\d)/, "");
  return fraction ? `${before}.${fraction}` : before;
}
