/** steps are the four steps of unification, in the product's words and order. */
export const steps = [
  { path: "fields", title: "Source fields" },
  { path: "duplicates", title: "Duplicate records" },
  { path: "matching", title: "Matching conditions" },
  { path: "merge", title: "Unified customer fields" },
] as const;
