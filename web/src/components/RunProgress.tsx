import { makeStyles, ProgressBar, Text, tokens } from "@fluentui/react-components";
import type { Schema } from "../api/client";
import { isGoing } from "../api/queries";
import { count, duration, took } from "../format";
import { timeLeft } from "./progress";
import { useNow } from "./useNow";

const useStyles = makeStyles({
  root: { display: "flex", flexDirection: "column", gap: tokens.spacingVerticalXS },
  line: { display: "flex", flexWrap: "wrap", justifyContent: "space-between", gap: tokens.spacingHorizontalM },
  soft: { color: tokens.colorNeutralForeground2 },
});

type Run = Schema["Run"];

/** RunProgress shows how far a run is: tasks done, what is being done, how fast and how long it will still take. */
export function RunProgress({ run }: { run: Run }) {
  const styles = useStyles();
  const now = useNow(1_000);
  const tasks = run.tasks ?? [];
  const done = tasks.filter((t) => !isGoing(t.status)).length;
  const current = tasks.find((t) => t.status === "Refreshing");
  const p = current?.progress;
  const part = p && p.total > 0 ? Math.min(1, p.done / p.total) : 0;
  const left = current && p ? timeLeft(p, current.startedAt, now) : undefined;
  return (
    <div className={styles.root} aria-live="polite">
      <div className={styles.line}>
        <Text weight="semibold">
          {current ? `${current.process}: ${current.table || "all tables"}` : "Waiting to begin"}
          {p?.step ? `, ${p.step}` : ""}
        </Text>
        <Text className={styles.soft}>
          {done} of {tasks.length} tasks done, {took(run.startedAt, undefined, now)} so far
        </Text>
      </div>
      <ProgressBar
        aria-label="Progress of the run"
        value={tasks.length ? (done + part) / tasks.length : 0}
        thickness="large"
      />
      {p && p.total > 0 && (
        <Text size={200} className={styles.soft}>
          {count(p.done)} of {count(p.total)} {p.unit}
          {left && `, ${count(Math.round(left.rate))} ${p.unit}/s, about ${duration(left.ms)} left`}
        </Text>
      )}
    </div>
  );
}
