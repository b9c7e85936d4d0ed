import { describe, expect, it } from "vitest";
import { ago, bytes, duration, share, took } from "./format";

const at = (iso: string) => new Date(iso).getTime();

describe("figures", () => {
  it("a small share is not shown as none", () => {
    expect(share(4, 14_824)).toBe("less than 0.1%");
    expect(share(0, 10)).toBe("0%");
    expect(share(1, 0)).toBe("");
  });
  it("sizes take the unit that fits", () => {
    expect([0, 1023, 1024, 1536, 420_694, 5 * 1024 ** 3].map(bytes)).toEqual(["0 B", "1023 B", "1.0 KiB", "1.5 KiB", "411 KiB", "5.0 GiB"]);
  });
  it("a duration below an hour has no hours, and no minute has 60 seconds", () => {
    expect([90, 1_500, 12_000, 61_000, 119_900, 3_599_900, 3_600_000].map(duration)).toEqual([
      "90 ms",
      "1.5 s",
      "12 s",
      "1 min 1 s",
      "2 min 0 s",
      "1 h 0 min",
      "1 h 0 min",
    ]);
  });
});

describe("times", () => {
  const now = at("2026-11-24T12:00:00Z");
  it("Go's zero time is no time", () => {
    expect(ago("0001-01-01T00:00:00Z", now)).toBe("");
    expect(took(undefined, undefined, now)).toBe("");
  });
  it("what is going is measured up to now", () => {
    expect(took("2026-11-24T11:59:00Z", undefined, now)).toBe("1 min 0 s");
    expect(took("2026-11-24T11:59:00Z", "2026-11-24T11:59:30Z", now)).toBe("30 s");
  });
  it("the past is said in the largest unit", () => {
    expect(ago("2026-11-24T10:00:00Z", now)).toBe("2 hours ago");
    expect(ago("2026-11-23T11:00:00Z", now)).toBe("yesterday");
  });
});
