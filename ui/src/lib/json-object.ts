/** What a field for a JSON object holds; an empty field is an empty object. */
export function readObject(text: string): { value: Record<string, unknown> } | { problem: string } {
  if (!text.trim()) return { value: {} };
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value))
      return { value: value as Record<string, unknown> };
    return { problem: "Must be a JSON object: { … }" };
  } catch (error) {
    return { problem: `Is no JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
}
