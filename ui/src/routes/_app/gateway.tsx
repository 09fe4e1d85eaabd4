import { createFileRoute } from "@tanstack/react-router";
import { GatewayPage } from "@/features/gateway/gateway-page";
import { readGatewaySearch } from "@/features/gateway/lib/search";

export const Route = createFileRoute("/_app/gateway")({
  validateSearch: readGatewaySearch,
  component: function Gateway() {
    const navigate = Route.useNavigate();
    return (
      <GatewayPage
        search={Route.useSearch()}
        onGo={(search, replace = false) => void navigate({ search, replace })}
      />
    );
  },
});
