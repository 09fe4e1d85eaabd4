import { createFileRoute } from "@tanstack/react-router";
import { SignInPage } from "@/features/session/sign-in-page";

export const Route = createFileRoute("/sign-in")({
  validateSearch: (search: Record<string, unknown>): { to?: string | undefined } => ({
    // Only a path of this server: a link must not lead anybody elsewhere.
    to: typeof search.to === "string" && /^\/(?![/\\])/.test(search.to) ? search.to : undefined,
  }),
  component: () => <SignInPage to={Route.useSearch().to} />,
});
