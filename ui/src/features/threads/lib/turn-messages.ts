/** What a turn of a thread adds to it. Pure. */

import { type JsonValue, parseCutJson, parseJson } from "@/components/json-view/json-text";
import { commonStart, earlierCount, normalise } from "@/components/messages/normalise";
import type { Conversation, Message } from "@/components/messages/types";

export type Said = { asked: Message[]; answered: Message[] };

/** A payload's text as JSON; of a cut one what is left. */
export function payloadOf(text: string | null | undefined): JsonValue | undefined {
  if (!text) return undefined;
  try {
    return parseJson(text);
  } catch {
    return parseCutJson(text) ?? text;
  }
}

/** The conversation of a turn; what is none is shown as the JSON that it is. */
export function conversationOf(
  input: JsonValue | undefined,
  output: JsonValue | undefined,
): Conversation {
  const found = normalise(input, output);
  return {
    input: found?.input.length ? found.input : asJson("user", input),
    output: found?.output.length ? found.output : asJson("assistant", output),
    tools: found?.tools ?? [],
    isChat: found?.isChat ?? false,
  };
}

const asJson = (role: Message["role"], value: JsonValue | undefined): Message[] =>
  value === undefined || value === null ? [] : [{ role, parts: [{ kind: "json", value }] }];

/**
 * What is new in a turn: an agent sends the whole history each time, and only what comes after it is
 * this turn's. `before` is the turn before, where it is known.
 */
export function saidIn(turn: Conversation, before: Conversation | undefined): Said {
  const asked = turn.input.filter((m) => m.role !== "system");
  const known = before
    ? [...before.input, ...before.output].filter((m) => m.role !== "system")
    : [];
  const same = commonStart(known, asked);
  // A history that was shortened does not begin alike: then all up to the last answer is history.
  const from = same > 0 && same < asked.length ? same : earlierCount(asked);
  return { asked: asked.slice(from), answered: turn.output };
}
