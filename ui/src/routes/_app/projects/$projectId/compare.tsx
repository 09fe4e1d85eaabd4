import { createFileRoute } from "@tanstack/react-router";
import { ComparePage } from "@/features/compare/compare-page";
import { readCompareSearch } from "@/features/compare/compare-search";

/** Two traces laid over each other. */
export const Route = createFileRoute("/_app/projects/$projectId/compare")({
  validateSearch: readCompareSearch,
  component: Compare,
});

function Compare() {
  const { projectId } = Route.useParams();
  const search = Route.useSearch();
  const navigate = Route.useNavigate();
  return (
    <ComparePage
      projectId={projectId}
      search={search}
      onChange={(patch, how) =>
        navigate({
          search: (now) => ({ ...now, ...patch }),
          replace: how === "walk",
          resetScroll: false,
        })
      }
    />
  );
}
