import { useMemo } from "react";
import { LocalDoc } from "@/components/json-view/doc";
import type { JsonValue } from "@/components/json-view/json-text";
import { JsonView } from "@/components/json-view/json-view";
import { RichText } from "./rich-text";

/** A value inside a message: a text as text, all else as a small tree. */
export function JsonPeek({ value, label }: { value: JsonValue; label: string }) {
  if (typeof value === "string")
    return (
      <div className="rounded-md border border-border bg-surface px-2 py-1.5">
        {value === "" ? (
          <span className="text-muted-foreground">(empty)</span>
        ) : (
          <RichText text={value} />
        )}
      </div>
    );
  return <Tree value={value} label={label} />;
}

function Tree({ value, label }: { value: JsonValue; label: string }) {
  const doc = useMemo(() => new LocalDoc(value), [value]);
  return (
    <div className="rounded-md border border-border bg-surface p-1">
      <JsonView doc={doc} label={label} field="" />
    </div>
  );
}
