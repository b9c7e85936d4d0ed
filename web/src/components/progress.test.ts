import { expect, it } from "vitest";
import { timeLeft } from "./progress";

it("rate and time left come from what was done so far", () => {
  const now = new Date("2026-11-24T12:00:10Z").getTime();
  expect(timeLeft({ done: 200, total: 1_000 }, "2026-11-24T12:00:00Z", now)).toEqual({ rate: 20, ms: 40_000 });
});

it("nothing is foretold from nothing", () => {
  const now = new Date("2026-11-24T12:00:10Z").getTime();
  expect(timeLeft({ done: 0, total: 1_000 }, "2026-11-24T12:00:00Z", now)).toBeUndefined();
  expect(timeLeft({ done: 5, total: 0 }, "2026-11-24T12:00:00Z", now)).toBeUndefined();
  expect(timeLeft({ done: 5, total: 10 }, "2026-11-24T12:00:09.5Z", now)).toBeUndefined();
});
