import { useNavigate } from "@tanstack/react-router";
import { Ellipsis, Pencil, Power, Send, Trash2 } from "lucide-react";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Menu, MenuContent, MenuItem, MenuSeparator, MenuTrigger } from "@/components/ui/menu";
import type { Destination } from "../api/types";
import { useCanEdit } from "../lib/use-can-edit";
import { useSwitch } from "../lib/use-switch";
import { DeleteDialog } from "./delete-dialog";
import { SampleDialog } from "./sample-dialog";

/** What can be done with a destination, for those who may. */
export function RowMenu({
  destination,
  onDeleted,
}: {
  destination: Destination;
  onDeleted?: () => void;
}) {
  const navigate = useNavigate();
  const canEdit = useCanEdit();
  const flip = useSwitch(destination);
  const [dialog, setDialog] = useState<"sample" | "delete">();
  if (!canEdit) return null;
  const isFixed = destination.read_only;
  return (
    <>
      <Menu>
        <MenuTrigger asChild>
          <Button variant="ghost" size="icon-sm" aria-label={`Actions of ${destination.name}`}>
            <Ellipsis />
          </Button>
        </MenuTrigger>
        <MenuContent align="end">
          <MenuItem onSelect={() => setDialog("sample")}>
            <Send /> Send test trace
          </MenuItem>
          {!isFixed && (
            <>
              <MenuItem
                onSelect={() =>
                  void navigate({ to: "/observability", search: { edit: destination.id } })
                }
              >
                <Pencil /> Edit
              </MenuItem>
              <MenuItem onSelect={() => void flip(!destination.enabled)}>
                <Power /> Turn {destination.enabled ? "off" : "on"}
              </MenuItem>
              <MenuSeparator />
              <MenuItem className="text-danger" onSelect={() => setDialog("delete")}>
                <Trash2 /> Delete…
              </MenuItem>
            </>
          )}
        </MenuContent>
      </Menu>
      {dialog === "sample" && (
        <SampleDialog destination={destination} onClose={() => setDialog(undefined)} />
      )}
      {dialog === "delete" && (
        <DeleteDialog
          destination={destination}
          onClose={() => setDialog(undefined)}
          onDeleted={onDeleted}
        />
      )}
    </>
  );
}
