import { X } from "lucide-react";
import { useSyncExternalStore } from "react";
import { cn } from "@/lib/cn";
import { allToasts, dismissToast, subscribeToasts } from "@/lib/toast";
import { Button } from "./button";

/** Shows the messages of `toast()`. */
export function Toaster() {
  const toasts = useSyncExternalStore(subscribeToasts, allToasts);
  return (
    <div
      aria-live="polite"
      className="pointer-events-none fixed right-4 bottom-4 z-50 flex w-[min(24rem,calc(100vw-2rem))] flex-col gap-2"
    >
      {toasts.map((t) => (
        <div
          key={t.id}
          className={cn(
            "pointer-events-auto flex items-center gap-2 rounded-md border bg-raised px-3 py-2 shadow-lg",
            t.tone === "danger" ? "border-danger text-danger" : "border-border-strong",
          )}
        >
          <span className="min-w-0 flex-1 break-words">{t.text}</span>
          {t.action && (
            <Button
              size="sm"
              onClick={() => {
                t.action?.run();
                dismissToast(t.id);
              }}
            >
              {t.action.label}
            </Button>
          )}
          <Button
            variant="ghost"
            size="icon-sm"
            aria-label="Dismiss"
            onClick={() => dismissToast(t.id)}
          >
            <X />
          </Button>
        </div>
      ))}
    </div>
  );
}
