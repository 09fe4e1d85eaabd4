import { expect, test } from "vitest";
import { isoMinutes, minutesOf } from "./iso-duration";

test.each([
  ["PT15M", 15],
  ["PT1H30M", 90],
  ["P1DT2H", 1560],
  ["PT90S", 1.5],
  ["15 minutes", undefined],
  ["", undefined],
  [null, undefined],
])("%s is %s minutes", (text, minutes) => expect(minutesOf(text)).toBe(minutes));

test("minutes are written as the server reads them", () => expect(isoMinutes(20)).toBe("PT20M"));
