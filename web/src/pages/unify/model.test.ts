import { describe, expect, it } from "vitest";
import { describeRule, mergeOf, moved, newRule, suggestedFields, type Unification, unifiedFields, withMerge, withTable } from "./model";

const column = (name: string, semanticType?: string) => ({ name, ...(semanticType ? { semanticType } : {}) });
const snapshot = (table: string, columns: ReturnType<typeof column>[]) => ({
  process: "Ingestion",
  table,
  run: "r",
  columns,
  format: "parquet",
  partitions: [],
  modifiedAt: "2026-11-24T12:00:00Z",
});
const contacts = snapshot("CRM_Contacts", [
  column("Id"),
  column("mail", "Identity.Service.Email"),
  column("mail2", "Identity.Service.Email"),
  column("born", "Person.BirthDate"),
]);

describe("tables", () => {
  it("come with the fields whose meaning is known, each once", () => {
    expect(suggestedFields(contacts)).toEqual([
      { field: "Email", column: "mail", semanticType: "Identity.Service.Email" },
      { field: "BirthDate", column: "born", semanticType: "Person.BirthDate" },
    ]);
  });
  it("are added last and taken out without moving others", () => {
    const u: Unification = { tables: [{ table: "A" }, { table: "B" }], rules: [] };
    expect(withTable(u, contacts, true).tables?.map((t) => t.table)).toEqual(["A", "B", "CRM_Contacts"]);
    expect(withTable(u, snapshot("A", []), false).tables?.map((t) => t.table)).toEqual(["B"]);
  });
});

it("moving keeps every item, and ends at the ends", () => {
  expect(moved(["a", "b", "c"], 2, 0)).toEqual(["c", "a", "b"]);
  expect(moved(["a", "b", "c"], 0, -1)).toEqual(["a", "b", "c"]);
  expect(moved(["a", "b", "c"], 2, 3)).toEqual(["a", "b", "c"]);
});

describe("rules", () => {
  const u: Unification = {
    tables: [
      { table: "A", fields: [{ field: "Phone", column: "p", semanticType: "Identity.Service.Phone" }] },
      { table: "B", fields: [{ field: "Phone", column: "tel" }, { field: "City", column: "c" }] },
    ],
    rules: [],
  };
  it("begin with a condition that suits the first field", () => {
    expect(newRule(u, "Phone")).toEqual({ name: "Phone", conditions: [{ field: "Phone", precision: "exact", normalize: ["phone"] }] });
    expect(unifiedFields(u)).toEqual([
      { field: "Phone", semanticType: "Identity.Service.Phone", tables: ["A", "B"] },
      { field: "City", semanticType: undefined, tables: ["B"] },
    ]);
  });
  it("are said in one line", () => {
    expect(
      describeRule({
        name: "x",
        conditions: [{ field: "Email" }, { field: "FirstName", precision: "high" }],
        exceptions: [{ field: "BirthDate", precision: "exact" }],
      }),
    ).toBe("Email and FirstName (high), but not if BirthDate agrees");
  });
});

it("how a field is merged is stored only where it differs from the default", () => {
  const u: Unification = { tables: [], rules: [], merge: [{ field: "Email", exclude: true }] };
  expect(mergeOf(u, "City")).toEqual({ field: "City" });
  expect(withMerge(u, { field: "Email", by: "importance", order: [] }).merge).toEqual([]);
  expect(withMerge(u, { field: "City", order: ["B"] }).merge).toEqual([{ field: "Email", exclude: true }, { field: "City", order: ["B"] }]);
});
