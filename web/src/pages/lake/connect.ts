/** Spot is a folder or file of an account, and what it holds as far as its listing tells. */
export interface Spot {
  account: string;
  endpoint: string; // of dfs, as outside readers use it
  container: string;
  path: string;
  holds: "delta" | "csv" | "parquet" | "files";
}

export interface Snippet {
  title: string;
  text: string;
}

const cloud = ".dfs.core.windows.net";

/** holdsOf says how a folder is read, by the names in it. */
export function holdsOf(names: string[]): Spot["holds"] {
  if (names.includes("_delta_log")) return "delta";
  if (names.some((n) => n.endsWith(".parquet"))) return "parquet";
  return names.some((n) => n.endsWith(".csv")) ? "csv" : "files";
}

/** snippets says how programs read a place with the account's key. A lake of one's own is told by its addresses. */
export function snippets(s: Spot, feed: string): Snippet[] {
  const own = !s.endpoint.endsWith(cloud);
  return [
    { title: "Python", text: python(s) },
    { title: "Spark", text: spark(s, own) },
    { title: "DuckDB", text: duckdb(s, own) },
    { title: "Power BI", text: powerBI(s, own, feed) },
  ];
}

const quoted = (text: string) => JSON.stringify(text);
const abfs = (s: Spot, scheme: string) => `${scheme}://${s.container}@${s.account}${cloud}/${encodeURI(s.path)}`;

const python = (s: Spot) => `# pip install azure-storage-file-datalake
from azure.storage.filedatalake import DataLakeServiceClient

lake = DataLakeServiceClient(${quoted(s.endpoint)},
                             credential={"account_name": ${quoted(s.account)}, "account_key": KEY})
container = lake.get_file_system_client(${quoted(s.container)})
for path in container.get_paths(${quoted(s.path)}):
    print(path.name, path.content_length)
# content = container.get_file_client(NAME).download_file().readall()`;

function spark(s: Spot, own: boolean): string {
  const at = quoted(abfs(s, own ? "abfs" : "abfss"));
  const set = (name: string, value: string) => `spark.conf.set("fs.azure.${name}", ${value})`;
  const lines = [set(`account.key.${s.account}${cloud}`, "KEY")];
  if (own) {
    const { host, protocol } = new URL(s.endpoint);
    lines.unshift(set("abfs.endpoint", quoted(host)), set("always.use.https", quoted(String(protocol === "https:"))));
    lines.push(set(`account.auth.type.${s.account}${cloud}`, '"SharedKey"'), set("networking.library", '"JDK_HTTP_URL_CONNECTION"'));
  }
  const format = s.holds === "files" ? "binaryFile" : s.holds;
  return [...lines, `rows = spark.read.format(${quoted(format)}).load(${at})`].join("\n");
}

function duckdb(s: Spot, own: boolean): string {
  const blob = own ? "BLOB_ENDPOINT" : s.endpoint.replace(".dfs.", ".blob.");
  const note = own ? "-- BLOB_ENDPOINT is the lake's address that ownlake serve prints, with the account's name after it.\n" : "";
  const protocol = own ? new URL(s.endpoint).protocol.replace(":", "") : "https";
  const where = `az://${s.container}/${s.path}`;
  const pattern = /\.(csv|parquet)$/.test(s.path) ? where : `${where}/**/*.${s.holds === "csv" ? "csv" : "parquet"}`;
  const read = s.holds === "csv" ? "read_csv" : "read_parquet";
  return `${note}INSTALL azure; LOAD azure;
CREATE SECRET (TYPE azure, CONNECTION_STRING
  'DefaultEndpointsProtocol=${protocol};AccountName=${s.account};AccountKey=KEY;BlobEndpoint=${blob};DfsEndpoint=${s.endpoint}');
FROM ${read}('${pattern.replaceAll("'", "''")}');`;
}

function powerBI(s: Spot, own: boolean, feed: string): string {
  const tables = `// The tables of this environment, for those who have a role in it\nOData.Feed(${mText(feed)}, null, [Implementation = "2.0"])`;
  if (own) return tables;
  return `${tables}\n\n// The files\nAzureStorage.DataLake(${mText(`${s.endpoint}/${s.container}/${encodeURI(s.path)}`)})`;
}

const mText = (text: string) => `"${text.replaceAll('"', '""')}"`;
