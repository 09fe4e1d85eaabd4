import { ChevronRight, X } from "lucide-react";
import { useState } from "react";
import { FormRow } from "@/components/form/form-row";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import { Select } from "@/components/ui/select";
import { cn } from "@/lib/cn";
import type { Provider } from "../api/types";
import type { EndpointDraft } from "../lib/model-draft";

type TextField = Exclude<keyof EndpointDraft, "key" | "kept">;

/** Path of the server, name, and what an empty field means. */
const PRICES: readonly [TextField, string, string][] = [
  ["prompt", "prices.prompt", "Input"],
  ["completion", "prices.completion", "Output"],
  ["cacheRead", "prices.cache_read", "Cached input"],
];
const MORE: readonly [TextField, string, string, string, string][] = [
  ["order", "order", "Order", "0", "Smaller ones are tried first."],
  ["weight", "weight", "Weight", "1", "Share among those of the same order."],
  ["rpm", "rpm", "Requests a minute", "no limit", "A full endpoint is passed over."],
  ["tpm", "tpm", "Tokens a minute", "no limit", "A full endpoint is passed over."],
  ["retries", "retries", "Retries", "as routing says", "Before the next one is asked."],
];

/** One place that serves the model: at which provider, by what name, at what price. */
export function EndpointEditor({
  number,
  draft,
  providers,
  errorOf,
  onChange,
  onRemove,
}: {
  number: number;
  draft: EndpointDraft;
  providers: readonly Provider[];
  errorOf: (path: string) => string | undefined;
  onChange: (part: Partial<EndpointDraft>) => void;
  onRemove: (() => void) | undefined;
}) {
  const hasMore = MORE.some(([field]) => draft[field] !== "");
  const wrong = MORE.some(([, path]) => errorOf(path));
  const [isOpen, setOpen] = useState(hasMore);
  const shows = isOpen || wrong;
  return (
    <fieldset className="m-0 flex min-w-0 flex-col gap-3 rounded-md border border-border p-3">
      <legend className="sr-only">Endpoint {number}</legend>
      <div className="grid grid-cols-[minmax(0,2fr)_minmax(0,3fr)_auto] items-start gap-3 max-sm:grid-cols-1">
        <FormRow label="Provider" error={errorOf("provider_id")}>
          {({ id }) => (
            <Select
              id={id}
              label={`Provider of endpoint ${number}`}
              value={draft.providerId}
              options={providers.map((one) => ({ value: one.id, label: one.name }))}
              onChange={(providerId) => onChange({ providerId })}
              className="w-full"
            />
          )}
        </FormRow>
        <FormRow label="Its name of the model" error={errorOf("upstream_model")}>
          {(props) => (
            <Input
              {...props}
              value={draft.upstreamModel}
              spellCheck={false}
              placeholder="gpt-4o-mini"
              className="font-mono"
              onChange={(event) => onChange({ upstreamModel: event.target.value })}
            />
          )}
        </FormRow>
        {onRemove && (
          <Button
            variant="ghost"
            size="icon"
            aria-label={`Remove endpoint ${number}`}
            className="mt-6 max-sm:mt-0"
            onClick={onRemove}
          >
            <X />
          </Button>
        )}
      </div>
      <div className="grid grid-cols-3 gap-3 max-sm:grid-cols-1">
        {PRICES.map(([field, path, label]) => (
          <FormRow key={field} label={label} error={errorOf(path)}>
            {(props) => (
              <Input
                {...props}
                inputMode="decimal"
                value={draft[field]}
                placeholder="price list"
                className="text-right tabular"
                onChange={(event) => onChange({ [field]: event.target.value })}
              />
            )}
          </FormRow>
        ))}
      </div>
      <p className="text-sm text-muted-foreground">
        USD per million tokens. Left empty, the price list of the server is asked.
      </p>
      <button
        type="button"
        aria-expanded={shows}
        onClick={() => setOpen(!isOpen)}
        className="flex items-center gap-1 self-start text-muted-foreground hover:text-foreground"
      >
        <ChevronRight
          aria-hidden
          className={cn("size-3.5 transition-transform", shows && "rotate-90")}
        />
        Order, weight, limits
      </button>
      {shows && (
        <div className="grid grid-cols-2 gap-3 max-sm:grid-cols-1">
          {MORE.map(([field, path, label, usual, help]) => (
            <FormRow key={field} label={label} error={errorOf(path)} help={help}>
              {(props) => (
                <Input
                  {...props}
                  inputMode="decimal"
                  value={draft[field]}
                  placeholder={usual}
                  className="tabular"
                  onChange={(event) => onChange({ [field]: event.target.value })}
                />
              )}
            </FormRow>
          ))}
        </div>
      )}
    </fieldset>
  );
}
