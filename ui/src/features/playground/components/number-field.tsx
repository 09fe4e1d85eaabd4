import { useEffect, useId, useState } from "react";
import { Input } from "@/components/ui/input";

/** A number that may be left out. What is no such number is not told on. */
export function NumberField({
  label,
  value,
  least,
  most,
  step,
  onChange,
}: {
  label: string;
  value: number | undefined;
  least?: number;
  most?: number;
  step: number;
  onChange: (value: number | undefined) => void;
}) {
  const id = useId();
  const [text, setText] = useState(value === undefined ? "" : String(value));
  useEffect(() => {
    // `0.` and `0.0` are on the way to a number that the address has not heard of yet.
    setText((now) =>
      (now.trim() === "" ? undefined : Number(now)) === value ? now : String(value ?? ""),
    );
  }, [value]);
  const isWrong = (typed: string) => {
    const number = Number(typed);
    return (
      Number.isNaN(number) ||
      (least !== undefined && number < least) ||
      (most !== undefined && number > most) ||
      (Number.isInteger(step) && !Number.isInteger(number))
    );
  };
  return (
    <div className="flex min-w-0 flex-col gap-1">
      <label htmlFor={id} className="text-muted-foreground">
        {label}
      </label>
      <Input
        id={id}
        type="number"
        inputMode="decimal"
        value={text}
        min={least}
        max={most}
        step={step}
        placeholder="not sent"
        aria-invalid={text.trim() !== "" && isWrong(text) ? true : undefined}
        className="tabular"
        onChange={(event) => {
          const typed = event.target.value;
          setText(typed);
          if (typed.trim() === "") onChange(undefined);
          else if (!isWrong(typed)) onChange(Number(typed));
        }}
      />
    </div>
  );
}
