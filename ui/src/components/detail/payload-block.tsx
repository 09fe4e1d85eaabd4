import { ChevronDown, ChevronsDownUp, ChevronsUpDown, Download, Search } from "lucide-react";
import { type KeyboardEvent, type ReactNode, useId, useState } from "react";
import { url } from "@/api/client";
import { payloadPath } from "@/api/queries/entity-detail";
import { JsonView } from "@/components/json-view/json-view";
import type { RowActionsContext } from "@/components/json-view/row-actions";
import { SearchField } from "@/components/json-view/search-field";
import { Button, buttonClass } from "@/components/ui/button";
import { CopyButton } from "@/components/ui/copy-button";
import { Segmented } from "@/components/ui/segmented";
import { useStored } from "@/hooks/use-stored";
import { cn } from "@/lib/cn";
import { formatBytes } from "@/lib/format";
import { PayloadNote } from "./payload-note";
import { PayloadText } from "./payload-text";
import type { EntityKind } from "./types";
import type { PayloadView } from "./use-payload";

type Mode = "pretty" | "json" | "yaml";
const MODES: readonly { value: Mode; label: string }[] = [
  { value: "pretty", label: "Pretty" },
  { value: "json", label: "JSON" },
  { value: "yaml", label: "YAML" },
];
/** Longer texts are not put into an editor. */
const MOST_TEXT = 1_500_000;

/** One payload with its ways to look at it; the head stays in sight while its rows scroll by. */
export function PayloadBlock({
  kind,
  id,
  title,
  payload,
  onFilter,
  onAddColumn,
  mediaOf,
}: {
  kind: EntityKind;
  id: string;
  title: string;
  payload: PayloadView;
} & Omit<RowActionsContext, "field">) {
  const [mode, setMode] = useStored<Mode>(`payload-mode.${payload.name}`, "pretty");
  const [isOpen, setOpen] = useStored(`payload-open.${payload.name}`, true);
  const [isSearching, setSearching] = useState(false);
  const body = useId();
  const { doc, size, isLarge } = payload;
  const canBeText = !isLarge && size <= MOST_TEXT;
  const shown = canBeText ? mode : "pretty";
  const what = title.toLowerCase();

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key.toLowerCase() !== "f" || !(event.metaKey || event.ctrlKey) || !doc) return;
    event.preventDefault();
    setSearching(true);
  };

  return (
    <section aria-label={title} onKeyDown={onKeyDown} className="border-b border-border">
      <header className="sticky top-0 z-10 bg-background">
        <div className="flex h-9 items-center gap-1 pr-2 pl-1.5">
          <button
            type="button"
            aria-expanded={isOpen}
            aria-controls={body}
            disabled={!doc}
            onClick={() => setOpen(!isOpen)}
            className="flex min-w-0 items-center gap-1.5 rounded-sm px-1 font-medium"
          >
            <ChevronDown
              aria-hidden
              className={cn(
                "size-3.5 text-muted-foreground transition-transform",
                !isOpen && "-rotate-90",
                !doc && "invisible",
              )}
            />
            {title}
            <span className="text-sm font-normal whitespace-nowrap text-muted-foreground">
              {doc ? formatBytes(size) : "none"}
            </span>
          </button>
          {doc && isOpen && (
            <Tools
              shown={shown}
              isSearching={isSearching}
              onSearch={() => setSearching(!isSearching)}
              onOpenAll={() => doc.openAll()}
              onCloseAll={() => doc.closeAll()}
            >
              <CopyButton text={() => doc.text([])} label={`Copy the ${what}`} />
              <a
                href={url(payloadPath(kind, id, payload.name))}
                download={`${payload.name}-${id}.json`}
                aria-label={`Download the ${what}`}
                title={`Download the ${what}`}
                className={buttonClass("ghost", "icon-sm")}
              >
                <Download />
              </a>
              {canBeText && (
                <Segmented
                  label={`How to show the ${what}`}
                  value={shown}
                  options={MODES}
                  onChange={setMode}
                  className="ml-1 h-6 text-sm"
                />
              )}
            </Tools>
          )}
        </div>
        {doc && isOpen && isSearching && shown === "pretty" && (
          <SearchField doc={doc} label={`Search the ${what}`} onClose={() => setSearching(false)} />
        )}
        {isOpen && <PayloadNote payload={payload} what={what} />}
      </header>
      {doc && isOpen && (
        <div id={body} className="px-2 pb-2">
          {shown === "pretty" ? (
            <JsonView
              doc={doc}
              label={title}
              field={payload.name}
              onFilter={onFilter}
              onAddColumn={onAddColumn}
              mediaOf={mediaOf}
            />
          ) : (
            <PayloadText
              value={payload.value ?? null}
              language={shown}
              label={title}
              isSearching={isSearching}
              onCloseSearch={() => setSearching(false)}
            />
          )}
        </div>
      )}
    </section>
  );
}

function Tools({
  shown,
  isSearching,
  onSearch,
  onOpenAll,
  onCloseAll,
  children,
}: {
  shown: Mode;
  isSearching: boolean;
  onSearch: () => void;
  onOpenAll: () => void;
  onCloseAll: () => void;
  children: ReactNode;
}) {
  return (
    <div className="ml-auto flex shrink-0 items-center">
      <Button
        variant="ghost"
        size="icon-sm"
        aria-label="Search"
        title="Search"
        aria-pressed={isSearching}
        onClick={onSearch}
      >
        <Search />
      </Button>
      {shown === "pretty" && (
        <>
          <Button
            variant="ghost"
            size="icon-sm"
            aria-label="Expand all"
            title="Expand all"
            className="max-sm:hidden"
            onClick={onOpenAll}
          >
            <ChevronsUpDown />
          </Button>
          <Button
            variant="ghost"
            size="icon-sm"
            aria-label="Collapse all"
            title="Collapse all"
            className="max-sm:hidden"
            onClick={onCloseAll}
          >
            <ChevronsDownUp />
          </Button>
        </>
      )}
      {children}
    </div>
  );
}
