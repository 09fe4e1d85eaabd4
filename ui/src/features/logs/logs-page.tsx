import type { ReactNode } from "react";
import { Page } from "@/components/layout/page";
import type { LogsSearch } from "./lib/logs-search";

/** What the panel beside the table may do to the page. */
export type PanelControls = {
  onClose: () => void;
  /** Undefined where there is no row before or after. */
  onPrev: (() => void) | undefined;
  onNext: (() => void) | undefined;
  /** Adds a condition to the query. */
  onFilter: (query: string) => void;
  onAddColumn: (name: string) => void;
  onOpenTrace: (id: string) => void;
};

export function LogsPage(_props: {
  projectId: string;
  search: LogsSearch;
  onChange: (patch: Partial<LogsSearch>, how?: { replace?: boolean }) => void;
  renderPanel: (controls: PanelControls) => ReactNode;
}) {
  return (
    <Page title="Logs">
      <p />
    </Page>
  );
}
