import { colorOf } from "@/lib/name-color";

/** Two letters in the type's own colour, so that it is found at a glance. Read out nowhere. */
export function TypeMark({ type }: { type: string }) {
  const words = type.split("-");
  const letters = words.length > 1 ? words.map((word) => word[0]).join("") : type;
  return (
    <span
      aria-hidden
      className="inline-flex size-6 shrink-0 items-center justify-center rounded-sm border bg-raised text-xs font-semibold capitalize"
      style={{ borderColor: colorOf(type) }}
    >
      {letters.slice(0, 2)}
    </span>
  );
}
