import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { get } from "@/api/client";
import type { Page, Project, Rows } from "@/api/types";
import { followLive } from "@/lib/live-events";

export type FirstTrace = { projectId: string; id: string; name: string };

/** Waits for traces of the workspace and returns the first that arrives after the page was opened. */
export function useFirstTrace(): FirstTrace | undefined {
  const client = useQueryClient();
  const [found, setFound] = useState<FirstTrace>();
  useEffect(() => {
    let done = false;
    const look = async (projectIds: readonly string[] | undefined) => {
      const projectId = projectIds?.[0] ?? (await newestProject());
      if (!projectId || done) return;
      const { rows } = await get<Rows>(`console/projects/${projectId}/rows`, {
        columns: "name",
        sort: "-created_at",
        limit: 1,
      });
      const row = rows[0];
      if (!row || done) return;
      done = true;
      void client.invalidateQueries({ queryKey: ["project-names"] });
      setFound({ projectId, id: row.id, name: String(row.name ?? "") });
    };
    // A look that fails is no matter: the next event brings another.
    const stop = followLive("console/live", {
      news: (news) => void look(news.project_ids).catch(() => undefined),
    });
    return () => {
      done = true;
      stop();
    };
  }, [client]);
  return found;
}

async function newestProject(): Promise<string | undefined> {
  const page = await get<Page<Project>>("v1/private/projects", {
    size: 1,
    sorting: '[{"field":"last_updated_trace_at","direction":"DESC"}]',
  });
  return page.content[0]?.id;
}
