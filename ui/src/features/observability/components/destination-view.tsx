import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { Pencil } from "lucide-react";
import { Page } from "@/components/layout/page";
import { buttonClass } from "@/components/ui/button";
import { Switch } from "@/components/ui/switch";
import { Tabs } from "@/components/ui/tabs";
import { useHotkeys } from "@/hooks/use-hotkeys";
import { formatCount } from "@/lib/format";
import { failuresQuery } from "../api/failures";
import type { Destination, DestinationType } from "../api/types";
import type { ObservabilitySearch, Tab } from "../lib/search";
import { useCanEdit } from "../lib/use-can-edit";
import { useSwitch } from "../lib/use-switch";
import { ActivityTab } from "./activity-tab";
import { ConfigurationTab } from "./configuration-tab";
import { Crumbs } from "./crumbs";
import { FailuresTab } from "./failures-tab";
import { ReplayTab } from "./replay-tab";
import { RowMenu } from "./row-menu";
import { StateNotes } from "./state-notes";
import { StatusBadge } from "./status-badge";
import { TypeMark } from "./type-mark";

/** One destination: its figures, what failed, sending again, how it is set up. */
export function DestinationView({
  destination,
  type,
  isOn,
  search,
  onChange,
  onBack,
}: {
  destination: Destination;
  /** Undefined when this server has none of its kind any more. */
  type: DestinationType | undefined;
  isOn: boolean;
  search: ObservabilitySearch;
  onChange: (patch: ObservabilitySearch, replace?: boolean) => void;
  onBack: () => void;
}) {
  const navigate = useNavigate();
  const canEdit = useCanEdit() && !destination.read_only;
  const flip = useSwitch(destination);
  const { id, name } = destination;
  const failures = useQuery(failuresQuery(id, 1)).data?.total ?? 0;
  const edit = { edit: id };
  const group = "Observability";
  const goTo = (tab: Tab) =>
    onChange({ tab: tab === "activity" ? undefined : tab, page: undefined });
  useHotkeys([
    {
      keys: "e",
      label: "Edit the destination",
      group,
      run: () => canEdit && void navigate({ to: "/observability", search: edit }),
    },
    { keys: "escape", label: "Back to all destinations", group, run: onBack },
  ]);
  return (
    <Page
      title={name}
      crumbs={
        <>
          <Crumbs />
          <TypeMark type={destination.type} />
        </>
      }
      actions={
        <>
          <span className="flex max-sm:hidden">
            <StatusBadge destination={destination} />
          </span>
          {canEdit && (
            <>
              <Switch
                aria-label={`${name} is enabled`}
                checked={destination.enabled}
                onCheckedChange={(on) => void flip(on)}
                className="mx-1"
              />
              <Link to="/observability" search={edit} className={buttonClass("outline")}>
                <Pencil /> <span className="max-sm:sr-only">Edit</span>
              </Link>
            </>
          )}
          <RowMenu destination={destination} onDeleted={onBack} />
        </>
      }
    >
      <StateNotes destination={destination} isOn={isOn} />
      <Tabs
        label="Views of the destination"
        value={search.tab ?? "activity"}
        onChange={goTo}
        className="pt-1"
        tabs={[
          {
            value: "activity",
            label: "Activity",
            panel: (
              <ActivityTab
                destination={destination}
                days={search.days ?? 30}
                onDays={(days) => onChange({ days: days === 30 ? undefined : days }, true)}
                onPeriod={(from, to) => onChange({ tab: "replay", from, to })}
              />
            ),
          },
          {
            value: "failures",
            label: (
              <>
                Failures
                {failures > 0 && (
                  <span className="text-sm text-muted-foreground tabular">
                    {formatCount(failures)}
                  </span>
                )}
              </>
            ),
            panel: (
              <FailuresTab
                destination={destination}
                page={search.page ?? 1}
                onPage={(page) => onChange({ page: page > 1 ? page : undefined })}
              />
            ),
          },
          {
            value: "replay",
            label: "Replay",
            panel: (
              <ReplayTab
                destination={destination}
                from={search.from}
                to={search.to}
                onPeriod={(from, to) => onChange({ from, to }, true)}
              />
            ),
          },
          {
            value: "configuration",
            label: "Configuration",
            panel: <ConfigurationTab destination={destination} type={type} />,
          },
        ]}
      />
    </Page>
  );
}
