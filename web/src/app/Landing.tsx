import { Button, makeStyles, Title2, tokens } from "@fluentui/react-components";
import { useQuery } from "@tanstack/react-query";
import { Navigate, useNavigate } from "react-router";
import { environments } from "../api/queries";
import { Ask } from "../components/Ask";
import { lastEnvironment } from "./environment";

const useStyles = makeStyles({
  root: {
    display: "flex",
    flexDirection: "column",
    alignItems: "start",
    gap: tokens.spacingVerticalL,
    maxWidth: "620px",
    padding: "8vh 32px",
  },
  text: { margin: 0, color: tokens.colorNeutralForeground2, lineHeight: tokens.lineHeightBase400 },
});

/** Landing opens the environment that was open last; where there is none it says how to begin. */
export function Landing() {
  const query = useQuery(environments);
  return (
    <Ask query={query}>
      {(all) => {
        const first = all.find((e) => e.id === lastEnvironment()) ?? all[0];
        return first ? <Navigate to={`/environments/${first.id}`} replace /> : <Welcome />;
      }}
    </Ask>
  );
}

function Welcome() {
  const styles = useStyles();
  const navigate = useNavigate();
  return (
    <div className={styles.root}>
      <Title2 as="h1">One view of every customer, on a lake you own</Title2>
      <p className={styles.text}>
        An environment brings data sources together, finds which records are the same customer, and writes the result
        into your own data lake, where your tools read it. Create one to begin: it takes four short steps.
      </p>
      <Button appearance="primary" size="large" onClick={() => navigate("/environments/new")}>
        New environment
      </Button>
    </div>
  );
}
