import type { ComponentProps } from "react";
import { cn } from "@/lib/cn";

const VARIANTS = {
  primary: "bg-primary text-primary-foreground hover:brightness-110 border border-transparent",
  outline: "border border-border-strong bg-raised hover:bg-muted",
  ghost: "border border-transparent hover:bg-muted text-foreground",
  danger: "border border-danger/50 text-danger bg-raised hover:bg-danger-soft",
} as const;
const SIZES = {
  sm: "h-6 px-2 text-sm gap-1",
  md: "h-7 px-2.5 gap-1.5",
  lg: "h-9 px-4 gap-2",
  icon: "size-7 shrink-0 justify-center",
  "icon-sm": "size-6 shrink-0 justify-center",
} as const;

export type ButtonProps = ComponentProps<"button"> & {
  variant?: keyof typeof VARIANTS;
  size?: keyof typeof SIZES;
};

/** A button with only an icon needs an `aria-label`. */
export function Button({
  variant = "outline",
  size = "md",
  className,
  type = "button",
  ...props
}: ButtonProps) {
  return <button type={type} className={cn(buttonClass(variant, size), className)} {...props} />;
}

export const buttonClass = (
  variant: keyof typeof VARIANTS = "outline",
  size: keyof typeof SIZES = "md",
): string =>
  cn(
    "inline-flex items-center whitespace-nowrap rounded-md font-medium select-none transition-colors disabled:opacity-50 disabled:pointer-events-none [&_svg]:size-3.5 [&_svg]:shrink-0",
    VARIANTS[variant],
    SIZES[size],
  );
