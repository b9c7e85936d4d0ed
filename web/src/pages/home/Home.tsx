import { Button, makeStyles, Text, tokens } from "@fluentui/react-components";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "react-router";
import type { Schema } from "../../api/client";
import { definitions, isGoing, runs, status } from "../../api/queries";
import { useEnvironment } from "../../app/environment";
import { Ask, Failure } from "../../components/Ask";
import { LineChart } from "../../components/LineChart";
import { Card, Page } from "../../components/Page";
import { RunButton } from "../../components/RunButton";
import { RunProgress } from "../../components/RunProgress";
import { StatusBadge } from "../../components/StatusBadge";
import { useNow } from "../../components/useNow";
import { ago, count, share, time, took } from "../../format";
import { Problem } from "../../api/problem";
import { growth } from "./growth";

const useStyles = makeStyles({
  tiles: { display: "grid", gridTemplateColumns: "repeat(auto-fill, minmax(210px, 1fr))", gap: "16px", marginBottom: "16px" },
  tile: {
    display: "flex",
    flexDirection: "column",
    gap: "2px",
    padding: "16px 20px",
    borderRadius: tokens.borderRadiusXLarge,
    backgroundColor: tokens.colorNeutralBackground1,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    color: tokens.colorNeutralForeground1,
    textDecorationLine: "none",
    ":hover": { backgroundColor: tokens.colorNeutralBackground1Hover },
    ":focus-visible": { outline: `2px solid ${tokens.colorStrokeFocus2}` },
  },
  figure: { fontSize: tokens.fontSizeHero800, lineHeight: tokens.lineHeightHero800, fontWeight: tokens.fontWeightSemibold },
  soft: { color: tokens.colorNeutralForeground2 },
  two: {
    display: "grid",
    gridTemplateColumns: "repeat(2, minmax(0, 1fr))",
    gap: "0 16px",
    "@media (max-width: 1100px)": { gridTemplateColumns: "minmax(0, 1fr)" },
  },
  steps: { display: "flex", flexDirection: "column", gap: "12px", margin: 0, paddingInlineStart: "20px" },
  column: { display: "flex", flexDirection: "column", gap: "12px", alignItems: "start" },
});

type Status = Schema["Status"];

/** Home shows what an environment holds, what ran last, how it grew, and what to do next. */
export function Home() {
  const environment = useEnvironment();
  const query = useQuery(status(environment.id));
  const problem = environment.problem;
  return (
    <Page
      title={environment.name}
      lead="What this environment holds, what ran last and what to do next."
      actions={query.data && <RunButton environment={environment.id} last={query.data.lastRun} label="Refresh everything" />}
    >
      {problem && <Failure error={new Problem(0, { detail: problem })} title="The environment cannot be used now." />}
      <Ask query={query}>{(s) => <Overview status={s} />}</Ask>
    </Page>
  );
}

function Overview({ status: s }: { status: Status }) {
  const styles = useStyles();
  return (
    <>
      <Tiles status={s} />
      <div className={styles.two}>
        <LastRun run={s.lastRun} />
        <Next status={s} />
      </div>
      <GrowthCard />
    </>
  );
}

function Tiles({ status: s }: { status: Status }) {
  const styles = useStyles();
  const environment = useEnvironment();
  const base = `/environments/${environment.id}`;
  const states = s.tables ?? [];
  const customer = states.find((t) => t.process === "Merge" && t.table === "Customer");
  const ingested = states.filter((t) => t.process === "Ingestion" && !t.table.endsWith("_corrupt"));
  const records = ingested.reduce((sum, t) => sum + t.rows, 0);
  const corrupt = ingested.reduce((sum, t) => sum + t.corruptRows, 0);
  const tiles: [string, string, string, string][] = [
    ["Customers", customer ? count(customer.rows) : "none yet", "unified profiles", customer ? `${base}/customers` : `${base}/unify`],
    ["Source records", count(records), `in ${count(ingested.length)} tables`, `${base}/tables`],
    ["Corrupt rows", count(corrupt), corrupt ? `${share(corrupt, records + corrupt)} of what was read` : "every row fits", `${base}/sources`],
  ];
  return (
    <div className={styles.tiles}>
      {tiles.map(([name, figure, detail, to]) => (
        <Link key={name} to={to} className={styles.tile}>
          <span>{name}</span>
          <span className={styles.figure}>{figure}</span>
          <span className={styles.soft}>{detail}</span>
        </Link>
      ))}
    </div>
  );
}

