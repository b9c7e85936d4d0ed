import type { Schema } from "../../api/client";

type DataSource = Schema["DataSource"];
type SourceTable = Schema["SourceTable"];
type Inspection = Schema["TableInspection"];
type Definitions = Schema["Definitions"];

export type Kind = "files" | "cdm";

/** Draft is a data source as the form has it so far. */
export interface Draft {
  kind: Kind;
  name: string;
  description: string;
  locations: string; // one a line
  folder: string;
  tables: SourceTable[]; // what was found, with the person's changes
}

export const emptyDraft: Draft = { kind: "files", name: "", description: "", locations: "", folder: "", tables: [] };

/** locationsOf are the lines that say something. */
export const locationsOf = (text: string): string[] =>
  text
    .split("\n")
    .map((l) => l.trim())
    .filter((l) => l !== "");

/** tableName makes a table's name of its location: the last part of the path, without ending and odd signs. */
export function tableName(location: string): string {
  const last =
    location
      .replace(/[?#].*$/, "")
      .replace(/[/\\]*\*?[^/\\]*\*[^/\\]*$/, "")
      .split(/[/\\]/)
      .filter((p) => p !== "")
      .at(-1) ?? "";
  const plain = last.replace(/(\.(csv|tsv|txt|parquet|gz|zst))+$/i, "").replace(/[^\p{L}\p{N}]+/gu, "_").replace(/^_+|_+$/g, "");
  return plain === "" ? "Table" : plain[0]?.toUpperCase() + plain.slice(1);
}

/** nameProblem says what is wrong with a source's name; empty if nothing is. */
export function nameProblem(name: string, taken: string[]): string {
  const text = name.trim();
  if (text === "") return "";
  if (!/^[\p{L}][\p{L}\p{N}_]*$/u.test(text)) return "A name begins with a letter and has letters, digits and _ only.";
  return taken.some((t) => t.toLowerCase() === text.toLowerCase()) ? "Another data source has this name already." : "";
}

/** asked is the source to inspect: what was typed, before anything is known of its tables. */
export function asked(d: Draft): DataSource {
  const base = { name: d.name.trim(), description: d.description.trim() };
  if (d.kind === "cdm") return { ...base, folder: d.folder.trim() };
  const used = new Set<string>();
  const tables = locationsOf(d.locations).map((location) => {
    let name = tableName(location);
    for (let i = 2; used.has(name.toLowerCase()); i++) name = `${tableName(location)}_${i}`;
    used.add(name.toLowerCase());
    return { name, location };
  });
  return { ...base, tables };
}

/** withLocations adds places to those that were typed, each once. */
export function withLocations(typed: string, added: string[]): string {
  return [...new Set([...locationsOf(typed), ...added])].join("\n");
}

/** found makes the tables of a source from what an inspection saw, to be changed and then declared. */
export function found(source: DataSource, inspections: Inspection[]): SourceTable[] {
  return inspections.map((i) => {
    const typed = source.tables?.find((t) => t.name === i.table);
    return {
      name: i.table,
      ...(typed?.location ? { location: typed.location } : {}),
      primaryKey: i.primaryKeys?.[0] ?? "",
      columns: (i.columns ?? []).map(({ name, type, semanticType, format, precision, scale }) => ({
        name,
        ...(type ? { type } : {}),
        ...(semanticType ? { semanticType } : {}),
        ...(format ? { format } : {}),
        ...(precision ? { precision, scale: scale ?? 0 } : {}),
      })),
    };
  });
}

/** declared is the source as it is saved. */
export function declared(d: Draft): DataSource {
  const base = { name: d.name.trim(), description: d.description.trim() };
  const tables = d.tables.map((t) => (t.primaryKey ? t : { ...t, primaryKey: undefined }) as SourceTable);
  return d.kind === "cdm" ? { ...base, folder: d.folder.trim(), tables } : { ...base, tables };
}

/** withSource are the definitions with a source added, or put in the place of the one that had its name. */
export function withSource(all: Definitions, source: DataSource): Definitions {
  const sources = all.sources ?? [];
  const at = sources.findIndex((s) => s.name === source.name);
  return { ...all, sources: at < 0 ? [...sources, source] : sources.with(at, source) };
}

/** withoutSource are the definitions with a source left out. */
export function withoutSource(all: Definitions, name: string): Definitions {
  return { ...all, sources: (all.sources ?? []).filter((s) => s.name !== name) };
}

/** usedBy are the tables of a source that unification needs, which keep it from being deleted (SRC-14). */
export function usedBy(all: Definitions, source: string): string[] {
  return (all.unification?.tables ?? []).map((t) => t.table).filter((t) => t.startsWith(`${source}_`));
}
