import type { ComponentProps } from "react";
import { cn } from "@/lib/cn";

const FIELD =
  "w-full rounded-md border border-border-strong bg-raised px-2 placeholder:text-muted-foreground disabled:opacity-50 aria-invalid:border-danger";

export function Input({ className, ...props }: ComponentProps<"input">) {
  return <input className={cn(FIELD, "h-7", className)} {...props} />;
}

export function Textarea({ className, ...props }: ComponentProps<"textarea">) {
  return <textarea className={cn(FIELD, "min-h-16 py-1.5", className)} {...props} />;
}

/** A labelled field with help and an error that screen readers find. */
export function Field({
  label,
  help,
  error,
  children,
}: {
  label: string;
  help?: string;
  error?: string | undefined;
  children: React.ReactNode;
}) {
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the control is among the children
    <label className="flex flex-col gap-1">
      <span className="font-medium">{label}</span>
      {children}
      {help && !error && <span className="text-sm text-muted-foreground">{help}</span>}
      {error && (
        <span role="alert" className="text-sm text-danger">
          {error}
        </span>
      )}
    </label>
  );
}
