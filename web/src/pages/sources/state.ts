import type { Schema } from "../../api/client";

type State = Schema["TableState"];
type DataSource = Schema["DataSource"];

export interface SourceState {
  status: string | undefined;
  rows: number;
  corrupt: number;
  updatedAt: string | undefined;
}

/** tablesOf are the ingested tables of a source, without those of its corrupt rows. */
export function tablesOf(source: DataSource, states: State[]): State[] {
  const names = source.tables?.map((t) => `${source.name}_${t.name}`);
  return states.filter(
    (s) =>
      s.process === "Ingestion" &&
      (names?.length ? names.includes(s.table) : s.table.startsWith(`${source.name}_`) && !s.table.endsWith("_corrupt")),
  );
}

// The worst comes first: a source is as well as its worst table.
const worst = ["Refreshing", "Queued", "Failed", "Canceled", "Completed with warnings", "Successful", "Skipped"];

/** stateOf is the state of a source, which is that of its tables together. */
export function stateOf(source: DataSource, states: State[]): SourceState {
  const list = tablesOf(source, states);
  const statuses = list.map((s) => s.status);
  return {
    status: worst.find((w) => statuses.includes(w)),
    rows: list.reduce((n, s) => n + s.rows, 0),
    corrupt: list.reduce((n, s) => n + s.corruptRows, 0),
    updatedAt: list.map((s) => s.updatedAt ?? "").sort().at(-1),
  };
}
