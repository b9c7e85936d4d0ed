import { failure } from "./client";

export type Row = Record<string, unknown>;

export interface RowsPage {
  rows: Row[];
  count: number | undefined;
}

/** Query is what is asked of a table; the parts have OData's meaning. */
export interface Query {
  search?: string;
  filter?: string;
  select?: string[];
  orderby?: string;
  top?: number;
  skip?: number;
  count?: boolean;
}

/** readRows reads rows of a table of an environment by OData, which serves all of them. */
export async function readRows(environment: string, table: string, q: Query): Promise<RowsPage> {
  const parameters = new URLSearchParams();
  const set = (name: string, value: string | undefined) => value && parameters.set(name, value);
  set("$search", q.search);
  set("$filter", q.filter);
  set("$select", q.select?.join(","));
  set("$orderby", q.orderby);
  set("$top", q.top?.toString());
  set("$skip", q.skip?.toString());
  set("$count", q.count ? "true" : undefined);
  const response = await fetch(`/api/data/${environment}/${encodeURIComponent(setName(table))}?${parameters}`);
  if (!response.ok) throw await failure(response);
  const body = (await response.json()) as { value: Row[]; "@odata.count"?: number };
  return { rows: body.value, count: body["@odata.count"] };
}

/** setName is a table's name where characters that OData's names cannot have became _. */
export const setName = (name: string) => name.replace(/[^\p{L}\p{N}_]/gu, "_");

/** literal writes a value of a column's type for a filter. */
export function literal(value: string, type: string | undefined): string {
  const bare = ["guid", "int64", "double", "decimal", "boolean", "date", "time", "dateTime"].includes(type ?? "");
  return bare ? value : `'${value.replaceAll("'", "''")}'`;
}

/** words makes a search of what a person typed: each word must be there, whatever signs are between them. */
export function words(text: string): string {
  return text
    .split(/\s+/)
    .map((w) => w.replaceAll('"', ""))
    .filter((w) => w !== "")
    .map((w) => `"${w}"`)
    .join(" AND ");
}
