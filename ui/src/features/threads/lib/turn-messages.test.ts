import { expect, test } from "vitest";
import type { Message } from "@/components/messages/types";
import { conversationOf, payloadOf, saidIn } from "./turn-messages";

const texts = (messages: readonly Message[]) =>
  messages.map((m) => `${m.role}: ${m.parts.map((p) => (p.kind === "text" ? p.text : p.kind))}`);

const say = (role: string, content: string) => ({ role, content });

test("a turn that sends the whole history shows what it adds", () => {
  const first = conversationOf(
    { messages: [say("system", "s"), say("user", "one")] },
    say("assistant", "1"),
  );
  const second = conversationOf(
    {
      messages: [say("system", "s"), say("user", "one"), say("assistant", "1"), say("user", "two")],
    },
    say("assistant", "2"),
  );
  expect(texts(saidIn(first, undefined).asked)).toEqual(["user: one"]);
  expect(texts(saidIn(second, first).asked)).toEqual(["user: two"]);
  expect(texts(saidIn(second, undefined).asked)).toEqual(["user: two"]);
  expect(texts(saidIn(second, first).answered)).toEqual(["assistant: 2"]);
});

test("a shortened history is told from what is new", () => {
  const before = conversationOf({ messages: [say("user", "long ago")] }, say("assistant", "yes"));
  const turn = conversationOf(
    { messages: [say("user", "later"), say("assistant", "ok"), say("user", "now")] },
    "done",
  );
  expect(texts(saidIn(turn, before).asked)).toEqual(["user: now"]);
});

test("a question that is asked twice is shown twice", () => {
  const turn = conversationOf({ question: "again?" }, { answer: "yes" });
  expect(texts(saidIn(turn, turn).asked)).toEqual(["user: again?"]);
});

test("what is no chat is shown as JSON, a cut payload as far as it goes", () => {
  const odd = conversationOf({ rows: [1, 2] }, null as never);
  expect(texts(odd.input)).toEqual(["user: json"]);
  expect(odd.output).toEqual([]);
  const cut = conversationOf(payloadOf('{"question":"what is th'), undefined);
  expect(texts(cut.input)).toEqual(["user: what is th…"]);
});
