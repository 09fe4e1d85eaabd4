import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/dialog";
import { deleteModel, modelsQuery } from "../api/models";
import type { Model } from "../api/types";
import { type GatewaySearch, NEW } from "../lib/search";
import { useCanEdit } from "../lib/use-can-edit";
import { hasWords } from "../lib/words";
import { ListBar, ListTable, Loaded } from "./list";
import { ModelRow } from "./model-row";
import { NoMatch } from "./no-match";

const COLUMNS = [
  { label: "Model" },
  { label: "Health" },
  { label: "Providers", className: "max-md:hidden" },
  { label: "Context", end: true, className: "max-md:hidden" },
  { label: "Input /M", end: true },
  { label: "Output /M", end: true },
  { label: "Calls", end: true, className: "max-lg:hidden" },
  { label: "Failed", end: true, className: "max-lg:hidden" },
  { label: "First token p50", end: true, className: "max-lg:hidden" },
  { label: "From", className: "max-lg:hidden" },
  { label: "Actions", hidden: true },
] as const;

/** All that can be called, with prices and how each endpoint fares since the start of the server. */
export function ModelsTab({
  search,
  onGo,
}: {
  search: GatewaySearch;
  onGo: (search: GatewaySearch, replace?: boolean) => void;
}) {
  const client = useQueryClient();
  const models = useQuery(modelsQuery());
  const canEdit = useCanEdit();
  const [deleting, setDeleting] = useState<Model>();
  return (
    <Loaded query={models}>
      {({ content, prefixes }) => {
        const all = [...prefixes, ...content];
        const rows = all.filter((one) =>
          hasWords(
            `${nameOf(one)} ${one.name} ${one.endpoints.map((e) => e.provider_name).join(" ")}`,
            search.q,
          ),
        );
        return (
          <>
            <ListBar
              action={
                canEdit && (
                  <Button variant="primary" onClick={() => onGo({ tab: "models", add: NEW })}>
                    <Plus /> New model
                  </Button>
                )
              }
            >
              Calls, failures and times are counted since the server started.
            </ListBar>
            {rows.length === 0 ? (
              <NoMatch noun="model" onAll={() => onGo({ tab: "models" })} />
            ) : (
              <ListTable label="Models" columns={COLUMNS}>
                {rows.map((one) => (
                  <ModelRow
                    key={nameOf(one)}
                    model={one}
                    name={nameOf(one)}
                    columns={COLUMNS.length}
                    canEdit={canEdit}
                    isOpen={search.model === nameOf(one)}
                    onOpen={(open) =>
                      onGo({ ...search, model: open ? nameOf(one) : undefined }, true)
                    }
                    onEdit={() => onGo({ tab: "models", edit: one.id ?? undefined })}
                    onDelete={() => setDeleting(one)}
                  />
                ))}
              </ListTable>
            )}
            {deleting?.id && (
              <ConfirmDialog
                open
                onOpenChange={() => setDeleting(undefined)}
                title={`Delete ${deleting.slug}?`}
                confirm="Delete model"
                onConfirm={async () => {
                  await deleteModel(deleting.id ?? "");
                  await client.invalidateQueries({ queryKey: ["gateway"] });
                }}
              >
                Calls that name it fail from now on, unless something else serves the name. What was
                called stays in the logs. This cannot be taken back.
              </ConfirmDialog>
            )}
          </>
        );
      }}
    </Loaded>
  );
}

const nameOf = (model: Model): string => (model.prefix ? `${model.prefix}*` : model.slug);
