import { Link, Outlet } from "@tanstack/react-router";
import { Page } from "@/components/layout/page";

const PARTS = [
  { to: "/settings/keys", label: "API keys" },
  { to: "/settings/definitions", label: "Feedback definitions" },
  { to: "/settings/environments", label: "Environments" },
  { to: "/settings/preferences", label: "Preferences" },
  { to: "/settings/prices", label: "Model prices" },
  { to: "/settings/received", label: "Received" },
  { to: "/settings/about", label: "About" },
] as const;

export function SettingsLayout() {
  return (
    <Page title="Settings">
      <div className="flex h-full max-md:flex-col">
        <nav
          aria-label="Settings"
          className="flex w-48 shrink-0 flex-col gap-0.5 border-r border-border p-2 max-md:w-full max-md:flex-row max-md:overflow-x-auto max-md:border-r-0 max-md:border-b"
        >
          {PARTS.map((part) => (
            <Link
              key={part.to}
              to={part.to}
              className="flex h-7 shrink-0 items-center rounded-md px-2 whitespace-nowrap text-muted-foreground hover:bg-muted hover:text-foreground data-[status=active]:bg-accent data-[status=active]:font-medium data-[status=active]:text-foreground"
            >
              {part.label}
            </Link>
          ))}
        </nav>
        <div
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a long page scrolls by keyboard too
          tabIndex={0}
          className="min-w-0 flex-1 overflow-auto p-6 max-sm:p-4"
        >
          <Outlet />
        </div>
      </div>
    </Page>
  );
}
