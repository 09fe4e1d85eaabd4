import { useQuery } from "@tanstack/react-query";
import { Page } from "@/components/layout/page";
import { EmptyState } from "@/components/ui/states";
import { keysQuery } from "../api/keys";
import { modelsQuery } from "../api/models";
import { presetQuery } from "../api/presets";
import { knownProvidersQuery, providersQuery } from "../api/providers";
import { CHOOSE, type GatewaySearch, type GatewayTab } from "../lib/search";
import { Crumbs } from "./crumbs";
import { KeyForm } from "./key-form";
import { Loaded } from "./list";
import { ModelForm } from "./model-form";
import { PresetForm } from "./preset-form";
import { ProviderChoice } from "./provider-choice";
import { ProviderForm } from "./provider-form";

type Props = {
  tab: GatewayTab;
  search: GatewaySearch;
  onGo: (search: GatewaySearch, replace?: boolean) => void;
};

const LABELS: Record<GatewayTab, string> = {
  providers: "Providers",
  models: "Models",
  routing: "Routing",
  keys: "API keys",
  presets: "Presets",
  file: "Configuration file",
};

/** The form that the address asks for, under the way back to its list. */
export function FormPage({ tab, search, onGo }: Props) {
  const parts: Partial<Record<GatewayTab, () => React.ReactNode>> = {
    providers: () => <ProviderPart search={search} onGo={onGo} />,
    models: () => <ModelPart search={search} onGo={onGo} />,
    keys: () => <KeyPart search={search} onGo={onGo} />,
    presets: () => <PresetPart search={search} onGo={onGo} />,
  };
  return (
    <Page title={titleOf(tab, search)} crumbs={<Crumbs tab={tab} label={LABELS[tab]} />}>
      {parts[tab]?.() ?? <Missing />}
    </Page>
  );
}

type PartProps = Omit<Props, "tab">;

function ProviderPart({ search, onGo }: PartProps) {
  const providers = useQuery(providersQuery());
  const known = useQuery(knownProvidersQuery());
  const back = () => onGo({ tab: "providers" });
  return (
    <Loaded query={providers}>
      {({ content }) => (
        <Loaded query={known}>
          {(list) => {
            if (search.add === CHOOSE)
              return (
                <ProviderChoice
                  known={list.content}
                  taken={content.map((one) => one.slug)}
                  words={search.q}
                  onWords={(q) => onGo({ tab: "providers", add: CHOOSE, q }, true)}
                  onBack={back}
                />
              );
            const kept = content.find((one) => one.id === search.edit);
            if (search.edit && !kept) return <Missing />;
            const slug = kept?.slug ?? search.add;
            return (
              <ProviderForm
                key={kept?.id ?? slug}
                known={list.content.find((one) => one.slug === slug)}
                dialects={[...new Set(list.content.map((one) => one.dialect))].sort()}
                kept={kept}
                onDone={(id) => onGo({ tab: "providers", test: id }, true)}
                onBack={back}
              />
            );
          }}
        </Loaded>
      )}
    </Loaded>
  );
}

function ModelPart({ search, onGo }: PartProps) {
  const models = useQuery(modelsQuery());
  const providers = useQuery(providersQuery());
  const back = () => onGo({ tab: "models" });
  return (
    <Loaded query={models}>
      {({ content }) => (
        <Loaded query={providers}>
          {(list) => {
            const kept = content.find((one) => one.id && one.id === search.edit)?.definition;
            if (search.edit && !kept) return <Missing />;
            return (
              <ModelForm
                key={search.edit}
                kept={kept ?? undefined}
                providers={list.content}
                onDone={(slug) => onGo({ tab: "models", model: slug }, true)}
                onBack={back}
              />
            );
          }}
        </Loaded>
      )}
    </Loaded>
  );
}

function KeyPart({ search, onGo }: PartProps) {
  const keys = useQuery(keysQuery());
  const back = () => onGo({ tab: "keys" });
  return (
    <Loaded query={keys}>
      {(list) => {
        const kept = list.find((one) => one.hash === search.edit);
        if (search.edit && !kept) return <Missing />;
        return (
          <KeyForm
            key={search.edit}
            kept={kept}
            onDone={() => onGo({ tab: "keys" }, true)}
            onBack={back}
          />
        );
      }}
    </Loaded>
  );
}

function PresetPart({ search, onGo }: PartProps) {
  const slug = search.edit ?? "";
  const preset = useQuery({ ...presetQuery(slug), enabled: slug !== "" });
  const back = () => onGo({ tab: "presets" });
  if (!slug) return <PresetForm kept={undefined} onDone={back} onBack={back} />;
  return (
    <Loaded query={preset}>
      {(kept) => (
        <PresetForm
          key={`${kept.slug} ${kept.designated_version?.version}`}
          kept={kept}
          onDone={back}
          onBack={back}
        />
      )}
    </Loaded>
  );
}

function titleOf(tab: GatewayTab, search: GatewaySearch): string {
  if (tab === "providers" && search.add) return "Add a provider";
  const noun = { models: "model", keys: "API key", presets: "preset" }[tab as string] ?? "provider";
  return search.edit ? `Edit ${noun}` : `New ${noun}`;
}

function Missing() {
  return <EmptyState title="There is no such thing here any more" className="h-full" />;
}
