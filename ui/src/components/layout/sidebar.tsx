import { Link } from "@tanstack/react-router";
import { LayoutGrid } from "lucide-react";

const ITEM =
  "flex h-7 items-center gap-2 rounded-md px-2 text-muted-foreground hover:bg-muted hover:text-foreground data-[status=active]:bg-accent data-[status=active]:text-foreground [&_svg]:size-4";

export function Sidebar() {
  return (
    <nav
      aria-label="Main"
      className="flex w-52 shrink-0 flex-col gap-1 border-r border-border bg-surface p-2"
    >
      <Link to="/projects" className={ITEM}>
        <LayoutGrid /> Projects
      </Link>
    </nav>
  );
}
