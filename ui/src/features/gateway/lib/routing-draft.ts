/** How the workspace routes, while it is edited: an empty input is as in the operator's file. */

import { readObject } from "@/lib/json-object";
import type { Routing, RoutingAnswer } from "../api/types";

export const STRATEGIES: readonly { value: string; label: string }[] = [
  { value: "price", label: "Cheaper ones more often" },
  { value: "shuffle", label: "By weight" },
  { value: "order", label: "In their order" },
  { value: "least-busy", label: "Fewest running calls" },
  { value: "latency", label: "Fastest first token" },
];
/** The value of the choice that leaves it to the file. */
export const USUAL = "usual";

const NUMBERS = ["num_retries", "retry_after_s", "allowed_fails", "cooldown_s"] as const;
type NumberField = (typeof NUMBERS)[number];
/** What is kept as JSON: chains of models by model, and other names. */
const CHAINS = [
  "fallbacks",
  "context_window_fallbacks",
  "content_policy_fallbacks",
  "default_fallbacks",
  "aliases",
] as const;

export type RoutingDraft = Record<NumberField, string> & {
  strategy: string;
  default_model: string;
  drops_params: string;
  chains: string;
};

export function routingDraft({ own }: RoutingAnswer): RoutingDraft {
  const number = (name: NumberField) => (own[name] === undefined ? "" : String(own[name]));
  const chains = Object.fromEntries(
    CHAINS.filter((name) => own[name] !== undefined).map((name) => [name, own[name]]),
  );
  return {
    num_retries: number("num_retries"),
    retry_after_s: number("retry_after_s"),
    allowed_fails: number("allowed_fails"),
    cooldown_s: number("cooldown_s"),
    strategy: own.strategy ?? USUAL,
    default_model: own.default_model ?? "",
    drops_params: own.drops_params === undefined ? USUAL : String(own.drops_params),
    chains: Object.keys(chains).length > 0 ? JSON.stringify(chains, null, 2) : "",
  };
}

/** What the workspace says, as it is sent. */
export function routingFields(draft: RoutingDraft): Partial<Routing> {
  const found: Partial<Routing> = {};
  for (const name of NUMBERS) if (draft[name].trim()) found[name] = Number(draft[name]);
  if (draft.strategy !== USUAL) found.strategy = draft.strategy;
  if (draft.default_model.trim()) found.default_model = draft.default_model.trim();
  if (draft.drops_params !== USUAL) found.drops_params = draft.drops_params === "true";
  const chains = readObject(draft.chains);
  return "value" in chains ? { ...found, ...chains.value } : found;
}

/** What is wrong before the server is asked, by the server's names. */
export function routingProblems(draft: RoutingDraft): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of NUMBERS)
    if (draft[name].trim() && !(Number(draft[name]) >= 0)) found[name] = "Must be a number from 0";
  const chains = readObject(draft.chains);
  if ("problem" in chains) found.chains = chains.problem;
  else {
    const other = Object.keys(chains.value).find(
      (name) => !(CHAINS as readonly string[]).includes(name),
    );
    if (other) found.chains = `${other} is none of ${CHAINS.join(", ")}`;
  }
  return found;
}
