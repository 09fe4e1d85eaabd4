import { useMemo, useRef } from "react";
import { Page } from "@/components/layout/page";
import { Input } from "@/components/ui/input";
import { useDraft } from "@/hooks/use-draft";
import { useHotkeys } from "@/hooks/use-hotkeys";
import type { Destination, DestinationTypes } from "../api/types";
import { Crumbs } from "./crumbs";
import { TypePicker } from "./type-picker";

/** The first step of adding a destination: of which type. */
export function TypeChoice({
  types,
  destinations,
  words,
  onWords,
  onBack,
}: {
  types: DestinationTypes;
  destinations: readonly Destination[];
  words: string | undefined;
  onWords: (words: string | undefined) => void;
  onBack: () => void;
}) {
  const [draft, setDraft] = useDraft(words ?? "", (text) => onWords(text || undefined));
  const field = useRef<HTMLInputElement>(null);
  const picker = useRef<HTMLDivElement>(null);
  useHotkeys([
    {
      keys: "/",
      label: "Search types",
      group: "Observability",
      run: () => field.current?.focus(),
    },
    { keys: "escape", label: "Back", group: "Observability", run: onBack, whileTyping: true },
  ]);
  const counts = useCounts(destinations);
  return (
    <Page title="Add a destination" crumbs={<Crumbs />}>
      <div className="flex max-w-4xl flex-col gap-3 p-4" ref={picker}>
        <Input
          ref={field}
          type="search"
          aria-label="Search types"
          placeholder={`Search ${types.content.length} types`}
          autoFocus
          className="max-w-80"
          value={draft}
          onChange={(event) => setDraft(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === "Enter") picker.current?.querySelector("a")?.click();
          }}
        />
        <TypePicker types={types} words={draft} counts={counts} />
      </div>
    </Page>
  );
}

/** How many destinations of each type there are, the operator's apart. */
export function useCounts(destinations: readonly Destination[]): ReadonlyMap<string, number> {
  return useMemo(() => {
    const counts = new Map<string, number>();
    for (const one of destinations)
      if (!one.read_only) counts.set(one.type, (counts.get(one.type) ?? 0) + 1);
    return counts;
  }, [destinations]);
}
