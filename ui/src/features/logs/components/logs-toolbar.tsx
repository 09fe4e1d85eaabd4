import { Download, Ellipsis, FileUp, ListFilter, Radio, RefreshCw } from "lucide-react";
import { type ReactNode, useRef } from "react";
import type { EntityType } from "@/api/types";
import { DensitySwitch } from "@/components/data-table/density-switch";
import type { Density } from "@/components/data-table/types";
import { Button } from "@/components/ui/button";
import { Menu, MenuContent, MenuItem, MenuSeparator, MenuTrigger } from "@/components/ui/menu";
import { Tooltip } from "@/components/ui/tooltip";
import { cn } from "@/lib/cn";
import { formatNumber } from "@/lib/format";
import { type LiveTail, MOST_FRESH } from "../hooks/use-live";
import { NOUN } from "../lib/target";

export type LogsToolbarProps = {
  entity: EntityType;
  total: number | undefined;
  isFetching: boolean;
  onRefresh: () => void;
  live: LiveTail;
  isLive: boolean;
  onLive: (on: boolean) => void;
  hasFacets: boolean;
  onFacets: () => void;
  /** Opens the values on a narrow screen. */
  onSheet: () => void;
  density: Density;
  onDensity: (density: Density) => void;
  onExport: () => void;
  onImport: (file: File) => void;
  columnPicker: ReactNode;
};

/** The line over the table: how many rows, what is new, and how they are shown. */
export function LogsToolbar(props: LogsToolbarProps) {
  const { entity, total, live, isLive } = props;
  const [one, many] = NOUN[entity];
  const file = useRef<HTMLInputElement>(null);
  return (
    <div className="flex h-9 shrink-0 items-center gap-1 border-b border-border px-2">
      <Tooltip label={props.hasFacets ? "Hide the values" : "Show the values"} keys="shift+f">
        <Button
          variant="ghost"
          size="icon-sm"
          aria-label="Values"
          aria-pressed={props.hasFacets}
          className="aria-pressed:bg-accent max-lg:hidden"
          onClick={props.onFacets}
        >
          <ListFilter />
        </Button>
      </Tooltip>
      <Button
        variant="ghost"
        size="icon-sm"
        aria-label="Show the values"
        className="lg:hidden"
        onClick={props.onSheet}
      >
        <ListFilter />
      </Button>
      <span className="truncate px-1 text-muted-foreground tabular">
        {total === undefined ? "…" : formatNumber(total)} {total === 1 ? one : many}
      </span>
      <Tooltip label="Read again" keys="r">
        <Button variant="ghost" size="icon-sm" aria-label="Refresh" onClick={props.onRefresh}>
          <RefreshCw className={cn(props.isFetching && "animate-spin")} />
        </Button>
      </Tooltip>
      <span role="status" className="contents">
        {live.fresh > 0 && (
          <Button
            size="sm"
            className="rounded-full border-primary/50 text-primary"
            onClick={live.letIn}
          >
            {live.fresh >= MOST_FRESH ? `${MOST_FRESH}+` : live.fresh} new
          </Button>
        )}
      </span>
      <div className="flex-1" />
      <Tooltip
        label={isLive ? "New rows come in by themselves" : "Let new rows come in by themselves"}
        keys="l"
      >
        <Button
          variant="ghost"
          size="sm"
          aria-pressed={isLive}
          className={cn(isLive && "bg-accent text-primary")}
          onClick={() => props.onLive(!isLive)}
        >
          <Radio className={cn(isLive && live.isConnected && "animate-pulse")} />
          <span className="max-sm:hidden">Live</span>
        </Button>
      </Tooltip>
      <span className="max-sm:hidden">
        <DensitySwitch value={props.density} onChange={props.onDensity} />
      </span>
      {props.columnPicker}
      <Menu>
        <MenuTrigger asChild>
          <Button variant="ghost" size="icon-sm" aria-label="More">
            <Ellipsis />
          </Button>
        </MenuTrigger>
        <MenuContent align="end">
          <MenuItem onSelect={props.onExport}>
            <Download /> Export all that match…
          </MenuItem>
          <MenuSeparator />
          <MenuItem onSelect={() => file.current?.click()}>
            <FileUp /> Import JSONL…
          </MenuItem>
        </MenuContent>
      </Menu>
      <input
        ref={file}
        type="file"
        accept=".jsonl,.ndjson,.json,application/x-ndjson"
        aria-label="File to import"
        className="hidden"
        onChange={(event) => {
          const chosen = event.target.files?.[0];
          event.target.value = "";
          if (chosen) props.onImport(chosen);
        }}
      />
    </div>
  );
}
