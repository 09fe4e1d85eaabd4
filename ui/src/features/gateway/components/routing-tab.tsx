import { useQuery } from "@tanstack/react-query";
import { routingQuery } from "../api/routing";
import { useCanEdit } from "../lib/use-can-edit";
import { Loaded } from "./list";
import { RoutingForm } from "./routing-form";

/** Which endpoint a call goes to, and what comes when it fails. */
export function RoutingTab() {
  const routing = useQuery(routingQuery());
  const canEdit = useCanEdit();
  return (
    <Loaded query={routing}>
      {(answer) => (
        <RoutingForm key={JSON.stringify(answer.own)} answer={answer} canEdit={canEdit} />
      )}
    </Loaded>
  );
}
