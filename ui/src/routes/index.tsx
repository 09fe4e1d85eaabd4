import { createFileRoute, redirect } from "@tanstack/react-router";
import { projectNamesQuery } from "@/api/queries/projects";

/** An empty server begins with the code to paste, any other with its projects. */
export const Route = createFileRoute("/")({
  loader: async ({ context }) => {
    const found = await context.queryClient.ensureQueryData(projectNamesQuery());
    throw redirect({ to: found.content.length ? "/projects" : "/get-started", replace: true });
  },
});
