import { makeStyles, tokens } from "@fluentui/react-components";
import {
  CheckmarkCircle20Filled,
  DismissCircle20Filled,
  QuestionCircle20Regular,
  SubtractCircle20Regular,
} from "@fluentui/react-icons";
import type { ReactElement } from "react";
import type { Prerequisite } from "../api/problem";

const useStyles = makeStyles({
  list: { listStyleType: "none", margin: 0, padding: 0, display: "flex", flexDirection: "column", gap: "10px" },
  line: { display: "grid", gridTemplateColumns: "20px minmax(0, 1fr)", gap: "10px" },
  name: { fontWeight: tokens.fontWeightSemibold, "::first-letter": { textTransform: "uppercase" } },
  detail: { color: tokens.colorNeutralForeground2, overflowWrap: "anywhere" },
  mend: { color: tokens.colorNeutralForeground1, overflowWrap: "anywhere" },
  passed: { color: tokens.colorStatusSuccessForeground1 },
  failed: { color: tokens.colorStatusDangerForeground1 },
  other: { color: tokens.colorNeutralForeground3 },
});

/** Prerequisites are the outcomes of a check, each with what was found and how to mend it (ENV-5). */
export function Prerequisites({ lines }: { lines: Prerequisite[] }) {
  const styles = useStyles();
  const signs: Record<string, ReactElement> = {
    passed: <CheckmarkCircle20Filled className={styles.passed} aria-label="Passed" />,
    failed: <DismissCircle20Filled className={styles.failed} aria-label="Failed" />,
    skipped: <SubtractCircle20Regular className={styles.other} aria-label="Not checked" />,
  };
  return (
    <ul className={styles.list}>
      {lines.map((l) => (
        <li key={l.name} className={styles.line}>
          {signs[l.outcome] ?? <QuestionCircle20Regular className={styles.other} aria-label="Unknown" />}
          <div>
            <div className={styles.name}>{l.name}</div>
            <div className={styles.detail}>{l.detail}</div>
            {l.mend && <div className={styles.mend}>What to do: {l.mend}</div>}
          </div>
        </li>
      ))}
    </ul>
  );
}
