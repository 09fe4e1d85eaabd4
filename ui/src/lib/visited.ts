/** Projects that this person pinned or opened lately, on this computer. */

import { useSyncExternalStore } from "react";
import { readStored, writeStored } from "./storage";

export type Visited = { id: string; name: string };
type State = { pinned: readonly Visited[]; recent: readonly Visited[] };

const MOST_RECENT = 5;
const NAME = "projects";
let state: State = readStored<State>(NAME, { pinned: [], recent: [] });
const listeners = new Set<() => void>();

function change(next: State): void {
  state = next;
  writeStored(NAME, next);
  for (const listener of listeners) listener();
}

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

export const useVisited = (): State => useSyncExternalStore(subscribe, () => state);

/** Notes a visit; the latest comes first, and a new name replaces the old one. */
export function noteVisit(project: Visited): void {
  const { id, name } = project;
  if (state.recent[0]?.id === id && state.recent[0].name === name) return;
  change({
    pinned: state.pinned.map((p) => (p.id === id ? { id, name } : p)),
    recent: [{ id, name }, ...state.recent.filter((p) => p.id !== id)].slice(0, MOST_RECENT),
  });
}

export function togglePin(project: Visited): void {
  const pinned = state.pinned.some((p) => p.id === project.id);
  change({
    ...state,
    pinned: pinned
      ? state.pinned.filter((p) => p.id !== project.id)
      : [...state.pinned, { id: project.id, name: project.name }],
  });
}

/** Takes a deleted project out of both lists. */
export function forgetProject(id: string): void {
  change({
    pinned: state.pinned.filter((p) => p.id !== id),
    recent: state.recent.filter((p) => p.id !== id),
  });
}
