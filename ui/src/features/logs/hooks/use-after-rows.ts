import { useEffect, useState } from "react";
import type { Slice } from "@/lib/slice";

/** Figures wait no longer than this for rows that are slow to come. */
const MOST_WAIT_MS = 4_000;

/**
 * Returns the slice that figures and charts are to be asked for: the page's own once its rows are here, until
 * then the one before. Rows come first on screen, so they come first at the server.
 */
export function useAfterRows(slice: Slice, areRowsHere: boolean): Slice | undefined {
  const [settled, setSettled] = useState<Slice>();
  useEffect(() => {
    if (areRowsHere) {
      setSettled(slice);
      return;
    }
    const timer = setTimeout(() => setSettled(slice), MOST_WAIT_MS);
    return () => clearTimeout(timer);
  }, [slice, areRowsHere]);
  return settled;
}
