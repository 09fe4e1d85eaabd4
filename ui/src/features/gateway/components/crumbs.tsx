import { Link } from "@tanstack/react-router";
import { ChevronLeft, ChevronRight } from "lucide-react";
import type { GatewayTab } from "../lib/search";

const LOOK = "shrink-0 text-muted-foreground hover:text-foreground";

/** The way back to the list, before the title of a form; on a phone an arrow. */
export function Crumbs({ tab, label }: { tab: GatewayTab; label: string }) {
  return (
    <>
      <Link to="/gateway" search={{ tab }} aria-label={label} className={LOOK}>
        <span className="max-sm:hidden">{label}</span>
        <ChevronLeft aria-hidden className="size-4 sm:hidden" />
      </Link>
      <ChevronRight aria-hidden className="size-3.5 shrink-0 text-muted-foreground max-sm:hidden" />
    </>
  );
}
