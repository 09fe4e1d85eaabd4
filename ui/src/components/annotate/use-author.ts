import { useQuery } from "@tanstack/react-query";
import { sessionQuery } from "@/api/queries/session";

/** Who writes here, and whether they may. */
export function useAuthor(): { user: string; canWrite: boolean } {
  const { data } = useQuery(sessionQuery());
  return { user: data?.user ?? "", canWrite: data?.role !== "read" };
}
