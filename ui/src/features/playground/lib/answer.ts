/** An answer while it comes in: put together of the chunks of a stream. Times are ms since it was asked. */

import type { ToolCall } from "./conversation";

export type AnswerState = "waiting" | "streaming" | "done" | "stopped" | "failed";

export type Failure = { message: string; hint?: string; status?: number; provider?: string };

export type Answer = {
  state: AnswerState;
  asked: string;
  text: string;
  reasoning: string;
  toolCalls: ToolCall[];
  /** The generation's id, which leads to its trace. */
  id?: string;
  model?: string;
  provider?: string;
  finishReason?: string;
  promptTokens?: number;
  completionTokens?: number;
  reasoningTokens?: number;
  cachedTokens?: number;
  isEstimated?: boolean;
  costUsd?: number;
  firstTokenMs?: number;
  tookMs?: number;
  failure?: Failure;
};

export const asked = (model: string): Answer => ({
  state: "waiting",
  asked: model,
  text: "",
  reasoning: "",
  toolCalls: [],
});

export const isOver = (answer: Answer): boolean =>
  answer.state !== "waiting" && answer.state !== "streaming";

type Chunk = {
  id?: string;
  model?: string;
  provider?: string;
  choices?: {
    delta?: {
      content?: string | null;
      reasoning?: string | null;
      reasoning_content?: string | null;
      refusal?: string | null;
      tool_calls?: {
        index?: number;
        id?: string;
        function?: { name?: string; arguments?: string };
      }[];
    };
    finish_reason?: string | null;
  }[];
  usage?: {
    prompt_tokens?: number;
    completion_tokens?: number;
    cost?: number | null;
    is_estimated?: boolean;
    prompt_tokens_details?: { cached_tokens?: number } | null;
    completion_tokens_details?: { reasoning_tokens?: number } | null;
  } | null;
  error?: { message?: string; code?: number; metadata?: { provider_name?: string } } | null;
};

/** Returns the answer with what an event of its stream says; `atMs` is when it came. */
export function withEvent(answer: Answer, data: string, atMs: number): Answer {
  if (data === "[DONE]") return answer;
  let chunk: Chunk;
  try {
    chunk = JSON.parse(data) as Chunk;
  } catch {
    return answer;
  }
  const next: Answer = { ...answer };
  if (chunk.id) next.id = chunk.id;
  if (chunk.model) next.model = chunk.model;
  if (chunk.provider) next.provider = chunk.provider;
  const choice = chunk.choices?.[0];
  const delta = choice?.delta;
  const said = delta?.content || delta?.refusal || "";
  const thought = delta?.reasoning || delta?.reasoning_content || "";
  if (said || thought || delta?.tool_calls?.length) {
    next.state = "streaming";
    next.firstTokenMs ??= atMs;
    next.text += said;
    next.reasoning += thought;
    if (delta?.tool_calls) next.toolCalls = withCalls(answer.toolCalls, delta.tool_calls);
  }
  if (choice?.finish_reason) next.finishReason = choice.finish_reason;
  const { usage, error } = chunk;
  if (usage) {
    if (usage.prompt_tokens !== undefined) next.promptTokens = usage.prompt_tokens;
    if (usage.completion_tokens !== undefined) next.completionTokens = usage.completion_tokens;
    if (typeof usage.cost === "number") next.costUsd = usage.cost;
    if (usage.is_estimated) next.isEstimated = true;
    const reasoning = usage.completion_tokens_details?.reasoning_tokens;
    if (reasoning) next.reasoningTokens = reasoning;
    const cached = usage.prompt_tokens_details?.cached_tokens;
    if (cached) next.cachedTokens = cached;
  }
  if (error) {
    next.state = "failed";
    next.failure = {
      message: error.message ?? "The answer broke off",
      ...(error.code === undefined ? {} : { status: error.code }),
      ...(error.metadata?.provider_name ? { provider: error.metadata.provider_name } : {}),
    };
  }
  return next;
}

type CallPart = NonNullable<
  NonNullable<NonNullable<Chunk["choices"]>[0]["delta"]>["tool_calls"]
>[0];

function withCalls(calls: readonly ToolCall[], parts: readonly CallPart[]): ToolCall[] {
  const next = [...calls];
  for (const part of parts) {
    const at = part.index ?? next.length;
    const call = next[at] ?? { id: "", name: "", arguments: "" };
    next[at] = {
      id: call.id || (part.id ?? ""),
      name: call.name + (part.function?.name ?? ""),
      arguments: call.arguments + (part.function?.arguments ?? ""),
    };
  }
  return next;
}

/** Returns the answer as it ended; one that failed in between stays failed. */
export const ended = (answer: Answer, state: AnswerState, atMs: number): Answer => ({
  ...answer,
  state: answer.state === "failed" ? "failed" : state,
  tookMs: atMs,
});
