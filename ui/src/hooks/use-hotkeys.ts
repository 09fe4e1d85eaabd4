import { useEffect, useRef } from "react";
import { type Hotkey, register } from "@/lib/hotkeys";

/** Binds keys while the component is shown. `run` may change on each render; keys and labels may not. */
export function useHotkeys(keys: readonly Hotkey[], enabled = true): void {
  const latest = useRef(keys);
  latest.current = keys;
  const signature = keys.map((k) => k.keys).join("|");
  // biome-ignore lint/correctness/useExhaustiveDependencies: the signature says when the keys changed
  useEffect(() => {
    if (!enabled) return;
    return register(
      latest.current.map((key, i) => ({ ...key, run: (event) => latest.current[i]?.run(event) })),
    );
  }, [signature, enabled]);
}
