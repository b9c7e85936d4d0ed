import { Badge, makeStyles, Text, tokens } from "@fluentui/react-components";
import { useQueries, useQuery } from "@tanstack/react-query";
import { Link, useParams } from "react-router";
import type { Schema } from "../../api/client";
import { type Row, literal, readRows } from "../../api/odata";
import { Problem } from "../../api/problem";
import { definitions, tables } from "../../api/queries";
import { useEnvironment } from "../../app/environment";
import { Ask, Failure } from "../../components/Ask";
import { Copyable } from "../../components/Copyable";
import { Facts } from "../../components/Facts";
import { Grid, type GridColumn } from "../../components/Grid";
import { Card, Page } from "../../components/Page";
import { time } from "../../format";
import { columnOf, fieldsOf, keysOf, nameOf, type Source, sourcesOf, text } from "./customer";

const useStyles = makeStyles({
  from: { display: "inline-flex", flexWrap: "wrap", gap: "4px" },
  same: { fontWeight: tokens.fontWeightSemibold },
  missing: { color: tokens.colorNeutralForeground3 },
});

interface Record {
  source: Source;
  row: Row;
}

/** CustomerPage is the card of one customer: its fields and where each came from, its records side by side, the history of its id (CUS-3). */
export function CustomerPage() {
  const environment = useEnvironment();
  const { customer: id = "" } = useParams();
  const all = useQuery(tables(environment.id));
  const query = useQuery({
    queryKey: ["customer", environment.id, id],
    queryFn: async () => {
      const found = await readRows(environment.id, "Customer", { filter: `CustomerId eq ${literal(id, "string")}`, top: 1 });
      const row = found.rows[0];
      if (!row) throw new Problem(404, { detail: `There is no customer ${id}.`, hint: "Ids of customers that became others are in the table CustomerHistory." });
      return row;
    },
  });
  return (
    <Page
      title={query.data ? nameOf(query.data) : "Customer"}
      lead={<Link to={`/environments/${environment.id}/customers`}>All customers</Link>}
    >
      <Ask query={query}>{(c) => <Ask query={all}>{(list) => <Detail customer={c} tables={list} />}</Ask>}</Ask>
    </Page>
  );
}

function Detail({ customer, tables: list }: { customer: Row; tables: Schema["Snapshot"][] }) {
  const environment = useEnvironment();
  const unification = useQuery(definitions(environment.id)).data?.unification;
  const sources = sourcesOf(unification, list);
  const asked = useQueries({
    queries: sources.map((s) => {
      const keys = keysOf(customer, s);
      return {
        queryKey: ["records", environment.id, s.table, keys],
        queryFn: async () => {
          const filter = `${s.key} in (${keys.map((k) => literal(k, s.type)).join(",")})`;
          return (await readRows(environment.id, s.table, { filter })).rows.map((row): Record => ({ source: s, row }));
        },
        enabled: keys.length > 0,
      };
    }),
  });
  const records = asked.flatMap((q) => q.data ?? []);
  const failed = asked.find((q) => q.isError);
  const fields = fieldsOf(
    list.find((t) => t.table === "Customer"),
    sources,
  );
  return (
    <>
      {failed && <Failure error={failed.error} />}
      <Profile customer={customer} fields={fields} records={records} />
      <Records customer={customer} fields={fields} records={records} />
      {list.some((t) => t.table === "CustomerHistory") && <History id={text(customer["CustomerId"])} />}
    </>
  );
}

/** valueOf is what a record says of a unified field, as far as its table maps one. */
function useValueOf() {
  const environment = useEnvironment();
  const unification = useQuery(definitions(environment.id)).data?.unification;
  return (r: Record, field: string) => text(r.row[columnOf(unification, r.source.table, field) ?? ""]);
}

function Profile({ customer, fields, records }: { customer: Row; fields: string[]; records: Record[] }) {
  const styles = useStyles();
  const valueOf = useValueOf();
  interface Line {
    field: string;
    value: string;
    from: string[];
  }
  const lines = fields
    .map((field): Line => {
      const value = text(customer[field]);
      const from = records.filter((r) => value !== "" && valueOf(r, field) === value).map((r) => r.source.table);
      return { field, value, from: [...new Set(from)] };
    })
    .filter((l) => l.value !== "");
  const columns: GridColumn<Line>[] = [
    { title: "Field", cell: (l) => l.field },
    { title: "Value", cell: (l) => l.value },
    {
      title: "As in",
      cell: (l) => (
        <span className={styles.from}>
          {l.from.map((t) => (
            <Badge key={t} appearance="tint">
              {t}
            </Badge>
          ))}
        </span>
      ),
    },
  ];
  return (
    <Card title="Profile">
      <Facts
        facts={[
          ["Customer id", <Copyable key="id" text={text(customer["CustomerId"])} what="the customer id" />],
          ["Former ids", text(customer["PreviousCustomerId"]).replaceAll(";", ", ")],
        ]}
      />
      <Grid label="Fields of the profile" columns={columns} items={lines} id={(l) => l.field} />
    </Card>
  );
}

function Records({ customer, fields, records }: { customer: Row; fields: string[]; records: Record[] }) {
  const styles = useStyles();
  const valueOf = useValueOf();
  if (records.length === 0) return null;
  const shown = fields.filter((f) => records.some((r) => valueOf(r, f) !== ""));
  const columns: GridColumn<string>[] = [
    { title: "Field", cell: (f) => f },
    ...records.map((r): GridColumn<string> => ({
      title: `${r.source.table} ${text(r.row[r.source.key])}`,
      cell: (f) => {
        const value = valueOf(r, f);
        if (value === "") return <span className={styles.missing}>–</span>;
        return <span className={value === text(customer[f]) ? styles.same : undefined}>{value}</span>;
      },
    })),
  ];
  return (
    <Card title={records.length === 1 ? "The source record" : `${records.length} source records, side by side`}>
      <Grid label="Source records" columns={columns} items={shown} id={(f) => f} />
      {records.length > 1 && <Text size={200}>Values that are the profile's are bold.</Text>}
    </Card>
  );
}

function History({ id }: { id: string }) {
  const environment = useEnvironment();
  const query = useQuery({
    queryKey: ["history", environment.id, id],
    queryFn: () =>
      readRows(environment.id, "CustomerHistory", {
        filter: `CustomerId eq ${literal(id, "string")} or PreviousCustomerId eq ${literal(id, "string")}`,
        orderby: "ChangedOn desc",
        top: 200,
      }),
  });
  const columns: GridColumn<Row>[] = [
    { title: "When", cell: (r) => time(text(r["ChangedOn"])) },
    { title: "What", cell: (r) => text(r["Event"]) },
    { title: "Record", cell: (r) => [r["SourceTable"], r["SourceKey"]].map(text).filter(Boolean).join(" ") },
    { title: "From", cell: (r) => text(r["PreviousCustomerId"]) },
    { title: "To", cell: (r) => text(r["CustomerId"]) },
  ];
  return (
    <Card title="History of the id">
      <Ask query={query}>
        {(h) =>
          h.rows.length ? (
            <Grid label="History of the id" columns={columns} items={h.rows} id={(r) => JSON.stringify(r)} />
          ) : (
            <Text>The id has been this customer's since it was first found.</Text>
          )
        }
      </Ask>
    </Card>
  );
}
