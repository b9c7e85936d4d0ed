import type { Schema } from "../../api/client";

type Run = Schema["Run"];

export interface Growth {
  at: string[];
  records: (number | undefined)[];
  customers: (number | undefined)[];
}

/** growth takes from runs, newest first, what each found: customers, and the records they were made of. */
export function growth(runs: Run[], name: (time: string) => string): Growth {
  const result: Growth = { at: [], records: [], customers: [] };
  for (const run of runs.toReversed()) {
    const tasks = run.tasks ?? [];
    const merge = tasks.find((t) => t.process === "Merge" && t.rowsOut > 0);
    if (!merge) continue;
    const match = tasks.find((t) => t.process === "Match");
    result.at.push(name(run.startedAt));
    result.customers.push(merge.rowsOut);
    result.records.push(match?.rowsIn || undefined);
  }
  return result;
}
