import { cn } from "@/lib/cn";

const MAC = typeof navigator !== "undefined" && /Mac|iPhone|iPad/.test(navigator.userAgent);
const SIGNS: Record<string, string> = {
  mod: MAC ? "⌘" : "Ctrl",
  shift: "⇧",
  alt: MAC ? "⌥" : "Alt",
  enter: "↵",
  escape: "Esc",
  arrowleft: "←",
  arrowright: "→",
  arrowup: "↑",
  arrowdown: "↓",
  space: "Space",
};

/** Draws `mod+k` or the sequence `g p` as keys. */
export function Kbd({ keys, className }: { keys: string; className?: string }) {
  return (
    <span className="inline-flex gap-1">
      {keys.split(" ").map((chord) => (
        <kbd
          key={chord}
          className={cn(
            "inline-flex h-4.5 min-w-4.5 items-center justify-center rounded-sm border border-border bg-muted px-1 font-sans text-xs text-muted-foreground",
            className,
          )}
        >
          {chord
            .split("+")
            .map((part) => SIGNS[part] ?? part.toUpperCase())
            .join(MAC ? "" : " ")}
        </kbd>
      ))}
    </span>
  );
}
