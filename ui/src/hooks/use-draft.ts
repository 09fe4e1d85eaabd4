import { useEffect, useRef, useState } from "react";

/**
 * Text while it is typed: shown at once, told on after a pause (the URL is too slow for each key). A new
 * value from outside replaces it. Returns the draft, how to change it, and how to tell it on now.
 */
export function useDraft(
  value: string,
  onChange: (value: string) => void,
  pauseMs = 200,
): [string, (draft: string) => void, (draft: string) => void] {
  const [draft, setDraft] = useState(value);
  const told = useRef(value);
  const latest = useRef(onChange);
  latest.current = onChange;
  useEffect(() => {
    if (value === told.current) return;
    told.current = value;
    setDraft(value);
  }, [value]);
  useEffect(() => {
    if (draft === told.current) return;
    const timer = setTimeout(() => {
      told.current = draft;
      latest.current(draft);
    }, pauseMs);
    return () => clearTimeout(timer);
  }, [draft, pauseMs]);
  const now = (next: string) => {
    setDraft(next);
    if (next === told.current) return;
    told.current = next;
    onChange(next);
  };
  return [draft, setDraft, now];
}
