import { Tabs as Radix } from "radix-ui";
import type { ReactNode } from "react";
import { cn } from "@/lib/cn";

/** Tabs whose choice the caller keeps (in the URL). Only the open panel is mounted. */
export function Tabs<T extends string>({
  label,
  value,
  onChange,
  tabs,
  className,
  panelClassName,
}: {
  label: string;
  value: T;
  onChange: (value: T) => void;
  tabs: readonly { value: T; label: ReactNode; panel: ReactNode }[];
  className?: string;
  panelClassName?: string;
}) {
  return (
    <Radix.Root
      value={value}
      onValueChange={(v) => onChange(v as T)}
      className={cn("flex min-h-0 flex-col", className)}
    >
      <Radix.List
        aria-label={label}
        className="flex shrink-0 gap-1 overflow-x-auto border-b border-border px-2"
      >
        {tabs.map((tab) => (
          <Radix.Trigger
            key={tab.value}
            value={tab.value}
            className="-mb-px flex h-8 items-center gap-1.5 border-b-2 border-transparent px-2 whitespace-nowrap text-muted-foreground hover:text-foreground data-[state=active]:border-primary data-[state=active]:text-foreground data-[state=active]:font-medium"
          >
            {tab.label}
          </Radix.Trigger>
        ))}
      </Radix.List>
      {tabs.map((tab) => (
        <Radix.Content
          key={tab.value}
          value={tab.value}
          tabIndex={-1}
          className={cn("min-h-0 flex-1 overflow-auto outline-none", panelClassName)}
        >
          {tab.panel}
        </Radix.Content>
      ))}
    </Radix.Root>
  );
}
