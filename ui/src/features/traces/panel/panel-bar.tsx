import { Link } from "@tanstack/react-router";
import {
  ChevronDown,
  ChevronUp,
  Copy,
  Ellipsis,
  GitCompareArrows,
  Link2,
  Maximize2,
  Minimize2,
  Rows3,
  Trash2,
  X,
} from "lucide-react";
import { memo, type ReactNode } from "react";
import type { TraceHead } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Menu, MenuContent, MenuItem, MenuSeparator, MenuTrigger } from "@/components/ui/menu";
import { Segmented } from "@/components/ui/segmented";
import { Tooltip } from "@/components/ui/tooltip";
import { copyText } from "@/lib/copy";
import { toast } from "@/lib/toast";
import type { TraceView } from "@/lib/trace-search";

export const LOOKS = [
  { value: "tree", label: "Tree" },
  { value: "timeline", label: "Timeline" },
  { value: "graph", label: "Graph" },
] as const satisfies readonly { value: TraceView; label: string }[];

export type PanelDialog = "compare" | "delete";

/** The head of the panel: from trace to trace, how the spans are shown, and what is done with the trace. */
export const PanelBar = memo(function PanelBar({
  trace,
  traceId,
  projectId,
  look,
  onLook,
  full,
  onFull,
  onPrev,
  onNext,
  onClose,
  onDialog,
}: {
  /** Absent while it loads. */
  trace: TraceHead | undefined;
  traceId: string;
  projectId: string;
  look: TraceView;
  onLook: (look: TraceView) => void;
  full: boolean;
  onFull: (full: boolean) => void;
  onPrev: (() => void) | undefined;
  onNext: (() => void) | undefined;
  onClose: () => void;
  onDialog: (dialog: PanelDialog) => void;
}) {
  const copy = async (text: string, what: string) =>
    toast(
      (await copyText(text)) ? `${what} copied` : `The ${what.toLowerCase()} could not be copied`,
    );
  return (
    <header className="flex h-11 shrink-0 items-center gap-1 border-b border-border px-2">
      <IconButton label="Close" keys="escape" onClick={onClose}>
        <X />
      </IconButton>
      <IconButton label="Previous trace" keys="[" onClick={onPrev}>
        <ChevronUp />
      </IconButton>
      <IconButton label="Next trace" keys="]" onClick={onNext}>
        <ChevronDown />
      </IconButton>
      <h2 className="ml-1 min-w-0 truncate font-semibold" title={trace?.name ?? ""}>
        {trace ? trace.name || "(no name)" : " "}
      </h2>
      <button
        type="button"
        title="Copy the id"
        onClick={() => copy(traceId, "Id")}
        className="shrink-0 rounded-sm px-1 font-mono text-xs text-muted-foreground hover:bg-muted hover:text-foreground max-md:hidden"
      >
        {traceId.slice(-8)}
      </button>
      <span className="flex-1" />
      <Segmented
        label="Spans shown as"
        value={look}
        options={LOOKS}
        onChange={onLook}
        className="max-md:hidden"
      />
      <IconButton label="Compare with…" keys="c" onClick={() => onDialog("compare")}>
        <GitCompareArrows />
      </IconButton>
      <IconButton
        label={full ? "Beside the table" : "Full screen"}
        keys="shift+f"
        onClick={() => onFull(!full)}
        className="max-md:hidden"
      >
        {full ? <Minimize2 /> : <Maximize2 />}
      </IconButton>
      <Menu>
        <MenuTrigger asChild>
          <Button variant="ghost" size="icon" aria-label="More">
            <Ellipsis />
          </Button>
        </MenuTrigger>
        <MenuContent align="end">
          <MenuItem onSelect={() => copy(traceId, "Id")}>
            <Copy /> Copy the id
          </MenuItem>
          <MenuItem onSelect={() => copy(window.location.href, "Link")}>
            <Link2 /> Copy a link to this view
          </MenuItem>
          <MenuItem asChild>
            <Link
              to="/projects/$projectId/logs"
              params={{ projectId }}
              search={{ type: "span", q: `trace_id:${traceId}`, range: "all", hidden: true }}
            >
              <Rows3 /> Spans of this trace as a table
            </Link>
          </MenuItem>
          <MenuSeparator />
          <MenuItem onSelect={() => onDialog("delete")} className="text-danger">
            <Trash2 /> Delete the trace…
          </MenuItem>
        </MenuContent>
      </Menu>
    </header>
  );
});

function IconButton({
  label,
  keys,
  onClick,
  className,
  children,
}: {
  label: string;
  keys: string;
  /** Absent: there is nothing to do. */
  onClick: (() => void) | undefined;
  className?: string;
  children: ReactNode;
}) {
  return (
    <Tooltip label={label} keys={keys}>
      <Button
        variant="ghost"
        size="icon"
        aria-label={label}
        disabled={!onClick}
        onClick={onClick}
        className={className}
      >
        {children}
      </Button>
    </Tooltip>
  );
}
