import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Ellipsis, KeyRound, Pencil, Plus, Power, Trash2 } from "lucide-react";
import { useState } from "react";
import { messageOf } from "@/api/errors";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/dialog";
import { Menu, MenuContent, MenuItem, MenuSeparator, MenuTrigger } from "@/components/ui/menu";
import { EmptyState } from "@/components/ui/states";
import { useNow } from "@/hooks/use-now";
import { cn } from "@/lib/cn";
import { formatAgo, formatCost, formatCount, formatTime, MISSING } from "@/lib/format";
import { toast } from "@/lib/toast";
import { deleteKey, keysQuery, updateKey } from "../api/keys";
import type { GatewayKey } from "../api/types";
import { keyState } from "../lib/key-draft";
import { type GatewaySearch, NEW } from "../lib/search";
import { useCanEdit } from "../lib/use-can-edit";
import { hasWords } from "../lib/words";
import { HEAD, ListBar, ListTable, Loaded, NUMBER, ROW } from "./list";
import { NoMatch } from "./no-match";
import { SpendBar } from "./spend-bar";

const COLUMNS = [
  { label: "Name" },
  { label: "Key" },
  { label: "State" },
  { label: "Today", end: true },
  { label: "Week", end: true },
  { label: "Month", end: true },
  { label: "Limit" },
  { label: "Models", className: "max-lg:hidden" },
  { label: "Rate", end: true, className: "max-lg:hidden" },
  { label: "Last used", end: true, className: "max-lg:hidden" },
  { label: "Actions", hidden: true },
] as const;
const TONES = {
  good: "success",
  disabled: "outline",
  expired: "outline",
  "used up": "danger",
} as const;

/** Who may call: each key with what it has spent and may spend. */
export function KeysTab({
  search,
  onGo,
}: {
  search: GatewaySearch;
  onGo: (search: GatewaySearch, replace?: boolean) => void;
}) {
  const client = useQueryClient();
  const canEdit = useCanEdit();
  const keys = useQuery({ ...keysQuery(), enabled: canEdit });
  const [deleting, setDeleting] = useState<GatewayKey>();
  const refresh = async () => {
    await client.invalidateQueries({ queryKey: ["gateway", "keys"] });
    await client.invalidateQueries({ queryKey: ["broadcast", "gateway-keys"] });
  };
  const add = () => onGo({ tab: "keys", add: NEW });
  if (!canEdit)
    return (
      <EmptyState icon={<KeyRound />} title="Only admins see keys">
        Sign in with an admin key to make keys and see what they spend.
      </EmptyState>
    );
  return (
    <Loaded query={keys}>
      {(list) => {
        if (list.length === 0)
          return (
            <EmptyState icon={<KeyRound />} title="No gateway keys yet">
              <p>
                Give each application a key of its own: with a limit in USD, the models that it may
                call, and the project that its traces go to. API keys of this server work too,
                without a limit.
              </p>
              <Button variant="primary" className="mt-4" onClick={add}>
                <Plus /> New API key
              </Button>
            </EmptyState>
          );
        const rows = list.filter((one) => hasWords(`${one.name} ${one.label}`, search.q));
        return (
          <>
            <ListBar
              action={
                <Button variant="primary" onClick={add}>
                  <Plus /> New API key
                </Button>
              }
            >
              Days, weeks (from Monday) and months are those of UTC.
            </ListBar>
            {rows.length === 0 ? (
              <NoMatch noun="key" onAll={() => onGo({ tab: "keys" })} />
            ) : (
              <ListTable label="API keys" columns={COLUMNS}>
                {rows.map((one) => (
                  <Row
                    key={one.hash}
                    apiKey={one}
                    onEdit={() => onGo({ tab: "keys", edit: one.hash })}
                    onDelete={() => setDeleting(one)}
                    onFlip={async () => {
                      try {
                        await updateKey(one.hash, { disabled: !one.disabled });
                      } catch (thrown) {
                        toast(messageOf(thrown), { tone: "danger" });
                      }
                      await refresh();
                    }}
                  />
                ))}
              </ListTable>
            )}
            {deleting && (
              <ConfirmDialog
                open
                onOpenChange={() => setDeleting(undefined)}
                title={`Delete ${deleting.name}?`}
                confirm="Delete key"
                onConfirm={async () => {
                  await deleteKey(deleting.hash);
                  await refresh();
                }}
              >
                Whoever calls with <code>{deleting.label}</code> is refused at once. What it spent
                is no longer shown; its traces stay. This cannot be taken back.
              </ConfirmDialog>
            )}
          </>
        );
      }}
    </Loaded>
  );
}

function Row({
  apiKey: one,
  onEdit,
  onDelete,
  onFlip,
}: {
  apiKey: GatewayKey;
  onEdit: () => void;
  onDelete: () => void;
  onFlip: () => void;
}) {
  const now = useNow(60_000);
  const state = keyState(one, now);
  return (
    <tr className={cn(ROW, state !== "good" && "text-muted-foreground")}>
      <th scope="row" className={HEAD}>
        <span className="flex min-w-0 items-center gap-1.5">
          <button
            type="button"
            className="min-w-0 truncate font-medium text-foreground hover:underline"
            onClick={onEdit}
          >
            {one.name}
          </button>
          {one.is_management && <Badge tone="primary">management</Badge>}
        </span>
      </th>
      <td className="px-2 font-mono text-sm">{one.label}</td>
      <td className="px-2">
        <Badge
          tone={TONES[state]}
          title={one.expires_at ? `Until ${formatTime(one.expires_at)}` : undefined}
        >
          {state === "good" && one.expires_at
            ? `until ${formatTime(one.expires_at).slice(0, 10)}`
            : state}
        </Badge>
      </td>
      <td className={NUMBER}>{formatCost(one.usage_daily)}</td>
      <td className={NUMBER}>{formatCost(one.usage_weekly)}</td>
      <td className={NUMBER}>{formatCost(one.usage_monthly)}</td>
      <td className="px-2">
        <SpendBar apiKey={one} />
      </td>
      <td
        className="max-w-40 truncate px-2 font-mono text-sm max-lg:hidden"
        title={one.allowed_models?.join("\n")}
      >
        {one.allowed_models?.join(", ") ?? (
          <span className="font-sans text-muted-foreground">all</span>
        )}
      </td>
      <td className={cn(NUMBER, "max-lg:hidden")}>
        {one.rpm === null ? MISSING : `${formatCount(one.rpm)}/min`}
      </td>
      <td className={cn(NUMBER, "max-lg:hidden")} title={formatTime(one.last_used_at)}>
        {formatAgo(one.last_used_at, now)}
      </td>
      <td className="pr-2 pl-1 text-right">
        <Menu>
          <MenuTrigger asChild>
            <Button variant="ghost" size="icon-sm" aria-label={`Actions of ${one.name}`}>
              <Ellipsis />
            </Button>
          </MenuTrigger>
          <MenuContent align="end">
            <MenuItem onSelect={onEdit}>
              <Pencil /> Edit
            </MenuItem>
            <MenuItem onSelect={onFlip}>
              <Power /> {one.disabled ? "Enable" : "Disable"}
            </MenuItem>
            <MenuSeparator />
            <MenuItem className="text-danger" onSelect={onDelete}>
              <Trash2 /> Delete…
            </MenuItem>
          </MenuContent>
        </Menu>
      </td>
    </tr>
  );
}
