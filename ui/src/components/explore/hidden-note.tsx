import { useQuery } from "@tanstack/react-query";
import { Eye, EyeOff } from "lucide-react";
import { summaryQuery } from "@/api/queries/slice";
import type { EntityType } from "@/api/types";
import { Button } from "@/components/ui/button";
import { formatCount } from "@/lib/format";
import { type SliceSearch, sliceOf } from "@/lib/slice";

const WHAT = "experiments, the playground, evaluators and optimisations";

/** Says what the page leaves out by default, and lets it in. */
export function HiddenNote({
  projectId,
  entity,
  search,
  onChange,
  isReady = true,
}: {
  projectId: string;
  entity: EntityType;
  search: SliceSearch;
  onChange: (patch: Partial<SliceSearch>) => void;
  /** Whether figures may be asked for yet. */
  isReady?: boolean;
}) {
  const summary = useQuery({
    ...summaryQuery(projectId, sliceOf(search, entity)),
    enabled: isReady,
  });
  const hidden = summary.data?.hidden ?? 0;
  if (!search.hidden && hidden === 0) return null;
  return (
    <Button
      variant="ghost"
      size="sm"
      className="ml-auto text-muted-foreground"
      aria-pressed={search.hidden === true}
      title={`${entity}s of ${WHAT} are ${search.hidden ? "among the rows" : "left out"}`}
      onClick={() => onChange({ hidden: search.hidden ? undefined : true })}
    >
      {search.hidden ? <EyeOff /> : <Eye />}
      {search.hidden ? "Hide experiments" : `${formatCount(hidden)} of experiments hidden`}
    </Button>
  );
}
