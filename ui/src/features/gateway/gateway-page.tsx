import { useQuery } from "@tanstack/react-query";
import { useRef } from "react";
import { Page } from "@/components/layout/page";
import { Input } from "@/components/ui/input";
import { Tabs } from "@/components/ui/tabs";
import { useHotkeys } from "@/hooks/use-hotkeys";
import { statusQuery } from "./api/status";
import { BaseUrl } from "./components/base-url";
import { FileTab } from "./components/file-tab";
import { FormPage } from "./components/form-page";
import { KeysTab } from "./components/keys-tab";
import { ModelsTab } from "./components/models-tab";
import { PresetsTab } from "./components/presets-tab";
import { ProvidersTab } from "./components/providers-tab";
import { RoutingTab } from "./components/routing-tab";
import { CHOOSE, type GatewaySearch, type GatewayTab, NEW } from "./lib/search";
import { useCanEdit } from "./lib/use-can-edit";

const NO_SEARCH = new Set<GatewayTab>(["file", "routing"]);

/** What calls go through: providers, models, who may call, and how. */
export function GatewayPage({
  search,
  onGo,
}: {
  search: GatewaySearch;
  onGo: (search: GatewaySearch, replace?: boolean) => void;
}) {
  const { data: status } = useQuery(statusQuery());
  const canEdit = useCanEdit();
  const field = useRef<HTMLInputElement>(null);
  const tab = search.tab ?? "providers";
  const isForm = Boolean(search.add ?? search.edit);
  const hasSearch = !NO_SEARCH.has(tab);
  const group = "Gateway";
  const add = () => {
    if (canEdit && hasSearch) onGo({ tab, add: tab === "providers" ? CHOOSE : NEW });
  };
  useHotkeys(
    [
      { keys: "n", label: "New provider, model, key or preset", group, run: add },
      { keys: "/", label: "Search the list", group, run: () => field.current?.focus() },
    ],
    !isForm,
  );
  if (isForm) return <FormPage tab={tab} search={search} onGo={onGo} />;
  const props = { search, onGo };
  const tabs: { value: GatewayTab; label: string; panel: React.ReactNode }[] = [
    { value: "providers", label: "Providers", panel: <ProvidersTab {...props} /> },
    { value: "models", label: "Models", panel: <ModelsTab {...props} /> },
    { value: "routing", label: "Routing", panel: <RoutingTab /> },
    { value: "keys", label: "API keys", panel: <KeysTab {...props} /> },
    { value: "presets", label: "Presets", panel: <PresetsTab {...props} /> },
    { value: "file", label: "Configuration file", panel: <FileTab /> },
  ];
  return (
    <Page
      title="Gateway"
      actions={
        <>
          {status && <BaseUrl url={status.base_url} />}
          {hasSearch && (
            <Input
              ref={field}
              type="search"
              aria-label="Search the list"
              placeholder="Search"
              className="w-44 max-sm:w-24"
              value={search.q ?? ""}
              onChange={(event) => onGo({ ...search, q: event.target.value || undefined }, true)}
            />
          )}
        </>
      }
    >
      <Tabs
        label="Parts of the gateway"
        value={tab}
        onChange={(next) => onGo({ tab: next })}
        tabs={tabs}
        className="h-full"
      />
    </Page>
  );
}
