import type { Schema } from "../../api/client";

export type Unification = Schema["Unification"];
export type UnifyTable = Schema["UnifyTable"];
export type Rule = Schema["Rule"];
export type Condition = Schema["Condition"];
export type MappedField = Schema["MappedField"];
export type FieldMerge = Schema["FieldMerge"];
type Snapshot = Schema["Snapshot"];

export const emptyUnification: Unification = { tables: [], rules: [] };

/** normalizations are what can be done to values before they are compared (UNI-8). */
export const normalizations: [value: string, title: string, what: string][] = [
  ["numerals", "Numerals", "digits of other scripts and Roman numerals become 0–9"],
  ["symbols", "Symbols", "signs such as . - / are taken out"],
  ["lowerCase", "Lower case", "capitals become small letters"],
  ["phone", "Type: phone", "ways to write one number become the same"],
  ["name", "Type: name", "nicknames and titles: Bill is William, Dr. is left out"],
  ["address", "Type: address", "street is st, apartment is apt"],
  ["organization", "Type: organization", "Inc, Ltd, GmbH are left out"],
  ["unicodeToAscii", "Unicode to ASCII", "é becomes e"],
  ["whitespace", "Whitespace", "blanks are taken out"],
];

/** precisions are how alike two values must be (UNI-7). */
export const precisions: [value: string, title: string][] = [
  ["exact", "Exact (100 %)"],
  ["high", "High (80 %)"],
  ["medium", "Medium (60 %)"],
  ["low", "Low (30 %)"],
];

/** normalFor are the normalisations that suit a meaning, offered when a condition is added. */
export function normalFor(semanticType: string | undefined): string[] {
  switch (semanticType) {
    case "Identity.Service.Email":
      return ["lowerCase", "whitespace"];
    case "Identity.Service.Phone":
      return ["phone"];
    case "Person.FirstName":
    case "Person.FullName":
      return ["lowerCase", "unicodeToAscii", "name"];
    case "Person.LastName":
      return ["lowerCase", "unicodeToAscii", "symbols", "whitespace"];
    case "Location.Address":
    case "Location.Street":
      return ["lowerCase", "unicodeToAscii", "address"];
    case "Organization.Name":
      return ["lowerCase", "unicodeToAscii", "organization"];
    case "Person.BirthDate":
      return [];
    default:
      return ["lowerCase", "whitespace"];
  }
}

/** suggestedFields maps the columns whose meaning is known to the unified field of that meaning. */
export function suggestedFields(table: Snapshot): MappedField[] {
  const used = new Set<string>();
  const fields: MappedField[] = [];
  for (const c of table.columns ?? []) {
    const field = c.semanticType?.split(".").at(-1);
    if (!c.semanticType || !field || used.has(field)) continue;
    used.add(field);
    fields.push({ field, column: c.name, semanticType: c.semanticType });
  }
  return fields;
}

/** withTable adds a table at the end of the match order, or leaves it out where it was chosen. */
export function withTable(u: Unification, table: Snapshot, chosen: boolean): Unification {
  const tables = (u.tables ?? []).filter((t) => t.table !== table.table);
  return { ...u, tables: chosen ? [...tables, { table: table.table, fields: suggestedFields(table) }] : tables };
}

/** moved puts the item at one place to another. */
export function moved<T>(list: T[], from: number, to: number): T[] {
  if (to < 0 || to >= list.length) return list;
  const rest = list.toSpliced(from, 1);
  return rest.toSpliced(to, 0, list[from]!);
}

/** unifiedFields are the fields that tables are mapped to, with their meaning and the tables that have them. */
export function unifiedFields(u: Unification): { field: string; semanticType: string | undefined; tables: string[] }[] {
  const found = new Map<string, { field: string; semanticType: string | undefined; tables: string[] }>();
  for (const t of u.tables ?? []) {
    for (const f of t.fields ?? []) {
      const known = found.get(f.field) ?? { field: f.field, semanticType: f.semanticType, tables: [] };
      known.tables.push(t.table);
      found.set(f.field, known);
    }
  }
  return [...found.values()];
}

/** describeRule says a rule in one line. */
export function describeRule(rule: Rule): string {
  const one = (c: Condition) => (!c.precision || c.precision === "exact" ? c.field : `${c.field} (${c.precision})`);
  const conditions = (rule.conditions ?? []).map(one).join(" and ");
  const exceptions = (rule.exceptions ?? []).map(one).join(" or ");
  return exceptions ? `${conditions}, but not if ${exceptions} agrees` : conditions;
}

/** newRule is a rule that can be kept as it is: the first field, compared as its meaning suggests. */
export function newRule(u: Unification, name: string): Rule {
  const first = unifiedFields(u)[0];
  return { name, conditions: first ? [{ field: first.field, precision: "exact", normalize: normalFor(first.semanticType) }] : [] };
}

/** mergeOf is how a field is chosen; by importance in match order where nothing is said. */
export function mergeOf(u: Unification, field: string): FieldMerge {
  return u.merge?.find((m) => m.field === field) ?? { field };
}

/** withMerge says how a field is chosen. What says no more than the default is left out. */
export function withMerge(u: Unification, m: FieldMerge): Unification {
  const rest = (u.merge ?? []).filter((x) => x.field !== m.field);
  const isDefault = !m.exclude && !m.order?.length && (!m.by || m.by === "importance");
  return { ...u, merge: isDefault ? rest : [...rest, m] };
}
