import { Plus, RadioTower } from "lucide-react";
import { useRef } from "react";
import { messageOf } from "@/api/errors";
import { Page } from "@/components/layout/page";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import { EmptyState } from "@/components/ui/states";
import { useHotkeys } from "@/hooks/use-hotkeys";
import type { DestinationTypes, Overview } from "../api/types";
import { useCanEdit } from "../lib/use-can-edit";
import { BroadcastSwitch } from "./broadcast-switch";
import { DestinationsTable } from "./destinations-table";
import { useCounts } from "./type-choice";
import { TypePicker } from "./type-picker";

/** All destinations, or what broadcast is while there is none. */
export function ListView({
  overview,
  types,
  staleError,
  words,
  onWords,
  onAdd,
}: {
  overview: Overview;
  types: DestinationTypes;
  /** Why the figures are not refreshed, if they are not. */
  staleError: unknown;
  words: string | undefined;
  onWords: (words: string | undefined) => void;
  onAdd: () => void;
}) {
  const canEdit = useCanEdit();
  const field = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const counts = useCounts(overview.content);
  const step = (by: number) => {
    const links = [...(list.current?.querySelectorAll<HTMLElement>("a[data-row]") ?? [])];
    const at = links.indexOf(document.activeElement as HTMLElement);
    links[Math.min(links.length - 1, Math.max(0, at < 0 ? 0 : at + by))]?.focus();
  };
  const group = "Observability";
  useHotkeys([
    { keys: "n", label: "New destination", group, run: () => canEdit && onAdd() },
    { keys: "/", label: "Search destinations", group, run: () => field.current?.focus() },
    { keys: "j", label: "Next destination", group, run: () => step(1) },
    { keys: "k", label: "Previous destination", group, run: () => step(-1) },
  ]);
  const titles = new Map(types.content.map((one) => [one.type, one.title]));
  const titleOf = (type: string) => titles.get(type) ?? type;
  const isEmpty = overview.content.length === 0;
  const asked = (words ?? "").trim().toLowerCase();
  const rows = overview.content.filter((one) =>
    `${one.name} ${titleOf(one.type)} ${one.type} ${one.status}`.toLowerCase().includes(asked),
  );
  return (
    <Page
      title="Observability"
      actions={
        <>
          {!isEmpty && (
            <Input
              ref={field}
              type="search"
              aria-label="Search destinations"
              placeholder="Search"
              className="w-44 max-sm:hidden"
              value={words ?? ""}
              onChange={(event) => onWords(event.target.value || undefined)}
            />
          )}
          <BroadcastSwitch on={overview.on} disabled={!canEdit} />
          {canEdit && !isEmpty && (
            <Button variant="primary" onClick={onAdd}>
              <Plus /> <span className="max-sm:sr-only">New destination</span>
            </Button>
          )}
        </>
      }
    >
      {!overview.on && !isEmpty && (
        <p
          role="status"
          className="border-b border-border bg-warning-soft px-3 py-1.5 text-warning"
        >
          Broadcast is off: calls that end now are sent nowhere
          {overview.content.some((one) => one.read_only) && " but to the operator's destinations"},
          and not later either.
        </p>
      )}
      {Boolean(staleError) && (
        <p role="alert" className="border-b border-border bg-danger-soft px-3 py-1.5 text-danger">
          These figures are not the latest. {messageOf(staleError)}
        </p>
      )}
      <div ref={list}>
        {isEmpty ? (
          <>
            <EmptyState icon={<RadioTower />} title="No destinations yet">
              Broadcast sends every LLM call that goes through the gateway on to the observability
              tools that you use, as a trace of their own kind. Each destination has its own
              sampling, filters and privacy, and what cannot be delivered at once waits and is tried
              again.
              {!canEdit && (
                <p className="mt-3">Somebody with an admin key can add the first one.</p>
              )}
            </EmptyState>
            {canEdit && (
              <div className="mx-auto max-w-4xl px-4 pb-8">
                <TypePicker types={types} words={undefined} counts={counts} />
              </div>
            )}
          </>
        ) : rows.length === 0 ? (
          <EmptyState title="No destination is called that">
            <Button className="mt-2" onClick={() => onWords(undefined)}>
              Show all
            </Button>
          </EmptyState>
        ) : (
          <DestinationsTable rows={rows} titleOf={titleOf} />
        )}
      </div>
    </Page>
  );
}
