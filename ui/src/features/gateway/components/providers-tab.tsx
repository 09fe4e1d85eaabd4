import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Ellipsis, Pencil, Plug, Plus, Power, Trash2 } from "lucide-react";
import { useState } from "react";
import { messageOf } from "@/api/errors";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/dialog";
import { Menu, MenuContent, MenuItem, MenuSeparator, MenuTrigger } from "@/components/ui/menu";
import { EmptyState } from "@/components/ui/states";
import { cn } from "@/lib/cn";
import { formatTime, MISSING } from "@/lib/format";
import { toast } from "@/lib/toast";
import { modelsQuery } from "../api/models";
import {
  deleteProvider,
  knownProvidersQuery,
  providersQuery,
  updateProvider,
} from "../api/providers";
import type { Models, Provider } from "../api/types";
import { CHOOSE, type GatewaySearch } from "../lib/search";
import { useCanEdit } from "../lib/use-can-edit";
import { hasWords } from "../lib/words";
import { HEAD, ListBar, ListTable, Loaded, ROW } from "./list";
import { NoMatch } from "./no-match";
import { ProviderMark } from "./provider-mark";
import { ProviderPicker } from "./provider-picker";
import { TestDialog } from "./test-dialog";

const COLUMNS = [
  { label: "Provider" },
  { label: "State" },
  { label: "Key" },
  { label: "Base URL", className: "max-md:hidden" },
  { label: "Data", className: "max-lg:hidden" },
  { label: "Changed", end: true, className: "max-lg:hidden" },
  { label: "Actions", hidden: true },
] as const;

/** The workspace's own providers; those of the operator's file show on its own tab. */
export function ProvidersTab({
  search,
  onGo,
}: {
  search: GatewaySearch;
  onGo: (search: GatewaySearch, replace?: boolean) => void;
}) {
  const client = useQueryClient();
  const providers = useQuery(providersQuery());
  const known = useQuery(knownProvidersQuery());
  const { data: models } = useQuery(modelsQuery());
  const canEdit = useCanEdit();
  const [deleting, setDeleting] = useState<Provider>();
  const tried = providers.data?.content.find((one) => one.id === search.test);
  const refresh = () => client.invalidateQueries({ queryKey: ["gateway"] });
  return (
    <Loaded query={providers}>
      {({ content }) => {
        const rows = content.filter((one) =>
          hasWords(`${one.name} ${one.slug} ${one.base_url}`, search.q),
        );
        if (content.length === 0)
          return (
            <>
              <EmptyState icon={<Plug />} title="No providers yet">
                <p>
                  With a provider's key each of its models is called as{" "}
                  <code className="font-mono">provider/model</code> at once. Until then{" "}
                  <code className="font-mono">sightline/echo</code> answers without any key.
                </p>
                {!canEdit && (
                  <p className="mt-3">Somebody with an admin key can add the first one.</p>
                )}
              </EmptyState>
              {canEdit && (
                <div className="mx-auto max-w-4xl px-4 pb-8">
                  <Loaded query={known}>
                    {(list) => <ProviderPicker known={list.content} taken={[]} words={search.q} />}
                  </Loaded>
                </div>
              )}
            </>
          );
        return (
          <>
            <ListBar
              action={
                canEdit && (
                  <Button variant="primary" onClick={() => onGo({ tab: "providers", add: CHOOSE })}>
                    <Plus /> New provider
                  </Button>
                )
              }
            >
              A provider serves any of its models as{" "}
              <code className="font-mono">provider/model</code>, until models of your own name it:
              then only those.
            </ListBar>
            {rows.length === 0 ? (
              <NoMatch noun="provider" onAll={() => onGo({ tab: "providers" })} />
            ) : (
              <ListTable label="Providers" columns={COLUMNS}>
                {rows.map((one) => (
                  <Row
                    key={one.id}
                    provider={one}
                    serves={models ? servedBy(one, models) : ""}
                    canEdit={canEdit}
                    onTest={() => onGo({ ...search, tab: "providers", test: one.id })}
                    onEdit={() => onGo({ tab: "providers", edit: one.id })}
                    onDelete={() => setDeleting(one)}
                    onFlip={async () => {
                      try {
                        await updateProvider(one.id, { enabled: !one.enabled });
                      } catch (thrown) {
                        toast(messageOf(thrown), { tone: "danger" });
                      }
                      await refresh();
                    }}
                  />
                ))}
              </ListTable>
            )}
            {tried && (
              <TestDialog
                key={tried.id}
                provider={tried}
                onClose={() => onGo({ ...search, test: undefined }, true)}
              />
            )}
            {deleting && (
              <ConfirmDialog
                open
                onOpenChange={() => setDeleting(undefined)}
                title={`Delete ${deleting.name}?`}
                confirm="Delete provider"
                onConfirm={async () => {
                  await deleteProvider(deleting.id);
                  await refresh();
                }}
              >
                Its key is forgotten, and models lose the endpoints that they had at it. Calls that
                nothing else can answer fail from now on. This cannot be taken back.
              </ConfirmDialog>
            )}
          </>
        );
      }}
    </Loaded>
  );
}

