import type { Schema } from "../../api/client";

type Snapshot = Schema["Snapshot"];

export const rowsOf = (t: Snapshot): number => (t.partitions ?? []).reduce((n, p) => n + p.rows, 0);

export const bytesOf = (t: Snapshot): number => (t.partitions ?? []).reduce((n, p) => n + p.bytes, 0);
