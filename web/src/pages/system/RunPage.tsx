import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "react-router";
import { api, data, type Schema } from "../../api/client";
import { isGoing } from "../../api/queries";
import { useEnvironment } from "../../app/environment";
import { Ask } from "../../components/Ask";
import { Facts } from "../../components/Facts";
import { Grid, type GridColumn } from "../../components/Grid";
import { Card, Page } from "../../components/Page";
import { RunButton } from "../../components/RunButton";
import { RunProgress } from "../../components/RunProgress";
import { StatusBadge } from "../../components/StatusBadge";
import { useNow } from "../../components/useNow";
import { count, time, took } from "../../format";
import { Remarks } from "./Status";

type Task = Schema["Task"];

/** RunPage is the progress details of one run (SYS-2): its tasks with figures, warnings and errors. */
export function RunPage() {
  const environment = useEnvironment();
  const { run: id = "" } = useParams();
  const now = useNow(1_000);
  const query = useQuery({
    queryKey: ["run", environment.id, id],
    queryFn: () =>
      data(
        api.GET("/api/v1/environments/{environment}/runs/{run}", {
          params: { path: { environment: environment.id, run: id } },
        }),
      ),
    refetchInterval: (q) => (isGoing(q.state.data?.status) ? 1_000 : false),
  });
  const columns: GridColumn<Task>[] = [
    { title: "Process", cell: (t) => t.process },
    { title: "Task", cell: (t) => t.table },
    {
      title: "Status",
      cell: (t) => (
        <>
          <StatusBadge status={t.status} />
          <Remarks detail={t.detail} hint={t.hint} warnings={t.warnings} />
        </>
      ),
    },
    { title: "Rows in", number: true, cell: (t) => (t.rowsIn ? count(t.rowsIn) : "") },
    { title: "Rows out", number: true, cell: (t) => (t.rowsOut ? count(t.rowsOut) : "") },
    { title: "Corrupt", number: true, cell: (t) => (t.corruptRows ? count(t.corruptRows) : "") },
    { title: "Time", number: true, cell: (t) => took(t.startedAt, t.finishedAt, now) },
  ];
  return (
    <Page
      title="Progress details"
      lead={<Link to={`/environments/${environment.id}/status?show=runs`}>All runs</Link>}
      actions={query.data && isGoing(query.data.status) && <RunButton environment={environment.id} last={query.data} />}
    >
      <Ask query={query}>
        {(run) => (
          <>
            <Card title={<code>{run.id}</code>} actions={<StatusBadge status={run.status} />}>
              {isGoing(run.status) ? (
                <RunProgress run={run} />
              ) : (
                <Facts
                  facts={[
                    ["Started", time(run.startedAt)],
                    ["Ended", time(run.finishedAt)],
                    ["Time", took(run.startedAt, run.finishedAt, now)],
                  ]}
                />
              )}
            </Card>
            <Card title="Tasks">
              <Grid label="Tasks" columns={columns} items={run.tasks ?? []} id={(t) => `${t.process} ${t.table}`} />
            </Card>
          </>
        )}
      </Ask>
    </Page>
  );
}
