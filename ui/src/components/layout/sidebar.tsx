import { Link, useParams } from "@tanstack/react-router";
import {
  ChartLine,
  CircleHelp,
  LayoutGrid,
  MessageSquareText,
  Pin,
  PinOff,
  RadioTower,
  Rocket,
  Rows3,
  Search,
  Settings,
  Waypoints,
} from "lucide-react";
import type { ReactNode } from "react";
import { Button } from "@/components/ui/button";
import { Kbd } from "@/components/ui/kbd";
import { cn } from "@/lib/cn";
import { togglePin, useVisited, type Visited } from "@/lib/visited";
import { ThemeMenu } from "./theme-menu";
import { WorkspaceMenu } from "./workspace-menu";

const ITEM =
  "flex h-7 min-w-0 shrink-0 items-center gap-2 rounded-md px-2 text-muted-foreground hover:bg-muted hover:text-foreground data-[status=active]:bg-accent data-[status=active]:font-medium data-[status=active]:text-foreground [&_svg]:size-4 [&_svg]:shrink-0";

/** Ways to everywhere: pages, the open project's parts, pinned and recent projects. */
export function Sidebar({
  onSearch,
  onHelp,
  className,
}: {
  onSearch: () => void;
  onHelp: () => void;
  className?: string;
}) {
  const { projectId } = useParams({ strict: false });
  const { pinned, recent } = useVisited();
  const open = [...pinned, ...recent].find((p) => p.id === projectId);
  const rest = recent.filter((p) => !pinned.some((q) => q.id === p.id));
  return (
    <nav
      aria-label="Main"
      className={cn(
        "flex w-52 shrink-0 flex-col gap-0.5 overflow-y-auto border-r border-border bg-surface p-2",
        className,
      )}
    >
      <WorkspaceMenu />
      <button
        type="button"
        onClick={onSearch}
        className="my-1.5 flex h-7 shrink-0 items-center gap-2 rounded-md border border-border bg-raised px-2 text-muted-foreground hover:border-border-strong"
      >
        <Search className="size-3.5" />
        <span className="flex-1 text-left">Go to…</span>
        <Kbd keys="mod+k" />
      </button>
      <Link to="/projects" className={ITEM} activeOptions={{ exact: true }}>
        <LayoutGrid /> Projects
      </Link>
      {projectId && (
        <Group title={open?.name ?? "Project"}>
          <Link to="/projects/$projectId/logs" params={{ projectId }} className={ITEM}>
            <Rows3 /> Logs
          </Link>
          <Link to="/projects/$projectId/metrics" params={{ projectId }} className={ITEM}>
            <ChartLine /> Metrics
          </Link>
        </Group>
      )}
      {pinned.length > 0 && (
        <Group title="Pinned">
          {pinned.map((project) => (
            <ProjectLink key={project.id} project={project} pinned />
          ))}
        </Group>
      )}
      {rest.length > 0 && (
        <Group title="Recent">
          {rest.map((project) => (
            <ProjectLink key={project.id} project={project} />
          ))}
        </Group>
      )}
      <div className="mt-auto flex flex-col gap-0.5 pt-1">
        <Group title="Gateway">
          <Link to="/gateway" className={ITEM}>
            <Waypoints /> Gateway
          </Link>
          <Link to="/playground" className={ITEM}>
            <MessageSquareText /> Playground
          </Link>
          <Link to="/observability" className={ITEM}>
            <RadioTower /> Observability
          </Link>
        </Group>
        <span className="h-2" />
        <Link to="/get-started" className={ITEM}>
          <Rocket /> Get started
        </Link>
        <Link to="/settings" className={ITEM}>
          <Settings /> Settings
        </Link>
        <div className="flex items-center">
          <ThemeMenu />
          <Button variant="ghost" size="icon" aria-label="Keys (?)" onClick={onHelp}>
            <CircleHelp />
          </Button>
        </div>
      </div>
    </nav>
  );
}

function Group({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="mt-3 flex flex-col gap-0.5" aria-label={title}>
      <h2 className="truncate px-2 pb-0.5 text-xs text-muted-foreground">{title}</h2>
      {children}
    </section>
  );
}

function ProjectLink({ project, pinned = false }: { project: Visited; pinned?: boolean }) {
  const Icon = pinned ? PinOff : Pin;
  return (
    <div className="group flex items-center">
      <Link
        to="/projects/$projectId/logs"
        params={{ projectId: project.id }}
        className={cn(ITEM, "flex-1 shrink data-[status=active]:bg-transparent")}
        title={project.name}
      >
        <span className="truncate">{project.name}</span>
      </Link>
      <Button
        variant="ghost"
        size="icon-sm"
        aria-label={`${pinned ? "Unpin" : "Pin"} ${project.name}`}
        className="opacity-0 group-hover:opacity-100 focus-visible:opacity-100"
        onClick={() => togglePin(project)}
      >
        <Icon />
      </Button>
    </div>
  );
}
