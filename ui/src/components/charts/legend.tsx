import { cn } from "@/lib/cn";
import { Swatch } from "./swatch";

export type LegendItem = { name: string; label: string; value?: string };

/** The series by name with a figure each; a click hides one, with Alt all others. */
export function Legend({
  label,
  items,
  hidden,
  colors,
  onToggle,
}: {
  label: string;
  items: readonly LegendItem[];
  hidden: ReadonlySet<string>;
  colors: ReadonlyMap<string, string>;
  onToggle: (name: string, only: boolean) => void;
}) {
  return (
    <ul aria-label={label} className="m-0 flex list-none flex-wrap gap-x-1 p-0 text-sm">
      {items.map(({ name, label: text, value }) => {
        const isOff = hidden.has(name);
        return (
          <li key={name} className="min-w-0">
            <button
              type="button"
              aria-pressed={!isOff}
              title={`${text}\nAlt-click shows it alone`}
              onClick={(event) => onToggle(name, event.altKey)}
              className={cn(
                "flex h-5 max-w-56 items-center gap-1.5 rounded-sm px-1 hover:bg-muted",
                isOff && "text-muted-foreground line-through",
              )}
            >
              <Swatch color={colors.get(name)} isOff={isOff} />
              <span className="truncate">{text}</span>
              {value !== undefined && !isOff && (
                <span className="tabular text-muted-foreground">{value}</span>
              )}
            </button>
          </li>
        );
      })}
    </ul>
  );
}
