import { Button, Input, makeStyles } from "@fluentui/react-components";
import { Add20Regular, Search20Regular } from "@fluentui/react-icons";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearchParams } from "react-router";
import type { Schema } from "../../api/client";
import { definitions, isGoing, status } from "../../api/queries";
import { useEnvironment } from "../../app/environment";
import { Ask, Empty } from "../../components/Ask";
import { Grid, type GridColumn } from "../../components/Grid";
import { Card, Page } from "../../components/Page";
import { RunButton } from "../../components/RunButton";
import { RunProgress } from "../../components/RunProgress";
import { StatusBadge } from "../../components/StatusBadge";
import { useNow } from "../../components/useNow";
import { ago, count, time } from "../../format";
import { stateOf, tablesOf } from "./state";

type DataSource = Schema["DataSource"];

const useStyles = makeStyles({ search: { marginBottom: "16px", minWidth: "280px" } });

/** Sources lists the data sources with the state of their last refresh (SRC-1). */
export function Sources() {
  const environment = useEnvironment();
  const navigate = useNavigate();
  const query = useQuery(definitions(environment.id));
  const last = useQuery(status(environment.id)).data?.lastRun;
  const base = `/environments/${environment.id}/sources`;
  const add = (
    <Button appearance="primary" icon={<Add20Regular />} onClick={() => void navigate(`${base}/new`)}>
      Add a data source
    </Button>
  );
  return (
    <Page
      title="Data sources"
      lead="Where the records come from. A refresh reads what changed, and tells every row that does not fit."
      actions={
        <>
          {last && <RunButton environment={environment.id} last={last} label="Refresh" />}
          {add}
        </>
      }
    >
      {last && isGoing(last.status) && (
        <Card title="A run is going">
          <RunProgress run={last} />
        </Card>
      )}
      <Ask query={query}>
        {(d) =>
          d.sources?.length ? (
            <List sources={d.sources} />
          ) : (
            <Empty title="No data source yet" action={add}>
              Add files of this computer or server, a folder of your lake, or a Common Data Model folder. What is in them is
              found by looking at them: delimiters, types, dates, keys.
            </Empty>
          )
        }
      </Ask>
    </Page>
  );
}

function List({ sources }: { sources: DataSource[] }) {
  const styles = useStyles();
  const environment = useEnvironment();
  const states = useQuery(status(environment.id)).data?.tables ?? [];
  const [search, setSearch] = useSearchParams();
  const text = search.get("q") ?? "";
  const now = useNow();
  const base = `/environments/${environment.id}`;
  const columns: GridColumn<DataSource>[] = [
    { title: "Name", cell: (s) => <Link to={`${base}/sources/${encodeURIComponent(s.name)}`}>{s.name}</Link> },
    { title: "Description", cell: (s) => s.description },
    { title: "Kind", cell: (s) => (s.folder ? "Common Data Model folder" : "Files") },
    { title: "Status", cell: (s) => <StatusBadge status={stateOf(s, states).status} /> },
    { title: "Tables", number: true, cell: (s) => count(tablesOf(s, states).length || s.tables?.length || 0) },
    { title: "Rows", number: true, cell: (s) => count(stateOf(s, states).rows) },
    { title: "Corrupt rows", number: true, cell: (s) => count(stateOf(s, states).corrupt) },
    {
      title: "Last refresh",
      cell: (s) => {
        const at = stateOf(s, states).updatedAt;
        return <span title={time(at)}>{ago(at, now)}</span>;
      },
    },
  ];
  const items = sources.filter((s) => `${s.name} ${s.description ?? ""}`.toLowerCase().includes(text.toLowerCase()));
  return (
    <>
      <Input
        type="search"
        className={styles.search}
        aria-label="Search data sources"
        placeholder="Search data sources"
        contentBefore={<Search20Regular />}
        value={text}
        onChange={(_, d) => setSearch(d.value ? { q: d.value } : {}, { replace: true })}
      />
      {items.length ? (
        <Card>
          <Grid label="Data sources" columns={columns} items={items} id={(s) => s.name} />
        </Card>
      ) : (
        <Empty title={`No data source has “${text}” in its name or description`} />
      )}
    </>
  );
}
