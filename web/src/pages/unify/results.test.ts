import { expect, it } from "vitest";
import { results } from "./results";

const state = (process: string, table: string, rows: number) => ({ process, table, rows, status: "Successful", corruptRows: 0 });
const unification = { tables: [{ table: "A_People" }, { table: "B_People" }], rules: [] };

it("a first run that is going has no customers yet, not none", () => {
  const r = results(unification, [state("Ingestion", "A_People", 10), state("Merge", "Customer", 0)]);
  expect(r).toEqual({
    tables: [
      { table: "A_People", records: 10, unique: undefined },
      { table: "B_People", records: 0, unique: undefined },
    ],
    records: 10,
    customers: undefined,
  });
});

it("duplicates are what a table has more than its deduplicated one", () => {
  const r = results(unification, [state("Ingestion", "A_People", 10), state("Match", "Deduplication_A_People", 8), state("Merge", "Customer", 7)]);
  expect(r.tables[0]).toEqual({ table: "A_People", records: 10, unique: 8 });
  expect(r.customers).toBe(7);
});
