import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Inbox } from "lucide-react";
import { useMemo } from "react";
import { projectNamesQuery } from "@/api/queries/projects";
import { Chart } from "@/components/charts/chart";
import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { Segmented } from "@/components/ui/segmented";
import { Select } from "@/components/ui/select";
import { EmptyState } from "@/components/ui/states";
import { formatNumber, formatTime } from "@/lib/format";
import { type Ledger, ledgerQuery } from "./api/ledger";
import { LedgerFigures } from "./components/ledger-figures";
import { LedgerTable } from "./components/ledger-table";
import { Loaded } from "./components/loaded";
import { ReasonList } from "./components/reason-list";
import { Section } from "./components/section";
import { chartOf } from "./lib/ledger";
import { DEFAULT_PERIOD, type LedgerSearch, PERIODS, type Period } from "./lib/ledger-search";

const ALL = "all";

type Go = (patch: Partial<LedgerSearch>) => void;

export function LedgerPage({ search, onChange }: { search: LedgerSearch; onChange: Go }) {
  const ledger = useQuery(ledgerQuery(search));
  return (
    <Section
      title="Received"
      description="What clients sent, what of it is stored, and what was refused and why. A message is a trace, a span, a score or a call of the gateway; a request that cannot be read counts as one."
    >
      <Controls search={search} onChange={onChange} />
      <Loaded query={ledger}>
        {(found) => <Found ledger={found} search={search} onChange={onChange} />}
      </Loaded>
    </Section>
  );
}

function Controls({ search, onChange }: { search: LedgerSearch; onChange: Go }) {
  const projects = useQuery(projectNamesQuery("", 200));
  const names = (projects.data?.content ?? []).map((p) => ({ value: p.id, label: p.name }));
  const project = search.project ?? ALL;
  const isListed = project === ALL || names.some((p) => p.value === project);
  return (
    <div className="flex flex-wrap items-center gap-2">
      <Segmented<Period | "">
        label="Period"
        value={search.from ? "" : (search.range ?? DEFAULT_PERIOD)}
        options={PERIODS}
        onChange={(range) =>
          range &&
          onChange({
            range: range === DEFAULT_PERIOD ? undefined : range,
            from: undefined,
            to: undefined,
          })
        }
      />
      {search.from && (
        <Button onClick={() => onChange({ from: undefined, to: undefined })}>
          {formatTime(search.from).slice(5, 16)} – {formatTime(search.to).slice(5, 16)}: back to all
        </Button>
      )}
      <Select
        label="Project"
        className="w-48"
        value={project}
        options={[
          { value: ALL, label: "All projects" },
          ...names,
          ...(isListed ? [] : [{ value: project, label: "One project" }]),
        ]}
        onChange={(id) => onChange({ project: id === ALL ? undefined : id })}
      />
      {/* biome-ignore lint/a11y/noLabelWithoutControl: the control is a button inside it */}
      <label className="flex h-7 items-center gap-2">
        <Checkbox
          checked={search.refused ?? false}
          onCheckedChange={(on) => onChange({ refused: on === true ? true : undefined })}
        />
        Only with refusals
      </label>
    </div>
  );
}

function Found({
  ledger,
  search,
  onChange,
}: {
  ledger: Ledger;
  search: LedgerSearch;
  onChange: Go;
}) {
  const chart = useMemo(() => chartOf(ledger), [ledger]);
  const rows = search.refused ? ledger.rows.filter((row) => row.refused > 0) : ledger.rows;
  if (ledger.total.received === 0) {
    return (
      <EmptyState icon={<Inbox />} title="Nothing was received in this period">
        <p className="mb-3">
          What a client sends is counted here at once, stored or not.{" "}
          <Link to="/get-started" className="text-primary underline">
            Get started
          </Link>{" "}
          says how one finds this server.
        </p>
        {(search.range !== "30d" || search.from) && (
          <Button onClick={() => onChange({ range: "30d", from: undefined, to: undefined })}>
            Look at the last 30 days
          </Button>
        )}
      </EmptyState>
    );
  }
  return (
    <>
      <LedgerFigures total={ledger.total} />
      <Chart
        label="Received over time"
        data={chart}
        kind="bars"
        height={120}
        syncKey="ledger"
        onRange={(from, to) => onChange({ from, to })}
        onReset={() => onChange({ from: undefined, to: undefined })}
      />
      {ledger.total.refused > 0 && (
        <section aria-label="Why messages were refused">
          <h3 className="mb-1 font-semibold">Why</h3>
          <ReasonList label="Reasons" reasons={ledger.total.reasons} />
        </section>
      )}
      {rows.length === 0 ? (
        <EmptyState title="Nothing was refused in this period" />
      ) : (
        <LedgerTable rows={rows} open={search.open} onOpen={(open) => onChange({ open })} />
      )}
      {ledger.rows_left_out > 0 && (
        <p className="text-muted-foreground">
          {formatNumber(ledger.rows_left_out)} more rows with fewer messages are not shown. Choose a
          project.
        </p>
      )}
      <p className="max-w-prose text-sm text-muted-foreground">
        Counts are written every {ledger.lost_by_a_crash_s} seconds: a crash may lose those of the
        last {ledger.lost_by_a_crash_s} seconds, never a message that was answered with success.
        They are kept for 31 days, by five minutes for two days, then by the hour.
      </p>
    </>
  );
}
