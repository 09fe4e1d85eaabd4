import { useQuery } from "@tanstack/react-query";
import { sessionQuery } from "@/api/queries/session";

/** Whether whoever is signed in may change providers, models and keys. */
export const useCanEdit = (): boolean => useQuery(sessionQuery()).data?.role === "admin";
