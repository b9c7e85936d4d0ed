import { expect, it } from "vitest";
import { holdsOf, snippets } from "./connect";
import { parseCSV } from "./csv";

it("commas, quotes and line ends within quotes are part of a value", () => {
  expect(parseCSV('a,"b, ""c""\nd"\r\n1,\n', true, 10)).toEqual([["a", 'b, "c"\nd'], ["1", ""]]);
});

it("a line that was cut off is not shown", () => {
  expect(parseCSV("a,b\n1,2\n3,", false, 10)).toEqual([["a", "b"], ["1", "2"]]);
  expect(parseCSV("a,b\n1,2", true, 10)).toEqual([["a", "b"], ["1", "2"]]);
  expect(parseCSV("a\nb\nc\n", true, 2)).toEqual([["a"], ["b"]]);
});

it("a Delta table is told from files of Parquet", () => {
  expect(holdsOf(["_delta_log", "a.parquet"])).toBe("delta");
  expect(holdsOf(["a.parquet"])).toBe("parquet");
  expect(holdsOf(["model.json"])).toBe("files");
});

it("an account in the cloud and a lake of one's own are each read by their own addresses", () => {
  const spot = { account: "contoso", container: "c", path: "a b", holds: "delta" as const };
  const text = (endpoint: string, title: string) =>
    snippets({ ...spot, endpoint }, "http://x/api/data/1/").find((s) => s.title === title)?.text ?? "";
  const cloud = "https://contoso.dfs.core.windows.net";
  expect(text(cloud, "Spark")).toContain('.load("abfss://c@contoso.dfs.core.windows.net/a%20b")');
  expect(text(cloud, "DuckDB")).toContain("BlobEndpoint=https://contoso.blob.core.windows.net;");
  expect(text(cloud, "Power BI")).toContain('AzureStorage.DataLake("https://contoso.dfs.core.windows.net/c/a%20b")');
  const own = "http://127.0.0.1:10004/contoso";
  expect(text(own, "Spark")).toContain('spark.conf.set("fs.azure.abfs.endpoint", "127.0.0.1:10004")');
  expect(text(own, "Power BI")).not.toContain("AzureStorage");
});
