import { createFileRoute } from "@tanstack/react-router";
import { readPlaygroundSearch } from "@/features/playground/lib/search";
import { PlaygroundPage } from "@/features/playground/playground-page";

export const Route = createFileRoute("/_app/playground")({
  validateSearch: readPlaygroundSearch,
  component: function Playground() {
    const navigate = Route.useNavigate();
    return (
      <PlaygroundPage
        search={Route.useSearch()}
        onGo={(search) => void navigate({ search, replace: true })}
      />
    );
  },
});
