import { type ReactNode, useRef } from "react";
import { Resizer } from "@/components/ui/resizer";
import { useStored } from "@/hooks/use-stored";

const LEAST = 0.3;
const MOST = 0.97;

/** The panel over the right of the page; its width is remembered. */
export function ThreadFrame({ children }: { children: ReactNode }) {
  const [share, setShare] = useStored("thread-panel.width", 0.62);
  const ref = useRef<HTMLElement>(null);
  return (
    <aside
      ref={ref}
      aria-label="Thread"
      className="fixed inset-y-0 right-0 z-30 flex border-l border-border bg-background shadow-xl max-md:!w-full"
      style={{ width: `${share * 100}%` }}
    >
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
      <div className="@container flex min-w-0 flex-1 flex-col">{children}</div>
    </aside>
  );
}
