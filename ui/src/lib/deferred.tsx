import { type ComponentType, lazy, useState } from "react";

/**
 * A component whose code comes later. `load` may be called ahead of need; once the code is there, the
 * component draws at once. `lazy` alone would suspend even then, and React lets what follows a
 * fallback appear no sooner than 300 ms after it.
 */
export function deferred<P extends object>(fetch: () => Promise<ComponentType<P>>) {
  let loaded: ComponentType<P> | null = null;
  const load = async () => {
    loaded = await fetch();
    return { default: loaded };
  };
  const Later = lazy(load) as unknown as ComponentType<P>;

  function Deferred(props: P) {
    // What a mounted component began with it keeps: another type would mount it anew.
    const [Shown] = useState<ComponentType<P>>(() => loaded ?? Later);
    return <Shown {...props} />;
  }
  return { Component: Deferred, load };
}
