import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Layers, Plus } from "lucide-react";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/dialog";
import { EmptyState } from "@/components/ui/states";
import { deleteEnvironment, type Environment, environmentsQuery } from "./api/environments";
import { EnvironmentDialog } from "./components/environment-dialog";
import { Loaded } from "./components/loaded";
import { Section } from "./components/section";
import { SimpleTable } from "./components/simple-table";

export function EnvironmentsPage() {
  const client = useQueryClient();
  const environments = useQuery(environmentsQuery());
  const [editing, setEditing] = useState<{ environment?: Environment }>();
  const [deleting, setDeleting] = useState<Environment>();
  return (
    <Section
      title="Environments"
      description="Names such as production and staging that traces carry. A trace may name one that is not listed here; listed ones have a colour and a place."
      action={
        <Button variant="primary" onClick={() => setEditing({})}>
          <Plus /> New environment
        </Button>
      }
    >
      <Loaded query={environments}>
        {(data) =>
          data.content.length === 0 ? (
            <EmptyState icon={<Layers />} title="No environments yet" />
          ) : (
            <SimpleTable
              label="Environments"
              rows={data.content}
              keyOf={(row) => row.id}
              columns={[
                {
                  label: "Name",
                  show: (row) => (
                    <span className="flex items-center gap-2 font-medium">
                      <span className="size-3 rounded-sm" style={{ background: row.color }} />
                      {row.name}
                    </span>
                  ),
                },
                {
                  label: "Description",
                  show: (row) => <span className="text-muted-foreground">{row.description}</span>,
                },
                {
                  label: "Actions",
                  hiddenLabel: true,
                  end: true,
                  show: (row) => (
                    <span className="inline-flex gap-1">
                      <Button
                        size="sm"
                        aria-label={`Edit ${row.name}`}
                        onClick={() => setEditing({ environment: row })}
                      >
                        Edit
                      </Button>
                      <Button
                        size="sm"
                        variant="danger"
                        aria-label={`Delete ${row.name}`}
                        onClick={() => setDeleting(row)}
                      >
                        Delete
                      </Button>
                    </span>
                  ),
                },
              ]}
            />
          )
        }
      </Loaded>
      {editing && (
        <EnvironmentDialog
          environment={editing.environment}
          onClose={() => setEditing(undefined)}
        />
      )}
      {deleting && (
        <ConfirmDialog
          open
          onOpenChange={() => setDeleting(undefined)}
          title={`Delete ${deleting.name}?`}
          confirm="Delete environment"
          onConfirm={async () => {
            await deleteEnvironment(deleting.id);
            await client.invalidateQueries({ queryKey: environmentsQuery().queryKey });
          }}
        >
          Traces that carry the name keep it.
        </ConfirmDialog>
      )}
    </Section>
  );
}
