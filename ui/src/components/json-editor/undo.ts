import { type ChangeSet, type Extension, StateEffect, StateField } from "@codemirror/state";
import { type EditorView, keymap } from "@codemirror/view";

/** Typing without a pause longer than this is taken back at once. */
const PAUSE_MS = 500;
const MOST = 200;

type Step = { back: ChangeSet; at: number };
type Past = { undone: Step[]; redone: Step[] };

const stepped = StateEffect.define<"undo" | "redo">();

const past = StateField.define<Past>({
  create: () => ({ undone: [], redone: [] }),
  update(value, change) {
    if (!change.docChanged) return value;
    const back = change.changes.invert(change.startState.doc);
    const how = change.effects.find((effect) => effect.is(stepped))?.value;
    const step = { back, at: Date.now() };
    if (how === "undo")
      return { undone: value.undone.slice(0, -1), redone: [...value.redone, step] };
    if (how === "redo")
      return { undone: [...value.undone, { ...step, at: 0 }], redone: value.redone.slice(0, -1) };
    const last = value.undone.at(-1);
    if (last && step.at - last.at < PAUSE_MS)
      return {
        undone: [...value.undone.slice(0, -1), { back: back.compose(last.back), at: step.at }],
        redone: [],
      };
    return { undone: [...value.undone, step].slice(-MOST), redone: [] };
  },
});

const run = (how: "undo" | "redo") => (view: EditorView) => {
  const { undone, redone } = view.state.field(past);
  const step = (how === "undo" ? undone : redone).at(-1);
  if (step) view.dispatch({ changes: step.back, effects: stepped.of(how), scrollIntoView: true });
  return true;
};

/** Taking back what was typed, and doing it again. */
export const undoing: Extension = [
  past,
  keymap.of([
    { key: "Mod-z", run: run("undo"), shift: run("redo") },
    { key: "Mod-y", run: run("redo") },
  ]),
];
