import { Link } from "@tanstack/react-router";
import { Fragment, useState } from "react";
import { Button } from "@/components/ui/button";
import { CopyButton } from "@/components/ui/copy-button";
import { spanIdOf } from "@/lib/generation-id";

const SHOWN = 2;

/** Ids of calls; each leads to its trace. */
export function GenerationIds({ ids }: { ids: readonly string[] }) {
  const [isOpen, setOpen] = useState(false);
  const shown = isOpen ? ids : ids.slice(0, SHOWN);
  return (
    <div className="flex flex-col items-start">
      {shown.map((id, i) => (
        <Fragment key={id}>
          <span className="flex items-center gap-1">
            <GenerationLink id={id} />
            {i === 0 && (
              <CopyButton
                text={ids.join("\n")}
                label={ids.length === 1 ? "Copy the id" : `Copy ${ids.length} ids`}
                className="-my-1"
              />
            )}
          </span>
        </Fragment>
      ))}
      {ids.length > SHOWN && (
        <Button variant="ghost" size="sm" className="-ml-2" onClick={() => setOpen(!isOpen)}>
          {isOpen ? "Show fewer" : `${ids.length - SHOWN} more`}
        </Button>
      )}
    </div>
  );
}

function GenerationLink({ id }: { id: string }) {
  const spanId = spanIdOf(id);
  if (!spanId) return <code className="text-sm">{id}</code>;
  return (
    <Link
      to="/spans/$spanId"
      params={{ spanId }}
      title="Open its trace"
      className="font-mono text-sm text-primary hover:underline"
    >
      {id}
    </Link>
  );
}
