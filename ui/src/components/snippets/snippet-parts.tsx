import { CodeBlock } from "@/components/ui/code-block";
import type { Part } from "@/lib/snippets";

/** The pieces of a snippet, each under its name. */
export function SnippetParts({ label, parts }: { label: string; parts: readonly Part[] }) {
  return parts.map((part) => (
    <section key={part.label} className="flex min-w-0 flex-col gap-1">
      <h3 className="text-sm text-muted-foreground">{part.label}</h3>
      <CodeBlock code={part.code} label={`${label}: ${part.label}`} />
    </section>
  ));
}
