import { makeStyles, Tab, TabList, Text, tokens } from "@fluentui/react-components";
import { useQuery } from "@tanstack/react-query";
import { Link, useSearchParams } from "react-router";
import type { Schema } from "../../api/client";
import { isGoing, runs, status } from "../../api/queries";
import { useEnvironment } from "../../app/environment";
import { Ask, Empty } from "../../components/Ask";
import { Grid, type GridColumn } from "../../components/Grid";
import { Card, Page } from "../../components/Page";
import { RunButton } from "../../components/RunButton";
import { RunProgress } from "../../components/RunProgress";
import { StatusBadge } from "../../components/StatusBadge";
import { useNow } from "../../components/useNow";
import { ago, count, time, took } from "../../format";

type State = Schema["TableState"];
type Run = Schema["Run"];

const useStyles = makeStyles({
  tabs: { marginBottom: "12px", marginInlineStart: "-12px" },
  detail: { color: tokens.colorNeutralForeground2, whiteSpace: "normal" },
});

const groups: [string, string][] = [
  ["Ingestion", "Data sources"],
  ["Match", "Match"],
  ["Merge", "Merge"],
];

/** Status lists the state of every task by process, and the runs (SYS-2). */
export function Status() {
  const styles = useStyles();
  const environment = useEnvironment();
  const query = useQuery(status(environment.id));
  const [search, setSearch] = useSearchParams();
  const tab = search.get("show") === "runs" ? "runs" : "tasks";
  return (
    <Page
      title="Status"
      lead="What each process and table did last, and every run."
      actions={query.data && <RunButton environment={environment.id} last={query.data.lastRun} />}
    >
      <TabList
        className={styles.tabs}
        selectedValue={tab}
        onTabSelect={(_, d) => setSearch(d.value === "runs" ? { show: "runs" } : {}, { replace: true })}
      >
        <Tab value="tasks">Tasks</Tab>
        <Tab value="runs">Runs</Tab>
      </TabList>
      {query.data?.lastRun && isGoing(query.data.lastRun.status) && (
        <Card title="A run is going">
          <RunProgress run={query.data.lastRun} />
        </Card>
      )}
      {tab === "runs" ? (
        <Runs />
      ) : (
        <Ask query={query}>
          {(s) => (s.tables?.length ? <Tasks states={s.tables} /> : <Empty title="Nothing has run yet">Add a data source, then run.</Empty>)}
        </Ask>
      )}
    </Page>
  );
}

function Tasks({ states }: { states: State[] }) {
  const environment = useEnvironment();
  const now = useNow();
  const base = `/environments/${environment.id}`;
  const columns: GridColumn<State>[] = [
    {
      title: "Task",
      cell: (s) => (s.rows > 0 ? <Link to={`${base}/tables/${encodeURIComponent(s.table)}`}>{s.table}</Link> : s.table),
    },
    {
      title: "Status",
      cell: (s) => (
        <>
          {s.run ? (
            <Link to={`${base}/status/${s.run}`} aria-label={`${s.status}: see details`}>
              <StatusBadge status={s.status} />
            </Link>
          ) : (
            <StatusBadge status={s.status} />
          )}
          <Remarks detail={s.detail} warnings={s.warnings} />
        </>
      ),
    },
    { title: "Rows", number: true, cell: (s) => count(s.rows) },
    { title: "Corrupt rows", number: true, cell: (s) => (s.corruptRows ? count(s.corruptRows) : "") },
    { title: "Last updated", cell: (s) => <span title={time(s.updatedAt)}>{ago(s.updatedAt, now)}</span> },
  ];
  return groups.map(([process, title]) => {
    const items = states.filter((s) => s.process === process && s.status);
    if (items.length === 0) return null;
    return (
      <Card key={process} title={title}>
        <Grid label={title} columns={columns} items={items} id={(s) => s.table} />
      </Card>
    );
  });
}

/** Remarks are what a task has to say: why it was skipped or failed, and its warnings. */
export function Remarks({ detail, hint, warnings }: { detail?: string | undefined; hint?: string | undefined; warnings?: string[] | null | undefined }) {
  const styles = useStyles();
  if (!detail && !hint && !warnings?.length) return null;
  return (
    <div className={styles.detail}>
      {detail && <div>{detail}</div>}
      {hint && <div>What to do: {hint}</div>}
      {warnings?.map((w) => (
        <div key={w}>{w}</div>
      ))}
    </div>
  );
}

function Runs() {
  const environment = useEnvironment();
  const now = useNow();
  const query = useQuery(runs(environment.id, 200));
  const columns: GridColumn<Run>[] = [
    { title: "Run", cell: (r) => <Link to={`/environments/${environment.id}/status/${r.id}`}>{r.id}</Link> },
    { title: "Status", cell: (r) => <StatusBadge status={r.status} /> },
    { title: "Started", cell: (r) => time(r.startedAt) },
    { title: "Time", number: true, cell: (r) => took(r.startedAt, r.finishedAt, now) },
    { title: "Tasks", number: true, cell: (r) => count(r.tasks?.length ?? 0) },
    {
      title: "Customers",
      number: true,
      cell: (r) => count(r.tasks?.find((t) => t.process === "Merge" && t.rowsOut > 0)?.rowsOut),
    },
  ];
  return (
    <Ask query={query}>
      {(list) =>
        list.length ? (
          <Card>
            <Grid label="Runs" columns={columns} items={list} id={(r) => r.id} />
            {list.length === 200 && <Text>The newest 200 runs.</Text>}
          </Card>
        ) : (
          <Empty title="Nothing has run yet" />
        )
      }
    </Ask>
  );
}
