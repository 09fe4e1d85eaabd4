/** Reads what a row carries; a row of a server that is older or newer must not break a table. */

import type { ErrorInfo, Row } from "@/api/types";

export const numberOf = (row: Row, column: string): number | null => {
  const value = row[column];
  return typeof value === "number" ? value : null;
};

export const textOf = (row: Row, column: string): string | null => {
  const value = row[column];
  if (typeof value === "string") return value === "" ? null : value;
  return value === null || value === undefined ? null : JSON.stringify(value);
};

export const listOf = (row: Row, column: string): string[] => {
  const value = row[column];
  return Array.isArray(value) ? value.filter((v): v is string => typeof v === "string") : [];
};

/** An entry of a map, whether the server sent it by itself (`usage.total_tokens`) or within the map. */
export function entryOf(row: Row, map: string, key: string): number | null {
  const own = row[`${map}.${key}`];
  if (typeof own === "number") return own;
  const whole = row[map];
  if (typeof whole !== "object" || whole === null) return null;
  const inner = (whole as Record<string, unknown>)[key];
  return typeof inner === "number" ? inner : null;
}

export function scoresOf(row: Row, column = "feedback_scores"): Record<string, number> | null {
  const value = row[column];
  return typeof value === "object" && value !== null ? (value as Record<string, number>) : null;
}

/** What an entity failed with, in one line; null when it did not. */
export function errorOf(row: Row): string | null {
  const info = row.error_info as ErrorInfo | null | undefined;
  const type = info?.exception_type ?? textOf(row, "error_type");
  const message = info?.message;
  if (type && message) return `${type}: ${message}`;
  return type || message || (info ? "Error" : null);
}

export const hasFailed = (row: Row): boolean =>
  Boolean(row.error_info) || Boolean(textOf(row, "error_type"));
