import { CircleAlert, LoaderCircle } from "lucide-react";
import type { ReactNode } from "react";
import { messageOf } from "@/api/errors";
import { cn } from "@/lib/cn";
import { Button } from "./button";

/** Says that there is nothing, why, and what to do. */
export function EmptyState({
  icon,
  title,
  children,
  className,
}: {
  icon?: ReactNode;
  title: string;
  children?: ReactNode;
  className?: string;
}) {
  return (
    <div
      className={cn("flex flex-col items-center justify-center gap-2 p-8 text-center", className)}
    >
      {icon && <span className="text-muted-foreground [&_svg]:size-6">{icon}</span>}
      <p className="text-lg font-medium">{title}</p>
      {children && <div className="max-w-prose text-muted-foreground">{children}</div>}
    </div>
  );
}

/** Says what failed in the server's words, and offers to try again. */
export function ErrorState({
  error,
  onRetry,
  className,
}: {
  error: unknown;
  onRetry?: (() => unknown) | undefined;
  className?: string;
}) {
  return (
    <div
      role="alert"
      className={cn("flex flex-col items-center justify-center gap-3 p-8 text-center", className)}
    >
      <CircleAlert className="size-6 text-danger" />
      <p className="max-w-prose break-words">{messageOf(error)}</p>
      {onRetry && <Button onClick={() => onRetry()}>Try again</Button>}
    </div>
  );
}

export function Spinner({ label = "Loading", className }: { label?: string; className?: string }) {
  return (
    <span role="status" aria-label={label} className={cn("inline-flex", className)}>
      <LoaderCircle className="size-4 animate-spin text-muted-foreground" />
    </span>
  );
}

/** How far long work has come; without a total it only moves. */
export function Progress({
  label,
  done,
  total,
}: {
  label: string;
  done: number;
  total: number | null;
}) {
  const percent = total ? Math.min(100, (done / total) * 100) : null;
  return (
    <div
      role="progressbar"
      aria-label={label}
      {...(percent === null
        ? {}
        : { "aria-valuenow": Math.round(percent), "aria-valuemin": 0, "aria-valuemax": 100 })}
      className="h-1.5 w-full overflow-hidden rounded-full bg-muted"
    >
      <div
        className={cn(
          "h-full rounded-full bg-primary transition-[width]",
          percent === null && "w-1/3 animate-pulse",
        )}
        {...(percent === null ? {} : { style: { width: `${percent}%` } })}
      />
    </div>
  );
}
