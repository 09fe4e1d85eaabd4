import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useId } from "react";
import { messageOf } from "@/api/errors";
import { Switch } from "@/components/ui/switch";
import { toast } from "@/lib/toast";
import { overviewQuery, switchBroadcast } from "../api/overview";

/** Turns broadcast on or off for the whole workspace. */
export function BroadcastSwitch({ on, disabled }: { on: boolean; disabled: boolean }) {
  const client = useQueryClient();
  const id = useId();
  const flip = useMutation({
    mutationFn: switchBroadcast,
    onSuccess: (overview) => client.setQueryData(overviewQuery().queryKey, overview),
    onError: (error) => toast(messageOf(error), { tone: "danger" }),
  });
  return (
    <span className="flex items-center gap-2 px-1">
      <Switch
        id={id}
        checked={flip.isPending ? flip.variables : on}
        disabled={disabled || flip.isPending}
        onCheckedChange={(next) => flip.mutate(next)}
      />
      <label htmlFor={id} className="whitespace-nowrap">
        Broadcast
        <span className="max-sm:sr-only"> {on ? "on" : "off"}</span>
      </label>
    </span>
  );
}
