// @vitest-environment node

import { expect, it } from "vitest";
import { fromCodePoints } from "./code-points";

it("turns the server's count of characters into JavaScript's", () => {
  const text = 'name:"🦜é🦜" x';
  expect(text.slice(0, fromCodePoints(text, 7))).toBe('name:"🦜');
  expect(fromCodePoints(text, 11)).toBe(text.indexOf("x"));
  expect(fromCodePoints(text, 99)).toBe(text.length);
  expect(fromCodePoints(text, 0)).toBe(0);
});
