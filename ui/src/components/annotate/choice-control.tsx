import type { KeyboardEvent } from "react";
import { cn } from "@/lib/cn";
import { formatScore } from "@/lib/format";
import type { Choice } from "./scores";

/** Buttons of which one holds: digits and arrows choose, Enter goes on, Backspace takes the choice away. */
export function ChoiceControl({
  label,
  choices,
  value,
  disabled,
  onChange,
  onClear,
  onNext,
}: {
  label: string;
  choices: readonly Choice[];
  value: number | undefined;
  disabled: boolean;
  onChange: (choice: Choice) => void;
  onClear: () => void;
  onNext: () => void;
}) {
  const at = choices.findIndex((c) => c.value === value);
  const choose = (index: number, group: Element) => {
    const choice = choices[index];
    if (!choice) return;
    onChange(choice);
    (group.children[index] as HTMLElement | undefined)?.focus();
  };
  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step =
      event.key === "ArrowRight" || event.key === "ArrowDown"
        ? 1
        : event.key === "ArrowLeft" || event.key === "ArrowUp"
          ? -1
          : 0;
    if (step !== 0) {
      const from = at < 0 && step < 0 ? 0 : at;
      choose((from + step + choices.length) % choices.length, event.currentTarget);
    } else if (/^[1-9]$/.test(event.key)) choose(Number(event.key) - 1, event.currentTarget);
    else if (event.key === "Enter") onNext();
    else if (event.key === "Backspace" || event.key === "Delete") onClear();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div
      role="radiogroup"
      aria-label={label}
      onKeyDown={onKeyDown}
      className="flex flex-wrap gap-1"
    >
      {choices.map((choice, i) => (
        // biome-ignore lint/a11y/useSemanticElements: a button can be chosen by its digit and unchosen again
        <button
          key={choice.label}
          type="button"
          role="radio"
          aria-checked={i === at}
          tabIndex={i === Math.max(0, at) ? 0 : -1}
          disabled={disabled}
          data-score-control={i === Math.max(0, at) ? "" : undefined}
          onClick={() => (i === at ? onClear() : onChange(choice))}
          title={`${choice.label} = ${formatScore(choice.value)}`}
          className={cn(
            "inline-flex h-6 max-w-full items-center gap-1 truncate rounded-md border px-2 text-sm",
            i === at
              ? "border-primary bg-accent font-medium"
              : "border-border-strong bg-raised hover:bg-muted",
          )}
        >
          {choice.label}
        </button>
      ))}
    </div>
  );
}
