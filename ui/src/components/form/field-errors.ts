import { ApiError } from "@/api/errors";

/** What is wrong with which field, by its path. */
export type FieldErrors = Readonly<Record<string, string>>;

/** Reads the server's words on fields (`api_key must not be empty`); the first word is the path. */
export function fieldErrors(thrown: unknown): FieldErrors {
  const found: Record<string, string> = {};
  for (const words of thrown instanceof ApiError ? thrown.fields : []) {
    const [, path, rest] = /^(\S+)\s+(.+)$/s.exec(words) ?? [];
    if (path && rest) found[path] ??= rest.charAt(0).toUpperCase() + rest.slice(1);
  }
  return found;
}

/** The message for a field, or for anything inside of it. */
export function errorAt(errors: FieldErrors, path: string): string | undefined {
  if (errors[path]) return errors[path];
  const inside = Object.keys(errors).find(
    (at) => at.startsWith(`${path}.`) || at.startsWith(`${path}[`),
  );
  return inside ? errors[inside] : undefined;
}
