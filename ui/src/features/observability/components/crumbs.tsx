import { Link } from "@tanstack/react-router";
import { ChevronLeft, ChevronRight } from "lucide-react";

const LOOK = "shrink-0 text-muted-foreground hover:text-foreground";

/** The way back to the list, before the title of a view; on a phone an arrow. */
export function Crumbs() {
  return (
    <>
      <Link to="/observability" search={{}} aria-label="Observability" className={LOOK}>
        <span className="max-sm:hidden">Observability</span>
        <ChevronLeft aria-hidden className="size-4 sm:hidden" />
      </Link>
      <ChevronRight aria-hidden className="size-3.5 shrink-0 text-muted-foreground max-sm:hidden" />
    </>
  );
}
