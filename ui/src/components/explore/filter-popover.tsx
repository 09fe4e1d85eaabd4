import { lazy, type ReactNode, Suspense } from "react";
import type { EntityType } from "@/api/types";
import { Popover, PopoverContent, PopoverTrigger } from "@/components/ui/popover";
import { Spinner } from "@/components/ui/states";
import type { SliceSearch } from "@/lib/slice";
import type { Part } from "./use-conditions";

const FilterEditor = lazy(() =>
  import("./filter-editor").then((module) => ({ default: module.FilterEditor })),
);

/** The form of a condition, beside the button that opens it. It is fetched when first opened. */
export function FilterPopover({
  projectId,
  entity,
  search,
  part,
  rest,
  open,
  onOpenChange,
  onWrite,
  onRemove,
  children,
}: {
  projectId: string;
  entity: EntityType;
  search: SliceSearch;
  /** The condition to change; none makes a new one. */
  part?: Part;
  /** The query without it, in which values are counted. */
  rest: string;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  onWrite: (condition: string) => void;
  onRemove?: () => void;
  children: ReactNode;
}) {
  return (
    <Popover open={open} onOpenChange={onOpenChange}>
      <PopoverTrigger asChild>{children}</PopoverTrigger>
      <PopoverContent
        aria-label={part ? "Change the filter" : "Add a filter"}
        className="w-[min(24rem,calc(100vw-1rem))] p-0"
      >
        <Suspense fallback={<Spinner className="m-4" />}>
          <FilterEditor
            projectId={projectId}
            entity={entity}
            search={search}
            part={part}
            rest={rest}
            onWrite={(condition) => {
              onOpenChange(false);
              onWrite(condition);
            }}
            onRemove={onRemove}
          />
        </Suspense>
      </PopoverContent>
    </Popover>
  );
}
