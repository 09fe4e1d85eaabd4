import { Plus, X } from "lucide-react";
import { Fragment } from "react";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import { Segmented } from "@/components/ui/segmented";
import { Select } from "@/components/ui/select";
import { Switch } from "@/components/ui/switch";
import type { FilterWords } from "../api/types";
import { errorAt, type FieldErrors } from "../lib/field-errors";
import {
  changedRule,
  type FilterDraft,
  fieldLabel,
  type GroupDraft,
  isNumberField,
  needsValue,
  newGroup,
  newRule,
  operatorLabel,
  operatorsFor,
  type RuleDraft,
  withGroup,
  withoutRule,
} from "../lib/filter-draft";

const MATCHES = [
  { value: "and", label: "all" },
  { value: "or", label: "any" },
] as const;

/** Groups of rules; a call must pass every group. */
export function FilterEditor({
  words,
  draft,
  errors,
  onChange,
}: {
  words: FilterWords;
  draft: FilterDraft;
  errors: FieldErrors;
  onChange: (draft: FilterDraft) => void;
}) {
  const add = () => onChange({ ...draft, groups: [...draft.groups, newGroup(words)] });
  const has = draft.groups.length > 0;
  const whole = errors.filter_rules ?? errors["filter_rules.groups"];
  return (
    <fieldset className="m-0 flex min-w-0 flex-col gap-2 border-0 p-0">
      <legend className="mb-1 p-0 font-medium">Rules</legend>
      {has && (
        // biome-ignore lint/a11y/noLabelWithoutControl: the switch is inside
        <label className="flex items-center gap-2">
          <Switch
            checked={draft.enabled}
            onCheckedChange={(enabled) => onChange({ ...draft, enabled })}
          />
          {draft.enabled ? "Only calls that pass are sent" : "Off: every call is sent"}
        </label>
      )}
      {draft.groups.map((group, at) => (
        <Fragment key={group.key}>
          {at > 0 && <p className="px-1 text-sm font-medium text-muted-foreground">and</p>}
          <Group
            words={words}
            group={group}
            number={at + 1}
            path={`filter_rules.groups[${at}]`}
            errors={errors}
            onChange={(next) => onChange(withGroup(draft, next))}
            onRemove={(key) => onChange(withoutRule(draft, group, key))}
          />
        </Fragment>
      ))}
      {!has && (
        <p className="text-sm text-muted-foreground">
          None: every call is sent. Rules look at the model, the cost, the user, the text and more.
        </p>
      )}
      <div>
        <Button size="sm" onClick={add}>
          <Plus /> {has ? "Add group" : "Add rule"}
        </Button>
      </div>
      {whole && (
        <p role="alert" className="text-sm text-danger">
          {whole}
        </p>
      )}
    </fieldset>
  );
}

function Group({
  words,
  group,
  number,
  path,
  errors,
  onChange,
  onRemove,
}: {
  words: FilterWords;
  group: GroupDraft;
  number: number;
  path: string;
  errors: FieldErrors;
  onChange: (group: GroupDraft) => void;
  onRemove: (key: number) => void;
}) {
  const change = (rule: RuleDraft) =>
    onChange({ ...group, rules: group.rules.map((one) => (one.key === rule.key ? rule : one)) });
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset's legend cannot hold the choice
    <div
      role="group"
      aria-label={`Group ${number}`}
      className="flex min-w-0 flex-col gap-1.5 rounded-md border border-border p-2"
    >
      {group.rules.length > 1 && (
        <div className="flex items-center gap-2 text-sm text-muted-foreground">
          Match
          <Segmented
            label={`How many rules of group ${number} must pass`}
            value={group.logic}
            options={MATCHES}
            onChange={(logic) => onChange({ ...group, logic })}
            className="h-6"
          />
          of these
        </div>
      )}
      {group.rules.map((rule, index) => (
        <Rule
          key={rule.key}
          words={words}
          rule={rule}
          name={`rule ${index + 1} of group ${number}`}
          error={errorAt(errors, `${path}.rules[${index}]`)}
          onChange={change}
          onRemove={() => onRemove(rule.key)}
        />
      ))}
      <div>
        <Button
          variant="ghost"
          size="sm"
          onClick={() => onChange({ ...group, rules: [...group.rules, newRule(words)] })}
        >
          <Plus /> Add rule
        </Button>
      </div>
    </div>
  );
}

function Rule({
  words,
  rule,
  name,
  error,
  onChange,
  onRemove,
}: {
  words: FilterWords;
  rule: RuleDraft;
  name: string;
  error: string | undefined;
  onChange: (rule: RuleDraft) => void;
  onRemove: () => void;
}) {
  const change = (part: Partial<Omit<RuleDraft, "key">>) =>
    onChange(changedRule(words, rule, part));
  const fields = [...words.text_fields, ...words.number_fields];
  return (
    <div className="flex min-w-0 flex-col gap-0.5">
      <div className="flex min-w-0 flex-wrap gap-1.5">
        <Select
          label={`Field of ${name}`}
          value={rule.field}
          options={fields.map((value) => ({ value, label: fieldLabel(value) }))}
          onChange={(field) => change({ field })}
          className="w-36"
        />
        <Select
          label={`Operator of ${name}`}
          value={rule.operator}
          options={operatorsFor(words, rule.field).map((value) => ({
            value,
            label: operatorLabel(value),
          }))}
          onChange={(operator) => change({ operator })}
          className="w-36"
        />
        <span className="flex min-w-32 flex-1 gap-1.5">
          {needsValue(rule.operator) && (
            <Input
              aria-label={`Value of ${name}`}
              aria-invalid={error ? true : undefined}
              inputMode={isNumberField(words, rule.field) ? "decimal" : "text"}
              placeholder={rule.field === "model" ? "openai/gpt-4o" : "Value"}
              value={rule.value}
              spellCheck={false}
              onChange={(event) => change({ value: event.target.value })}
            />
          )}
          <Button
            variant="ghost"
            size="icon"
            className="ml-auto"
            aria-label={`Remove ${name}`}
            onClick={onRemove}
          >
            <X />
          </Button>
        </span>
      </div>
      {error && (
        <p role="alert" className="text-sm text-danger">
          {error}
        </p>
      )}
    </div>
  );
}
