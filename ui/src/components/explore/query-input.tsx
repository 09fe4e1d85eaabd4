import { useQuery, useQueryClient } from "@tanstack/react-query";
import { CornerDownLeft, Search, X } from "lucide-react";
import { Popover as Radix } from "radix-ui";
import { type KeyboardEvent, useId, useLayoutEffect, useRef, useState } from "react";
import { parsedQuery } from "@/api/queries/query-text";
import type { EntityType } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Tooltip } from "@/components/ui/tooltip";
import { useHotkeys } from "@/hooks/use-hotkeys";
import { useStored } from "@/hooks/use-stored";
import { cn } from "@/lib/cn";
import type { SliceSearch } from "@/lib/slice";
import { applySuggestion, type Suggestion } from "./query/completion";
import { QueryHelp } from "./query-help";
import { QueryHighlight } from "./query-highlight";
import { ServerWords } from "./server-words";
import { optionId, SuggestionList } from "./suggestion-list";
import { useDebounced } from "./use-debounced";
import { useSuggestions } from "./use-suggestions";

const RECENT = 8;
const EXAMPLES: Record<EntityType, string> = {
  trace: "model:gpt-4o duration>2s -status:ok",
  span: "type:llm duration>2s -status:ok",
  thread: "status:active messages>4",
};

