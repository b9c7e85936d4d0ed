import type { Schema } from "../../api/client";
import type { Unification } from "./model";

type State = Schema["TableState"];

export interface TableResult {
  table: string;
  records: number;
  unique: number | undefined; // records left when duplicates of the table are one; unknown before the first run
}

export interface Results {
  tables: TableResult[];
  records: number;
  customers: number | undefined;
}

/** results are what the last unification made of the tables (UNI-11). */
export function results(u: Unification, states: State[]): Results {
  const find = (process: string, table: string) => states.find((s) => s.process === process && s.table === table);
  const tables = (u.tables ?? []).map((t) => ({
    table: t.table,
    records: find("Ingestion", t.table)?.rows ?? 0,
    unique: find("Match", `Deduplication_${t.table}`)?.rows,
  }));
  return {
    tables,
    records: tables.reduce((n, t) => n + t.records, 0),
    customers: find("Merge", "Customer")?.rows || undefined, // a first run that is going has the task, but no rows yet
  };
}
