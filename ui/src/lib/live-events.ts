import { url } from "@/api/client";

export type LiveNews = { traces: number; spans: number; updates: number; project_ids?: string[] };

/**
 * Follows a live stream of the server while the tab is looked at, and returns how to stop.
 *
 * A browser keeps six connections to a server at most, so a hidden tab must not hold one. When the
 * tab is seen again, what may have been missed is told as news of nothing in particular.
 */
export function followLive(
  path: string,
  on: { news: (news: LiveNews) => void; connected?: (yes: boolean) => void },
): () => void {
  let stream: EventSource | undefined;
  let wasHidden = false;
  const open = () => {
    stream = new EventSource(url(path));
    stream.addEventListener("hello", () => {
      on.connected?.(true);
      if (wasHidden) on.news({ traces: 0, spans: 0, updates: 0 });
      wasHidden = false;
    });
    stream.addEventListener("new", (event) =>
      on.news(JSON.parse((event as MessageEvent<string>).data) as LiveNews),
    );
    stream.addEventListener("error", () => on.connected?.(false));
  };
  const close = () => {
    stream?.close();
    stream = undefined;
  };
  const onVisibility = () => {
    if (document.hidden) {
      close();
      wasHidden = true;
      on.connected?.(false);
    } else if (!stream) {
      open();
    }
  };
  if (document.hidden) wasHidden = true;
  else open();
  document.addEventListener("visibilitychange", onVisibility);
  return () => {
    document.removeEventListener("visibilitychange", onVisibility);
    close();
  };
}
