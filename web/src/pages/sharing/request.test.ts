import { expect, it } from "vitest";
import { emptyDraft, request } from "./request";

it("what is not said is not sent", () => {
  expect(request({ ...emptyDraft, prefix: " ci " }, "s1")).toEqual({ signIn: "s1", prefix: "ci" });
});

it("groups that are named go before names to make", () => {
  const draft = { ...emptyDraft, prefix: "ci", readerGroup: "r", contributorGroup: "c" };
  expect(request(draft, "s1")).toEqual({ signIn: "s1", readerGroup: "r", contributorGroup: "c" });
  expect(request({ ...draft, contributorGroup: "" }, "s1")).toEqual({ signIn: "s1", prefix: "ci", readerGroup: "r" });
});
