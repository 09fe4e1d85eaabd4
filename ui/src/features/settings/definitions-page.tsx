import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Plus, Star } from "lucide-react";
import { useState } from "react";
import type { FeedbackDefinition } from "@/api/types";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/dialog";
import { EmptyState } from "@/components/ui/states";
import { definitionsQuery, deleteDefinition } from "./api/definitions";
import { DefinitionDialog } from "./components/definition-dialog";
import { Loaded } from "./components/loaded";
import { Section } from "./components/section";
import { SimpleTable } from "./components/simple-table";

export function DefinitionsPage() {
  const client = useQueryClient();
  const definitions = useQuery(definitionsQuery());
  const [editing, setEditing] = useState<{ definition?: FeedbackDefinition }>();
  const [deleting, setDeleting] = useState<FeedbackDefinition>();
  return (
    <Section
      title="Feedback definitions"
      description="The scores that people give: each is a row in the annotate panel of every trace, span and thread, in this order, with the keys 1 to 9."
      action={
        <Button variant="primary" onClick={() => setEditing({})}>
          <Plus /> New definition
        </Button>
      }
    >
      <Loaded query={definitions}>
        {(data) =>
          data.content.length === 0 ? (
            <EmptyState icon={<Star />} title="No definitions yet">
              Make one to score traces by keyboard. Scores sent by programs need none.
            </EmptyState>
          ) : (
            <SimpleTable
              label="Feedback definitions"
              rows={data.content}
              keyOf={(row) => row.id}
              columns={[
                { label: "Name", show: (row) => <span className="font-medium">{row.name}</span> },
                { label: "Kind", show: (row) => KINDS[row.type] },
                { label: "Values", show: (row) => <Values definition={row} /> },
                {
                  label: "Description",
                  show: (row) => (
                    <span className="block max-w-72 truncate text-muted-foreground">
                      {row.description}
                    </span>
                  ),
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
                        onClick={() => setEditing({ definition: row })}
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
        <DefinitionDialog definition={editing.definition} onClose={() => setEditing(undefined)} />
      )}
      {deleting && (
        <ConfirmDialog
          open
          onOpenChange={() => setDeleting(undefined)}
          title={`Delete ${deleting.name}?`}
          confirm="Delete definition"
          onConfirm={async () => {
            await deleteDefinition(deleting.id);
            await client.invalidateQueries({ queryKey: definitionsQuery().queryKey });
          }}
        >
          Scores that were given with it stay.
        </ConfirmDialog>
      )}
    </Section>
  );
}

const KINDS = { numerical: "number", categorical: "categories", boolean: "yes or no" } as const;

function Values({ definition: { type, details } }: { definition: FeedbackDefinition }) {
  if (type === "numerical") {
    return (
      <span className="tabular">
        {details.min} to {details.max}
      </span>
    );
  }
  const names =
    type === "boolean"
      ? [details.trueLabel ?? "", details.falseLabel ?? ""]
      : Object.keys(details.categories ?? {});
  return (
    <span className="flex gap-1">
      {names.map((name) => (
        <Badge key={name}>{name}</Badge>
      ))}
    </span>
  );
}
