import { Link } from "@tanstack/react-router";
import { ChevronRight, Ellipsis, MessageSquareText, Pencil, Trash2 } from "lucide-react";
import { Badge } from "@/components/ui/badge";
import { Button, buttonClass } from "@/components/ui/button";
import { Menu, MenuContent, MenuItem, MenuSeparator, MenuTrigger } from "@/components/ui/menu";
import { cn } from "@/lib/cn";
import { formatCount, formatDuration, MISSING } from "@/lib/format";
import type { Endpoint, Model } from "../api/types";
import { endpointHealth, figuresOf, type Health, healthOf } from "../lib/health";
import { isFree, perMillion } from "../lib/prices";
import { HEAD, NUMBER, ROW } from "./list";

const SOURCES = { workspace: "workspace", file: "file", "built-in": "built in" } as const;
const TONES = {
  up: "success",
  part: "warning",
  failing: "danger",
  out: "danger",
  unknown: "outline",
} as const;
const WORDS = {
  up: "up",
  part: "partly up",
  failing: "failing",
  out: "resting",
  unknown: "not called yet",
} as const;
const TITLES: Record<Health, string> = {
  up: "Each endpoint that was called answers",
  part: "Not each endpoint answers: calls go to the others first",
  failing: "Each call failed since the server started",
  out: "It failed too often lately: it is tried again after its rest",
  unknown: "No call since the server started",
};

/** A model in one line; opened, its endpoints under it. */
export function ModelRow({
  model,
  name,
  columns,
  canEdit,
  isOpen,
  onOpen,
  onEdit,
  onDelete,
}: {
  model: Model;
  name: string;
  columns: number;
  canEdit: boolean;
  isOpen: boolean;
  onOpen: (open: boolean) => void;
  onEdit: () => void;
  onDelete: () => void;
}) {
  const { calls, failures, inFlight, latencyMs } = figuresOf(model.endpoints);
  const providers = [...new Set(model.endpoints.map((one) => one.provider_name))];
  const canCall = model.endpoints.length > 0 && model.enabled;
  return (
    <>
      <tr className={cn(ROW, !canCall && "text-muted-foreground")}>
        <th scope="row" className={HEAD}>
          <button
            type="button"
            aria-expanded={isOpen}
            title={model.description || undefined}
            className="flex w-full min-w-0 items-center gap-1 text-left"
            onClick={() => onOpen(!isOpen)}
          >
            <ChevronRight
              aria-hidden
              className={cn(
                "size-3.5 shrink-0 text-muted-foreground transition-transform",
                isOpen && "rotate-90",
              )}
            />
            <span className="truncate font-mono text-sm text-foreground">{name}</span>
            {model.prefix && (
              <span className="truncate text-sm text-muted-foreground">any model</span>
            )}
          </button>
        </th>
        <td className="px-2">
          <ModelHealth model={model} inFlight={inFlight} />
        </td>
        <td className="max-w-48 truncate px-2 max-md:hidden" title={providers.join(", ")}>
          {providers.join(", ") || MISSING}
        </td>
        <td className={cn(NUMBER, "max-md:hidden")}>{formatCount(model.context_length)}</td>
        {canCall && isFree(model.pricing) ? (
          <td className="px-2 text-right text-muted-foreground" colSpan={2}>
            free
          </td>
        ) : (
          <>
            <td className={NUMBER}>{perMillion(model.pricing.prompt)}</td>
            <td className={NUMBER}>{perMillion(model.pricing.completion)}</td>
          </>
        )}
        <td className={cn(NUMBER, "max-lg:hidden")}>{formatCount(calls)}</td>
        <td className={cn(NUMBER, "max-lg:hidden", failures > 0 && "text-danger")}>
          {formatCount(failures)}
        </td>
        <td className={cn(NUMBER, "max-lg:hidden")}>{formatDuration(latencyMs)}</td>
        <td className="px-2 text-muted-foreground max-lg:hidden">{SOURCES[model.source]}</td>
        <td className="pr-2 pl-1">
          <span className="flex items-center justify-end gap-1">
            {canCall && model.kind === "chat" && !model.prefix && (
              <Link
                to="/playground"
                search={{ model: model.slug }}
                aria-label={`Try ${name} in the playground`}
                title="Try in the playground"
                className={buttonClass("ghost", "icon-sm")}
              >
                <MessageSquareText />
              </Link>
            )}
            {canEdit && model.id && (
              <Menu>
                <MenuTrigger asChild>
                  <Button variant="ghost" size="icon-sm" aria-label={`Actions of ${name}`}>
                    <Ellipsis />
                  </Button>
                </MenuTrigger>
                <MenuContent align="end">
                  <MenuItem onSelect={onEdit}>
                    <Pencil /> Edit
                  </MenuItem>
                  <MenuSeparator />
                  <MenuItem className="text-danger" onSelect={onDelete}>
                    <Trash2 /> Delete…
                  </MenuItem>
                </MenuContent>
              </Menu>
            )}
          </span>
        </td>
      </tr>
      {isOpen && (
        <tr className="border-b border-border bg-surface">
          <td colSpan={columns} className="px-3 py-2">
            {model.endpoints.length === 0 ? (
              <p className="text-muted-foreground">
                Nothing serves it now: it, or each of its providers, is turned off.
              </p>
            ) : (
              <Endpoints endpoints={model.endpoints} name={name} />
            )}
          </td>
        </tr>
      )}
    </>
  );
}

