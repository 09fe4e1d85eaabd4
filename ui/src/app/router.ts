import { createRouter } from "@tanstack/react-router";
import { NotFound } from "@/components/layout/not-found";
import { RouteError } from "@/components/layout/route-error";
import { Spinner } from "@/components/ui/states";
import { routeTree } from "@/route-tree.gen";
import { queryClient } from "./query-client";
import { parseSearch, stringifySearch } from "./search";

export const router = createRouter({
  routeTree,
  context: { queryClient },
  parseSearch,
  stringifySearch,
  defaultPreload: "intent",
  defaultPreloadStaleTime: 0,
  scrollRestoration: true,
  defaultNotFoundComponent: NotFound,
  defaultErrorComponent: RouteError,
  defaultPendingComponent: Spinner,
  defaultPendingMs: 300,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
