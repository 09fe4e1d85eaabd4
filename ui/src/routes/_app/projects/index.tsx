import { createFileRoute } from "@tanstack/react-router";
import { readProjectsSearch } from "@/features/projects/lib/search";
import { ProjectsPage } from "@/features/projects/projects-page";

export const Route = createFileRoute("/_app/projects/")({
  validateSearch: readProjectsSearch,
  component: function Projects() {
    const navigate = Route.useNavigate();
    return (
      <ProjectsPage
        search={Route.useSearch()}
        onChange={(patch) =>
          void navigate({ search: (now) => ({ ...now, ...patch }), replace: "q" in patch })
        }
      />
    );
  },
});
