/** The first letter of a provider. */
export function ProviderMark({ name }: { name: string }) {
  return (
    <span
      aria-hidden
      className="flex size-5.5 shrink-0 items-center justify-center rounded-sm bg-muted text-xs font-semibold text-muted-foreground"
    >
      {name
        .replace(/[^\p{L}\p{N}]/gu, "")
        .slice(0, 1)
        .toUpperCase() || "?"}
    </span>
  );
}
