import { Button, makeStyles, mergeClasses, tokens } from "@fluentui/react-components";
import { Checkmark16Filled } from "@fluentui/react-icons";
import type { ReactNode } from "react";

const useStyles = makeStyles({
  root: {
    display: "grid",
    gridTemplateColumns: "220px minmax(0, 760px)",
    gap: "32px",
    "@media (max-width: 860px)": { gridTemplateColumns: "minmax(0, 1fr)", gap: "16px" },
  },
  list: {
    listStyleType: "none",
    margin: 0,
    padding: 0,
    display: "flex",
    flexDirection: "column",
    gap: "4px",
    "@media (max-width: 860px)": { flexDirection: "row", flexWrap: "wrap" },
  },
  step: {
    display: "flex",
    alignItems: "center",
    gap: "10px",
    width: "100%",
    padding: "8px",
    border: "none",
    borderRadius: tokens.borderRadiusMedium,
    backgroundColor: "transparent",
    color: tokens.colorNeutralForeground1,
    font: "inherit",
    textAlign: "start",
    cursor: "pointer",
    ":disabled": { color: tokens.colorNeutralForeground3, cursor: "default" },
    ":focus-visible": { outline: `2px solid ${tokens.colorStrokeFocus2}` },
  },
  here: { fontWeight: tokens.fontWeightSemibold },
  sign: {
    display: "inline-flex",
    alignItems: "center",
    justifyContent: "center",
    width: "24px",
    height: "24px",
    borderRadius: "50%",
    flexShrink: 0,
    border: `2px solid ${tokens.colorNeutralStroke1}`,
    fontSize: tokens.fontSizeBase200,
  },
  signOn: { border: `2px solid ${tokens.colorBrandBackground}`, backgroundColor: tokens.colorBrandBackground, color: tokens.colorNeutralForegroundOnBrand },
  foot: { display: "flex", gap: "8px", marginTop: "16px", flexWrap: "wrap" },
});

export interface Step {
  title: string;
  /** ready says whether what the step asks is answered, so that the next may open. */
  ready: boolean;
  content: ReactNode;
}

interface Props {
  steps: Step[];
  at: number;
  go: (step: number) => void;
  last: ReactNode; // the button that ends the wizard
  cancel: () => void;
}

/** Steps is a guided form: the steps at the side, one open, each opens when those before it are answered. */
export function Steps({ steps, at, go, last, cancel }: Props) {
  const styles = useStyles();
  const reachable = (i: number) => steps.slice(0, i).every((s) => s.ready);
  const here = steps[at] ?? steps[0];
  return (
    <div className={styles.root}>
      <ol className={styles.list} aria-label="Steps">
        {steps.map((s, i) => (
          <li key={s.title}>
            <button
              type="button"
              className={mergeClasses(styles.step, i === at && styles.here)}
              aria-current={i === at ? "step" : undefined}
              disabled={!reachable(i)}
              onClick={() => go(i)}
            >
              <span className={mergeClasses(styles.sign, i <= at && styles.signOn)} aria-hidden>
                {i < at ? <Checkmark16Filled /> : i + 1}
              </span>
              {s.title}
            </button>
          </li>
        ))}
      </ol>
      <div>
        {here?.content}
        <div className={styles.foot}>
          {at > 0 && <Button onClick={() => go(at - 1)}>Back</Button>}
          {at < steps.length - 1 ? (
            <Button appearance="primary" disabled={!here?.ready} onClick={() => go(at + 1)}>
              Next
            </Button>
          ) : (
            last
          )}
          <Button appearance="subtle" onClick={cancel}>
            Cancel
          </Button>
        </div>
      </div>
    </div>
  );
}
