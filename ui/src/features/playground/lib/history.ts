/** What was asked in this tab: the newest first, as much as there is room for. */

import { readSession, writeSession } from "@/lib/storage";
import type { Answer } from "./answer";
import type { Message } from "./conversation";
import type { Extras } from "./request";
import type { PlaygroundSearch } from "./search";

export type Run = {
  key: string;
  at: string;
  search: PlaygroundSearch;
  messages: Message[];
  extras: Extras;
  answers: Answer[];
};

const NAME = "playground-history";
const MOST = 50;

export const readHistory = (): Run[] => readSession<Run[]>(NAME, []);

/** Adds a run before the others, or puts it in the place of the one with its key. */
export function withRun(history: readonly Run[], run: Run): Run[] {
  const rest = history.filter((one) => one.key !== run.key);
  return [run, ...rest].slice(0, MOST);
}

/** Keeps the history; where there is no room the oldest go. */
export function keepHistory(history: readonly Run[]): void {
  for (let length = history.length; length >= 0; length = Math.floor(length / 2)) {
    if (writeSession(NAME, history.slice(0, length)) || length === 0) return;
  }
}

/** The last thing that the user said, in one line. */
export const titleOf = (run: Run): string =>
  run.messages
    .findLast((one) => one.role === "user" && one.content.trim())
    ?.content.trim()
    .replace(/\s+/g, " ")
    .slice(0, 120) ?? "(no words)";
