import { useQuery } from "@tanstack/react-query";
import { Outlet, useNavigate, useParams, useRouterState } from "@tanstack/react-router";
import { Menu as MenuIcon } from "lucide-react";
import { Dialog } from "radix-ui";
import { lazy, Suspense, useEffect, useState } from "react";
import { projectQuery } from "@/api/queries/projects";
import { Button } from "@/components/ui/button";
import { useHotkeys } from "@/hooks/use-hotkeys";
import { noteVisit } from "@/lib/visited";
import { KeysDialog } from "./keys-dialog";
import { Sidebar } from "./sidebar";

const Palette = lazy(() => import("./palette").then((m) => ({ default: m.Palette })));

/** The frame of all pages: the sidebar on the left (a drawer on a phone), the page beside it. */
export function Shell() {
  const navigate = useNavigate();
  const { projectId } = useParams({ strict: false });
  const path = useRouterState({ select: (s) => s.location.pathname });
  const [palette, setPalette] = useState(false);
  const [help, setHelp] = useState(false);
  const [drawer, setDrawer] = useState(false);
  useNoteVisit(projectId);
  // biome-ignore lint/correctness/useExhaustiveDependencies: whoever went somewhere has chosen
  useEffect(() => setDrawer(false), [path]);
  useHotkeys([
    {
      keys: "mod+k",
      label: "Go to a page, project, trace or action",
      group: "Everywhere",
      whileTyping: true,
      run: () => setPalette(true),
    },
    { keys: "?", label: "Show all keys", group: "Everywhere", run: () => setHelp(true) },
    {
      keys: "g p",
      label: "Go to projects",
      group: "Everywhere",
      run: () => void navigate({ to: "/projects" }),
    },
    {
      keys: "g s",
      label: "Go to settings",
      group: "Everywhere",
      run: () => void navigate({ to: "/settings" }),
    },
  ]);
  useHotkeys(
    [
      {
        keys: "g l",
        label: "Go to the project's logs",
        group: "Everywhere",
        run: () =>
          void navigate({
            to: "/projects/$projectId/logs",
            params: { projectId: projectId ?? "" },
          }),
      },
      {
        keys: "g m",
        label: "Go to the project's metrics",
        group: "Everywhere",
        run: () =>
          void navigate({
            to: "/projects/$projectId/metrics",
            params: { projectId: projectId ?? "" },
          }),
      },
    ],
    Boolean(projectId),
  );
  const parts = { onSearch: () => setPalette(true), onHelp: () => setHelp(true) };
  return (
    <div className="flex h-full">
      <a
        href="#page"
        className="sr-only z-50 rounded-md bg-raised p-2 focus:not-sr-only focus:absolute focus:top-2 focus:left-2"
      >
        Skip to the page
      </a>
      <Sidebar {...parts} className="max-md:hidden" />
      <Dialog.Root open={drawer} onOpenChange={setDrawer}>
        <Dialog.Trigger asChild>
          <Button
            variant="ghost"
            size="icon"
            aria-label="Open the menu"
            className="absolute top-2 left-2 z-30 md:hidden"
          >
            <MenuIcon />
          </Button>
        </Dialog.Trigger>
        <Dialog.Portal>
          <Dialog.Overlay className="fixed inset-0 z-40 bg-black/40" />
          <Dialog.Content
            aria-describedby={undefined}
            className="fixed inset-y-0 left-0 z-50 flex shadow-xl outline-none"
          >
            <Dialog.Title className="sr-only">Menu</Dialog.Title>
            <Sidebar {...parts} className="w-64" />
          </Dialog.Content>
        </Dialog.Portal>
      </Dialog.Root>
      <div id="page" tabIndex={-1} className="flex min-w-0 flex-1 flex-col outline-none">
        <Outlet />
      </div>
      {palette && (
        <Suspense>
          <Palette projectId={projectId} onClose={() => setPalette(false)} />
        </Suspense>
      )}
      <KeysDialog open={help} onOpenChange={setHelp} />
    </div>
  );
}

/** Puts the project that is open on top of the recent ones. */
function useNoteVisit(projectId: string | undefined): void {
  const { data } = useQuery({ ...projectQuery(projectId ?? ""), enabled: Boolean(projectId) });
  useEffect(() => {
    if (data) noteVisit({ id: data.id, name: data.name });
  }, [data]);
}
