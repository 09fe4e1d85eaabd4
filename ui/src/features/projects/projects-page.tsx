import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { FolderOpen, Plus } from "lucide-react";
import { useRef, useState } from "react";
import { projectNamesQuery } from "@/api/queries/projects";
import type { Project, ProjectFigures } from "@/api/types";
import { Page } from "@/components/layout/page";
import { Button, buttonClass } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import { Select } from "@/components/ui/select";
import { EmptyState, ErrorState } from "@/components/ui/states";
import { useHotkeys } from "@/hooks/use-hotkeys";
import { formatNumber } from "@/lib/format";
import { RANGES } from "@/lib/slice";
import { projectFiguresQuery } from "./api/project-figures";
import { DeleteProjectDialog } from "./components/delete-project-dialog";
import { ProjectDialog } from "./components/project-dialog";
import { ProjectsTable } from "./components/projects-table";
import { PAGE_SIZE, type ProjectsSearch } from "./lib/search";

type Dialog =
  | { kind: "edit"; project?: ProjectFigures | Project }
  | { kind: "delete"; project: Project };

/** All projects: names at once, their figures as they come. */
export function ProjectsPage({
  search,
  onChange,
}: {
  search: ProjectsSearch;
  onChange: (patch: Partial<ProjectsSearch>) => void;
}) {
  const names = useQuery(projectNamesQuery(search.q, PAGE_SIZE));
  const figures = useQuery(projectFiguresQuery(search));
  const [dialog, setDialog] = useState<Dialog>();
  const field = useRef<HTMLInputElement>(null);
  useHotkeys([
    { keys: "/", label: "Search projects", group: "Projects", run: () => field.current?.focus() },
    { keys: "c", label: "New project", group: "Projects", run: () => setDialog({ kind: "edit" }) },
  ]);
  const page = search.page ?? 1;
  const early = page === 1 && !search.sort ? names.data?.content : undefined;
  const rows: (Project | ProjectFigures)[] | undefined = figures.data?.content ?? early;
  const total = figures.data?.total ?? names.data?.total ?? 0;
  const pages = Math.ceil(total / PAGE_SIZE);
  return (
    <Page
      title="Projects"
      actions={
        <>
          <Input
            ref={field}
            type="search"
            aria-label="Search projects"
            placeholder="Search"
            className="w-44 max-sm:w-24"
            value={search.q ?? ""}
            onChange={(event) => onChange({ q: event.target.value || undefined, page: undefined })}
          />
          <Select
            label="Period of the figures"
            value={search.range ?? "30d"}
            options={RANGES}
            onChange={(range) => onChange({ range })}
            className="max-sm:hidden"
          />
          <Button variant="primary" onClick={() => setDialog({ kind: "edit" })}>
            <Plus /> <span className="max-sm:sr-only">New project</span>
          </Button>
        </>
      }
    >
      {figures.isError ? (
        <ErrorState error={figures.error} onRetry={figures.refetch} className="h-full" />
      ) : rows && rows.length === 0 ? (
        <EmptyState
          icon={<FolderOpen />}
          title={search.q ? "No project is called that" : "No projects yet"}
          className="h-full"
        >
          {search.q ? (
            <Button className="mt-2" onClick={() => onChange({ q: undefined })}>
              Show all
            </Button>
          ) : (
            <>
              <p>A project comes into being by the first trace that names it.</p>
              <Link to="/get-started" className={`${buttonClass("primary")} mt-3`}>
                Send the first trace
              </Link>
            </>
          )}
        </EmptyState>
      ) : (
        <>
          <ProjectsTable
            rows={rows}
            sort={search.sort}
            onSort={(sort) => onChange({ sort, page: undefined })}
            onEdit={(project) => setDialog({ kind: "edit", project })}
            onDelete={(project) => setDialog({ kind: "delete", project })}
          />
          {pages > 1 && (
            <nav aria-label="Pages" className="flex items-center justify-end gap-2 p-3">
              <span className="text-muted-foreground tabular">
                {formatNumber((page - 1) * PAGE_SIZE + 1)}–
                {formatNumber(Math.min(page * PAGE_SIZE, total))} of {formatNumber(total)}
              </span>
              <Button disabled={page <= 1} onClick={() => onChange({ page: page - 1 })}>
                Previous
              </Button>
              <Button disabled={page >= pages} onClick={() => onChange({ page: page + 1 })}>
                Next
              </Button>
            </nav>
          )}
        </>
      )}
      {dialog?.kind === "edit" && (
        <ProjectDialog project={dialog.project} onClose={() => setDialog(undefined)} />
      )}
      {dialog?.kind === "delete" && (
        <DeleteProjectDialog project={dialog.project} onClose={() => setDialog(undefined)} />
      )}
    </Page>
  );
}
