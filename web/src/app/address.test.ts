import { expect, it } from "vitest";
import { codeOf, here } from "./address";

it("a sign-in leads back to pages of this server only", () => {
  expect(here("/environments/e1?show=runs")).toBe("/environments/e1?show=runs");
  for (const elsewhere of [null, "", "https://elsewhere.example", "//elsewhere.example", "/\\elsewhere.example", "javascript:alert(1)"]) {
    expect(here(elsewhere)).toBe("/");
  }
});

it("a code may be pasted alone or within its link", () => {
  expect(codeOf(" abc ")).toBe("abc");
  expect(codeOf("http://127.0.0.1:10010/signin#link=abc")).toBe("abc");
});
