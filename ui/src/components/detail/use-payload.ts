import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { send } from "@/api/client";
import { messageOf } from "@/api/errors";
import { payloadPath } from "@/api/queries/entity-detail";
import type { Payload, PayloadName } from "@/api/types";
import { type JsonDoc, LocalDoc } from "@/components/json-view/doc";
import { type JsonValue, parseCutJson, parseJson } from "@/components/json-view/json-text";
import { loadInWorker } from "@/components/json-view/load";
import type { WorkerDoc } from "@/components/json-view/worker-doc";
import type { EntityKind } from "./types";

/** Texts of up to this many characters are parsed here: it takes less than a frame or two. Longer ones go to a worker. */
export const HERE = 2_000_000;

export type LoadState =
  | { state: "idle" }
  | { state: "loading"; bytes: number }
  | { state: "failed"; error: string };

export type PayloadView = {
  name: PayloadName;
  /** Null where there is none. */
  doc: JsonDoc | null;
  /** The value, if it is held here; of a cut payload, what is left of it. */
  value: JsonValue | undefined;
  /** Characters of the whole. */
  size: number;
  isCut: boolean;
  /** Held in a worker: it can be looked at as a tree only. */
  isLarge: boolean;
  load: LoadState;
  loadAll: () => void;
  /** Stops loading; what was there stays. */
  stop: () => void;
};

/** One payload of an entity: the part that came with it, and the whole when it is asked for. */
export function usePayload(
  kind: EntityKind,
  id: string,
  name: PayloadName,
  payload: Payload | null,
): PayloadView {
  const client = useQueryClient();
  const size = payload?.size ?? 0;
  const isComplete = payload?.complete ?? true;
  const fitsHere = size <= HERE;
  const whole = useWholeText(kind, id, name, !isComplete && fitsHere);
  const { large, load, loadLarge, stop } = useLarge(payloadPath(kind, id, name));

  const text = whole ?? payload?.text;
  const isCut = !isComplete && whole === undefined && !large;
  const value = useMemo(
    () => (text === undefined ? undefined : valueOfText(text, isCut || large !== null)),
    [text, isCut, large],
  );
  const local = useMemo(() => (value === undefined ? null : new LocalDoc(value)), [value]);
  const [small, setSmall] = useState<LoadState>({ state: "idle" });

  const loadAll = useCallback(async () => {
    if (!fitsHere) return loadLarge();
    setSmall({ state: "loading", bytes: 0 });
    try {
      await client.fetchQuery(wholeTextQuery(kind, id, name));
      setSmall({ state: "idle" });
    } catch (error) {
      setSmall({ state: "failed", error: messageOf(error) });
    }
  }, [client, fitsHere, loadLarge, kind, id, name]);

  return {
    name,
    doc: large ?? local,
    value,
    size,
    isCut,
    isLarge: large !== null,
    load: fitsHere ? small : load,
    loadAll: () => void loadAll(),
    stop,
  };
}

/** What is no JSON is a text; so nothing that was sent is hidden. */
function valueOfText(text: string, isCut: boolean): JsonValue {
  if (isCut) return parseCutJson(text) ?? text;
  try {
    return parseJson(text);
  } catch {
    return text;
  }
}

const wholeTextQuery = (kind: EntityKind, id: string, name: PayloadName) => ({
  queryKey: [kind, id, "payload", name],
  queryFn: async ({ signal }: { signal: AbortSignal }) =>
    (await send("GET", payloadPath(kind, id, name), { signal })).text(),
  staleTime: 60_000,
});

/** The whole text, once somebody has fetched it. */
function useWholeText(
  kind: EntityKind,
  id: string,
  name: PayloadName,
  isWanted: boolean,
): string | undefined {
  const { data } = useQuery({ ...wholeTextQuery(kind, id, name), enabled: false });
  return isWanted ? data : undefined;
}

/** A value in a worker, which ends with the component. */
function useLarge(path: string) {
  const [large, setLarge] = useState<WorkerDoc | null>(null);
  const [load, setLoad] = useState<LoadState>({ state: "idle" });
  const running = useRef<AbortController | null>(null);
  const held = useRef<WorkerDoc | null>(null);

  useEffect(
    () => () => {
      running.current?.abort();
      held.current?.close();
    },
    [],
  );

  const loadLarge = useCallback(async () => {
    running.current?.abort();
    const abort = new AbortController();
    running.current = abort;
    setLoad({ state: "loading", bytes: 0 });
    let shown = 0;
    try {
      const doc = await loadInWorker(path, abort.signal, (bytes) => {
        // Twenty steps a second are enough for the eye.
        const now = performance.now();
        if (now - shown < 50) return;
        shown = now;
        setLoad({ state: "loading", bytes });
      });
      held.current = doc;
      setLarge(doc);
      setLoad({ state: "idle" });
    } catch (error) {
      if (!abort.signal.aborted) setLoad({ state: "failed", error: messageOf(error) });
    }
  }, [path]);

  const stop = useCallback(() => {
    running.current?.abort();
    setLoad({ state: "idle" });
  }, []);

  return { large, load, loadLarge, stop };
}
