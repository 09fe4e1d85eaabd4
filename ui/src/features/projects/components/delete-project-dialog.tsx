import { useQuery, useQueryClient } from "@tanstack/react-query";
import type { Project } from "@/api/types";
import { ConfirmDialog } from "@/components/ui/dialog";
import { ErrorState, Spinner } from "@/components/ui/states";
import { formatNumber } from "@/lib/format";
import { toast } from "@/lib/toast";
import { forgetProject } from "@/lib/visited";
import { type Contents, contentsQuery, deleteProject } from "../api/delete-project";

const NAMES: [keyof Contents, string][] = [
  ["traces", "traces"],
  ["spans", "spans"],
  ["threads", "threads"],
  ["feedback_scores", "feedback scores"],
  ["comments", "comments"],
  ["attachments", "attachments"],
];

/** Says what a delete takes along before it does it. */
export function DeleteProjectDialog({
  project,
  onClose,
}: {
  project: Pick<Project, "id" | "name">;
  onClose: () => void;
}) {
  const client = useQueryClient();
  const contents = useQuery(contentsQuery(project.id));
  return (
    <ConfirmDialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={`Delete ${project.name}?`}
      confirm="Delete project"
      onConfirm={async () => {
        await deleteProject(project.id);
        forgetProject(project.id);
        await Promise.all([
          client.invalidateQueries({ queryKey: ["projects"] }),
          client.invalidateQueries({ queryKey: ["project-names"] }),
        ]);
        toast(`${project.name} is deleted`);
      }}
    >
      {contents.isPending && <Spinner label="Counting what goes" />}
      {contents.isError && <ErrorState error={contents.error} onRetry={contents.refetch} />}
      {contents.data && (
        <>
          <p>This goes with it, for good:</p>
          <ul className="mt-2 grid grid-cols-2 gap-x-6 tabular">
            {NAMES.map(([name, label]) => (
              <li key={name} className="flex justify-between border-b border-border py-1">
                <span className="text-muted-foreground">{label}</span>
                <span>{formatNumber(contents.data[name])}</span>
              </li>
            ))}
          </ul>
        </>
      )}
    </ConfirmDialog>
  );
}
