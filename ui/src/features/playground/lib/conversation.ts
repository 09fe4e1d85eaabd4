/** The messages that are sent: each has a key of its own, so that it may be moved. */

export const ROLES = ["system", "user", "assistant", "tool"] as const;
export type Role = (typeof ROLES)[number];

export type ToolCall = { id: string; name: string; arguments: string };
export type Message = {
  key: number;
  role: Role;
  content: string;
  /** Of an answer that calls tools. */
  toolCalls?: ToolCall[];
  /** Of a tool's result: the call that it answers. */
  toolCallId?: string;
};

export const nextKey = (messages: readonly Message[]): number =>
  Math.max(0, ...messages.map((message) => message.key)) + 1;

export const START: Message[] = [
  { key: 1, role: "system", content: "" },
  { key: 2, role: "user", content: "" },
];

export const changed = (
  messages: readonly Message[],
  key: number,
  part: Partial<Omit<Message, "key">>,
): Message[] => messages.map((one) => (one.key === key ? { ...one, ...part } : one));

export const without = (messages: readonly Message[], key: number): Message[] =>
  messages.filter((one) => one.key !== key);

/** Moves a message up (-1) or down (1); at an end nothing moves. */
export function moved(messages: readonly Message[], key: number, by: -1 | 1): Message[] {
  const from = messages.findIndex((one) => one.key === key);
  const to = from + by;
  const [one, other] = [messages[from], messages[to]];
  if (!one || !other) return [...messages];
  return messages.map((message, i) => (i === from ? other : i === to ? one : message));
}

/** Adds a message whose role carries on: after the user the assistant, else the user. */
export function appended(messages: readonly Message[]): Message[] {
  const role: Role = messages.at(-1)?.role === "user" ? "assistant" : "user";
  return [...messages, { key: nextKey(messages), role, content: "" }];
}

/** Takes an answer into the conversation, and makes room for what comes next. */
export function continued(
  messages: readonly Message[],
  answer: { text: string; toolCalls: readonly ToolCall[] },
): Message[] {
  let key = nextKey(messages);
  const said: Message = { key: key++, role: "assistant", content: answer.text };
  if (answer.toolCalls.length === 0) return [...messages, said, { key, role: "user", content: "" }];
  return [
    ...messages,
    { ...said, toolCalls: [...answer.toolCalls] },
    ...answer.toolCalls.map(
      (call): Message => ({ key: key++, role: "tool", content: "", toolCallId: call.id }),
    ),
  ];
}
