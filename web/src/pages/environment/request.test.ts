import { expect, it } from "vitest";
import { accountProblem, emptyDraft, request, storageReady } from "./request";

it("managed storage sends no account and no key, whatever was typed before", () => {
  const draft = { ...emptyDraft, name: " Contoso ", region: "westeurope", account: "old", storage: "managed" as const };
  expect(request(draft, "secret")).toEqual({
    name: "Contoso",
    type: "production",
    region: "westeurope",
    storage: { kind: "managed" },
  });
});

it("an account is named by its name or its address", () => {
  const own = { ...emptyDraft, storage: "own" as const };
  expect(request({ ...own, account: "contosolake" }, "k").storage).toMatchObject({ account: "contosolake" });
  expect(request({ ...own, account: " https://x.dfs.core.windows.net " }, "k").storage).toMatchObject({ endpoint: "https://x.dfs.core.windows.net" });
});

it("an account's name that cannot be one is refused before the server is asked", () => {
  expect(accountProblem("Contoso-Lake")).not.toBe("");
  expect(accountProblem("https://")).not.toBe("");
  expect(accountProblem("")).toBe("");
  expect(storageReady({ ...emptyDraft, storage: "own", account: "contosolake" }, "")).toBe(false);
  expect(storageReady({ ...emptyDraft, storage: "own", account: "contosolake" }, "key")).toBe(true);
});
