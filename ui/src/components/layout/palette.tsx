import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Command } from "cmdk";
import {
  Activity,
  ChartLine,
  CornerDownLeft,
  FolderOpen,
  Keyboard,
  MessageSquareText,
  MessagesSquare,
  MoonStar,
  RadioTower,
  Rocket,
  Rows3,
  Settings,
  Waypoints,
} from "lucide-react";
import { Dialog } from "radix-ui";
import { type ReactNode, useDeferredValue, useState } from "react";
import { projectNamesQuery } from "@/api/queries/projects";
import { Kbd } from "@/components/ui/kbd";
import { allHotkeys } from "@/lib/hotkeys";
import { isDark, setTheme } from "@/lib/theme";

const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;
const SHOWN = 20;

/** ⌘K: any page, project, trace, span or thread by its id, and every action that has a key here. */
export function Palette({
  projectId,
  onClose,
}: {
  projectId: string | undefined;
  onClose: () => void;
}) {
  const navigate = useNavigate();
  const [text, setText] = useState("");
  const asked = useDeferredValue(text.trim());
  const names = useQuery(projectNamesQuery(asked.length > 100 ? "" : asked, SHOWN));
  const go = (run: () => unknown) => () => {
    onClose();
    run();
  };
  const isId = UUID.test(asked);
  const inProject = projectId ? { projectId } : null;
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-50 bg-black/40" />
        <Dialog.Content
          aria-describedby={undefined}
          className="fixed top-[12vh] left-1/2 z-50 w-[min(38rem,calc(100vw-2rem))] -translate-x-1/2 overflow-hidden rounded-lg border border-border bg-raised shadow-xl"
        >
          <Dialog.Title className="sr-only">Go to</Dialog.Title>
          <Command loop>
            <Command.Input
              value={text}
              onValueChange={setText}
              placeholder="A page, a project, a trace or thread id, an action…"
              className="h-11 w-full border-b border-border bg-transparent px-4 text-lg outline-none placeholder:text-muted-foreground"
            />
            <Command.List className="max-h-[min(26rem,60vh)] overflow-y-auto p-1.5">
              <Command.Empty className="p-6 text-center text-muted-foreground">
                Nothing is called that.
              </Command.Empty>
              {asked && (isId || inProject) && (
                <Group title="Open by id">
                  {isId && (
                    <>
                      <Item
                        value={`trace ${asked}`}
                        icon={<Activity />}
                        onSelect={go(() =>
                          navigate({ to: "/traces/$traceId", params: { traceId: asked } }),
                        )}
                      >
                        Trace <Id id={asked} />
                      </Item>
                      <Item
                        value={`span ${asked}`}
                        icon={<Activity />}
                        onSelect={go(() =>
                          navigate({ to: "/spans/$spanId", params: { spanId: asked } }),
                        )}
                      >
                        Span <Id id={asked} />
                      </Item>
                    </>
                  )}
                  {inProject && (
                    <Item
                      value={`thread ${asked}`}
                      icon={<MessagesSquare />}
                      onSelect={go(() =>
                        navigate({
                          to: "/projects/$projectId/logs",
                          params: inProject,
                          search: { type: "thread", range: "all", thread: asked },
                        }),
                      )}
                    >
                      Thread <Id id={asked} /> of this project
                    </Item>
                  )}
                </Group>
              )}
              {Boolean(names.data?.content.length) && (
                <Group title="Projects">
                  {names.data?.content.map((project) => (
                    <Item
                      key={project.id}
                      value={`project ${project.name} ${project.id}`}
                      icon={<FolderOpen />}
                      onSelect={go(() =>
                        navigate({
                          to: "/projects/$projectId/logs",
                          params: { projectId: project.id },
                        }),
                      )}
                    >
                      {project.name}
                    </Item>
                  ))}
                </Group>
              )}
              <Group title="Pages">
                {inProject && (
                  <>
                    <Item
                      value="logs traces spans threads of this project"
                      icon={<Rows3 />}
                      onSelect={go(() =>
                        navigate({ to: "/projects/$projectId/logs", params: inProject }),
                      )}
                    >
                      Logs of this project
                    </Item>
                    <Item
                      value="metrics charts of this project"
                      icon={<ChartLine />}
                      onSelect={go(() =>
                        navigate({ to: "/projects/$projectId/metrics", params: inProject }),
                      )}
                    >
                      Metrics of this project
                    </Item>
                  </>
                )}
                <Item
                  value="all projects page"
                  icon={<FolderOpen />}
                  onSelect={go(() => navigate({ to: "/projects" }))}
                >
                  All projects
                </Item>
                <Item
                  value="get started first trace code"
                  icon={<Rocket />}
                  onSelect={go(() => navigate({ to: "/get-started" }))}
                >
                  Get started
                </Item>
                <Item
                  value="gateway providers models api keys presets routing configuration file"
                  icon={<Waypoints />}
                  onSelect={go(() => navigate({ to: "/gateway" }))}
                >
                  Gateway
                </Item>
                <Item
                  value="playground try models chat prompt gateway"
                  icon={<MessageSquareText />}
                  onSelect={go(() => navigate({ to: "/playground" }))}
                >
                  Playground
                </Item>
                <Item
                  value="observability broadcast destinations gateway langfuse webhook otel"
                  icon={<RadioTower />}
                  onSelect={go(() => navigate({ to: "/observability" }))}
                >
                  Observability
                </Item>
                {PAGES.map((page) => (
                  <Item
                    key={page.to}
                    value={`settings ${page.label} ${page.words}`}
                    icon={<Settings />}
                    onSelect={go(() => navigate({ to: page.to }))}
                  >
                    Settings: {page.label}
                  </Item>
                ))}
              </Group>
              <Group title="Actions">
                <Item
                  value="theme light dark switch"
                  icon={<MoonStar />}
                  onSelect={go(() => setTheme(isDark() ? "light" : "dark"))}
                >
                  Switch to {isDark() ? "light" : "dark"}
                </Item>
                {allHotkeys()
                  .filter((key) => key.keys !== "mod+k")
                  .map((key) => (
                    <Item
                      key={`${key.keys} ${key.label}`}
                      value={`action ${key.label} ${key.group}`}
                      icon={<Keyboard />}
                      // After the palette has gone, so that the page has the focus again.
                      onSelect={go(() =>
                        setTimeout(() => key.run(new KeyboardEvent("keydown", { key: key.keys }))),
                      )}
                      keys={key.keys}
                    >
                      {key.label}
                    </Item>
                  ))}
              </Group>
            </Command.List>
          </Command>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

const PAGES = [
  { to: "/settings/keys", label: "API keys", words: "secret token" },
  { to: "/settings/definitions", label: "Feedback definitions", words: "scores annotate" },
  { to: "/settings/environments", label: "Environments", words: "production staging" },
  { to: "/settings/preferences", label: "Preferences", words: "thread time-out truncation" },
  { to: "/settings/prices", label: "Model prices", words: "cost tokens" },
  {
    to: "/settings/received",
    label: "What was received",
    words: "ingest ledger stored refused rejected lost clients",
  },
  { to: "/settings/about", label: "About this server", words: "version health stores" },
] as const;

function Group({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Command.Group
      heading={title}
      className="[&_[cmdk-group-heading]]:px-2 [&_[cmdk-group-heading]]:py-1 [&_[cmdk-group-heading]]:text-xs [&_[cmdk-group-heading]]:text-muted-foreground"
    >
      {children}
    </Command.Group>
  );
}

function Item({
  value,
  icon,
  keys,
  onSelect,
  children,
}: {
  value: string;
  icon: ReactNode;
  keys?: string;
  onSelect: () => void;
  children: ReactNode;
}) {
  return (
    <Command.Item
      value={value}
      onSelect={onSelect}
      className="group flex h-8 cursor-default items-center gap-2.5 rounded-md px-2 data-[selected=true]:bg-accent [&_svg]:size-4 [&_svg]:shrink-0 [&_svg]:text-muted-foreground"
    >
      {icon}
      <span className="min-w-0 flex-1 truncate">{children}</span>
      {keys ? (
        <Kbd keys={keys} />
      ) : (
        <CornerDownLeft className="invisible group-data-[selected=true]:visible" />
      )}
    </Command.Item>
  );
}

const Id = ({ id }: { id: string }) => <span className="font-mono">{id}</span>;
