import { useSyncExternalStore } from "react";

type Clock = { now: number; timer: ReturnType<typeof setInterval>; listeners: Set<() => void> };
const clocks = new Map<number, Clock>();

/** Returns the time in ms and draws anew every `stepMs`; all who ask for the same step share one timer. */
export function useNow(stepMs: number): number {
  return useSyncExternalStore(subscribeTo(stepMs), () => clocks.get(stepMs)?.now ?? coarse(stepMs));
}

/** Before the timer runs: a time that does not change from one call to the next. */
const coarse = (stepMs: number): number => Math.floor(Date.now() / stepMs) * stepMs;

const subscribers = new Map<number, (listener: () => void) => () => void>();

function subscribeTo(stepMs: number): (listener: () => void) => () => void {
  let found = subscribers.get(stepMs);
  if (!found) {
    found = (listener) => {
      const clock = clocks.get(stepMs) ?? start(stepMs);
      clock.listeners.add(listener);
      return () => {
        clock.listeners.delete(listener);
        if (clock.listeners.size > 0) return;
        clearInterval(clock.timer);
        clocks.delete(stepMs);
      };
    };
    subscribers.set(stepMs, found);
  }
  return found;
}

function start(stepMs: number): Clock {
  const clock: Clock = {
    now: Date.now(),
    listeners: new Set(),
    timer: setInterval(() => {
      clock.now = Date.now();
      for (const listener of clock.listeners) listener();
    }, stepMs),
  };
  clocks.set(stepMs, clock);
  return clock;
}
