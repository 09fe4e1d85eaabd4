import { type ComponentType, lazy, useState } from "react";

/** A component whose code comes later; `load` may be called ahead of need. */
export interface Code<P> {
  load: () => Promise<unknown>;
  /** What to draw now: the component, or what suspends until it is there. */
  pick: () => ComponentType<P>;
}

export function deferred<P extends object>(fetch: () => Promise<ComponentType<P>>): Code<P> {
  let loaded: ComponentType<P> | null = null;
  const load = async () => {
    loaded = await fetch();
    return { default: loaded };
  };
  const later = lazy(load) as unknown as ComponentType<P>;
  return { load, pick: () => loaded ?? later };
}

/**
 * Draws at once what is loaded. `lazy` alone would suspend even then, and React lets what follows a
 * fallback appear no sooner than 300 ms after it.
 */
export function Deferred<P extends object>({ code, props }: { code: Code<P>; props: P }) {
  // What a mounted component began with it keeps: another type would mount it anew.
  const [Shown] = useState<ComponentType<P>>(() => code.pick());
  return <Shown {...props} />;
}
