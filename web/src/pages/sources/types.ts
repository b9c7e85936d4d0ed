/** dataTypes are the types a column can have. */
export const dataTypes = ["string", "int64", "double", "decimal", "boolean", "date", "time", "dateTime", "guid", "json"] as const;

/** semanticTypes are the meanings that unification knows (TAB-4). */
export const semanticTypes = [
  "Person.FirstName",
  "Person.MiddleName",
  "Person.LastName",
  "Person.FullName",
  "Person.Gender",
  "Person.BirthDate",
  "Identity.Service.Email",
  "Identity.Service.Phone",
  "Location.Address",
  "Location.Street",
  "Location.City",
  "Location.State",
  "Location.PostalCode",
  "Location.Country",
  "Calendar.Date",
  "Organization.Name",
] as const;
