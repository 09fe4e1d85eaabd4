import { createFileRoute } from "@tanstack/react-router";
import { sessionQuery } from "@/api/queries/session";
import { Shell } from "@/components/layout/shell";

/** Every page but the sign-in: inside the shell, for somebody who may see it. */
export const Route = createFileRoute("/_app")({
  loader: ({ context }) => context.queryClient.ensureQueryData(sessionQuery()),
  component: Shell,
});
