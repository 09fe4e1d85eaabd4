import { type ReactNode, useRef } from "react";
import { Resizer } from "@/components/ui/resizer";
import { useStored } from "@/hooks/use-stored";
import { cn } from "@/lib/cn";

const LEAST = 0.35;
const MOST = 0.97;

/** The panel over the right of the page; its width is remembered. */
export function PanelFrame({
  label,
  full,
  children,
}: {
  label: string;
  full: boolean;
  children: ReactNode;
}) {
  const [share, setShare] = useStored("trace-panel.width", 0.74);
  const ref = useRef<HTMLElement>(null);
  return (
    <aside
      ref={ref}
      aria-label={label}
      className={cn(
        "fixed inset-y-0 right-0 z-30 flex bg-background max-md:!w-full",
        !full && "border-l border-border shadow-xl",
      )}
      style={{ width: full ? "100%" : `${share * 100}%` }}
    >
      {!full && (
        <Resizer
          label="Width of the panel"
          className="max-md:hidden"
          value={share}
          least={LEAST}
          most={MOST}
          side="right"
          whole={() => window.innerWidth}
          onDrag={(next) => {
            if (ref.current) ref.current.style.width = `${next * 100}%`;
          }}
          onChange={setShare}
        />
      )}
      <div className="flex min-w-0 flex-1 flex-col">{children}</div>
    </aside>
  );
}
