import { useCallback, useState } from "react";
import { readStored, writeStored } from "@/lib/storage";

/** A preference of this person on this computer (widths, density); what a link must show belongs in the URL. */
export function useStored<T>(name: string, fallback: T): [T, (value: T) => void] {
  const [value, setValue] = useState<T>(() => readStored(name, fallback));
  const set = useCallback(
    (next: T) => {
      setValue(next);
      writeStored(name, next);
    },
    [name],
  );
  return [value, set];
}
