import { json } from "@codemirror/lang-json";
import { yaml } from "@codemirror/lang-yaml";
import {
  bracketMatching,
  codeFolding,
  foldGutter,
  HighlightStyle,
  syntaxHighlighting,
} from "@codemirror/language";
import { Compartment, EditorSelection, EditorState, type Extension } from "@codemirror/state";
import { Decoration, EditorView, lineNumbers, MatchDecorator, ViewPlugin } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { useEffect, useRef } from "react";

const THEME = EditorView.theme({
  "&": { fontSize: "12px", backgroundColor: "transparent" },
  ".cm-scroller": { fontFamily: "var(--font-mono)", lineHeight: "20px" },
  ".cm-gutters": {
    backgroundColor: "transparent",
    color: "var(--muted-foreground)",
    border: "none",
  },
  ".cm-content": { caretColor: "var(--foreground)", padding: "0" },
  ".cm-selectionBackground, &.cm-focused .cm-selectionBackground": {
    backgroundColor: "color-mix(in oklch, var(--primary) 30%, transparent) !important",
  },
  ".cm-hit": { backgroundColor: "var(--warning-soft)", outline: "1px solid var(--warning)" },
  ".cm-foldPlaceholder": {
    backgroundColor: "var(--muted)",
    color: "var(--muted-foreground)",
    border: "none",
  },
  "&.cm-focused": { outline: "none" },
});

const COLOURS = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: "var(--type-general)" },
  { tag: tags.number, color: "var(--type-llm)" },
  { tag: [tags.bool, tags.keyword], color: "var(--type-tool)" },
  { tag: tags.null, color: "var(--muted-foreground)" },
]);

const found = new Compartment();

/** Marks where the term stands, in the part that is on screen. */
function marks(term: string): Extension {
  if (!term) return [];
  const decorator = new MatchDecorator({
    regexp: new RegExp(term.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"), "gi"),
    decoration: Decoration.mark({ class: "cm-hit" }),
  });
  return ViewPlugin.define(
    (view) => ({
      decorations: decorator.createDeco(view),
      update(update) {
        this.decorations = decorator.updateDeco(update, this.decorations);
      },
    }),
    { decorations: (plugin) => plugin.decorations },
  );
}

/** A text with colours and line numbers, to read, select and search. `hit` is the place to show. */
export function CodeView({
  text,
  language,
  label,
  term,
  hit,
}: {
  text: string;
  language: "json" | "yaml";
  label: string;
  term: string;
  hit: number;
}) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);

  useEffect(() => {
    if (!host.current) return;
    const editor = new EditorView({
      parent: host.current,
      state: EditorState.create({
        doc: text,
        extensions: [
          EditorState.readOnly.of(true),
          EditorView.lineWrapping,
          EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0" }),
          lineNumbers(),
          codeFolding(),
          foldGutter(),
          bracketMatching(),
          found.of([]),
          language === "json" ? json() : yaml(),
          syntaxHighlighting(COLOURS),
          THEME,
        ],
      }),
    });
    view.current = editor;
    return () => editor.destroy();
  }, [text, language, label]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new editor needs its marks too
  useEffect(() => {
    view.current?.dispatch({ effects: found.reconfigure(marks(term)) });
  }, [term, text, language]);

  useEffect(() => {
    if (!view.current || !term || hit < 0) return;
    const range = EditorSelection.range(hit, Math.min(text.length, hit + term.length));
    view.current.dispatch({
      selection: range,
      effects: EditorView.scrollIntoView(range, { y: "center" }),
    });
  }, [hit, term, text]);

  return <div ref={host} />;
}
