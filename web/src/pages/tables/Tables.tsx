import { Input } from "@fluentui/react-components";
import { Search20Regular } from "@fluentui/react-icons";
import { useQuery } from "@tanstack/react-query";
import { Link, useSearchParams } from "react-router";
import type { Schema } from "../../api/client";
import { tables } from "../../api/queries";
import { useEnvironment } from "../../app/environment";
import { Ask, Empty } from "../../components/Ask";
import { Grid, type GridColumn } from "../../components/Grid";
import { Card, Page } from "../../components/Page";
import { useNow } from "../../components/useNow";
import { ago, bytes, count, time } from "../../format";
import { bytesOf, rowsOf } from "./snapshot";

type Snapshot = Schema["Snapshot"];

const groups: [string, string][] = [
  ["Merge", "Profiles"],
  ["Match", "Matching and duplicates"],
  ["Ingestion", "Ingested"],
];

/** Tables lists every table of the environment by the process that wrote it (TAB-1). */
export function Tables() {
  const environment = useEnvironment();
  const query = useQuery(tables(environment.id));
  const [search, setSearch] = useSearchParams();
  const text = search.get("q") ?? "";
  const now = useNow();
  const columns: GridColumn<Snapshot>[] = [
    {
      title: "Table",
      cell: (t) => <Link to={`/environments/${environment.id}/tables/${encodeURIComponent(t.table)}`}>{t.table}</Link>,
    },
    { title: "Rows", number: true, cell: (t) => count(rowsOf(t)) },
    { title: "Columns", number: true, cell: (t) => count(t.columns?.length ?? 0) },
    { title: "Size", number: true, cell: (t) => bytes(bytesOf(t)) },
    { title: "Format", cell: (t) => t.format },
    { title: "Updated", cell: (t) => <span title={time(t.modifiedAt)}>{ago(t.modifiedAt, now)}</span> },
  ];
  return (
    <Page title="Tables" lead="Every table that the environment wrote to its lake.">
      <Ask query={query}>
        {(all) => {
          if (all.length === 0) return <Empty title="No tables yet">They come with the first run.</Empty>;
          const found = all.filter((t) => t.table.toLowerCase().includes(text.toLowerCase()));
          return (
            <>
              <Input
                type="search"
                aria-label="Search tables"
                placeholder="Search tables"
                contentBefore={<Search20Regular />}
                value={text}
                onChange={(_, d) => setSearch(d.value ? { q: d.value } : {}, { replace: true })}
                style={{ marginBottom: 16, minWidth: 280 }}
              />
              {found.length === 0 && <Empty title={`No table has “${text}” in its name`} />}
              {groups.map(([process, title]) => {
                const items = found.filter((t) => t.process === process);
                return items.length ? (
                  <Card key={process} title={title}>
                    <Grid label={title} columns={columns} items={items} id={(t) => t.table} />
                  </Card>
                ) : null;
              })}
            </>
          );
        }}
      </Ask>
    </Page>
  );
}
