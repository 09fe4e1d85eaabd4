/** One place knows all keys, so that the help overlay tells the truth and two pages never fight. */

export type Hotkey = {
  /** `j`, `?`, `mod+k`, `shift+x`, or a sequence `g p`. */
  keys: string;
  label: string;
  group: string;
  run: (event: KeyboardEvent) => void;
  /** Also while typing in a field (for `mod+…` and `escape`). */
  whileTyping?: boolean;
};

let bindings: readonly Hotkey[] = [];
const listeners = new Set<() => void>();
const SEQUENCE_MS = 900;
let pending = "";
let pendingAt = 0;

/** Adds keys and returns how to take them away; of two that match, the later one wins. */
export function register(keys: readonly Hotkey[]): () => void {
  bindings = [...bindings, ...keys];
  for (const listener of listeners) listener();
  return () => {
    bindings = bindings.filter((b) => !keys.includes(b));
    for (const listener of listeners) listener();
  };
}

export const allHotkeys = (): readonly Hotkey[] => bindings;

export function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Writes a key event as `register` knows it. */
export function nameOf(event: KeyboardEvent): string {
  const key = event.key === " " ? "space" : event.key.toLowerCase();
  const mod = event.metaKey || event.ctrlKey ? "mod+" : "";
  const alt = event.altKey ? "alt+" : "";
  // A shifted sign (`?`) is its own name; a shifted letter is not.
  const shift = event.shiftKey && (key.length > 1 || /[a-z]/.test(key)) ? "shift+" : "";
  return `${mod}${alt}${shift}${key}`;
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement)
    return !["checkbox", "radio", "button", "range"].includes(target.type);
  return (
    target.isContentEditable ||
    target instanceof HTMLTextAreaElement ||
    target instanceof HTMLSelectElement
  );
}

export function onKeyDown(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing) return;
  const name = nameOf(event);
  const typing = isTyping(event.target);
  const inSequence =
    pending && event.timeStamp - pendingAt < SEQUENCE_MS ? `${pending} ${name}` : "";
  const usable = bindings.filter((b) => !typing || b.whileTyping);
  const found =
    (inSequence && usable.findLast((b) => b.keys === inSequence)) ||
    usable.findLast((b) => b.keys === name);
  if (found) {
    pending = "";
    event.preventDefault();
    found.run(event);
    return;
  }
  if (!typing && usable.some((b) => b.keys.startsWith(`${name} `))) {
    pending = name;
    pendingAt = event.timeStamp;
  } else {
    pending = "";
  }
}
