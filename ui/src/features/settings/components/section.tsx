import type { ReactNode } from "react";

/** A page of settings: what it is about, what one can do, and the content. */
export function Section({
  title,
  description,
  action,
  children,
}: {
  title: string;
  description: ReactNode;
  action?: ReactNode;
  children: ReactNode;
}) {
  return (
    <section className="flex max-w-4xl flex-col gap-4" aria-label={title}>
      <title>{`${title} · Sightline`}</title>
      <div className="flex flex-wrap items-start justify-between gap-3">
        <div className="min-w-0">
          <h2 className="text-lg font-semibold">{title}</h2>
          <p className="max-w-prose text-muted-foreground">{description}</p>
        </div>
        {action}
      </div>
      {children}
    </section>
  );
}
