import { makeStyles, Text, tokens } from "@fluentui/react-components";
import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import type { Schema } from "../../api/client";
import { rows, tables } from "../../api/queries";
import { useEnvironment } from "../../app/environment";
import { Ask, Empty } from "../../components/Ask";
import { Grid, type GridColumn } from "../../components/Grid";
import { count } from "../../format";
import { Rows } from "../tables/Table";
import { parseCSV } from "./csv";
import { beginning } from "./queries";

type Entry = Schema["LakeEntry"];

const useStyles = makeStyles({
  text: {
    margin: 0,
    padding: "12px",
    maxHeight: "60vh",
    overflow: "auto",
    fontFamily: tokens.fontFamilyMonospace,
    fontSize: tokens.fontSizeBase200,
    backgroundColor: tokens.colorNeutralBackground3,
    borderRadius: tokens.borderRadiusMedium,
  },
});

const shownRows = 50;

/** Preview shows the beginning of a file: rows of CSV and of a table's Parquet files, the tables of a model.json, other text as it is. */
export function Preview({ container, entry }: { container: string; entry: Entry }) {
  const environment = useEnvironment();
  const all = useQuery(tables(environment.id));
  if (entry.name.endsWith(".parquet")) {
    const of = all.data?.find((t) => t.partitions?.some((p) => p.path === entry.path || entry.path.endsWith(`/${p.path}`)));
    if (of) return <TableRows table={of.table} />;
    return <Empty title="No preview">This Parquet file is of no table as it is now. Download it to look into it.</Empty>;
  }
  if (/\.(csv|tsv|txt|json|md|log|xml|yaml)$|^_SUCCESS$/i.test(entry.name)) return <TextFile container={container} entry={entry} />;
  return <Empty title="No preview">Files of this kind are not shown here. Download it to look into it.</Empty>;
}

function TableRows({ table }: { table: string }) {
  const environment = useEnvironment();
  const query = useQuery(rows(environment.id, table, shownRows));
  return (
    <Ask query={query} label="Reading the table">
      {(r) => (
        <>
          <p>
            This file is part of the table <Link to={`/environments/${environment.id}/tables/${encodeURIComponent(table)}`}>{table}</Link>, whose first rows are:
          </p>
          <Rows columns={r.columns ?? []} rows={r.rows ?? []} />
        </>
      )}
    </Ask>
  );
}

function TextFile({ container, entry }: { container: string; entry: Entry }) {
  const styles = useStyles();
  const environment = useEnvironment();
  const query = useQuery(beginning(environment.id, container, entry.path, entry.bytes));
  return (
    <Ask query={query} label="Reading the file">
      {({ text, whole }) => {
        if (text === "") return <Empty title="The file is empty" />;
        if (/\.csv$/i.test(entry.name)) return <CSV text={text} whole={whole} />;
        const document = whole && entry.name.endsWith(".json") ? parsed(text) : undefined;
        return (
          <>
            {entry.name === "model.json" && document !== undefined && <Model document={document as ModelDocument} />}
            <pre className={styles.text} tabIndex={0} role="region" aria-label={entry.name}>
              {document === undefined ? text : JSON.stringify(document, null, 2)}
            </pre>
            {!whole && <Text>This is the beginning of the file.</Text>}
          </>
        );
      }}
    </Ask>
  );
}

/** parsed is a JSON text's value; a file of a line a document has none, and is shown as it is. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function CSV({ text, whole }: { text: string; whole: boolean }) {
  const lines = parseCSV(text, whole, shownRows);
  const width = Math.max(0, ...lines.map((l) => l.length));
  // Files of tables have no header: model.json names their columns. So columns are named by their place.
  const columns: GridColumn<[number, string[]]>[] = Array.from({ length: width }, (_, i) => ({
    title: String(i + 1),
    cell: ([, line]) => line[i],
  }));
  return (
    <>
      <Grid label="Lines" columns={columns} items={lines.map((l, i): [number, string[]] => [i, l])} id={([i]) => String(i)} />
      <Text>The first {count(lines.length)} lines</Text>
    </>
  );
}

interface ModelDocument {
  entities?: { name: string; attributes?: unknown[]; partitions?: unknown[] }[];
}

function Model({ document }: { document: ModelDocument }) {
  const columns: GridColumn<NonNullable<ModelDocument["entities"]>[number]>[] = [
    { title: "Table", cell: (e) => e.name },
    { title: "Columns", number: true, cell: (e) => count(e.attributes?.length ?? 0) },
    { title: "Files", number: true, cell: (e) => count(e.partitions?.length ?? 0) },
  ];
  return <Grid label="Tables of the model" columns={columns} items={document.entities ?? []} id={(e) => e.name} />;
}
