import { expect, test } from "vitest";
import { nextSort, readProjectsSearch } from "./search";

test("a bad link opens the list as it is by default", () => {
  expect(readProjectsSearch({ sort: "-password", page: "x", range: "1y", q: 5 })).toEqual({});
});

test("a good link is taken at its word", () => {
  expect(readProjectsSearch({ sort: "-total_cost", page: "3", range: "7d", q: "chat" })).toEqual({
    sort: "-total_cost",
    page: 3,
    range: "7d",
    q: "chat",
  });
});

test("numbers begin with the largest, names with A, a second click turns round", () => {
  expect(nextSort("-last_activity", "traces")).toBe("-traces");
  expect(nextSort("-traces", "traces")).toBe("traces");
  expect(nextSort("-traces", "name")).toBe("name");
  expect(nextSort("name", "name")).toBe("-name");
});
