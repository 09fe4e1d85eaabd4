import { useEffect, useState, useSyncExternalStore } from "react";
import type { JsonDoc } from "./doc";
import { SearchBar } from "./search-bar";

const REST_MS = 150;

/** Searches a document in its tree. */
export function SearchField({
  doc,
  label,
  onClose,
}: {
  doc: JsonDoc;
  label: string;
  onClose: () => void;
}) {
  const { search } = useSyncExternalStore(doc.subscribe, doc.state);
  const [term, setTerm] = useState("");

  useEffect(() => {
    const timer = setTimeout(() => doc.find(term.trim()), REST_MS);
    return () => clearTimeout(timer);
  }, [doc, term]);
  // Marks go with the field.
  useEffect(() => () => doc.find(""), [doc]);

  return (
    <SearchBar
      label={label}
      term={term}
      at={search.at}
      total={search.total}
      isRunning={search.running}
      onTerm={setTerm}
      onStep={(by) => doc.step(by)}
      onClose={onClose}
    />
  );
}
