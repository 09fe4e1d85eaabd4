import { lazy, Suspense, useMemo, useState } from "react";
import { placesIn } from "@/components/json-view/find-in-text";
import { type JsonValue, writeJson } from "@/components/json-view/json-text";
import { SearchBar } from "@/components/json-view/search-bar";
import { Skeleton } from "@/components/ui/skeleton";

const JsonCode = lazy(() =>
  import("@/components/json-view/code-view").then((module) => ({ default: module.CodeView })),
);
const YamlCode = lazy(() =>
  import("@/components/json-view/yaml-view").then((module) => ({ default: module.YamlView })),
);

/** A payload as text to read, select and search. */
export function PayloadText({
  value,
  language,
  label,
  isSearching,
  onCloseSearch,
}: {
  value: JsonValue;
  language: "json" | "yaml";
  label: string;
  isSearching: boolean;
  onCloseSearch: () => void;
}) {
  const [search, setSearch] = useState({ term: "", at: 0 });
  const [yaml, setYaml] = useState("");
  const json = useMemo(() => writeJson(value), [value]);
  const text = language === "json" ? json : yaml;
  const term = isSearching ? search.term.trim() : "";
  const places = useMemo(() => placesIn(text, term), [text, term]);
  const at = places.length === 0 ? -1 : search.at % places.length;
  const shared = { label, term, hit: at < 0 ? -1 : (places[at] ?? -1) };
  return (
    <>
      {isSearching && (
        <div className="sticky top-9 z-10 bg-background">
          <SearchBar
            label={`Search the ${label.toLowerCase()}`}
            term={search.term}
            at={at}
            total={places.length}
            onTerm={(next) => setSearch({ term: next, at: 0 })}
            onStep={(by) =>
              setSearch((old) => ({
                ...old,
                at: (old.at + by + places.length) % Math.max(1, places.length),
              }))
            }
            onClose={onCloseSearch}
          />
        </div>
      )}
      <Suspense fallback={<Skeleton className="h-40 w-full" />}>
        {language === "json" ? (
          <JsonCode text={json} language="json" {...shared} />
        ) : (
          <YamlCode value={value} onText={setYaml} {...shared} />
        )}
      </Suspense>
    </>
  );
}
