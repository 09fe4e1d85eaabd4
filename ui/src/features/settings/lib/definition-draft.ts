import type { FeedbackDefinition } from "@/api/types";
import type { DefinitionDraft } from "../api/definitions";

/** The fields of the form, as typed. */
export type DefinitionForm = {
  name: string;
  description: string;
  type: FeedbackDefinition["type"];
  min: string;
  max: string;
  categories: { id: number; name: string; value: string }[];
  trueLabel: string;
  falseLabel: string;
};

export function formOf(definition: FeedbackDefinition | undefined): DefinitionForm {
  const details = definition?.details ?? {};
  const categories = Object.entries(details.categories ?? { good: 1, bad: 0 });
  return {
    name: definition?.name ?? "",
    description: definition?.description ?? "",
    type: definition?.type ?? "numerical",
    min: String(details.min ?? 0),
    max: String(details.max ?? 1),
    categories: categories.map(([name, value], id) => ({ id, name, value: String(value) })),
    trueLabel: details.trueLabel ?? "Yes",
    falseLabel: details.falseLabel ?? "No",
  };
}

/** Returns what is sent, or what is wrong with what was typed. */
export function draftOf(form: DefinitionForm): DefinitionDraft | { problem: string } {
  const base = {
    name: form.name.trim(),
    description: form.description.trim() || null,
    type: form.type,
  };
  if (!base.name) return { problem: "Give it a name" };
  if (form.type === "boolean") {
    const labels = { trueLabel: form.trueLabel.trim(), falseLabel: form.falseLabel.trim() };
    if (!labels.trueLabel || !labels.falseLabel) return { problem: "Give both labels" };
    return { ...base, details: labels };
  }
  if (form.type === "numerical") {
    const min = Number(form.min);
    const max = Number(form.max);
    if (form.min.trim() === "" || form.max.trim() === "" || !(min < max)) {
      return { problem: "The smallest value must be a number below the largest" };
    }
    return { ...base, details: { min, max } };
  }
  const categories: Record<string, number> = {};
  for (const { name, value } of form.categories) {
    if (!name.trim() || value.trim() === "" || Number.isNaN(Number(value))) {
      return { problem: "Each category needs a name and a number" };
    }
    if (name.trim() in categories) return { problem: `Two categories are called ${name.trim()}` };
    categories[name.trim()] = Number(value);
  }
  if (Object.keys(categories).length < 2) return { problem: "Give at least two categories" };
  return { ...base, details: { categories } };
}
