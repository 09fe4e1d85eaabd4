import { Link } from "@tanstack/react-router";
import { Download, GitCompareArrows, Tags, Trash2, X } from "lucide-react";
import type { EntityType } from "@/api/types";
import type { Selection } from "@/components/data-table/selection";
import { Button, buttonClass } from "@/components/ui/button";
import { Tooltip } from "@/components/ui/tooltip";
import { formatNumber } from "@/lib/format";
import { NOUN } from "../lib/target";
import { TagsPopover } from "./tags-popover";

export type SelectionBarProps = {
  projectId: string;
  entity: EntityType;
  selection: Selection;
  /** How many match in all; undefined until that is known. */
  total: number | undefined;
  /** Tags of the selected rows in sight. */
  tags: readonly string[];
  onSelectAll: () => void;
  onClear: () => void;
  onTags: (action: "add_tags" | "remove_tags", tags: string[]) => Promise<void>;
  onExport: () => void;
  onDelete: () => void;
};

/** What can be done to the selected rows. It takes the place of the table's own line of controls. */
export function SelectionBar(props: SelectionBarProps) {
  const { entity, selection, total } = props;
  const size = selection.all ? total : selection.ids.size;
  const [one, many] = NOUN[entity];
  const canWiden = !selection.all && total !== undefined && total > selection.ids.size;
  return (
    <section
      aria-label="Selected rows"
      className="flex h-9 shrink-0 items-center gap-1 border-b border-border bg-selection px-2"
    >
      <Button
        variant="ghost"
        size="icon-sm"
        aria-label="Clear the selection"
        onClick={props.onClear}
      >
        <X />
      </Button>
      <span role="status" className="truncate px-1 font-medium tabular">
        {selection.all ? "All " : ""}
        {formatNumber(size)} {size === 1 ? one : many} selected
      </span>
      {canWiden && (
        <Button variant="ghost" size="sm" className="text-primary" onClick={props.onSelectAll}>
          <span className="max-sm:hidden">Select all {formatNumber(total)} that match</span>
          <span className="sm:hidden">All {formatNumber(total)}</span>
        </Button>
      )}
      <div className="flex-1" />
      {entity === "trace" && <Compare projectId={props.projectId} selection={selection} />}
      <TagsPopover tags={props.tags} onTags={props.onTags}>
        <Button variant="ghost" size="sm" aria-label="Tags">
          <Tags /> <span className="max-sm:hidden">Tags</span>
        </Button>
      </TagsPopover>
      <Button variant="ghost" size="sm" aria-label="Export" onClick={props.onExport}>
        <Download /> <span className="max-sm:hidden">Export</span>
      </Button>
      <Button
        variant="ghost"
        size="sm"
        aria-label="Delete"
        className="text-danger hover:bg-danger-soft"
        onClick={props.onDelete}
      >
        <Trash2 /> <span className="max-sm:hidden">Delete</span>
      </Button>
    </section>
  );
}

function Compare({ projectId, selection }: { projectId: string; selection: Selection }) {
  const [a, b] = [...selection.ids];
  if (selection.all || selection.ids.size !== 2 || !a || !b) {
    return (
      <Tooltip label="Select two traces to compare them">
        {/* Not `disabled`: the tooltip that says why must be reachable. */}
        <Button variant="ghost" size="sm" aria-disabled className="opacity-50 max-sm:hidden">
          <GitCompareArrows /> Compare
        </Button>
      </Tooltip>
    );
  }
  return (
    <Link
      to="/projects/$projectId/compare"
      params={{ projectId }}
      search={{ a, b }}
      className={buttonClass("ghost", "sm")}
    >
      <GitCompareArrows /> Compare
    </Link>
  );
}
