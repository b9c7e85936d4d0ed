import { expect, it } from "vitest";
import { columnOf, fieldsOf, keysOf, nameOf, placeOf, sourcesOf } from "./customer";

const column = (name: string, type = "string") => ({ name, type });
const table = (name: string, primaryKey: string, columns: ReturnType<typeof column>[]) => ({
  process: "Ingestion",
  table: name,
  run: "r",
  primaryKey,
  columns,
  format: "parquet",
  partitions: [],
  modifiedAt: "2026-11-24T12:00:00Z",
});
const tables = [
  table("CRM_Contacts", "Id", [column("Id", "guid"), column("mail")]),
  table("Shop_Orders", "No", [column("No")]),
  table("Customer", "CustomerId", ["CustomerId", "PreviousCustomerId", "CRM_Contacts_Id", "CRM_Contacts_Id_Alternate", "Email"].map((n) => column(n))),
];
const unification = {
  tables: [{ table: "CRM_Contacts", fields: [{ field: "Email", column: "mail" }] }, { table: "Gone_Table" }],
  rules: [],
};

it("a customer's name is the best there is", () => {
  expect(nameOf({ FullName: "Ann Lee", FirstName: "A" })).toBe("Ann Lee");
  expect(nameOf({ FirstName: "Ann", MiddleName: null, LastName: "Lee" })).toBe("Ann Lee");
  expect(nameOf({ CustomerId: "c1", FirstName: null })).toBe("c1");
  expect(placeOf({ City: "Ulm", PostalCode: "89073", State: null })).toBe("89073, Ulm");
});

it("sources are the tables that are there and lead to a column of Customer", () => {
  const sources = sourcesOf(unification, tables);
  expect(sources).toEqual([{ table: "CRM_Contacts", key: "Id", type: "guid", column: "CRM_Contacts_Id" }]);
  expect(fieldsOf(tables[2], sources)).toEqual(["Email"]);
  expect(columnOf(unification, "CRM_Contacts", "Email")).toBe("mail");
  expect(keysOf({ CRM_Contacts_Id: "a", CRM_Contacts_Id_Alternate: "a;b" }, sources[0]!)).toEqual(["a", "b"]);
  expect(keysOf({ CRM_Contacts_Id: null, CRM_Contacts_Id_Alternate: null }, sources[0]!)).toEqual([]);
});
