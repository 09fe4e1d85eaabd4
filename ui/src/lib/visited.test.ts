import { act, renderHook } from "@testing-library/react";
import { expect, test } from "vitest";
import { forgetProject, noteVisit, togglePin, useVisited } from "./visited";

test("the latest project comes first, once, and five are kept", () => {
  const { result } = renderHook(() => useVisited());
  act(() => {
    for (const id of ["a", "b", "c", "d", "e", "f", "a"]) noteVisit({ id, name: id.toUpperCase() });
  });
  expect(result.current.recent.map((p) => p.id)).toEqual(["a", "f", "e", "d", "c"]);
});

test("a pinned project takes its new name and goes when it is deleted", () => {
  const { result } = renderHook(() => useVisited());
  act(() => togglePin({ id: "p", name: "Old" }));
  act(() => noteVisit({ id: "p", name: "New" }));
  expect(result.current.pinned).toEqual([{ id: "p", name: "New" }]);
  act(() => forgetProject("p"));
  expect(result.current.pinned).toEqual([]);
  expect(result.current.recent.some((p) => p.id === "p")).toBe(false);
});
