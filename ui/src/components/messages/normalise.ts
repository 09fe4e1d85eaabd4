/** Input and output of a trace or span as a conversation. Pure; never throws for any JSON. */

import type { JsonValue } from "@/components/json-view/json-text";
import { readSide } from "./shapes/side";
import type { Conversation, Message, Part } from "./types";

/** Returns the conversation, or null where neither side holds something that was said. */
export function normalise(
  input: JsonValue | undefined,
  output: JsonValue | undefined,
): Conversation | null {
  const asked = input === undefined ? null : readSide(input, "user");
  const given = output === undefined ? null : readSide(output, "assistant");
  if (!asked && !given) return null;
  const before = asked?.messages ?? [];
  const after = withoutRepeated(before, given?.messages ?? []);
  pair([...before, ...after]);
  return {
    input: before.filter(saysSomething),
    output: after.filter(saysSomething),
    tools: asked?.tools ?? [],
    isChat: (asked?.isChat ?? false) || (given?.isChat ?? false),
  };
}

const saysSomething = (message: Message): boolean =>
  message.parts.length > 0 || message.extra !== undefined;

/** A graph's state gives back the whole conversation: what came in is not what came out. */
function withoutRepeated(before: readonly Message[], after: readonly Message[]): Message[] {
  const same = commonStart(before, after);
  return same > 0 && same === before.length && after.length > same ? after.slice(same) : [...after];
}

/** How many messages at the beginning of both say the same. */
export function commonStart(a: readonly Message[], b: readonly Message[]): number {
  let same = 0;
  while (same < a.length && same < b.length && isSame(a[same], b[same])) same += 1;
  return same;
}

const isSame = (a: Message | undefined, b: Message | undefined): boolean =>
  a !== undefined && b !== undefined && a.role === b.role && spoken(a) === spoken(b);

/** What a message says, but for what is added later: results of its calls, reasoning that is dropped. */
function spoken(message: Message): string {
  return message.parts
    .flatMap((part) => {
      if (part.kind === "reasoning") return [];
      if (part.kind === "text") return [part.text.trim()];
      if (part.kind === "call") return [`${part.name} ${JSON.stringify(part.args, plainNumbers)}`];
      if (part.kind === "result") return [JSON.stringify(part.result.value, plainNumbers)];
      return [JSON.stringify(part, plainNumbers)];
    })
    .join("\n");
}

const plainNumbers = (_: string, value: unknown) =>
  typeof value === "bigint" ? String(value) : value;

/** Puts each result to the call that asked for it: by id, else by name in order. */
function pair(messages: readonly Message[]): void {
  const waiting: (Part & { kind: "call" })[] = [];
  for (const message of messages) {
    message.parts = message.parts.filter((part) => {
      if (part.kind === "call" && !part.result) waiting.push(part);
      if (part.kind !== "result") return true;
      const at = part.id
        ? waiting.findIndex((one) => one.id === part.id)
        : waiting.findIndex((one) => !part.name || one.name === part.name);
      const call = waiting[at];
      if (!call) return true;
      call.result = part.result;
      waiting.splice(at, 1);
      return false;
    });
  }
}

/**
 * How many messages at the beginning are history: all before the model's last turn in the input, and
 * that turn too when somebody spoke after it. System prompts are not counted: they are shown folded.
 */
export function earlierCount(input: readonly Message[]): number {
  const lastTurn = input.findLastIndex((m) => m.role === "assistant");
  if (lastTurn < 0) return 0;
  const isAnswered = input.slice(lastTurn + 1).some((m) => m.role === "user");
  return isAnswered ? lastTurn + 1 : lastTurn;
}
