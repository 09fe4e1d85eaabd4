import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { messageOf } from "@/api/errors";
import { parsedQuery } from "@/api/queries/query-text";
import type { EntityType } from "@/api/types";

/** Lets the server read a condition before it goes into the query; `problem` says what is wrong. */
export function useCheck(entity: EntityType): {
  problem: string;
  clear: () => void;
  check: (condition: string) => Promise<boolean>;
} {
  const client = useQueryClient();
  const [problem, setProblem] = useState("");
  const check = async (condition: string) => {
    try {
      const { error } = await client.ensureQueryData(parsedQuery(entity, condition));
      setProblem(error ? [error.detail, error.hint].filter(Boolean).join(". ") : "");
      return error === null;
    } catch (thrown) {
      setProblem(messageOf(thrown));
      return false;
    }
  };
  return { problem, clear: () => setProblem(""), check };
}
