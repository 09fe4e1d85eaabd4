import { json } from "@codemirror/lang-json";
import {
  bracketMatching,
  HighlightStyle,
  indentOnInput,
  syntaxHighlighting,
} from "@codemirror/language";
import { EditorSelection, EditorState } from "@codemirror/state";
import { EditorView, placeholder as greyed, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { useEffect, useRef } from "react";
import { useEvent } from "@/hooks/use-event";
import type { JsonEditorProps } from "./json-editor";
import { undoing } from "./undo";

const THEME = EditorView.theme({
  "&": { fontSize: "12px", backgroundColor: "transparent" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--font-mono)", lineHeight: "20px" },
  ".cm-gutters": {
    backgroundColor: "transparent",
    color: "var(--muted-foreground)",
    border: "none",
  },
  ".cm-content": { caretColor: "var(--foreground)", padding: "0" },
  ".cm-placeholder": { color: "var(--muted-foreground)" },
  "&.cm-focused .cm-matchingBracket": { backgroundColor: "var(--selection)" },
});

const COLOURS = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: "var(--type-general)" },
  { tag: tags.number, color: "var(--type-llm)" },
  { tag: [tags.bool, tags.keyword], color: "var(--type-tool)" },
  { tag: tags.null, color: "var(--muted-foreground)" },
]);

/** A new line begins as far in as the one before, and one step further after an opening bracket. */
function breakLine(view: EditorView): boolean {
  const { state } = view;
  view.dispatch(
    state.update(
      state.changeByRange((range) => {
        const line = state.doc.lineAt(range.from);
        const before = line.text.slice(0, range.from - line.from);
        const lead = /^\s*/.exec(before)?.[0] ?? "";
        const insert = `\n${lead}${/[[{]\s*$/.test(before) ? "  " : ""}`;
        return {
          changes: { from: range.from, to: range.to, insert },
          range: EditorSelection.cursor(range.from + insert.length),
        };
      }),
      { scrollIntoView: true, userEvent: "input" },
    ),
  );
  return true;
}

/** Tab leaves the field, as in every other one. */
export function Editor({ text, label, onChange, placeholder, ...rest }: JsonEditorProps) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const change = useEvent(onChange);
  const first = useRef(text);
  const described = rest["aria-describedby"];
  const invalid = rest["aria-invalid"];
  const { id } = rest;

  useEffect(() => {
    if (!host.current) return;
    const editor = new EditorView({
      parent: host.current,
      state: EditorState.create({
        doc: first.current,
        extensions: [
          lineNumbers(),
          bracketMatching(),
          indentOnInput(),
          undoing,
          keymap.of([{ key: "Enter", run: breakLine }]),
          json(),
          syntaxHighlighting(COLOURS),
          EditorView.lineWrapping,
          THEME,
          ...(placeholder ? [greyed(placeholder)] : []),
          EditorView.contentAttributes.of({
            "aria-label": label,
            ...(id ? { id } : {}),
            ...(described ? { "aria-describedby": described } : {}),
          }),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) change(update.state.doc.toString());
          }),
        ],
      }),
    });
    view.current = editor;
    return () => {
      first.current = editor.state.doc.toString();
      editor.destroy();
    };
  }, [label, id, described, placeholder, change]);

  useEffect(() => {
    const dom = view.current?.contentDOM;
    if (invalid) dom?.setAttribute("aria-invalid", "true");
    else dom?.removeAttribute("aria-invalid");
  }, [invalid]);

  // What was set from outside, and not by typing here.
  useEffect(() => {
    const editor = view.current;
    if (!editor || editor.state.doc.toString() === text) return;
    editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: text } });
  }, [text]);

  return <div ref={host} />;
}
