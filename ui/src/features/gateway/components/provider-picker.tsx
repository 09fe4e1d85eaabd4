import { Link } from "@tanstack/react-router";
import { Server } from "lucide-react";
import type { KnownProvider } from "../api/types";
import { NEW } from "../lib/search";
import { hasWords } from "../lib/words";
import { ProviderMark } from "./provider-mark";

/** Those that most people look for come first. */
const FIRST = [
  "openai",
  "anthropic",
  "gemini",
  "azure",
  "bedrock",
  "vertex_ai",
  "openrouter",
  "mistral",
  "groq",
  "together_ai",
  "deepseek",
  "xai",
  "fireworks_ai",
  "ollama",
  "vllm",
];
/** Other names of a row that is there, for files of LiteLLM's. */
const ALIASES = new Set([
  "ai21_chat",
  "bedrock_converse",
  "cohere_chat",
  "custom_openai",
  "hosted_vllm",
  "ollama_chat",
  "openai_like",
  "text-completion-openai",
  "vertex_ai_beta",
]);

const LOOK =
  "flex h-11 items-center gap-2.5 rounded-md border border-border bg-raised px-2.5 hover:border-border-strong hover:bg-muted";

/** All known providers to choose from, and one for every other server. */
export function ProviderPicker({
  known,
  taken,
  words,
}: {
  known: readonly KnownProvider[];
  /** Slugs that the workspace has already. */
  taken: readonly string[];
  words: string | undefined;
}) {
  const rank = (one: KnownProvider) => {
    const at = FIRST.indexOf(one.slug);
    return at < 0 ? FIRST.length : at;
  };
  const found = known
    .filter((one) => !ALIASES.has(one.slug) && hasWords(`${one.name} ${one.slug}`, words))
    .sort((a, b) => rank(a) - rank(b));
  return (
    <ul
      aria-label="Kinds of providers"
      className="m-0 grid list-none grid-cols-[repeat(auto-fill,minmax(11rem,1fr))] gap-2 p-0 text-left"
    >
      {found.map((one) => (
        <li key={one.slug}>
          {taken.includes(one.slug) ? (
            <div className={`${LOOK} text-muted-foreground hover:border-border hover:bg-raised`}>
              <ProviderMark name={one.name} />
              <Words name={one.name} note="added already" />
            </div>
          ) : (
            <Link to="/gateway" search={{ tab: "providers", add: one.slug }} className={LOOK}>
              <ProviderMark name={one.name} />
              <Words name={one.name} note={one.slug} />
            </Link>
          )}
        </li>
      ))}
      <li>
        <Link to="/gateway" search={{ tab: "providers", add: NEW }} className={LOOK}>
          <Server aria-hidden className="size-5.5 p-0.5 text-muted-foreground" />
          <Words name="Another server" note="by its base URL" />
        </Link>
      </li>
    </ul>
  );
}

function Words({ name, note }: { name: string; note: string }) {
  return (
    <span className="flex min-w-0 flex-col leading-4">
      <span className="truncate font-medium">{name}</span>
      <span className="truncate text-xs text-muted-foreground">{note}</span>
    </span>
  );
}
