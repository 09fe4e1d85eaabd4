import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useRef } from "react";
import { messageOf } from "@/api/errors";
import type { EntityType } from "@/api/types";
import { useStored } from "@/hooks/use-stored";
import { formatNumber } from "@/lib/format";
import { toast } from "@/lib/toast";
import { type BulkAction, startBulk } from "../api/bulk";
import { type ExportAsked, exportUrl } from "../api/export";
import { importLines } from "../api/import";
import type { Work } from "../components/work-bar";
import { newToken } from "../lib/id";
import { NOUN, type Target } from "../lib/target";

const VERBS: Record<BulkAction, string> = {
  delete: "Deleting",
  add_tags: "Tagging",
  remove_tags: "Removing tags of",
};
const NONE: readonly Work[] = [];

/** Work on many rows: begun here, and watched until it is over, also across a reload. */
export function useWork(projectId: string, entity: EntityType) {
  const client = useQueryClient();
  const [works, store] = useStored<readonly Work[]>(`work.${projectId}`, NONE);
  // Two may end in the same moment: each must see what the other left.
  const latest = useRef(works);
  const setWorks = useCallback(
    (change: (now: readonly Work[]) => readonly Work[]) => {
      latest.current = change(latest.current);
      store(latest.current);
    },
    [store],
  );
  const named = (count: number) => `${formatNumber(count)} ${NOUN[entity][count === 1 ? 0 : 1]}`;

  const bulk = async (action: BulkAction, target: Target, tags?: string[]) => {
    const begun = await startBulk(projectId, { entity, action, target, ...(tags ? { tags } : {}) });
    const label = `${VERBS[action]} ${named(begun.total)}`;
    setWorks((now) => [...now, { kind: "job", id: begun.job_id, label }]);
  };

  const download = (asked: ExportAsked, count: number) => {
    const token = newToken();
    const link = document.createElement("a");
    link.href = exportUrl(projectId, asked, token);
    link.download = "";
    document.body.append(link);
    link.click();
    link.remove();
    const label = `Exporting ${named(count)}`;
    setWorks((now) => [...now, { kind: "export", id: token, label }]);
  };

  const importFile = async (file: File) => {
    toast(`Importing ${file.name}…`);
    try {
      const { traces, spans, scores } = await importLines(projectId, file);
      toast(
        `Imported ${formatNumber(traces)} traces, ${formatNumber(spans)} spans and ${formatNumber(scores)} scores`,
      );
      await client.invalidateQueries({ queryKey: ["slice", projectId] });
    } catch (error) {
      toast(messageOf(error), { tone: "danger" });
    }
  };

  const onOver = useCallback(
    (over: Work) => {
      setWorks((now) => now.filter((work) => work.id !== over.id));
      if (over.kind === "job") void client.invalidateQueries({ queryKey: ["slice", projectId] });
    },
    [client, projectId, setWorks],
  );
  return { works, bulk, download, importFile, onOver };
}