function LastRun({ run }: { run: Status["lastRun"] }) {
  const styles = useStyles();
  const environment = useEnvironment();
  const now = useNow();
  if (!run) {
    return (
      <Card title="Last run">
        <Text className={styles.soft}>Nothing has run yet.</Text>
      </Card>
    );
  }
  const to = `/environments/${environment.id}/status/${run.id}`;
  const warnings = (run.tasks ?? []).reduce((n, t) => n + (t.warnings?.length ?? 0), 0);
  const failed = (run.tasks ?? []).find((t) => t.status === "Failed");
  return (
    <Card title="Last run" actions={<StatusBadge status={run.status} />}>
      {isGoing(run.status) ? (
        <RunProgress run={run} />
      ) : (
        <div className={styles.column}>
          <Text title={time(run.finishedAt)}>
            Ended {ago(run.finishedAt, now)}, after {took(run.startedAt, run.finishedAt, now)}
            {warnings > 0 && `, with ${count(warnings)} ${warnings === 1 ? "warning" : "warnings"}`}.
          </Text>
          {failed && (
            <Text>
              {failed.process} of {failed.table} failed: {failed.detail} {failed.hint}
            </Text>
          )}
        </div>
      )}
      <p style={{ marginBottom: 0 }}>
        <Link to={to}>See details</Link>
      </p>
    </Card>
  );
}

function Next({ status: s }: { status: Status }) {
  const styles = useStyles();
  const environment = useEnvironment();
  const navigate = useNavigate();
  const query = useQuery(definitions(environment.id));
  const base = `/environments/${environment.id}`;
  return (
    <Card title="What to do next">
      <Ask query={query}>
        {(d) => {
          if (!d.sources?.length) {
            return (
              <div className={styles.column}>
                <Text>Bring in the first data source: files, a folder of your lake, or a Common Data Model folder.</Text>
                <Button appearance="primary" onClick={() => navigate(`${base}/sources/new`)}>
                  Add a data source
                </Button>
              </div>
            );
          }
          return <Steps base={base} status={s} unified={!!d.unification} />;
        }}
      </Ask>
    </Card>
  );
}

function Steps({ base, status: s, unified }: { base: string; status: Status; unified: boolean }) {
  const styles = useStyles();
  const corrupt = (s.tables ?? []).filter((t) => t.corruptRows > 0);
  const hasCustomers = (s.tables ?? []).some((t) => t.table === "Customer" && t.rows > 0);
  return (
    <ul className={styles.steps}>
      {corrupt.length > 0 && (
        <li>
          Look at the rows that did not fit in{" "}
          {corrupt.map((t, i) => (
            <span key={t.table}>
              {i > 0 && ", "}
              <Link to={`${base}/tables/${encodeURIComponent(`${t.table}_corrupt`)}`}>{t.table}</Link>
            </span>
          ))}
          .
        </li>
      )}
      {!s.lastRun && <li>Refresh everything: the sources are declared, but nothing has been read yet.</li>}
      {!unified && s.lastRun && (
        <li>
          Say which tables hold customers: <Link to={`${base}/unify`}>Unify</Link>.
        </li>
      )}
      {unified && hasCustomers && (
        <li>
          See who your customers are: <Link to={`${base}/customers`}>search and open them</Link>.
        </li>
      )}
      <li>
        <Link to={`${base}/sources/new`}>Add another data source</Link>.
      </li>
    </ul>
  );
}

function GrowthCard() {
  const environment = useEnvironment();
  const query = useQuery(runs(environment.id));
  return (
    <Ask query={query}>
      {(list) => {
        const g = growth(list, (t) => new Date(t).toLocaleDateString());
        if (g.at.length === 0) return null;
        return (
          <Card title="Growth over runs">
            <LineChart
              label="Records and customers over runs"
              at={g.at}
              series={[
                { name: "Source records matched", color: tokens.colorPalettePurpleForeground2, values: g.records },
                { name: "Customers", color: tokens.colorBrandForeground1, values: g.customers },
              ]}
            />
          </Card>
        );
      }}
    </Ask>
  );
}
