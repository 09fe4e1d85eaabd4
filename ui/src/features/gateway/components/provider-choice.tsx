import { useRef } from "react";
import { Input } from "@/components/ui/input";
import { useDraft } from "@/hooks/use-draft";
import { useHotkeys } from "@/hooks/use-hotkeys";
import type { KnownProvider } from "../api/types";
import { ProviderPicker } from "./provider-picker";

/** The first step of adding a provider: which. */
export function ProviderChoice({
  known,
  taken,
  words,
  onWords,
  onBack,
}: {
  known: readonly KnownProvider[];
  taken: readonly string[];
  words: string | undefined;
  onWords: (words: string | undefined) => void;
  onBack: () => void;
}) {
  const [draft, setDraft] = useDraft(words ?? "", (text) => onWords(text || undefined));
  const field = useRef<HTMLInputElement>(null);
  const picker = useRef<HTMLDivElement>(null);
  const group = "Gateway";
  useHotkeys([
    { keys: "/", label: "Search providers", group, run: () => field.current?.focus() },
    { keys: "escape", label: "Back", group, run: onBack, whileTyping: true },
  ]);
  return (
    <div className="flex max-w-4xl flex-col gap-3 p-4" ref={picker}>
      <Input
        ref={field}
        type="search"
        aria-label="Search providers"
        placeholder="Search providers"
        autoFocus
        className="max-w-80"
        value={draft}
        onChange={(event) => setDraft(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter") picker.current?.querySelector("a")?.click();
        }}
      />
      <ProviderPicker known={known} taken={taken} words={draft} />
    </div>
  );
}
