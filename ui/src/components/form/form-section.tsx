import type { ReactNode } from "react";

/** A part of a form: what it is about on the left, its inputs on the right. */
export function FormSection({
  title,
  description,
  children,
}: {
  title: string;
  description: ReactNode;
  children: ReactNode;
}) {
  return (
    <section
      aria-label={title}
      className="grid gap-x-8 gap-y-3 border-b border-border p-4 last:border-b-0 md:grid-cols-[13rem_minmax(0,34rem)]"
    >
      <div>
        <h2 className="font-semibold">{title}</h2>
        <p className="text-sm text-muted-foreground">{description}</p>
      </div>
      <div className="flex min-w-0 flex-col gap-3.5">{children}</div>
    </section>
  );
}
