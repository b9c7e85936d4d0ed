import { Badge, Button, makeStyles, ProgressBar, Text, tokens } from "@fluentui/react-components";
import type { Schema } from "../../api/client";
import { Problem } from "../../api/problem";
import { Failure } from "../../components/Ask";
import { Copyable } from "../../components/Copyable";
import { Grid, type GridColumn } from "../../components/Grid";
import { Card } from "../../components/Page";
import { count } from "../../format";

const useStyles = makeStyles({
  list: { margin: 0, paddingInlineStart: "20px", display: "flex", flexDirection: "column", gap: "4px" },
  soft: { color: tokens.colorNeutralForeground2 },
  identifier: { display: "flex", flexWrap: "wrap", alignItems: "center", gap: "8px", margin: "12px 0" },
});

type Step = Schema["Step"];
type Finding = Schema["Finding"];

/** StepList lists steps with their states, and what one needs that is not there. */
export function StepList({ steps }: { steps: Step[] }) {
  const styles = useStyles();
  return (
    <ol className={styles.list}>
      {steps.map((s, i) => (
        <li key={i}>
          {s.what} <Badge appearance="tint">{s.state}</Badge>
          {s.needs && <div className={styles.soft}>Needs: {s.needs}</div>}
        </li>
      ))}
    </ol>
  );
}

const titles: Record<string, string> = { setup: "Setting up", check: "Checking", undo: "Undoing" };

/** Job shows how far a setup, a check or an undo is, and what came of it. */
export function Job({ job, use }: { job: Schema["SharingJob"]; use: (identifier: string) => void }) {
  const styles = useStyles();
  const columns: GridColumn<Finding>[] = [
    { title: "What", cell: (f) => f.what },
    { title: "As it should be", cell: (f) => (f.ok ? "yes" : "no") },
    { title: "Found", cell: (f) => f.found },
    { title: "What to do", cell: (f) => f.fix },
  ];
  return (
    <Card title={titles[job.kind] ?? job.kind} actions={<Badge appearance="tint">{job.state}</Badge>}>
      {job.state === "running" && <ProgressBar aria-label="Working" />}
      {(job.directories > 0 || job.files > 0) && (
        <Text className={styles.soft}>
          {count(job.directories)} folders and {count(job.files)} files
        </Text>
      )}
      {job.error && <Failure error={new Problem(0, { detail: job.error, hint: job.hint ?? "" })} />}
      {job.identifier && (
        <div className={styles.identifier}>
          <Text weight="semibold">Permissions identifier</Text>
          <Copyable text={job.identifier} what="the permissions identifier" />
          <Button size="small" onClick={() => use(job.identifier ?? "")}>
            Use it below
          </Button>
        </div>
      )}
      {job.findings?.length ? <Grid label="Findings" columns={columns} items={job.findings} id={(f) => f.what} /> : null}
      {job.steps?.length ? <StepList steps={job.steps} /> : null}
    </Card>
  );
}
