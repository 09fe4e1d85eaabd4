/** What people add to a trace, span or thread: scores, comments, tags. */

import type { QueryClient } from "@tanstack/react-query";
import { patch, post, put } from "./client";

export type Target =
  | { kind: "trace" | "span"; id: string; traceId: string; projectId: string }
  | { kind: "thread"; id: string; modelId: string; projectId: string };

export type ScoreWrite = {
  name: string;
  value: number;
  category_name?: string | undefined;
  reason?: string | undefined;
  /** Absent: who asks. */
  author?: string | undefined;
  source?: string | undefined;
};

const ROOTS = {
  trace: "v1/private/traces",
  span: "v1/private/spans",
  thread: "v1/private/traces/threads",
};

/** The path of one entity; a thread's is that of its model, a UUID. */
const pathOf = (target: Target): string =>
  `${ROOTS[target.kind]}/${target.kind === "thread" ? target.modelId : target.id}`;

export function putScore(target: Target, score: ScoreWrite): Promise<null> {
  const written = { source: "ui", ...score };
  if (target.kind !== "thread") return put<null>(`${pathOf(target)}/feedback-scores`, written);
  const on = { thread_id: target.id, project_id: target.projectId };
  return put<null>(`${ROOTS.thread}/feedback-scores`, { scores: [{ ...written, ...on }] });
}

/** Takes a score away; without an author, every author's of that name. */
export function deleteScore(target: Target, name: string, author?: string): Promise<null> {
  const by = author === undefined ? {} : { author };
  if (target.kind !== "thread")
    return post<null>(`${pathOf(target)}/feedback-scores/delete`, { name, ...by });
  const on = { thread_id: target.id, project_id: target.projectId };
  return post<null>(`${ROOTS.thread}/feedback-scores/delete`, { ...on, names: [name], ...by });
}

export const addComment = (target: Target, text: string): Promise<unknown> =>
  post(`${pathOf(target)}/comments`, { text });

export const editComment = (target: Target, id: string, text: string): Promise<null> =>
  patch<null>(`${ROOTS[target.kind]}/comments/${id}`, { text });

export const deleteComment = (target: Target, id: string): Promise<null> =>
  post<null>(`${ROOTS[target.kind]}/comments/delete`, { ids: [id] });

/** Adds and removes tags; those that others changed meanwhile stay as they are. */
export function changeTags(
  target: Target,
  change: { add?: string[]; remove?: string[] },
): Promise<null> {
  const of = target.kind === "span" ? { trace_id: target.traceId } : {};
  return patch<null>(pathOf(target), {
    ...of,
    ...(target.kind === "thread" ? {} : { project_id: target.projectId }),
    ...(change.add ? { tags_to_add: change.add } : {}),
    ...(change.remove ? { tags_to_remove: change.remove } : {}),
  });
}

/** Asks again for all that shows the entity; done when what is on screen is new. */
export async function refreshTarget(client: QueryClient, target: Target): Promise<void> {
  const own =
    target.kind === "thread" ? ["thread", target.projectId, target.id] : [target.kind, target.id];
  const others: string[][] = [["slice", target.projectId]];
  if (target.kind === "span") others.push(["trace", target.traceId]);
  if (target.kind === "trace") others.push(["thread", target.projectId]);
  // Tables and trees follow by themselves; nobody waits for them.
  for (const queryKey of others) void client.invalidateQueries({ queryKey });
  await client.invalidateQueries({ queryKey: own });
}
