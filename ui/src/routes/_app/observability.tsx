import { createFileRoute } from "@tanstack/react-router";
import { readObservabilitySearch } from "@/features/observability/lib/search";
import { ObservabilityPage } from "@/features/observability/observability-page";

export const Route = createFileRoute("/_app/observability")({
  validateSearch: readObservabilitySearch,
  component: function Observability() {
    const navigate = Route.useNavigate();
    return (
      <ObservabilityPage
        search={Route.useSearch()}
        onGo={(search, replace = false) => void navigate({ search, replace })}
      />
    );
  },
});
