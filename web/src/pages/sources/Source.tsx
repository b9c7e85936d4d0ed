import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  DialogTrigger,
} from "@fluentui/react-components";
import { Delete20Regular } from "@fluentui/react-icons";
import { useMutation, useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "react-router";
import { api, data, type Schema } from "../../api/client";
import { Problem } from "../../api/problem";
import { changed, definitions, isGoing, rows, status } from "../../api/queries";
import { useEnvironment } from "../../app/environment";
import { Ask, Failure } from "../../components/Ask";
import { Facts } from "../../components/Facts";
import { Grid, type GridColumn } from "../../components/Grid";
import { Card, Page } from "../../components/Page";
import { RunButton } from "../../components/RunButton";
import { RunProgress } from "../../components/RunProgress";
import { StatusBadge } from "../../components/StatusBadge";
import { useNow } from "../../components/useNow";
import { ago, count, time } from "../../format";
import { Remarks } from "../system/Status";
import { Rows } from "../tables/Table";
import { usedBy, withoutSource } from "./draft";
import { tablesOf } from "./state";

type DataSource = Schema["DataSource"];
type Definitions = Schema["Definitions"];
type State = Schema["TableState"];

/** Source shows one data source: its tables, their refreshes, the rows that did not fit (SRC-13, SRC-15). */
export function Source() {
  const environment = useEnvironment();
  const { source: name = "" } = useParams();
  const query = useQuery(definitions(environment.id));
  const last = useQuery(status(environment.id)).data?.lastRun;
  const source = query.data?.sources?.find((s) => s.name === name);
  return (
    <Page
      title={name}
      lead={<Link to={`/environments/${environment.id}/sources`}>All data sources</Link>}
      actions={
        source && (
          <>
            <RunButton environment={environment.id} last={last} label="Refresh" />
            <Delete source={name} definitions={query.data} />
          </>
        )
      }
    >
      {last && isGoing(last.status) && (
        <Card title="A run is going">
          <RunProgress run={last} />
        </Card>
      )}
      <Ask query={query}>{() => (source ? <Detail source={source} /> : <Failure error={gone(name)} />)}</Ask>
    </Page>
  );
}

const gone = (name: string) => new Problem(404, { detail: `There is no data source ${name}.`, hint: "See the list of data sources." });

function Detail({ source }: { source: DataSource }) {
  const environment = useEnvironment();
  const query = useQuery(status(environment.id));
  return (
    <>
      <Card>
        <Facts
          facts={[
            ["Description", source.description],
            ["Kind", source.folder ? "Common Data Model folder" : "Files"],
            ["Folder", source.folder],
          ]}
        />
      </Card>
      <Ask query={query}>
        {(s) => {
          const states = tablesOf(source, s.tables ?? []);
          return (
            <>
              <Tables source={source} states={states} />
              {states
                .filter((t) => t.corruptRows > 0)
                .map((t) => (
                  <CorruptRows key={t.table} table={t.table} of={t.corruptRows} />
                ))}
            </>
          );
        }}
      </Ask>
    </>
  );
}

interface Line {
  table: string;
  location: string | undefined;
  key: string | undefined;
  state: State | undefined;
}

function Tables({ source, states }: { source: DataSource; states: State[] }) {
  const environment = useEnvironment();
  const now = useNow();
  const declared = source.tables ?? [];
  const lines: Line[] = declared.length
    ? declared.map((t) => {
        const table = `${source.name}_${t.name}`;
        return { table, location: t.location, key: t.primaryKey, state: states.find((s) => s.table === table) };
      })
    : states.map((s) => ({ table: s.table, location: undefined, key: undefined, state: s }));
  const columns: GridColumn<Line>[] = [
    {
      title: "Table",
      cell: (l) =>
        l.state ? <Link to={`/environments/${environment.id}/tables/${encodeURIComponent(l.table)}`}>{l.table}</Link> : l.table,
    },
    { title: "Location", cell: (l) => l.location },
    { title: "Primary key", cell: (l) => l.key },
    {
      title: "Status",
      cell: (l) => (
        <>
          <StatusBadge status={l.state?.status} />
          <Remarks detail={l.state?.detail} warnings={l.state?.warnings} />
        </>
      ),
    },
    { title: "Rows", number: true, cell: (l) => count(l.state?.rows) },
    { title: "Last refresh", cell: (l) => <span title={time(l.state?.updatedAt)}>{ago(l.state?.updatedAt, now)}</span> },
  ];
  return (
    <Card title="Tables">
      <Grid label="Tables" columns={columns} items={lines} id={(l) => l.table} />
    </Card>
  );
}

const shownCorrupt = 50;

function CorruptRows({ table, of }: { table: string; of: number }) {
  const environment = useEnvironment();
  const corrupt = `${table}_corrupt`;
  const query = useQuery(rows(environment.id, corrupt, shownCorrupt));
  return (
    <Card
      title={`Corrupt rows of ${table}`}
      actions={
        <Link to={`/environments/${environment.id}/tables/${encodeURIComponent(corrupt)}`}>
          {of > shownCorrupt ? `All ${count(of)}` : "As a table"}
        </Link>
      }
    >
      <Ask query={query}>{(r) => <Rows columns={r.columns ?? []} rows={r.rows ?? []} />}</Ask>
    </Card>
  );
}

function Delete({ source, definitions: d }: { source: string; definitions: Definitions | undefined }) {
  const environment = useEnvironment();
  const navigate = useNavigate();
  const used = d ? usedBy(d, source) : [];
  const remove = useMutation({
    mutationFn: async () => {
      const path = { params: { path: { environment: environment.id } } };
      const now = await data(api.GET("/api/v1/environments/{environment}/definitions", path));
      await data(api.PUT("/api/v1/environments/{environment}/definitions", { ...path, body: withoutSource(now, source) }));
    },
    onSuccess: async () => {
      await changed();
      await navigate(`/environments/${environment.id}/sources`);
    },
  });
  return (
    <Dialog>
      <DialogTrigger disableButtonEnhancement>
        <Button icon={<Delete20Regular />}>Delete</Button>
      </DialogTrigger>
      <DialogSurface>
        <DialogBody>
          <DialogTitle>Delete the data source {source}?</DialogTitle>
          <DialogContent>
            {used.length > 0 ? (
              <>Unification uses {used.join(", ")}. Take these tables out of Unify first.</>
            ) : (
              <>Its tables are no longer refreshed. Files that it was read from are not touched.</>
            )}
            {remove.isError && <Failure error={remove.error} />}
          </DialogContent>
          <DialogActions>
            <DialogTrigger disableButtonEnhancement>
              <Button>Cancel</Button>
            </DialogTrigger>
            <Button appearance="primary" disabled={used.length > 0 || remove.isPending} onClick={() => remove.mutate()}>
              Delete
            </Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}
