import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useRouter, useRouterState } from "@tanstack/react-router";
import { Bookmark, BookmarkPlus, RefreshCw, Trash2 } from "lucide-react";
import { useState } from "react";
import { messageOf } from "@/api/errors";
import { createView, deleteView, updateView, viewsQuery } from "@/api/queries/views";
import type { EntityType, SavedView } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Popover, PopoverContent, PopoverTrigger } from "@/components/ui/popover";
import { ErrorState, Spinner } from "@/components/ui/states";
import { Tooltip } from "@/components/ui/tooltip";
import { cn } from "@/lib/cn";
import { toast } from "@/lib/toast";
import { SaveViewForm } from "./save-view-form";
import { sameView, viewSearch } from "./view-search";

/** Views that the people of a project share: a name for what the address says. */
export function SavedViews({ projectId, entity }: { projectId: string; entity: EntityType }) {
  const [open, setOpen] = useState(false);
  const [isSaving, setSaving] = useState(false);
  const router = useRouter();
  const client = useQueryClient();
  const location = useRouterState({ select: (s) => s.location });
  const current = viewSearch(location.searchStr);
  const views = useQuery(viewsQuery(projectId));
  const own = views.data?.filter((v) => v.entity === entity) ?? [];
  const shown = own.find((v) => sameView(v.state.search, current));
  const refresh = () => client.invalidateQueries({ queryKey: ["views", projectId] });
  const failed = (error: unknown) => toast(messageOf(error), { tone: "danger" });

  const update = useMutation({
    mutationFn: (view: SavedView) => updateView(view.id, { state: { search: current } }),
    onSuccess: (view) => toast(`“${view.name}” now shows this`),
    onError: failed,
    onSettled: refresh,
  });
  const remove = useMutation({
    mutationFn: (view: SavedView) => deleteView(view.id),
    onSuccess: (_, view) =>
      toast(`“${view.name}” is deleted`, {
        action: {
          label: "Undo",
          run: () => void createView(projectId, view).catch(failed).then(refresh),
        },
      }),
    onError: failed,
    onSettled: refresh,
  });
  const apply = (view: SavedView) => {
    setOpen(false);
    router.history.push(`${location.pathname}${view.state.search}`);
  };

  return (
    <Popover
      open={open}
      onOpenChange={(next) => {
        setOpen(next);
        setSaving(false);
      }}
    >
      <PopoverTrigger asChild>
        <Button variant={shown ? "outline" : "ghost"} className="min-w-0">
          <Bookmark className={cn(shown && "fill-current text-primary")} />
          <span className="max-w-40 truncate">{shown?.name ?? "Views"}</span>
        </Button>
      </PopoverTrigger>
      <PopoverContent align="end" aria-label="Saved views" className="w-80 p-0">
        {views.error ? (
          <ErrorState error={views.error} onRetry={views.refetch} className="p-4" />
        ) : views.isPending ? (
          <Spinner className="m-4" />
        ) : (
          <ul className="m-0 max-h-72 list-none overflow-y-auto p-1">
            {own.length === 0 && (
              <li className="px-2 py-1.5 text-sm text-muted-foreground">
                No view is saved yet. A view keeps the query, the period, the columns and the order
                for everybody in the project.
              </li>
            )}
            {own.map((view) => (
              <li key={view.id} className="group flex items-center rounded-sm hover:bg-muted">
                <button
                  type="button"
                  aria-current={view === shown}
                  onClick={() => apply(view)}
                  title={`${view.name}\n${view.state.search}\nby ${view.created_by}`}
                  className={cn(
                    "h-7 min-w-0 flex-1 truncate rounded-sm px-2 text-left",
                    view === shown && "font-medium",
                  )}
                >
                  {view.name}
                </button>
                {view !== shown && (
                  <Tooltip label="Let it show what is shown now">
                    <Button
                      variant="ghost"
                      size="icon-sm"
                      aria-label={`Update ${view.name}`}
                      disabled={update.isPending}
                      onClick={() => update.mutate(view)}
                    >
                      <RefreshCw />
                    </Button>
                  </Tooltip>
                )}
                <Tooltip label="Delete">
                  <Button
                    variant="ghost"
                    size="icon-sm"
                    aria-label={`Delete ${view.name}`}
                    disabled={remove.isPending}
                    onClick={() => remove.mutate(view)}
                  >
                    <Trash2 />
                  </Button>
                </Tooltip>
              </li>
            ))}
          </ul>
        )}
        <div className="border-t border-border p-2">
          {isSaving ? (
            <SaveViewForm
              projectId={projectId}
              entity={entity}
              search={current}
              onSaved={() => {
                setOpen(false);
                setSaving(false);
                void refresh();
              }}
            />
          ) : (
            <Button
              variant="ghost"
              size="sm"
              disabled={shown !== undefined}
              onClick={() => setSaving(true)}
            >
              <BookmarkPlus /> {shown ? `This is “${shown.name}”` : "Save this view…"}
            </Button>
          )}
        </div>
      </PopoverContent>
    </Popover>
  );
}
