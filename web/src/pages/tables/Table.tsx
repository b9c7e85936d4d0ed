import { Button, makeStyles, Menu, MenuItem, MenuList, MenuPopover, MenuTrigger, Tab, TabList, Text, tokens } from "@fluentui/react-components";
import { ArrowDownload20Regular } from "@fluentui/react-icons";
import { useQuery } from "@tanstack/react-query";
import { Link, useParams, useSearchParams } from "react-router";
import type { Schema } from "../../api/client";
import { Problem } from "../../api/problem";
import { rows, tables } from "../../api/queries";
import { useEnvironment } from "../../app/environment";
import { Ask, Empty, Failure } from "../../components/Ask";
import { Copyable } from "../../components/Copyable";
import { Facts } from "../../components/Facts";
import { Grid, type GridColumn } from "../../components/Grid";
import { Card, Page } from "../../components/Page";
import { bytes, count, time } from "../../format";
import { bytesOf, rowsOf } from "./snapshot";

type Snapshot = Schema["Snapshot"];
type Column = Schema["Column"];

const useStyles = makeStyles({
  tabs: { marginBottom: "12px", marginInlineStart: "-12px" },
  missing: { color: tokens.colorNeutralForeground3, fontStyle: "italic" },
});

const sampleSize = 100;

/** TablePage shows one table: its columns, a sample of its rows, its files (TAB-2). */
export function TablePage() {
  const environment = useEnvironment();
  const { table: name = "" } = useParams();
  const query = useQuery(tables(environment.id));
  return (
    <Page
      title={name}
      lead={<Link to={`/environments/${environment.id}/tables`}>All tables</Link>}
      actions={<Download environment={environment.id} table={name} />}
    >
      <Ask query={query}>
        {(all) => {
          const table = all.find((t) => t.table === name);
          return table ? <Tabs table={table} /> : <Failure error={gone(name)} />;
        }}
      </Ask>
    </Page>
  );
}

const gone = (name: string) =>
  new Problem(404, { detail: `There is no table ${name}.`, hint: "It may not have been made yet: see Status." });

function Download({ environment, table }: { environment: string; table: string }) {
  const base = `/api/v1/environments/${environment}/tables/${encodeURIComponent(table)}/export`;
  const get = (format: string) => window.location.assign(`${base}?format=${format}`);
  return (
    <Menu>
      <MenuTrigger disableButtonEnhancement>
        <Button icon={<ArrowDownload20Regular />}>Download</Button>
      </MenuTrigger>
      <MenuPopover>
        <MenuList>
          <MenuItem onClick={() => get("csv")}>CSV</MenuItem>
          <MenuItem onClick={() => get("parquet")}>Parquet</MenuItem>
        </MenuList>
      </MenuPopover>
    </Menu>
  );
}

function Tabs({ table }: { table: Snapshot }) {
  const styles = useStyles();
  const [search, setSearch] = useSearchParams();
  const tab = search.get("show") ?? "data";
  return (
    <>
      <TabList
        className={styles.tabs}
        selectedValue={tab}
        onTabSelect={(_, d) => setSearch({ show: String(d.value) }, { replace: true })}
      >
        <Tab value="data">Data</Tab>
        <Tab value="columns">Columns</Tab>
        <Tab value="files">Files</Tab>
      </TabList>
      {tab === "columns" && <Columns table={table} />}
      {tab === "files" && <Files table={table} />}
      {tab === "data" && <Sample table={table} />}
    </>
  );
}

function Sample({ table }: { table: Snapshot }) {
  const environment = useEnvironment();
  const query = useQuery(rows(environment.id, table.table, sampleSize));
  return (
    <Ask query={query} label="Reading the table">
      {(r) => {
        const list = r.rows ?? [];
        if (list.length === 0) return <Empty title="The table has no rows" />;
        return (
          <Card>
            <Rows columns={r.columns ?? []} rows={list} />
            <Text>
              {count(list.length)} of {count(rowsOf(table))} rows
            </Text>
          </Card>
        );
      }}
    </Ask>
  );
}

/** Rows shows values by column; what is missing is said, so that it is not taken for an empty text. */
export function Rows({ columns, rows: list }: { columns: { name: string; type?: string }[]; rows: unknown[] }) {
  const styles = useStyles();
  const grid: GridColumn<[number, unknown[]]>[] = columns.map((c, i) => ({
    title: c.name,
    number: ["int64", "double", "decimal"].includes(c.type ?? ""),
    cell: ([, row]) => {
      const v = row[i];
      return v === null || v === undefined ? <span className={styles.missing}>missing</span> : String(v);
    },
  }));
  const items = list.map((row, i): [number, unknown[]] => [i, (row as unknown[] | null) ?? []]);
  return <Grid label="Rows" columns={grid} items={items} id={([i]) => String(i)} />;
}

function Columns({ table }: { table: Snapshot }) {
  const columns: GridColumn<Column>[] = [
    { title: "Name", cell: (c) => c.name },
    { title: "Data type", cell: (c) => c.type },
    { title: "Semantic type", cell: (c) => c.semanticType },
    { title: "Primary key", cell: (c) => (c.name === table.primaryKey ? "yes" : "") },
  ];
  return (
    <Card>
      <Grid label="Columns" columns={columns} items={table.columns ?? []} id={(c) => c.name} />
    </Card>
  );
}

function Files({ table }: { table: Snapshot }) {
  const columns: GridColumn<Schema["Partition"]>[] = [
    { title: "Path in the container customerinsights", cell: (p) => <Copyable text={p.path} what="the path" /> },
    { title: "Rows", number: true, cell: (p) => count(p.rows) },
    { title: "Size", number: true, cell: (p) => bytes(p.bytes) },
  ];
  return (
    <Card>
      <Facts
        facts={[
          ["Format", table.format],
          ["Size", bytes(bytesOf(table))],
          ["Written", time(table.modifiedAt)],
          ["By run", <code key="run">{table.run}</code>],
        ]}
      />
      <Grid label="Files" columns={columns} items={table.partitions ?? []} id={(p) => p.path} />
    </Card>
  );
}
