import { createFileRoute } from "@tanstack/react-router";
import { PricesPage } from "@/features/settings/prices-page";

export const Route = createFileRoute("/_app/settings/prices")({
  validateSearch: (search: Record<string, unknown>) => ({
    q: typeof search.q === "string" && search.q ? search.q : undefined,
    page: Number(search.page) > 1 ? Math.trunc(Number(search.page)) : undefined,
  }),
  component: function Prices() {
    const navigate = Route.useNavigate();
    return (
      <PricesPage
        search={Route.useSearch()}
        onChange={(patch) =>
          void navigate({ search: (now) => ({ ...now, ...patch }), replace: "q" in patch })
        }
      />
    );
  },
});
