import type { ReactNode } from "react";

/** A page under the top bar: `crumbs` on the left, `actions` on the right; the content scrolls by itself. */
export function Page({
  title,
  crumbs,
  actions,
  children,
}: {
  title: string;
  crumbs?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}) {
  return (
    <main className="flex h-full min-w-0 flex-1 flex-col" aria-label={title}>
      <title>{`${title} · Sightline`}</title>
      <header className="flex h-11 shrink-0 items-center gap-2 border-b border-border px-3 max-md:pl-11">
        <div className="flex min-w-0 flex-1 items-center gap-1.5">
          {crumbs}
          <h1 className="truncate text-base font-semibold">{title}</h1>
        </div>
        {actions}
      </header>
      <div className="min-h-0 flex-1 overflow-auto">{children}</div>
    </main>
  );
}
