import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { ChevronsUpDown, LogOut } from "lucide-react";
import { del } from "@/api/client";
import { messageOf } from "@/api/errors";
import { sessionQuery } from "@/api/queries/session";
import {
  Menu,
  MenuContent,
  MenuItem,
  MenuLabel,
  MenuRadio,
  MenuSeparator,
  MenuTrigger,
} from "@/components/ui/menu";
import { toast } from "@/lib/toast";

/** Where one is and who one is. A key belongs to one workspace: another is entered with its key. */
export function WorkspaceMenu() {
  const { data: session } = useQuery(sessionQuery());
  const client = useQueryClient();
  const router = useRouter();
  const leave = async () => {
    try {
      await del("console/session");
      client.clear();
      await router.navigate({ to: "/sign-in" });
    } catch (error) {
      toast(messageOf(error), { tone: "danger" });
    }
  };
  const workspace = session?.workspace ?? "default";
  const workspaces = session?.workspaces.length ? session.workspaces : [workspace];
  return (
    <Menu>
      <MenuTrigger className="flex h-9 w-full items-center gap-2 rounded-md px-1.5 text-left hover:bg-muted">
        <img src="/assets/sightline.svg" alt="" className="size-6" />
        <span className="min-w-0 flex-1 leading-4">
          <span className="block truncate font-semibold">Sightline</span>
          <span className="block truncate text-xs text-muted-foreground">{workspace}</span>
        </span>
        <ChevronsUpDown className="size-3.5 text-muted-foreground" />
        <span className="sr-only">Workspace and account</span>
      </MenuTrigger>
      <MenuContent className="min-w-48">
        <MenuLabel>Workspace</MenuLabel>
        <MenuRadio
          value={workspace}
          options={workspaces.map((name) => ({ value: name, label: name }))}
          onChange={() => undefined}
        />
        {session?.keys_required && (
          <>
            <MenuSeparator />
            <MenuLabel>
              {session.user} · {session.role}
            </MenuLabel>
            <MenuItem onSelect={() => void router.navigate({ to: "/sign-in" })}>
              Enter another workspace…
            </MenuItem>
            <MenuItem onSelect={() => void leave()}>
              <LogOut /> Sign out
            </MenuItem>
          </>
        )}
      </MenuContent>
    </Menu>
  );
}
