/** Counts over time as small bars, the latest on the right. The numbers are told to screen readers. */
export function Sparkline({ values, label }: { values: readonly number[]; label: string }) {
  const most = Math.max(1, ...values);
  const total = values.reduce((sum, n) => sum + n, 0);
  const width = 4;
  return (
    <svg
      role="img"
      aria-label={`${label}: ${total}`}
      viewBox={`0 0 ${values.length * width} 20`}
      preserveAspectRatio="none"
      className="h-5 w-24"
    >
      <title>{`${label}: ${total}`}</title>
      {values.map((n, i) => {
        const height = n === 0 ? 1 : Math.max(2, (n / most) * 20);
        return (
          <rect
            // biome-ignore lint/suspicious/noArrayIndexKey: a bar is its place in time
            key={i}
            x={i * width}
            y={20 - height}
            width={width - 1}
            height={height}
            className={n === 0 ? "fill-border" : "fill-chart-1"}
          />
        );
      })}
    </svg>
  );
}
