import { expect, test } from "vitest";
import type { Row } from "@/api/types";
import { inTwoSteps, RowJoiner } from "./two-steps";

const row = (more: Partial<Row>): Row => ({ id: "1", project_id: "p", start_time: "", ...more });

test("payloads are asked for apart from the rest", () => {
  expect(inTwoSteps(["duration", "input", "metadata.user", "name"])).toEqual({
    narrow: ["duration", "name"],
    wide: ["input", "metadata.user"],
  });
});

test("rows are shown before their payloads, and with them when they are here", () => {
  const joiner = new RowJoiner();
  const rows = [row({ name: "a" }), row({ id: "2", name: "b" })];
  expect(joiner.join(rows, undefined)).toBe(rows);
  const [first, second] = joiner.join(rows, [row({ input: "x" })]);
  expect(first).toMatchObject({ name: "a", input: "x" });
  expect(second).toBe(rows[1]);
});

test("nothing is made anew while nothing changed", () => {
  const joiner = new RowJoiner();
  const rows = [row({ name: "a" })];
  const payloads = [row({ input: "x" })];
  expect(joiner.join(rows, payloads)[0]).toBe(joiner.join(rows, payloads)[0]);
  expect(joiner.join(rows, [row({ input: "y" })])[0]).toMatchObject({ input: "y" });
});

test("a row that ended in the meantime was read whole, and counts more than its old payload", () => {
  const joiner = new RowJoiner();
  const ended = row({ is_running: false, output: "done" });
  expect(joiner.join([ended], [row({ is_running: true, output: null })])[0]).toMatchObject({
    is_running: false,
    output: "done",
  });
});
