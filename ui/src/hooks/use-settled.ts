import { useEffect, useRef, useState } from "react";

/**
 * A value that follows at once when it changes now and then, and waits for the last one when it
 * changes quickly: a held arrow key must not load every row that it passes.
 */
export function useSettled<T>(value: T, quietMs: number): T {
  const [settled, setSettled] = useState(value);
  const changedAt = useRef(0);
  useEffect(() => {
    if (Object.is(value, settled)) return;
    const now = performance.now();
    const wait = now - changedAt.current < quietMs ? quietMs : 0;
    changedAt.current = now;
    if (wait === 0) {
      setSettled(value);
      return;
    }
    const timer = setTimeout(() => setSettled(value), wait);
    return () => clearTimeout(timer);
  }, [value, settled, quietMs]);
  return settled;
}
