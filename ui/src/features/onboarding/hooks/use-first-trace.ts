import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { get, url } from "@/api/client";
import type { Row, Rows } from "@/api/types";

export type FirstTrace = { projectId: string; id: string; name: string };

/** Waits for traces of the workspace and returns the first that arrives after the page was opened. */
export function useFirstTrace(): FirstTrace | undefined {
  const client = useQueryClient();
  const [found, setFound] = useState<FirstTrace>();
  const done = useRef(false);
  useEffect(() => {
    const source = new EventSource(url("console/live"));
    source.addEventListener("new", async (event) => {
      const news = JSON.parse((event as MessageEvent<string>).data) as { project_ids?: string[] };
      const projectId = news.project_ids?.[0];
      if (done.current || !projectId) return;
      const answer = await get<Rows>(`console/projects/${projectId}/rows`, {
        columns: "name",
        limit: 1,
      }).catch(() => null);
      const row: Row | undefined = answer?.rows[0];
      if (!row || done.current) return;
      done.current = true;
      source.close();
      void client.invalidateQueries({ queryKey: ["project-names"] });
      setFound({ projectId, id: row.id, name: String(row.name ?? "") });
    });
    return () => source.close();
  }, [client]);
  return found;
}
