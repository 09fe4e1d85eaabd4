/** From the server's words on fields (`config.apiKey is required`) to what stands under an input. */

export type FieldErrors = Readonly<Record<string, string>>;

/** Returns the message by the path of its field; the first word is the path. */
export function fieldErrors(fields: readonly string[]): FieldErrors {
  const found: Record<string, string> = {};
  for (const words of fields) {
    const [, path, rest] = /^(\S+)\s+(.+)$/s.exec(words) ?? [];
    if (!path || !rest) continue;
    const of = ALIASES[path] ?? path;
    found[of] ??= sentence(rest);
  }
  return found;
}

// A path of another form than the input that it belongs to.
const ALIASES: Record<string, string> = { "config.": "config" };

const sentence = (words: string): string => words.charAt(0).toUpperCase() + words.slice(1);

/** The message for a field, or for anything inside of it. */
export function errorAt(errors: FieldErrors, path: string): string | undefined {
  const exact = errors[path];
  if (exact) return exact;
  const inside = Object.keys(errors).find(
    (at) => at.startsWith(`${path}.`) || at.startsWith(`${path}[`),
  );
  return inside ? errors[inside] : undefined;
}
