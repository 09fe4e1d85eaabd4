import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { type ReactNode, useCallback } from "react";
import { projectQuery } from "@/api/queries/projects";
import type { EntityType } from "@/api/types";
import { SavedViews } from "@/components/explore/saved-views";
import { Page } from "@/components/layout/page";
import { Segmented } from "@/components/ui/segmented";
import { LogsView } from "./components/logs-view";
import type { ChangeLogs, PanelControls } from "./hooks/use-log-panel";
import { entityOf, type LogsSearch, NO_ENTITY } from "./lib/logs-search";

const TYPES = [
  { value: "thread", label: "Threads" },
  { value: "trace", label: "Traces" },
  { value: "span", label: "Spans" },
] as const satisfies { value: EntityType; label: string }[];

/** What a project logged, as one table of threads, traces or spans; `children` draw the row that is open. */
export function LogsPage({
  projectId,
  search,
  children,
}: {
  projectId: string;
  search: LogsSearch;
  children: (panel: PanelControls) => ReactNode;
}) {
  const entity = entityOf(search);
  const { data: project } = useQuery(projectQuery(projectId));
  const navigate = useNavigate({ from: "/projects/$projectId/logs" });
  const change = useCallback<ChangeLogs>(
    (patch, how) =>
      void navigate({
        search: (now) => ({ ...now, ...patch }),
        replace: how?.replace ?? false,
        resetScroll: false,
      }),
    [navigate],
  );
  return (
    <Page
      title="Logs"
      crumbs={
        <span className="flex min-w-0 items-center gap-1.5 text-muted-foreground max-sm:hidden">
          <Link to="/projects" className="hover:text-foreground hover:underline">
            Projects
          </Link>
          /<span className="truncate">{project?.name}</span>/
        </span>
      }
      actions={
        <>
          <Segmented
            label="Rows"
            value={entity}
            options={TYPES}
            onChange={(type) => change({ ...NO_ENTITY, type: type === "trace" ? undefined : type })}
          />
          <SavedViews projectId={projectId} entity={entity} />
        </>
      }
    >
      <LogsView
        key={entity}
        projectId={projectId}
        entity={entity}
        search={search}
        onChange={change}
        renderPanel={children}
      />
    </Page>
  );
}
