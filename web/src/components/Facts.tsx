import { makeStyles, tokens } from "@fluentui/react-components";
import type { ReactNode } from "react";

const useStyles = makeStyles({
  list: {
    display: "grid",
    gridTemplateColumns: "minmax(120px, max-content) minmax(0, 1fr)",
    gap: "6px 20px",
    margin: 0,
    "@media (max-width: 560px)": { gridTemplateColumns: "minmax(0, 1fr)", gap: "0 0" },
  },
  name: { color: tokens.colorNeutralForeground2 },
  value: { margin: 0, overflowWrap: "anywhere", "@media (max-width: 560px)": { marginBottom: "8px" } },
});

/** Facts lists names with their values; those without a value are left out. */
export function Facts({ facts }: { facts: [string, ReactNode][] }) {
  const styles = useStyles();
  return (
    <dl className={styles.list}>
      {facts
        .filter(([, value]) => value !== undefined && value !== "" && value !== null)
        .map(([name, value]) => [
          <dt key={name} className={styles.name}>
            {name}
          </dt>,
          <dd key={`${name}=`} className={styles.value} dir="auto">
            {value}
          </dd>,
        ])}
    </dl>
  );
}
