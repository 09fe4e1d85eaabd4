import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { messageOf } from "@/api/errors";
import { Button } from "@/components/ui/button";
import { Progress } from "@/components/ui/states";
import { formatNumber } from "@/lib/format";
import { toast } from "@/lib/toast";
import { demoQuery, startDemo } from "../api/demo";

/** Fills the server with two weeks of believable traffic, and says how far it has come. */
export function DemoButton({ onDone }: { onDone: () => void }) {
  const client = useQueryClient();
  const { data: demo } = useQuery(demoQuery());
  const before = useRef(demo?.state);
  useEffect(() => {
    if (before.current === "running" && demo?.state === "done") {
      void client.invalidateQueries({ queryKey: ["project-names"] });
      onDone();
    }
    before.current = demo?.state;
  }, [demo?.state, client, onDone]);
  if (demo?.state === "running") {
    return (
      <div className="flex w-72 flex-col gap-1">
        <Progress label="Sending demo data" done={demo.sent} total={demo.total} />
        <span className="text-sm text-muted-foreground tabular">
          {formatNumber(demo.sent)}
          {demo.total ? ` of ${formatNumber(demo.total)}` : ""} sent
        </span>
      </div>
    );
  }
  return (
    <div className="flex flex-col gap-1">
      <Button
        onClick={async () => {
          try {
            client.setQueryData(demoQuery().queryKey, await startDemo());
            await client.invalidateQueries({ queryKey: demoQuery().queryKey });
          } catch (error) {
            toast(messageOf(error), { tone: "danger" });
          }
        }}
      >
        Fill it with demo data
      </Button>
      {demo?.state === "failed" && (
        <span role="alert" className="text-sm text-danger">
          {demo.error}
        </span>
      )}
    </div>
  );
}
