import { FormRow } from "@/components/form/form-row";
import type { Pair } from "@/components/form/pairs";
import { PairsEditor } from "@/components/form/pairs-editor";
import { SecretInput } from "@/components/form/secret-input";
import { Input } from "@/components/ui/input";
import { Select } from "@/components/ui/select";
import type { TypeField } from "../api/types";

/** One input of a type's form. */
export function ConfigField({
  field,
  value,
  kept,
  headers,
  error,
  onValue,
  onHeaders,
}: {
  field: TypeField;
  value: string;
  /** The mask of the secret that is kept. */
  kept: string | undefined;
  headers: Pair[];
  error: string | undefined;
  onValue: (value: string) => void;
  onHeaders: (headers: Pair[]) => void;
}) {
  if (field.kind === "headers")
    return (
      <PairsEditor
        label={field.title}
        noun="header"
        help={field.description}
        pairs={headers}
        error={error}
        onChange={onHeaders}
      />
    );
  const fallback =
    field.default === null || field.default === "" ? "" : `Empty: ${String(field.default)}. `;
  return (
    <FormRow
      label={field.title}
      optional={!field.required}
      help={`${field.kind === "select" || field.secret ? "" : value ? fallback : ""}${field.description}`}
      error={error}
    >
      {(props) =>
        field.kind === "select" ? (
          <Select
            label={field.title}
            value={value}
            options={field.options.map((option) => ({ value: option, label: option }))}
            onChange={onValue}
            className="w-40"
          />
        ) : field.secret ? (
          <SecretInput
            {...props}
            label={field.title}
            value={value}
            kept={kept}
            canUnset={!field.required}
            placeholder={field.placeholder}
            onChange={onValue}
          />
        ) : (
          <Input
            {...props}
            type={field.kind === "number" ? "number" : "text"}
            value={value}
            placeholder={field.default ? String(field.default) : field.placeholder}
            spellCheck={false}
            autoComplete="off"
            onChange={(event) => onValue(event.target.value)}
          />
        )
      }
    </FormRow>
  );
}
