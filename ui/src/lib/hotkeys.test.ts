import { afterEach, expect, test, vi } from "vitest";
import { nameOf, onKeyDown, register } from "./hotkeys";

const undo: (() => void)[] = [];
afterEach(() => {
  for (const run of undo.splice(0)) run();
});
const bind = (keys: string, more = {}) => {
  const run = vi.fn();
  undo.push(register([{ keys, label: keys, group: "Test", run, ...more }]));
  return run;
};
const press = (key: string, more: KeyboardEventInit = {}, target: EventTarget = document.body) => {
  const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...more });
  Object.defineProperty(event, "target", { value: target });
  onKeyDown(event);
  return event;
};

test("a shifted sign is its own name, a shifted letter is not", () => {
  expect(nameOf(new KeyboardEvent("keydown", { key: "?", shiftKey: true }))).toBe("?");
  expect(nameOf(new KeyboardEvent("keydown", { key: "X", shiftKey: true }))).toBe("shift+x");
  expect(nameOf(new KeyboardEvent("keydown", { key: "k", ctrlKey: true }))).toBe("mod+k");
});

test("the page on top answers, and the one below again when it is gone", () => {
  const below = bind("j");
  const above = vi.fn();
  const leave = register([{ keys: "j", label: "j", group: "Test", run: above }]);
  press("j");
  leave();
  press("j");
  expect([above.mock.calls.length, below.mock.calls.length]).toEqual([1, 1]);
});

test("letters typed into a field are not commands, unless they say so", () => {
  const letter = bind("j");
  const save = bind("mod+s", { whileTyping: true });
  const field = document.createElement("input");
  press("j", {}, field);
  press("s", { ctrlKey: true }, field);
  expect([letter.mock.calls.length, save.mock.calls.length]).toEqual([0, 1]);
});

test("a sequence is two keys, and its first key does nothing alone", () => {
  const go = bind("g p");
  press("g");
  expect(go).not.toHaveBeenCalled();
  press("p");
  expect(go).toHaveBeenCalledOnce();
});
