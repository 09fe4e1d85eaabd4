import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";
import type { EntityType } from "@/api/types";
import { followLive } from "@/lib/live-events";
import type { Slice } from "@/lib/slice";
import { fetchRows, PREVIEW_CHARS, type RowsAsked } from "../api/rows";
import { concerns, idsQuery, isAny, sinceFrom, sinceQuery } from "../lib/live";
import type { PagedRows } from "./use-paged-rows";

export type LiveTail = {
  /** Rows that match and are not in the table yet; `MOST_FRESH` may stand for more. */
  fresh: number;
  /** The stream is open. */
  isConnected: boolean;
  /** Lets them in, and brings all figures up to date. */
  letIn: () => void;
};

export const MOST_FRESH = 100;
/** At most one look at the server in this time, however much arrives. */
const LEAST_BETWEEN_MS = 2000;
/** While rows flow in, figures and charts follow this much more slowly: they read all that matches. */
const FIGURES_EVERY_MS = 10_000;

/**
 * Follows a project: counts the rows that are new, and brings rows that still ran up to date. While
 * `isFlowing` new ones are let in at once.
 */
export function useLive(
  projectId: string,
  entity: EntityType,
  asked: RowsAsked,
  rows: PagedRows,
  isFlowing: boolean,
): LiveTail {
  const client = useQueryClient();
  const [fresh, setFresh] = useState(0);
  const [isConnected, setConnected] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const lookedAt = useRef(0);
  const figuresAt = useRef(0);

  const letIn = useCallback(() => {
    setFresh(0);
    void client.invalidateQueries({ queryKey: ["slice", projectId] });
  }, [client, projectId]);

  const look = async () => {
    lookedAt.current = Date.now();
    // Whoever has scrolled down reads: nothing may move under their eyes.
    if (isFlowing && rows.isAtTop()) {
      if (lookedAt.current - figuresAt.current < FIGURES_EVERY_MS) {
        await rows.readAgain();
      } else {
        figuresAt.current = lookedAt.current;
        letIn();
      }
      return;
    }
    const [found] = await Promise.all([
      findNew(projectId, entity, asked.slice, rows),
      bringUpToDate(projectId, asked, rows),
    ]);
    setFresh(found);
  };
  const latest = useRef(look);
  latest.current = look;

  // What was new for another question, or was let in since, is not news any more.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the moment says when the rows were read
  useEffect(() => setFresh(0), [rows.answeredAt, rows.shownQuestion]);

  useEffect(() => {
    const soon = () => {
      if (timer.current !== undefined || document.hidden) return;
      const wait = Math.max(150, lookedAt.current + LEAST_BETWEEN_MS - Date.now());
      timer.current = setTimeout(() => {
        timer.current = undefined;
        // A look that fails is no matter: the next event brings another.
        latest.current().catch(() => {});
      }, wait);
    };
    const stop = followLive(`console/projects/${projectId}/live`, {
      connected: setConnected,
      news: (news) => {
        if (isAny(news) || concerns(news, entity)) soon();
      },
    });
    return () => {
      stop();
      clearTimeout(timer.current);
      timer.current = undefined;
    };
  }, [projectId, entity]);

  return { fresh, isConnected, letIn };
}

/** Counts the matching rows that the server heard of after it answered, and that are not shown. */
async function findNew(
  projectId: string,
  entity: EntityType,
  slice: Slice,
  rows: PagedRows,
): Promise<number> {
  if (!rows.answeredAt) return 0;
  const since = rows.answeredAt;
  const { rows: found } = await fetchRows(
    projectId,
    {
      slice: {
        ...slice,
        query: sinceQuery(slice.query, entity, since),
        // A thread may have begun long before its newest turn.
        from: entity === "thread" ? slice.from : sinceFrom(slice.from, since),
      },
      columns: ["id"],
      sort: "-start_time",
    },
    { limit: MOST_FRESH },
  );
  return found.filter((row) => entity === "thread" || !rows.book.has(row.id)).length;
}

/** Reads the rows in sight that had not ended again. */
async function bringUpToDate(projectId: string, asked: RowsAsked, rows: PagedRows): Promise<void> {
  const running = rows.loaded.filter((row) => row.is_running).map((row) => row.id);
  if (running.length === 0) return;
  const { slice } = asked;
  const found = await fetchRows(
    projectId,
    { ...asked, slice: { ...slice, query: idsQuery(running.slice(0, MOST_FRESH)) } },
    { limit: MOST_FRESH, preview: PREVIEW_CHARS },
  );
  rows.replace(found.rows);
}
