import { useState } from "react";
import type { EntityType } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Field, Input } from "@/components/ui/input";
import { useCheck } from "./use-check";

/** A condition as text. */
export function TextForm({
  entity,
  text,
  onWrite,
  onRemove,
}: {
  entity: EntityType;
  text: string;
  onWrite: (condition: string) => void;
  onRemove: (() => void) | undefined;
}) {
  const [value, setValue] = useState(text);
  const { problem, clear, check } = useCheck(entity);
  const write = async () => {
    if (value.trim() !== "" && (await check(value))) onWrite(value.trim());
  };
  return (
    <form
      className="flex flex-col gap-3 p-3"
      onSubmit={(event) => {
        event.preventDefault();
        void write();
      }}
    >
      <Field label="Condition" error={problem || undefined}>
        <Input
          value={value}
          autoComplete="off"
          spellCheck={false}
          className="font-mono text-sm"
          aria-invalid={problem !== ""}
          onChange={(e) => {
            clear();
            setValue(e.target.value);
          }}
        />
      </Field>
      <div className="flex justify-end gap-2">
        {onRemove && (
          <Button className="mr-auto" variant="ghost" onClick={onRemove}>
            Remove
          </Button>
        )}
        <Button variant="primary" type="submit" disabled={value.trim() === ""}>
          Apply
        </Button>
      </div>
    </form>
  );
}
