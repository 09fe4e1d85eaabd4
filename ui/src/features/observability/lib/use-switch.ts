import { useQueryClient } from "@tanstack/react-query";
import { messageOf } from "@/api/errors";
import { toast } from "@/lib/toast";
import { updateDestination } from "../api/destinations";
import { overviewQuery } from "../api/overview";
import type { Destination } from "../api/types";

/** Returns how to turn a destination on or off. */
export function useSwitch(destination: Destination): (on: boolean) => Promise<void> {
  const client = useQueryClient();
  return async (on) => {
    try {
      await updateDestination(destination.id, { enabled: on });
    } catch (thrown) {
      toast(messageOf(thrown), { tone: "danger" });
    }
    await client.invalidateQueries({ queryKey: overviewQuery().queryKey });
  };
}
