import { queryOptions } from "@tanstack/react-query";
import { get } from "@/api/client";

export type PlaygroundModel = {
  id: string;
  name: string;
  description: string;
  context_length: number | null;
  architecture: { output_modalities: string[] };
  pricing: { prompt: string; completion: string };
};

/** The models that can be talked to, by slug. */
export const chatModelsQuery = () =>
  queryOptions({
    queryKey: ["playground", "models"],
    queryFn: async ({ signal }) => {
      const { data } = await get<{ data: PlaygroundModel[] }>("v1/models", undefined, signal);
      return data.filter((one) => one.architecture.output_modalities.includes("text"));
    },
    staleTime: 30_000,
  });