/** Where a query is typed: coloured, completed, and told at once what does not read. */
export function QueryInput({
  projectId,
  entity,
  search,
  onApply,
}: {
  projectId: string;
  entity: EntityType;
  search: SliceSearch;
  onApply: (query: string) => void;
}) {
  const client = useQueryClient();
  const applied = search.q ?? "";
  const [draft, setDraft] = useState<string>();
  const [seen, setSeen] = useState(applied);
  // A query that was changed elsewhere (a chip, a facet, the back button) wins over what was typed.
  if (seen !== applied) {
    setSeen(applied);
    setDraft(undefined);
  }
  const text = draft ?? applied;
  const [caret, setCaret] = useState(0);
  const [isOpen, setOpen] = useState(false);
  const [hasFocus, setFocus] = useState(false);
  const [active, setActive] = useState(-1);
  const [recent, setRecent] = useStored<string[]>(`recent-queries.${entity}`, []);
  const input = useRef<HTMLInputElement>(null);
  const overlay = useRef<HTMLDivElement>(null);
  const wanted = useRef<number | undefined>(undefined);
  const listId = useId();
  const problemId = useId();

  const { context, suggestions, isPending } = useSuggestions({
    projectId,
    entity,
    search,
    text,
    caret,
    recent,
    enabled: hasFocus && isOpen,
  });
  const [settledNow, setSettledNow] = useState("");
  const paused = useDebounced(text, 250);
  const settled = settledNow === text ? text : paused;
  const parsed = useQuery(parsedQuery(entity, settled));
  const problem = settled === text ? (parsed.data?.error ?? undefined) : undefined;
  const isDirty = draft !== undefined && draft !== applied;
  const shown =
    hasFocus && isOpen && (suggestions.length > 0 || isPending || problem !== undefined);

  const scroll = () => {
    if (overlay.current && input.current)
      overlay.current.style.transform = `translateX(${-input.current.scrollLeft}px)`;
  };
  // To read where the text stands makes the browser lay out the page: only when it has changed.
  // biome-ignore lint/correctness/useExhaustiveDependencies: what moves the text, not what it calls
  useLayoutEffect(() => {
    if (wanted.current !== undefined) {
      input.current?.setSelectionRange(wanted.current, wanted.current);
      wanted.current = undefined;
    }
    scroll();
  }, [text, caret]);

  const write = (next: string, at: number) => {
    setDraft(next);
    setCaret(at);
    setActive(-1);
    setOpen(true);
  };
  const apply = async (query: string) => {
    const trimmed = query.trim();
    // What does not read stays here, with what is wrong; only the server's silence lets it pass.
    const read = await client.ensureQueryData(parsedQuery(entity, trimmed)).catch(() => undefined);
    if (read?.error) {
      setSettledNow(query);
      setOpen(true);
      return;
    }
    setOpen(false);
    setActive(-1);
    if (trimmed) setRecent([trimmed, ...recent.filter((r) => r !== trimmed)].slice(0, RECENT));
    if (trimmed === applied) setDraft(undefined);
    else {
      setDraft(trimmed);
      onApply(trimmed);
    }
  };
  const choose = (suggestion: Suggestion) => {
    if (suggestion.whole) return void apply(suggestion.insert);
    const next = applySuggestion(text, context, suggestion);
    wanted.current = next.caret;
    write(next.text, next.caret);
  };
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.nativeEvent.isComposing) return;
    const last = suggestions.length - 1;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      if (!shown) setOpen(true);
      else setActive(active + step < -1 ? last : active + step > last ? -1 : active + step);
    } else if (event.key === "Enter") {
      const picked = shown ? suggestions[active] : undefined;
      if (picked) choose(picked);
      else void apply(text);
    } else if (event.key === "Tab" && !event.shiftKey && shown && suggestions.length > 0) {
      choose(suggestions[Math.max(active, 0)] as Suggestion);
    } else if (event.key === "Escape") {
      if (shown) setOpen(false);
      else if (isDirty) setDraft(undefined);
      else input.current?.blur();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };

  useHotkeys([
    {
      keys: "/",
      label: "Write a query",
      group: "Query",
      run: () => {
        input.current?.focus();
        input.current?.select();
      },
    },
  ]);

  return (
    <Radix.Root open={shown} onOpenChange={setOpen}>
      <Radix.Anchor asChild>
        <div
          className={cn(
            "relative flex h-7 min-w-0 items-center rounded-md border border-border-strong bg-raised focus-within:outline-2 focus-within:outline-offset-1 focus-within:outline-ring",
            problem && !hasFocus && "border-danger",
          )}
        >
          <Search aria-hidden className="ml-2 size-3.5 shrink-0 text-muted-foreground" />
          <div className="relative h-full min-w-0 flex-1 overflow-hidden font-mono text-sm">
            <div aria-hidden className="pointer-events-none absolute inset-0 overflow-hidden px-2">
              <div ref={overlay} className="w-max leading-[26px] whitespace-pre">
                <QueryHighlight text={text} problem={problem} />
              </div>
            </div>
            <input
              ref={input}
              role="combobox"
              aria-label="Query"
              aria-expanded={shown}
              aria-controls={listId}
              aria-autocomplete="list"
              aria-activedescendant={shown && active >= 0 ? optionId(listId, active) : undefined}
              aria-invalid={problem !== undefined}
              aria-describedby={problem && shown ? problemId : undefined}
              autoComplete="off"
              autoCapitalize="none"
              spellCheck={false}
              placeholder={`Search ${entity}s, or ${EXAMPLES[entity]}`}
              value={text}
              onChange={(e) => write(e.target.value, e.target.selectionStart ?? 0)}
              onSelect={(e) => setCaret(e.currentTarget.selectionStart ?? 0)}
              onFocus={() => {
                setFocus(true);
                setOpen(true);
              }}
              onBlur={() => {
                setFocus(false);
                setActive(-1);
              }}
              onClick={() => setOpen(true)}
              onScroll={scroll}
              onKeyDown={onKeyDown}
              className="relative h-full w-full bg-transparent px-2 caret-foreground outline-none [-webkit-text-fill-color:transparent] placeholder:text-muted-foreground placeholder:[-webkit-text-fill-color:var(--muted-foreground)]"
            />
          </div>
          {isDirty && (
            <Tooltip label="Apply the query" keys="enter">
              <Button
                variant="ghost"
                size="icon-sm"
                aria-label="Apply the query"
                onClick={() => void apply(text)}
              >
                <CornerDownLeft />
              </Button>
            </Tooltip>
          )}
          {text !== "" && (
            <Button
              variant="ghost"
              size="icon-sm"
              aria-label="Clear the query"
              onClick={() => {
                void apply("");
                input.current?.focus();
              }}
            >
              <X />
            </Button>
          )}
          <QueryHelp />
        </div>
      </Radix.Anchor>
      <Radix.Portal>
        <Radix.Content
          role="presentation"
          align="start"
          sideOffset={4}
          collisionPadding={8}
          onOpenAutoFocus={(event) => event.preventDefault()}
          onCloseAutoFocus={(event) => event.preventDefault()}
          onInteractOutside={(event) => event.preventDefault()}
          onEscapeKeyDown={(event) => event.preventDefault()}
          className="z-50 w-[min(40rem,calc(100vw-1rem))] rounded-md border border-border bg-raised shadow-lg outline-none"
        >
          {problem && (
            <p id={problemId} className="border-b border-border px-3 py-1.5 text-sm">
              <span className="text-danger">
                <ServerWords text={problem.detail} />
              </span>
              {problem.hint && (
                <span className="text-muted-foreground">
                  {" "}
                  <ServerWords text={problem.hint} />
                </span>
              )}
            </p>
          )}
          {(suggestions.length > 0 || isPending) && (
            <SuggestionList
              id={listId}
              suggestions={suggestions}
              active={active}
              isPending={isPending}
              onChoose={choose}
            />
          )}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
