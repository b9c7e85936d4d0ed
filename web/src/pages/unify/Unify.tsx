import { Button, makeStyles, Text, tokens } from "@fluentui/react-components";
import { CheckmarkCircle20Filled, Circle20Regular } from "@fluentui/react-icons";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "react-router";
import { definitions, isGoing, status } from "../../api/queries";
import { useEnvironment } from "../../app/environment";
import { Ask, Empty } from "../../components/Ask";
import { Grid, type GridColumn } from "../../components/Grid";
import { Card, Page } from "../../components/Page";
import { RunButton } from "../../components/RunButton";
import { RunProgress } from "../../components/RunProgress";
import { StatusBadge } from "../../components/StatusBadge";
import { count, share } from "../../format";
import { describeRule, emptyUnification, type Unification, unifiedFields } from "./model";
import { type Results, results, type TableResult } from "./results";
import { steps } from "./steps";

const useStyles = makeStyles({
  steps: {
    display: "grid",
    gridTemplateColumns: "repeat(auto-fill, minmax(225px, 1fr))",
    gap: "16px",
    marginBottom: "16px",
  },
  step: {
    display: "flex",
    flexDirection: "column",
    gap: "6px",
    padding: "16px 20px",
    backgroundColor: tokens.colorNeutralBackground1,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    borderRadius: tokens.borderRadiusXLarge,
  },
  top: { display: "flex", alignItems: "center", gap: "8px", fontWeight: tokens.fontWeightSemibold },
  done: { color: tokens.colorStatusSuccessForeground1 },
  open: { color: tokens.colorNeutralForeground3 },
  soft: { color: tokens.colorNeutralForeground2, flexGrow: 1 },
  flow: { display: "flex", flexWrap: "wrap", alignItems: "baseline", gap: "12px", marginBottom: "12px" },
  figure: { fontSize: tokens.fontSizeHero800, lineHeight: tokens.lineHeightHero800, fontWeight: tokens.fontWeightSemibold },
});

/** Unify shows the four steps with what is declared in each, and what the last run made of it. */
export function Unify() {
  const environment = useEnvironment();
  const navigate = useNavigate();
  const query = useQuery(definitions(environment.id));
  const state = useQuery(status(environment.id));
  const last = state.data?.lastRun;
  const base = `/environments/${environment.id}/unify`;
  const unification = query.data?.unification ?? emptyUnification;
  const begun = !!unification.tables?.length;
  return (
    <Page
      title="Unify"
      lead="Which records are the same customer, and which values the customer gets."
      actions={begun && <RunButton environment={environment.id} last={last} label="Unify customer profiles" />}
    >
      {last && isGoing(last.status) && (
        <Card title="A run is going">
          <RunProgress run={last} />
        </Card>
      )}
      <Ask query={query}>
        {() =>
          begun ? (
            <>
              <StepCards base={base} unification={unification} />
              <Ask query={state}>{(s) => <LastResults results={results(unification, s.tables ?? [])} run={last?.status} />}</Ask>
            </>
          ) : (
            <Empty
              title="Nothing is unified yet"
              action={
                <Button appearance="primary" onClick={() => void navigate(`${base}/fields`)}>
                  Begin with source fields
                </Button>
              }
            >
              Choose the tables that hold customers. Everything else can be found from the data, or said in four steps.
            </Empty>
          )
        }
      </Ask>
    </Page>
  );
}

function StepCards({ base, unification }: { base: string; unification: Unification }) {
  const styles = useStyles();
  return (
    <div className={styles.steps}>
      {steps.map((s) => {
        const { said, done } = summary(unification, s.path);
        return (
          <div key={s.path} className={styles.step}>
            <div className={styles.top}>
              {done ? <CheckmarkCircle20Filled className={styles.done} aria-hidden /> : <Circle20Regular className={styles.open} aria-hidden />}
              {s.title}
            </div>
            <div className={styles.soft}>{said}</div>
            <Link to={`${base}/${s.path}`} aria-label={`Edit ${s.title}`}>
              Edit
            </Link>
          </div>
        );
      })}
    </div>
  );
}

/** summary says what is declared in a step. A step where nothing is said is not undone: then the data decide. */
function summary(u: Unification, step: string): { said: string; done: boolean } {
  const tables = u.tables ?? [];
  const fields = unifiedFields(u);
  switch (step) {
    case "fields":
      return { said: `${count(tables.length)} tables, ${fields.length ? `${count(fields.length)} unified fields` : "fields found from the data"}`, done: true };
    case "duplicates": {
      const rules = tables.reduce((n, t) => n + (t.duplicates?.length ?? 0), 0);
      return { said: rules ? `${count(rules)} rules` : "As the matching conditions say", done: true };
    }
    case "matching": {
      const rules = u.rules ?? [];
      return { said: rules.length ? rules.map(describeRule).join("; ") : "Automatic, by a model that learns from the data", done: true };
    }
    default: {
      const special = u.merge?.length ?? 0;
      return { said: special ? `${count(special)} fields chosen in a way of their own` : "The first table that has a value wins", done: fields.length > 0 };
    }
  }
}

function LastResults({ results: r, run }: { results: Results; run: string | undefined }) {
  const styles = useStyles();
  const environment = useEnvironment();
  if (r.customers === undefined) {
    return (
      <Card title="Results">
        <Text>There are none yet: unify customer profiles to see how many customers the records are.</Text>
      </Card>
    );
  }
  const columns: GridColumn<TableResult>[] = [
    {
      title: "Table",
      cell: (t) => <Link to={`/environments/${environment.id}/tables/${encodeURIComponent(t.table)}`}>{t.table}</Link>,
    },
    { title: "Source records", number: true, cell: (t) => count(t.records) },
    { title: "Without duplicates", number: true, cell: (t) => count(t.unique) },
    { title: "Duplicates", number: true, cell: (t) => (t.unique === undefined ? "" : count(t.records - t.unique)) },
    { title: "Share", number: true, cell: (t) => (t.unique === undefined ? "" : share(t.records - t.unique, t.records)) },
  ];
  return (
    <Card title="Results of the last run" actions={<StatusBadge status={run} />}>
      <div className={styles.flow}>
        <span className={styles.figure}>{count(r.customers)}</span>
        <Text size={400}>customers from {count(r.records)} source records</Text>
        <Link to={`/environments/${environment.id}/customers`}>See the customers</Link>
      </div>
      <Grid label="Duplicates by table" columns={columns} items={r.tables} id={(t) => t.table} />
    </Card>
  );
}
