import { cn } from "@/lib/cn";

/** The colour of a series. `color` names a variable of the style sheet. */
export function Swatch({
  color = "--chart-8",
  isOff = false,
}: {
  color?: string | undefined;
  isOff?: boolean;
}) {
  return (
    <span
      aria-hidden
      className={cn(
        "inline-block size-2 shrink-0 rounded-[2px] border",
        isOff && "bg-transparent!",
      )}
      style={{ background: `var(${color})`, borderColor: `var(${color})` }}
    />
  );
}
