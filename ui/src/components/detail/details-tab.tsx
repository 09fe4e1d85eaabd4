import type { EntityDetail } from "@/api/types";
import { PayloadBlock } from "./payload-block";
import { Properties } from "./properties";
import type { DetailActions, EntityKind } from "./types";
import { UsageTable } from "./usage-table";
import type { PayloadView } from "./use-payload";

const TITLES = { input: "Input", output: "Output", metadata: "Metadata" } as const;

/** Payloads as they were sent, usage, and what else is known. */
export function DetailsTab({
  kind,
  detail,
  payloads,
  mediaOf,
  ...actions
}: DetailActions & {
  kind: EntityKind;
  detail: EntityDetail;
  payloads: readonly PayloadView[];
  mediaOf: (text: string) => (() => void) | undefined;
}) {
  return (
    <>
      {payloads.map((payload) => (
        <PayloadBlock
          key={payload.name}
          kind={kind}
          id={detail.id}
          title={TITLES[payload.name]}
          payload={payload}
          mediaOf={mediaOf}
          {...actions}
        />
      ))}
      <UsageTable usage={detail.usage} cost={detail.total_estimated_cost ?? null} />
      <Properties detail={detail} />
    </>
  );
}
