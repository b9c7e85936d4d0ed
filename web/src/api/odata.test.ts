import { expect, it } from "vitest";
import { literal, setName, words } from "./odata";

it("what is typed cannot become operators of a search", () => {
  expect(words("  ann  o'hara NOT ")).toBe(`"ann" AND "o'hara" AND "NOT"`);
  expect(words('say "hi"')).toBe('"say" AND "hi"');
  expect(words("  ")).toBe("");
});

it("a text cannot leave its quotes in a filter", () => {
  expect(literal("x' or 1 eq 1 or 'y", "string")).toBe("'x'' or 1 eq 1 or ''y'");
  expect(literal("42", "int64")).toBe("42");
});

it("sets are named as tables where OData lets them", () => {
  expect(setName("CRM_Contacts")).toBe("CRM_Contacts");
  expect(setName("My Shop-2")).toBe("My_Shop_2");
});