function Row({
  provider: one,
  serves,
  canEdit,
  onTest,
  onEdit,
  onDelete,
  onFlip,
}: {
  provider: Provider;
  /** What can be called at it, in a few words. */
  serves: string;
  canEdit: boolean;
  onTest: () => void;
  onEdit: () => void;
  onDelete: () => void;
  onFlip: () => void;
}) {
  return (
    <tr className={cn(ROW, "h-11", !one.enabled && "text-muted-foreground")}>
      <th scope="row" className={HEAD}>
        <span className="flex items-center gap-2.5">
          <ProviderMark name={one.name} />
          <span className="flex min-w-0 flex-col leading-4.5">
            <span className="truncate font-medium text-foreground">{one.name}</span>
            <span className="truncate text-sm text-muted-foreground">
              <span className="font-mono">{one.slug}</span>
              {serves && ` · ${serves}`}
            </span>
          </span>
        </span>
      </th>
      <td className="px-2">
        <Badge tone={one.enabled ? "success" : "outline"}>{one.enabled ? "on" : "off"}</Badge>
      </td>
      <td className="px-2 font-mono text-sm">{one.api_key ?? MISSING}</td>
      <td className="max-w-80 truncate px-2 font-mono text-sm max-md:hidden" title={one.base_url}>
        {one.base_url || MISSING}
      </td>
      <td className="px-2 text-muted-foreground max-lg:hidden">{dataWords(one)}</td>
      <td
        className="px-2 text-right tabular max-lg:hidden"
        title={`By ${one.last_updated_by || one.created_by}`}
      >
        {formatTime(one.last_updated_at).slice(0, 16)}
      </td>
      <td className="pr-2 pl-1">
        {canEdit && (
          <span className="flex items-center justify-end gap-1">
            <Button size="sm" aria-label={`Test ${one.name}`} onClick={onTest}>
              Test
            </Button>
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
                  <Power /> Turn {one.enabled ? "off" : "on"}
                </MenuItem>
                <MenuSeparator />
                <MenuItem className="text-danger" onSelect={onDelete}>
                  <Trash2 /> Delete…
                </MenuItem>
              </MenuContent>
            </Menu>
          </span>
        )}
      </td>
    </tr>
  );
}

/** A provider that no model names serves any; else those that name it. */
function servedBy(one: Provider, models: Models): string {
  if (!one.enabled) return "";
  if (models.prefixes.some((prefix) => prefix.prefix === `${one.slug}/`)) return "any model";
  const count = models.content.filter((model) =>
    model.definition?.endpoints.some((endpoint) => endpoint.provider_id === one.id),
  ).length;
  return `${count} ${count === 1 ? "model" : "models"}`;
}

/** What the provider does with what it is told, as was said of it. */
function dataWords(one: Provider): string {
  if (one.is_zdr) return "keeps nothing";
  return one.keeps_data ? "may keep or train" : "does not train";
}
