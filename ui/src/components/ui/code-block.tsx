import { cn } from "@/lib/cn";
import { CopyButton } from "./copy-button";

/** A piece of code to paste. */
export function CodeBlock({
  code,
  label,
  className,
}: {
  code: string;
  label: string;
  className?: string;
}) {
  return (
    <figure aria-label={label} className={cn("relative m-0", className)}>
      <pre
        // biome-ignore lint/a11y/noNoninteractiveTabindex: long lines scroll by keyboard too
        tabIndex={0}
        className="overflow-x-auto rounded-md border border-border bg-surface p-3 pr-10 font-mono text-sm"
      >
        <code>{code}</code>
      </pre>
      <CopyButton
        text={code}
        label={`Copy: ${label}`}
        className="absolute top-1.5 right-1.5 bg-raised"
      />
    </figure>
  );
}
