import { useNavigate } from "@tanstack/react-router";
import { Missing } from "@/components/data-table/cells/time-cell";
import { NO_TRACE } from "@/lib/trace-search";

/** Opens the thread that a trace belongs to. */
export function ThreadLink({ id }: { id: string | null }) {
  const navigate = useNavigate();
  if (id === null) return <Missing />;
  return (
    <button
      type="button"
      tabIndex={-1}
      title={`Open the thread ${id}`}
      className="truncate text-primary hover:underline"
      onClick={() =>
        navigate({
          to: ".",
          search: (now: Record<string, unknown>) => ({ ...now, ...NO_TRACE, thread: id }),
        })
      }
    >
      {id}
    </button>
  );
}
