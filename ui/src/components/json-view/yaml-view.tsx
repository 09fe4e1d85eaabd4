import { useEffect, useMemo } from "react";
import { stringify } from "yaml";
import { CodeView } from "./code-view";
import type { JsonValue } from "./json-text";

/** A value as YAML. `onText` hears the text, so that others can search it. */
export function YamlView({
  value,
  onText,
  ...shared
}: {
  value: JsonValue;
  onText: (text: string) => void;
  label: string;
  term: string;
  hit: number;
}) {
  const text = useMemo(
    () => stringify(value, { lineWidth: 0, aliasDuplicateObjects: false }).trimEnd(),
    [value],
  );
  useEffect(() => onText(text), [onText, text]);
  return <CodeView text={text} language="yaml" {...shared} />;
}
