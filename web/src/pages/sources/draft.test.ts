import { describe, expect, it } from "vitest";
import { asked, declared, emptyDraft, found, nameProblem, tableName, usedBy, withLocations, withoutSource, withSource } from "./draft";

describe("the name of a table", () => {
  it.each([
    ["/data/crm/contacts.csv", "Contacts"],
    ["C:\\data\\shop customers.csv.gz", "Shop_customers"],
    ["https://a.dfs.core.windows.net/raw/loyalty/*.parquet", "Loyalty"],
    ["abfss://raw@a.dfs.core.windows.net/in/orders/", "Orders"],
    ["/data/kunden-größe.csv", "Kunden_größe"],
    ["/", "Table"],
  ])("of %s is %s", (location, name) => expect(tableName(location)).toBe(name));
});

describe("a draft", () => {
  const draft = { ...emptyDraft, name: " CRM ", locations: "/a/people.csv\n\n /b/people.csv \n" };
  it("gives two files of one name two tables", () => {
    expect(asked(draft).tables).toEqual([
      { name: "People", location: "/a/people.csv" },
      { name: "People_2", location: "/b/people.csv" },
    ]);
    expect(asked(draft).name).toBe("CRM");
  });
  it("of a CDM folder names no locations", () => {
    const source = declared({ ...draft, kind: "cdm", folder: " /cdm ", tables: [{ name: "Contact" }] });
    expect(source).toEqual({ name: "CRM", description: "", folder: "/cdm", tables: [{ name: "Contact" }] });
  });
  it("takes key, types and formats from what was found", () => {
    const source = asked(draft);
    const tables = found(source, [
      {
        source: "CRM",
        table: "People",
        format: "csv",
        files: [],
        primaryKeys: ["id"],
        columns: [
          { name: "id", type: "int64" },
          { name: "born", type: "date", format: "dd.MM.yyyy", semanticType: "Person.BirthDate", note: "all fit" },
        ],
        sample: [],
      },
    ]);
    expect(tables).toEqual([
      {
        name: "People",
        location: "/a/people.csv",
        primaryKey: "id",
        columns: [
          { name: "id", type: "int64" },
          { name: "born", type: "date", semanticType: "Person.BirthDate", format: "dd.MM.yyyy" },
        ],
      },
    ]);
  });
});

it("a file that is uploaded again is not a second table", () => {
  expect(withLocations(" /a.csv\n", ["/b.csv", "/a.csv"])).toBe("/a.csv\n/b.csv");
});

describe("names", () => {
  it("are refused for what they hold and where they are taken", () => {
    expect(nameProblem("", [])).toBe("");
    expect(nameProblem("Größe_1", [])).toBe("");
    expect(nameProblem("1st", [])).not.toBe("");
    expect(nameProblem("a b", [])).not.toBe("");
    expect(nameProblem("crm", ["CRM"])).toContain("already");
  });
});

describe("definitions", () => {
  const all = {
    version: "v1",
    sources: [{ name: "A" }, { name: "B" }],
    unification: { tables: [{ table: "A_People" }, { table: "AB_People" }], rules: [] },
  };
  it("keep the place of a source that is changed, and their version", () => {
    expect(withSource(all, { name: "A", description: "x" }).sources?.map((s) => s.description)).toEqual(["x", undefined]);
    expect(withSource(all, { name: "C" })).toMatchObject({ version: "v1", sources: [{ name: "A" }, { name: "B" }, { name: "C" }] });
    expect(withoutSource(all, "A").sources).toEqual([{ name: "B" }]);
  });
  it("tell which tables of a source unification needs", () => {
    expect(usedBy(all, "A")).toEqual(["A_People"]);
    expect(usedBy(all, "B")).toEqual([]);
  });
});
