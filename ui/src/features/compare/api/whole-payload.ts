import { queryOptions } from "@tanstack/react-query";
import { send } from "@/api/client";
import { payloadPath } from "@/api/queries/entity-detail";

/** A payload from its first character to its last, as JSON text. */
export const wholePayloadQuery = (
  kind: "trace" | "span",
  id: string,
  name: "input" | "output" | "metadata",
) =>
  queryOptions({
    queryKey: [kind, id, "payload", name],
    queryFn: async ({ signal }) =>
      (await send("GET", payloadPath(kind, id, name), { signal })).text(),
    staleTime: 60_000,
    gcTime: 30_000,
  });
