// @vitest-environment node

import { expect, it } from "vitest";
import { sameView, viewSearch } from "./view-search";

it("keeps what is looked at and leaves out what is open", () => {
  expect(viewSearch("?trace=1&q=model:a&type=span&tab=scores&sort=-duration")).toBe(
    "?q=model%3Aa&sort=-duration&type=span",
  );
  expect(viewSearch("?trace=1")).toBe("");
});

it("does not mind the order", () => {
  expect(sameView("?q=a&range=1h", "?range=1h&q=a&live=true")).toBe(true);
  expect(sameView("?q=a", "?q=b")).toBe(false);
});
