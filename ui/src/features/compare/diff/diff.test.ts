import { describe, expect, test } from "vitest";
import { flatten, outline, parametersOf, payloadText } from "./payload-text";
import { diffLine, diffTexts, foldEqual, type TextDiff } from "./text-diff";

const draw = ({ rows, a, b }: TextDiff): string[] =>
  rows.map((row) => {
    if (row.a < 0) return `+ ${b[row.b]}`;
    if (row.b < 0) return `- ${a[row.a]}`;
    return a[row.a] === b[row.b] ? `  ${a[row.a]}` : `~ ${a[row.a]} > ${b[row.b]}`;
  });

describe("diffTexts", () => {
  test("lines that came, went and changed", () => {
    expect(draw(diffTexts("a\nb\nc\nd", "a\nB\nc\nd\ne"))).toEqual([
      "  a",
      "~ b > B",
      "  c",
      "  d",
      "+ e",
    ]);
    expect(draw(diffTexts("a\nb\nc", "c"))).toEqual(["- a", "- b", "  c"]);
  });

  test("counts lines", () => {
    expect(diffTexts("a\nb\nc", "a\nx\ny\nc")).toMatchObject({ removed: 1, added: 2 });
    expect(diffTexts("same", "same")).toMatchObject({ removed: 0, added: 0 });
  });

  test("one side may be empty", () => {
    expect(draw(diffTexts("", "a\nb"))).toEqual(["+ a", "+ b"]);
    expect(draw(diffTexts("a", ""))).toEqual(["- a"]);
    expect(draw(diffTexts("", ""))).toEqual([]);
  });

  test("a changed sentence of a long paragraph leaves the others equal", () => {
    const sentences = Array.from({ length: 20 }, (_, i) => `This is sentence number ${i} of it.`);
    const other = sentences.with(10, "This one is new.");
    const rows = draw(diffTexts(sentences.join(" "), other.join(" ")));
    expect(rows.filter((row) => !row.startsWith("  "))).toEqual([
      "~ This is sentence number 10 of it. > This one is new.",
    ]);
  });

  test("all lines of both texts are there, in order", () => {
    let seed = 11;
    const random = (n: number) => {
      seed = (seed * 1103515245 + 12345) % 2147483648;
      return seed % n;
    };
    for (let round = 0; round < 100; round++) {
      const some = () =>
        Array.from({ length: random(30) + 1 }, () => "abcdef"[random(6)]).join("\n");
      const [a, b] = [some(), some()];
      const { rows } = diffTexts(a, b);
      const left = rows.filter((row) => row.a >= 0).map((row) => row.a);
      const right = rows.filter((row) => row.b >= 0).map((row) => row.b);
      expect(left).toEqual([...a.split("\n").keys()]);
      expect(right).toEqual([...b.split("\n").keys()]);
    }
  });
});

test("diffLine marks the words, unless the lines are strangers", () => {
  const found = diffLine("answer in one sentence", "answer in two sentences");
  const marked = (side: { text: string; differs: boolean }[] | undefined) =>
    side?.filter((piece) => piece.differs).map((piece) => piece.text.trim());
  expect(marked(found?.a)).toEqual(["one", "sentence"]);
  expect(marked(found?.b)).toEqual(["two", "sentences"]);
  expect(diffLine("alpha beta gamma", "one two three")).toBeNull();
});

test("foldEqual hides what is far from a change, until it is opened", () => {
  const text = Array.from({ length: 40 }, (_, i) => `line ${i}`);
  const diff = diffTexts(text.join("\n"), text.with(20, "other").join("\n"));
  const folded = foldEqual(diff, new Set());
  expect(folded).toEqual([
    { from: 0, to: 17 },
    { row: 17 },
    { row: 18 },
    { row: 19 },
    { row: 20 },
    { row: 21 },
    { row: 22 },
    { row: 23 },
    { from: 24, to: 40 },
  ]);
  expect(foldEqual(diff, new Set([0]))).toHaveLength(25);
  expect(foldEqual(diffTexts("a\nb", "a\nc"), new Set())).toHaveLength(2);
});

describe("payloadText", () => {
  test("messages are what was said", () => {
    const input = JSON.stringify({
      model: "gpt-4o",
      temperature: 0,
      messages: [
        { role: "system", content: "Be brief." },
        { role: "user", content: "Hi\nthere" },
      ],
    });
    expect(payloadText(input, "input")).toBe("── system ──\nBe brief.\n\n── user ──\nHi\nthere");
    const output = JSON.stringify({
      choices: [{ message: { role: "assistant", content: "Hello" } }],
    });
    expect(payloadText(output, "output")).toBe("── assistant ──\nHello");
  });

  test("all else is an outline, whatever the order of keys", () => {
    expect(payloadText('{"b":[1,{"c":"x\\ny"}],"a":null}', "metadata")).toBe(
      "a: null\nb:\n  - 1\n  -\n    c: |\n      x\n      y",
    );
    expect(outline({ b: 1, a: 2 })).toBe(outline({ a: 2, b: 1 }));
    expect(outline([])).toBe("[]");
  });

  test("a text is itself, cut JSON is read as far as it goes, and no JSON stays", () => {
    expect(payloadText('"just text"', "output")).toBe("just text");
    expect(payloadText('{"a":"begin', "metadata")).toBe("a: begin…");
    expect(payloadText("<html>", "output")).toBe("<html>");
  });
});

test("flatten names leaves by their paths", () => {
  expect([...flatten({ a: { b: [1, "x"] }, c: {} })]).toEqual([
    ["a.b[0]", "1"],
    ["a.b[1]", "x"],
    ["c", "{}"],
  ]);
  expect(flatten(undefined).size).toBe(0);
});

test("parameters are what stands beside the messages of a call", () => {
  const messages = [{ role: "user", content: "Hi" }];
  expect(parametersOf({ messages, temperature: 0.2, model: "m" })).toEqual({
    temperature: 0.2,
    model: "m",
  });
  expect(parametersOf({ messages })).toBeUndefined();
  expect(parametersOf({ path: "/a" })).toBeUndefined();
});
