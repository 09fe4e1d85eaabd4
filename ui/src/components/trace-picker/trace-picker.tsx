import { useQuery } from "@tanstack/react-query";
import { Command } from "cmdk";
import { CircleAlert, Search } from "lucide-react";
import { useState } from "react";
import { messageOf } from "@/api/errors";
import { Dialog } from "@/components/ui/dialog";
import { Spinner } from "@/components/ui/states";
import { useDraft } from "@/hooks/use-draft";
import { formatAgo, formatCost, formatCount, formatDuration, formatTime } from "@/lib/format";
import { andQuery, quoteValue } from "@/lib/slice";
import { type TraceChoice, traceChoicesQuery } from "./similar-traces";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** A window in which another trace is chosen: at first those of the same name, newest first. */
export function TracePicker({
  open,
  onOpenChange,
  title,
  projectId,
  name,
  without,
  onPick,
}: {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  projectId: string;
  /** The name that similar traces have. */
  name: string | undefined;
  /** Traces that are not offered. */
  without: readonly string[];
  onPick: (id: string) => void;
}) {
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title={title}
      className="w-[min(44rem,calc(100vw-2rem))]"
    >
      <Choices
        projectId={projectId}
        name={name}
        without={without}
        onPick={(id) => {
          onOpenChange(false);
          onPick(id);
        }}
      />
    </Dialog>
  );
}

function Choices({
  projectId,
  name,
  without,
  onPick,
}: {
  projectId: string;
  name: string | undefined;
  without: readonly string[];
  onPick: (id: string) => void;
}) {
  const [text, setText] = useState("");
  const [draft, setDraft] = useDraft(text, setText);
  const [all, setAll] = useState(!name);
  const typed = draft.trim();
  const same = name && !all ? `name=${quoteValue(name)}` : "";
  const sought = text.trim();
  const query = UUID.test(sought) ? `id:${sought}` : sought ? andQuery(same, sought) : same;
  const found = useQuery(traceChoicesQuery(projectId, query));
  const choices = (found.data ?? []).filter((trace) => !without.includes(trace.id));
  return (
    <Command label="Traces" shouldFilter={false} loop className="-m-4 flex flex-col">
      <div className="flex items-center gap-2 border-b border-border px-4">
        <Search aria-hidden className="size-3.5 shrink-0 text-muted-foreground" />
        <Command.Input
          autoFocus
          value={draft}
          onValueChange={setDraft}
          placeholder="An id, or a query: duration>5s, error:true, tag:beta"
          className="h-9 min-w-0 flex-1 bg-transparent outline-none placeholder:text-muted-foreground"
        />
        {found.isFetching && <Spinner />}
      </div>
      {name && (
        <label className="flex items-center gap-2 border-b border-border px-4 py-1.5 text-sm text-muted-foreground">
          <input
            type="checkbox"
            checked={!all}
            onChange={(event) => setAll(!event.target.checked)}
          />
          <span className="truncate">Only those named “{name}”</span>
        </label>
      )}
      <Command.List className="max-h-[50vh] min-h-40 overflow-y-auto p-1">
        {found.error && (
          <p role="alert" className="p-3 text-danger">
            {messageOf(found.error)}
          </p>
        )}
        {!found.error && found.data && choices.length === 0 && (
          <p className="p-6 text-center text-muted-foreground">
            {typed || same ? "No other trace matches" : "There is no other trace in this project"}
          </p>
        )}
        {!found.error &&
          choices.map((trace) => <Choice key={trace.id} trace={trace} onPick={onPick} />)}
      </Command.List>
    </Command>
  );
}

function Choice({ trace, onPick }: { trace: TraceChoice; onPick: (id: string) => void }) {
  return (
    <Command.Item
      value={trace.id}
      onSelect={() => onPick(trace.id)}
      className="flex h-8 cursor-default items-center gap-3 rounded-sm px-3 tabular data-[selected=true]:bg-muted"
    >
      <span className="min-w-0 flex-1 truncate">
        {trace.name}
        {(trace.tags ?? []).slice(0, 2).map((tag) => (
          <span key={tag} className="ml-1.5 rounded-sm bg-muted px-1 text-xs text-muted-foreground">
            {tag}
          </span>
        ))}
      </span>
      {trace.error_info && (
        <CircleAlert role="img" aria-label="Error" className="size-3.5 shrink-0 text-danger" />
      )}
      <span className="w-16 shrink-0 text-right text-sm text-muted-foreground max-sm:hidden">
        {formatCount(trace.usage?.total_tokens)}
      </span>
      <span className="w-16 shrink-0 text-right text-sm text-muted-foreground max-sm:hidden">
        {formatCost(trace.total_estimated_cost)}
      </span>
      <span className="w-16 shrink-0 text-right text-sm">{formatDuration(trace.duration)}</span>
      <span
        title={formatTime(trace.start_time)}
        className="w-18 shrink-0 text-right text-sm text-muted-foreground"
      >
        {formatAgo(trace.start_time)}
      </span>
    </Command.Item>
  );
}
