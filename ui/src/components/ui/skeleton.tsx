import { cn } from "@/lib/cn";

/** Stands where something will be; give it the size of what comes. */
export function Skeleton({ className }: { className?: string }) {
  return (
    <span aria-hidden className={cn("block h-3 animate-pulse rounded-sm bg-muted", className)} />
  );
}
