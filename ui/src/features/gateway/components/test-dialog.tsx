import { useQuery } from "@tanstack/react-query";
import { CircleCheck, CircleX } from "lucide-react";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Dialog, DialogButtons } from "@/components/ui/dialog";
import { Input } from "@/components/ui/input";
import { ErrorState, Spinner } from "@/components/ui/states";
import { formatDuration, formatNumber } from "@/lib/format";
import { testProvider } from "../api/providers";
import type { Probe, Provider } from "../api/types";
import { hasWords } from "../lib/words";

const SHOWN = 200;

/** Asks a provider for its models, and says what came of it. */
export function TestDialog({ provider, onClose }: { provider: Provider; onClose: () => void }) {
  const probe = useQuery({
    queryKey: ["gateway-probe", provider.id, provider.last_updated_at],
    queryFn: () => testProvider(provider.id),
    // Each opening is a new try.
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
  return (
    <Dialog open onOpenChange={onClose} title={`Test of ${provider.name}`}>
      {probe.isFetching ? (
        <p className="flex items-center gap-2 text-muted-foreground">
          <Spinner label="Testing" /> It is asked for its models…
        </p>
      ) : probe.data ? (
        <Outcome probe={probe.data} />
      ) : (
        <ErrorState error={probe.error} />
      )}
      <DialogButtons>
        <Button disabled={probe.isFetching} onClick={() => void probe.refetch()}>
          Test again
        </Button>
        <Button variant="primary" onClick={onClose}>
          Done
        </Button>
      </DialogButtons>
    </Dialog>
  );
}

function Outcome({ probe }: { probe: Probe }) {
  return (
    <section role="status" aria-label="Outcome" className="flex min-w-0 flex-col gap-2">
      <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
        {probe.ok ? (
          <span className="flex items-center gap-1.5 font-medium text-success">
            <CircleCheck className="size-4 shrink-0" /> Address and key are good
          </span>
        ) : (
          <span className="flex min-w-0 items-start gap-1.5 font-medium text-danger">
            <CircleX className="mt-0.5 size-4 shrink-0" />
            <span className="min-w-0 break-words">{probe.error ?? "It did not work"}</span>
          </span>
        )}
        <span className="ml-auto text-muted-foreground tabular">
          {probe.status !== null && `status ${probe.status}`}
          {probe.latency_ms !== null && ` · ${formatDuration(probe.latency_ms)}`}
        </span>
      </p>
      {probe.request && (
        <p className="font-mono text-sm break-all">
          <span className="sr-only">Request: </span>
          {probe.request}
        </p>
      )}
      {probe.answer && (
        <pre
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a long answer scrolls by keyboard too
          tabIndex={0}
          className="max-h-48 overflow-auto rounded-sm border border-border bg-surface p-2 font-mono text-sm break-words whitespace-pre-wrap"
        >
          {probe.answer}
        </pre>
      )}
      {probe.models.length > 0 && <ModelNames names={probe.models} />}
    </section>
  );
}

function ModelNames({ names }: { names: readonly string[] }) {
  const [words, setWords] = useState("");
  const found = names.filter((name) => hasWords(name, words));
  return (
    <div className="flex flex-col gap-1.5">
      <div className="flex items-center gap-2">
        <span className="text-muted-foreground">
          {formatNumber(names.length)} {names.length === 1 ? "model" : "models"}
        </span>
        {names.length > 8 && (
          <Input
            type="search"
            aria-label="Search models"
            placeholder="Search"
            className="ml-auto w-40"
            value={words}
            onChange={(event) => setWords(event.target.value)}
          />
        )}
      </div>
      <ul
        aria-label="Models that it has"
        className="m-0 max-h-56 list-none overflow-y-auto rounded-sm border border-border p-1.5 font-mono text-sm"
      >
        {found.slice(0, SHOWN).map((name) => (
          <li key={name} className="truncate px-1">
            {name}
          </li>
        ))}
        {found.length > SHOWN && (
          <li className="px-1 text-muted-foreground">and {found.length - SHOWN} more</li>
        )}
      </ul>
    </div>
  );
}
