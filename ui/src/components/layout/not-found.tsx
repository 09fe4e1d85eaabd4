import { Link } from "@tanstack/react-router";
import { buttonClass } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/states";

export function NotFound() {
  return (
    <main className="h-full">
      <EmptyState title="There is no such page" className="h-full">
        <p className="mb-3">The address may be cut short, or what it led to was deleted.</p>
        <Link to="/projects" className={buttonClass("outline")}>
          All projects
        </Link>
      </EmptyState>
    </main>
  );
}
