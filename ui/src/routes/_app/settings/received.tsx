import { createFileRoute } from "@tanstack/react-router";
import { LedgerPage } from "@/features/settings/ledger-page";
import { readLedgerSearch } from "@/features/settings/lib/ledger-search";

export const Route = createFileRoute("/_app/settings/received")({
  validateSearch: readLedgerSearch,
  component: function Received() {
    const navigate = Route.useNavigate();
    return (
      <LedgerPage
        search={Route.useSearch()}
        onChange={(patch) =>
          void navigate({ search: (now) => ({ ...now, ...patch }), replace: "open" in patch })
        }
      />
    );
  },
});