function ModelHealth({ model, inFlight }: { model: Model; inFlight: number }) {
  if (!model.enabled || model.endpoints.length === 0)
    return <Badge tone="outline">{model.enabled ? "no provider" : "off"}</Badge>;
  const health = healthOf(model.endpoints);
  return (
    <span className="flex items-center gap-1.5">
      <HealthBadge health={health} />
      {inFlight > 0 && (
        <span className="text-sm text-running tabular" title="Calls that run now">
          {inFlight} running
        </span>
      )}
    </span>
  );
}

function HealthBadge({ health }: { health: Health }) {
  return (
    <Badge tone={TONES[health]} title={TITLES[health]}>
      {WORDS[health]}
    </Badge>
  );
}

function Endpoints({ endpoints, name }: { endpoints: readonly Endpoint[]; name: string }) {
  return (
    <table aria-label={`Endpoints of ${name}`} className="border-collapse">
      <thead>
        <tr className="text-left text-sm text-muted-foreground">
          {[
            "Provider",
            "Its name",
            "State",
            "Input /M",
            "Output /M",
            "Calls",
            "Failed",
            "First token p50",
            "Tokens/s",
            "Rules",
          ].map((label, i) => (
            <th
              key={label}
              scope="col"
              className={cn("h-6 pr-4 font-medium", i > 2 && i < 9 && "text-right")}
            >
              {label}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {endpoints.map((one) => (
          <tr key={one.id} className="h-7 [&>td]:pr-4">
            <th scope="row" className="pr-4 text-left font-normal">
              {one.provider_name}
            </th>
            <td className="font-mono text-sm">{one.upstream_model}</td>
            <td>
              <HealthBadge health={endpointHealth(one)} />
            </td>
            <td className="text-right tabular">{perMillion(one.pricing.prompt)}</td>
            <td className="text-right tabular">{perMillion(one.pricing.completion)}</td>
            <td className="text-right tabular">{formatCount(one.calls)}</td>
            <td className={cn("text-right tabular", one.failures > 0 && "text-danger")}>
              {formatCount(one.failures)}
            </td>
            <td className="text-right tabular">{formatDuration(one.latency_ms)}</td>
            <td className="text-right tabular">
              {one.tokens_per_s === null ? MISSING : one.tokens_per_s.toFixed(0)}
            </td>
            <td className="text-sm text-muted-foreground">{rulesOf(one)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function rulesOf(one: Endpoint): string {
  return [
    one.order > 0 && `order ${one.order}`,
    one.weight !== 1 && `weight ${one.weight}`,
    one.rpm !== null && `${formatCount(one.rpm)} requests/min`,
    one.tpm !== null && `${formatCount(one.tpm)} tokens/min`,
    one.quantization !== "unknown" && one.quantization,
    one.is_zdr && "keeps nothing",
    one.keeps_data && "may keep data",
  ]
    .filter(Boolean)
    .join(" · ");
}
