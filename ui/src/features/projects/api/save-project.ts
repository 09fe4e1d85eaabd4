import { patch, post } from "@/api/client";

export type ProjectDraft = { name: string; description: string };

export const createProject = (draft: ProjectDraft): Promise<null> =>
  post<null>("v1/private/projects", draft);

export const updateProject = (id: string, draft: ProjectDraft): Promise<null> =>
  patch<null>(`v1/private/projects/${id}`, draft);
