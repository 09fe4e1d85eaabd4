import { Check, ChevronDown } from "lucide-react";
import { Select as Radix } from "radix-ui";
import { cn } from "@/lib/cn";
import { buttonClass } from "./button";

/** One of a few fixed values. `label` names it for screen readers. */
export function Select<T extends string>({
  label,
  value,
  options,
  onChange,
  className,
  disabled,
  id,
}: {
  label: string;
  value: T;
  options: readonly { value: T; label: string }[];
  onChange: (value: T) => void;
  className?: string;
  disabled?: boolean;
  /** Where a label of its own points to it. */
  id?: string;
}) {
  return (
    <Radix.Root
      value={value}
      onValueChange={(v) => onChange(v as T)}
      {...(disabled ? { disabled } : {})}
    >
      <Radix.Trigger
        aria-label={label}
        {...(id ? { id } : {})}
        className={cn(buttonClass("outline"), "justify-between", className)}
      >
        <span className="truncate">
          <Radix.Value />
        </span>
        <ChevronDown className="opacity-60" />
      </Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          position="popper"
          sideOffset={4}
          collisionPadding={8}
          className="z-50 max-h-80 min-w-[var(--radix-select-trigger-width)] overflow-y-auto rounded-md border border-border bg-raised p-1 shadow-lg"
        >
          <Radix.Viewport>
            {options.map((option) => (
              <Radix.Item
                key={option.value}
                value={option.value}
                className="relative flex h-7 items-center rounded-sm pr-3 pl-7 outline-none select-none data-[highlighted]:bg-muted"
              >
                <Radix.ItemIndicator className="absolute left-2">
                  <Check className="size-3.5" />
                </Radix.ItemIndicator>
                <Radix.ItemText>{option.label}</Radix.ItemText>
              </Radix.Item>
            ))}
          </Radix.Viewport>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
