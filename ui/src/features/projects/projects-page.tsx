import { useQuery } from "@tanstack/react-query";
import { projectNamesQuery } from "@/api/queries/projects";
import { Page } from "@/components/layout/page";

export function ProjectsPage() {
  const names = useQuery(projectNamesQuery());
  return (
    <Page title="Projects">
      <ul>
        {names.data?.content.map((project) => (
          <li key={project.id}>{project.name}</li>
        ))}
      </ul>
    </Page>
  );
}
