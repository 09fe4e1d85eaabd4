import { useCallback, useState } from "react";
import { readSession, writeSession } from "@/lib/storage";

/** What this tab holds until it is closed, over reloads too. */
export function useSession<T>(name: string, fallback: T): [T, (value: T) => void] {
  const [value, setValue] = useState<T>(() => readSession(name, fallback));
  const set = useCallback(
    (next: T) => {
      setValue(next);
      writeSession(name, next);
    },
    [name],
  );
  return [value, set];
}
