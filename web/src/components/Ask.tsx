import {
  Button,
  makeStyles,
  MessageBar,
  MessageBarActions,
  MessageBarBody,
  MessageBarTitle,
  Spinner,
  Text,
  tokens,
} from "@fluentui/react-components";
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { problemOf } from "../api/problem";

const useStyles = makeStyles({
  loading: { padding: tokens.spacingVerticalXXL },
  failure: { margin: tokens.spacingVerticalM, maxWidth: "900px" },
  list: { margin: 0, paddingInlineStart: "20px" },
  empty: {
    display: "flex",
    flexDirection: "column",
    alignItems: "center",
    gap: tokens.spacingVerticalM,
    padding: "48px 16px",
    textAlign: "center",
    color: tokens.colorNeutralForeground2,
  },
});

interface AskProps<T> {
  query: UseQueryResult<T>;
  label?: string;
  children: (data: T) => ReactNode;
}

/** Ask draws what a query answered; until then it says that it loads, and if it failed why, and asks again on demand. */
export function Ask<T>({ query, label = "Loading", children }: AskProps<T>) {
  const styles = useStyles();
  if (query.isPending) return <Spinner className={styles.loading} label={label} labelPosition="below" />;
  if (query.isError && query.data === undefined) {
    return <Failure error={query.error} retry={() => void query.refetch()} />;
  }
  return <>{children(query.data as T)}</>;
}

/** Failure says what went wrong, to what, and what to do. */
export function Failure({ error, retry, title }: { error: unknown; retry?: () => void; title?: string }) {
  const styles = useStyles();
  const problem = problemOf(error);
  return (
    <MessageBar intent="error" layout="multiline" className={styles.failure} role="alert">
      <MessageBarBody>
        <MessageBarTitle>{title ?? "This did not work."}</MessageBarTitle> {problem.message}
        {problem.hint && <div>What to do: {problem.hint}</div>}
        {problem.errors.length > 0 && (
          <ul className={styles.list}>
            {problem.errors.map((e, i) => (
              <li key={i}>
                {e.location && <code>{e.location}</code>} {e.message}
                {e.hint && ` (${e.hint})`}
              </li>
            ))}
          </ul>
        )}
      </MessageBarBody>
      {retry && (
        <MessageBarActions>
          <Button onClick={retry}>Try again</Button>
        </MessageBarActions>
      )}
    </MessageBar>
  );
}

/** Empty says that there is nothing yet, and offers what makes it something. */
export function Empty({ title, children, action }: { title: string; children?: ReactNode; action?: ReactNode }) {
  const styles = useStyles();
  return (
    <div className={styles.empty}>
      <Text size={500} weight="semibold" as="h2" style={{ margin: 0 }}>
        {title}
      </Text>
      {children && <div style={{ maxWidth: "560px" }}>{children}</div>}
      {action}
    </div>
  );
}
