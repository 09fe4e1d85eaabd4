import type { ReactNode } from "react";
import { CopyButton } from "@/components/ui/copy-button";
import { formatTime, MISSING } from "@/lib/format";
import type { ConfigValue, Destination, DestinationType } from "../api/types";
import { percentText } from "../lib/draft";
import { ruleWords } from "../lib/filter-draft";

/** How a destination is set up, to read; secrets are masked. */
export function ConfigurationTab({
  destination: one,
  type,
}: {
  destination: Destination;
  type: DestinationType | undefined;
}) {
  const fields = type?.fields ?? Object.keys(one.config).map((key) => ({ key, title: key }));
  const extras = [
    one.broadcast_generation_cost && "cost",
    one.broadcast_generation_identity && "identity",
    one.broadcast_generation_request_context && "request context",
  ].filter(Boolean);
  return (
    <dl className="m-0 grid grid-cols-[7.5rem_minmax(0,1fr)] sm:grid-cols-[12rem_minmax(0,1fr)] gap-x-4 gap-y-1.5 p-4">
      <Item label="Type">{type?.title ?? one.type}</Item>
      {fields.map((field) => (
        <Item key={field.key} label={field.title}>
          <Value value={one.config[field.key]} />
        </Item>
      ))}
      <Item label="Sampling rate">{percentText(one.sampling_rate)}% of sessions</Item>
      <Item label="Privacy mode">
        {one.privacy_mode ? "on: no text of prompts and answers is sent" : "off"}
      </Item>
      <Item label="Extra metadata">{extras.length > 0 ? extras.join(", ") : "none"}</Item>
      <Item label="Calls of">
        {one.api_key_hashes ? <Hashes hashes={one.api_key_hashes} /> : "every key"}
      </Item>
      <Item label="Never calls of">
        {one.excluded_api_key_hashes.length > 0 ? (
          <Hashes hashes={one.excluded_api_key_hashes} />
        ) : (
          MISSING
        )}
      </Item>
      <Item label="Rules">
        <Rules destination={one} />
      </Item>
      <Item label="Id">
        <span className="flex items-center gap-1 font-mono text-sm">
          <span className="min-w-0 break-all">{one.id}</span>
          <CopyButton text={one.id} label="Copy the id" className="-my-1" />
        </span>
      </Item>
      {one.created_at && <Item label="Made">{formatTime(one.created_at)}</Item>}
      {one.updated_at && <Item label="Changed">{formatTime(one.updated_at)}</Item>}
    </dl>
  );
}

function Item({ label, children }: { label: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-muted-foreground">{label}</dt>
      <dd className="m-0 min-w-0 break-words">{children}</dd>
    </>
  );
}

function Value({ value }: { value: ConfigValue | undefined }) {
  if (value === null || value === undefined || value === "") return MISSING;
  if (typeof value !== "object") return <span className="break-all">{String(value)}</span>;
  const entries = Object.entries(value);
  if (entries.length === 0) return MISSING;
  return entries.map(([name, text]) => (
    <span key={name} className="block font-mono text-sm break-all">
      {name}: {text}
    </span>
  ));
}

const Hashes = ({ hashes }: { hashes: readonly string[] }) =>
  hashes.map((hash) => (
    <code key={hash} className="block text-sm break-all">
      {hash}
    </code>
  ));

function Rules({ destination: { filter_rules: rules } }: { destination: Destination }) {
  const groups = rules?.groups.filter((group) => group.rules.length > 0) ?? [];
  if (!rules || groups.length === 0) return "none: every call is sent";
  const text = groups.map((group) => {
    const words = group.rules.map(ruleWords).join(` ${group.logic} `);
    return groups.length > 1 && group.rules.length > 1 ? `(${words})` : words;
  });
  return `${text.join(" and ")}${rules.enabled ? "" : " (off: every call is sent)"}`;
}
