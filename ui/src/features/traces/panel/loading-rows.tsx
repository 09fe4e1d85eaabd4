import { Skeleton } from "@/components/ui/skeleton";

const WIDTHS = [42, 58, 50, 64, 38, 55, 47, 60, 44, 52];

/** Rows that stand for spans on their way. */
export function LoadingRows() {
  return (
    <div role="status" aria-label="Loading the spans" className="flex flex-col px-2 pt-9">
      {WIDTHS.map((width, i) => (
        <div
          key={width}
          className="flex h-7 items-center gap-2"
          style={{ paddingLeft: (i % 4) * 16 }}
        >
          <Skeleton className="size-3.5" />
          <span style={{ width: `${width}%` }}>
            <Skeleton />
          </span>
          <span className="flex-1" />
          <Skeleton className="w-10" />
        </div>
      ))}
    </div>
  );
}
