import { memo, useMemo } from "react";
import { cn } from "@/lib/cn";
import { type PayloadSide, previewText } from "@/lib/preview-text";
import type { Density } from "../types";
import { Missing } from "./time-cell";

const LINES: Record<Density, string> = {
  s: "truncate",
  m: "line-clamp-2 whitespace-pre-line",
  l: "line-clamp-4 whitespace-pre-line",
};

/** Text clipped to the lines that the row has. */
export function TextCell({
  text,
  density,
  className,
  title,
}: {
  text: string | null | undefined;
  density: Density;
  className?: string | undefined;
  title?: string | undefined;
}) {
  if (text === null || text === undefined || text === "") return <Missing />;
  return (
    <span
      {...(title === undefined ? {} : { title })}
      className={cn(
        "min-w-0 flex-1 [overflow-wrap:anywhere]",
        density !== "s" && "text-sm/[18px]",
        LINES[density],
        className,
      )}
    >
      {text}
    </span>
  );
}

/** The telling words of an input or an output, of which the beginning of its JSON is known. */
export const PreviewCell = memo(function PreviewCell({
  json,
  side,
  density,
}: {
  json: string | null | undefined;
  side: PayloadSide;
  density: Density;
}) {
  const text = useMemo(() => (json ? previewText(json, side) : ""), [json, side]);
  return <TextCell text={text} density={density} />;
});
