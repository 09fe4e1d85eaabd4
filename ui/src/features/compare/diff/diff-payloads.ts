/** From two payloads to their differences: what the worker does, and small texts do without it. */

import { payloadText, type Side } from "./payload-text";
import { diffTexts, type TextDiff } from "./text-diff";

/** Null for a side that is not there. */
export type DiffTask = { before: string | null; after: string | null; side: Side };

export const diffPayloads = ({ before, after, side }: DiffTask): TextDiff =>
  diffTexts(
    before === null ? "" : payloadText(before, side),
    after === null ? "" : payloadText(after, side),
  );
