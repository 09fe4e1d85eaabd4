/** Short messages at the edge of the window. */

export type Toast = {
  id: number;
  text: string;
  tone: "info" | "danger";
  action?: { label: string; run: () => void };
};

let toasts: readonly Toast[] = [];
let nextId = 1;
const listeners = new Set<() => void>();
const SHOWN_MS = 6000;
const MOST = 4;

function change(next: readonly Toast[]): void {
  toasts = next.slice(-MOST);
  for (const listener of listeners) listener();
}

export const allToasts = (): readonly Toast[] => toasts;

export function subscribeToasts(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function dismissToast(id: number): void {
  change(toasts.filter((t) => t.id !== id));
}

export function toast(text: string, more: Partial<Pick<Toast, "tone" | "action">> = {}): void {
  const id = nextId++;
  change([...toasts, { id, text, tone: "info", ...more }]);
  setTimeout(() => dismissToast(id), SHOWN_MS);
}
