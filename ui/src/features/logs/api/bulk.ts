import { post } from "@/api/client";
import type { EntityType } from "@/api/types";
import type { Slice } from "@/lib/slice";
import type { Target } from "../lib/target";

export type BulkAction = "delete" | "add_tags" | "remove_tags";

/** Begins work on many rows; how far it comes is read from the job. */
export const startBulk = (
  projectId: string,
  asked: { entity: EntityType; action: BulkAction; tags?: string[]; target: Target },
): Promise<{ job_id: string; total: number }> => {
  const { entity, action, tags, target } = asked;
  return post(`console/projects/${projectId}/bulk`, {
    entity,
    action,
    ...(tags ? { tags } : {}),
    ...(target.kind === "ids" ? { ids: target.ids } : { slice: bodyOf(target.slice) }),
  });
};

const bodyOf = (slice: Slice) => ({
  query: slice.query,
  from: slice.from,
  to: slice.to,
  include_hidden: slice.hidden,
});
