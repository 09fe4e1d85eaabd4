import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import {
  Ellipsis,
  MessageSquareText,
  Pencil,
  Plus,
  Power,
  SlidersHorizontal,
  Trash2,
} from "lucide-react";
import { useState } from "react";
import { messageOf } from "@/api/errors";
import { Badge } from "@/components/ui/badge";
import { Button, buttonClass } from "@/components/ui/button";
import { CodeBlock } from "@/components/ui/code-block";
import { ConfirmDialog } from "@/components/ui/dialog";
import { Menu, MenuContent, MenuItem, MenuSeparator, MenuTrigger } from "@/components/ui/menu";
import { EmptyState } from "@/components/ui/states";
import { cn } from "@/lib/cn";
import { formatTime } from "@/lib/format";
import { toast } from "@/lib/toast";
import { deletePreset, presetsQuery, updatePreset } from "../api/presets";
import type { PresetRow } from "../api/types";
import { type GatewaySearch, NEW } from "../lib/search";
import { hasWords } from "../lib/words";
import { HEAD, ListBar, ListTable, Loaded, ROW } from "./list";
import { NoMatch } from "./no-match";

const CALL = `{
  "model": "@preset/support",
  "messages": [{"role": "user", "content": "hi"}]
}`;
const COLUMNS = [
  { label: "Preset" },
  { label: "Called as", className: "max-sm:hidden" },
  { label: "State" },
  { label: "Description", className: "max-lg:hidden" },
  { label: "Changed", end: true, className: "max-md:hidden" },
  { label: "Actions", hidden: true },
] as const;

/** Named sets of request fields that calls refer to. */
export function PresetsTab({
  search,
  onGo,
}: {
  search: GatewaySearch;
  onGo: (search: GatewaySearch, replace?: boolean) => void;
}) {
  const client = useQueryClient();
  const presets = useQuery(presetsQuery());
  const [deleting, setDeleting] = useState<PresetRow>();
  const refresh = () => client.invalidateQueries({ queryKey: ["gateway", "presets"] });
  const add = () => onGo({ tab: "presets", add: NEW });
  return (
    <Loaded query={presets}>
      {({ content }) => {
        if (content.length === 0)
          return (
            <EmptyState icon={<SlidersHorizontal />} title="No presets yet">
              <p>
                A preset keeps a system prompt, a model and parameters here, out of the code. Calls
                name it, and change with it:
              </p>
              <CodeBlock
                code={CALL}
                label="A call with a preset"
                className="mt-3 text-left text-foreground"
              />
              <Button variant="primary" className="mt-4" onClick={add}>
                <Plus /> New preset
              </Button>
            </EmptyState>
          );
        const rows = content.filter((one) => hasWords(`${one.slug} ${one.name}`, search.q));
        return (
          <>
            <ListBar
              action={
                <Button variant="primary" onClick={add}>
                  <Plus /> New preset
                </Button>
              }
            >
              What a call says itself goes before what its preset says.
            </ListBar>
            {rows.length === 0 ? (
              <NoMatch noun="preset" onAll={() => onGo({ tab: "presets" })} />
            ) : (
              <ListTable label="Presets" columns={COLUMNS}>
                {rows.map((one) => (
                  <tr
                    key={one.id}
                    className={cn(ROW, one.status !== "active" && "text-muted-foreground")}
                  >
                    <th scope="row" className={HEAD}>
                      <button
                        type="button"
                        className="max-w-full truncate font-medium text-foreground hover:underline"
                        onClick={() => onGo({ tab: "presets", edit: one.slug })}
                      >
                        {one.name}
                      </button>
                    </th>
                    <td className="px-2 font-mono text-sm max-sm:hidden">@preset/{one.slug}</td>
                    <td className="px-2">
                      <Badge tone={one.status === "active" ? "success" : "outline"}>
                        {one.status}
                      </Badge>
                    </td>
                    <td className="max-w-80 truncate px-2 max-lg:hidden">{one.description}</td>
                    <td className="px-2 text-right tabular max-md:hidden">
                      {formatTime(one.updated_at).slice(0, 16)}
                    </td>
                    <td className="pr-2 pl-1">
                      <span className="flex items-center justify-end gap-1">
                        {one.status === "active" && (
                          <Link
                            to="/playground"
                            search={{ model: `@preset/${one.slug}` }}
                            aria-label={`Try ${one.name} in the playground`}
                            title="Try in the playground"
                            className={buttonClass("ghost", "icon-sm")}
                          >
                            <MessageSquareText />
                          </Link>
                        )}
                        <Menu>
                          <MenuTrigger asChild>
                            <Button
                              variant="ghost"
                              size="icon-sm"
                              aria-label={`Actions of ${one.name}`}
                            >
                              <Ellipsis />
                            </Button>
                          </MenuTrigger>
                          <MenuContent align="end">
                            <MenuItem onSelect={() => onGo({ tab: "presets", edit: one.slug })}>
                              <Pencil /> Edit
                            </MenuItem>
                            <MenuItem
                              onSelect={async () => {
                                try {
                                  const status = one.status === "active" ? "disabled" : "active";
                                  await updatePreset(one.slug, { status });
                                } catch (thrown) {
                                  toast(messageOf(thrown), { tone: "danger" });
                                }
                                await refresh();
                              }}
                            >
                              <Power /> {one.status === "active" ? "Disable" : "Enable"}
                            </MenuItem>
                            <MenuSeparator />
                            <MenuItem className="text-danger" onSelect={() => setDeleting(one)}>
                              <Trash2 /> Delete…
                            </MenuItem>
                          </MenuContent>
                        </Menu>
                      </span>
                    </td>
                  </tr>
                ))}
              </ListTable>
            )}
            {deleting && (
              <ConfirmDialog
                open
                onOpenChange={() => setDeleting(undefined)}
                title={`Delete ${deleting.name}?`}
                confirm="Delete preset"
                onConfirm={async () => {
                  await deletePreset(deleting.slug);
                  await refresh();
                }}
              >
                Calls to <code>@preset/{deleting.slug}</code> fail from now on, and its versions are
                gone. This cannot be taken back.
              </ConfirmDialog>
            )}
          </>
        );
      }}
    </Loaded>
  );
}
