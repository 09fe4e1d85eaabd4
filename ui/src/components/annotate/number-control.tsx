import { useState } from "react";
import { Input } from "@/components/ui/input";
import { formatScore } from "@/lib/format";
import { type Field, problemOf, stepOf } from "./scores";

/** A number, by box and, where it has bounds, by slider. Enter saves and goes on. */
export function NumberControl({
  field,
  value,
  disabled,
  onChange,
  onFlush,
  onNext,
}: {
  field: Field & { kind: "number" };
  value: number | undefined;
  disabled: boolean;
  onChange: (value: number) => void;
  onFlush: () => void;
  onNext: () => void;
}) {
  // What is being typed; a number that is given from elsewhere shows when nothing is.
  const [typed, setTyped] = useState<string | null>(null);
  const text = typed ?? (value === undefined ? "" : formatScore(value));
  const problem = typed ? problemOf(field, typed) : "";
  const { min, max } = field;
  const hasRange = min !== undefined && max !== undefined && max > min;
  return (
    <div className="flex min-w-0 flex-wrap items-center gap-2">
      <Input
        type="number"
        inputMode="decimal"
        step="any"
        {...(min === undefined ? {} : { min })}
        {...(max === undefined ? {} : { max })}
        aria-label={`${field.name}, number`}
        aria-invalid={problem !== ""}
        data-score-control=""
        disabled={disabled}
        value={text}
        placeholder={hasRange ? `${min}–${max}` : "number"}
        className="h-6 w-24 tabular"
        onChange={(event) => {
          setTyped(event.target.value);
          if (problemOf(field, event.target.value) === "") onChange(Number(event.target.value));
        }}
        onBlur={() => {
          setTyped(null);
          onFlush();
        }}
        onKeyDown={(event) => {
          if (event.key !== "Enter" || problem) return;
          event.preventDefault();
          setTyped(null);
          onFlush();
          onNext();
        }}
      />
      {hasRange && (
        <input
          type="range"
          min={min}
          max={max}
          step={stepOf(min, max)}
          aria-label={`${field.name}, slider`}
          disabled={disabled}
          value={value ?? min}
          onChange={(event) => {
            setTyped(null);
            onChange(Number(event.target.value));
          }}
          className={`h-6 min-w-20 flex-1 accent-primary ${value === undefined ? "opacity-50" : ""}`}
        />
      )}
      {problem && (
        <span role="alert" className="text-sm text-danger">
          {problem}
        </span>
      )}
    </div>
  );
}
