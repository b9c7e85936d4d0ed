import type { Schema } from "../../api/client";
import type { Row } from "../../api/odata";

type Unification = Schema["Unification"];
type Snapshot = Schema["Snapshot"];

/** text is a value as it is read; nothing for what is missing. */
export const text = (v: unknown): string => (v === null || v === undefined ? "" : String(v));

/** nameOf is what a customer is called: the full name, its parts, an organisation, or else the id. */
export function nameOf(c: Row): string {
  const parts = [c["FirstName"], c["MiddleName"], c["LastName"]].map(text).filter((p) => p !== "");
  return text(c["FullName"]) || parts.join(" ") || text(c["Name"]) || text(c["CustomerId"]);
}

/** placeOf is where a customer lives, on one line. */
export const placeOf = (c: Row): string =>
  [c["PostalCode"], c["City"], c["State"], c["Country"]].map(text).filter((p) => p !== "").join(", ");

export interface Source {
  table: string;
  key: string; // the table's primary key
  type: string | undefined; // of the key
  column: string; // the key's column of Customer
}

/** sourcesOf are the tables that customers were made of, with the columns that lead from a customer to their records. */
export function sourcesOf(u: Unification | undefined, tables: Snapshot[]): Source[] {
  const customer = tables.find((t) => t.table === "Customer");
  return (u?.tables ?? []).flatMap(({ table }) => {
    const snapshot = tables.find((t) => t.table === table);
    const key = snapshot?.primaryKey;
    const column = `${table}_${key}`;
    if (!key || !customer?.columns?.some((c) => c.name === column)) return [];
    return [{ table, key, column, type: snapshot.columns?.find((c) => c.name === key)?.type }];
  });
}

/** keysOf are the keys of a customer's records in a table: the winner's and its alternates' (UNI-15). */
export function keysOf(c: Row, s: Source): string[] {
  const all = text(c[`${s.column}_Alternate`]) || text(c[s.column]);
  return all === "" ? [] : all.split(";");
}

/** fieldsOf are the unified fields of Customer in order: neither ids nor keys of sources. */
export function fieldsOf(customer: Snapshot | undefined, sources: Source[]): string[] {
  const keys = new Set(sources.flatMap((s) => [s.column, `${s.column}_Alternate`]));
  return (customer?.columns ?? [])
    .map((c) => c.name)
    .filter((n) => n !== "CustomerId" && n !== "PreviousCustomerId" && !keys.has(n));
}

/** columnOf is the column of a table that a unified field was mapped to. */
export const columnOf = (u: Unification | undefined, table: string, field: string): string | undefined =>
  u?.tables?.find((t) => t.table === table)?.fields?.find((f) => f.field === field)?.column;
