import { Button, Input, makeStyles, tokens } from "@fluentui/react-components";
import { Search20Regular } from "@fluentui/react-icons";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useSearchParams } from "react-router";
import { api, data, type Schema } from "../../api/client";
import { useEnvironment } from "../../app/environment";
import { Empty, Failure } from "../../components/Ask";
import { Grid, type GridColumn } from "../../components/Grid";
import { Card, Page } from "../../components/Page";
import { time } from "../../format";

type Entry = Schema["Entry"];

const useStyles = makeStyles({
  search: { marginBottom: "16px", minWidth: "280px" },
  pre: { margin: 0, fontSize: tokens.fontSizeBase200, whiteSpace: "pre-wrap", maxHeight: "240px", overflowY: "auto" },
});

/** Audit lists who changed what in the environment, the newest first. */
export function Audit() {
  const styles = useStyles();
  const environment = useEnvironment();
  const [search, setSearch] = useSearchParams();
  const operation = search.get("operation") ?? "";
  const query = useInfiniteQuery({
    queryKey: ["audit", environment.id, operation],
    queryFn: ({ pageParam }) =>
      data(
        api.GET("/api/v1/environments/{environment}/audit", {
          params: {
            path: { environment: environment.id },
            query: { limit: 50, ...(operation ? { operation } : {}), ...(pageParam ? { after: pageParam } : {}) },
          },
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (last) => last.next || undefined,
  });
  const entries = query.data?.pages.flatMap((p) => p.items ?? []) ?? [];
  const columns: GridColumn<Entry>[] = [
    { title: "When", cell: (e) => time(e.at) },
    { title: "Who", cell: (e) => e.principal.name || e.principal.id || "nobody" },
    {
      title: "What",
      cell: (e) => (
        <>
          {e.operation}
          {e.status >= 400 && ` (refused: ${e.status})`}
        </>
      ),
    },
    { title: "From", cell: (e) => [e.from, e.by].filter(Boolean).join(", by ") },
    {
      title: "Before and after",
      cell: (e) =>
        e.before !== undefined || e.after !== undefined ? (
          <details>
            <summary>Show</summary>
            <pre className={styles.pre}>{JSON.stringify({ before: e.before, after: e.after }, null, 1)}</pre>
          </details>
        ) : null,
    },
  ];
  return (
    <Page title="Audit" lead="Every change of this environment: who, what, when, from where.">
      <Input
        type="search"
        className={styles.search}
        aria-label="Search by operation"
        placeholder="Operation, such as putDefinitions"
        contentBefore={<Search20Regular />}
        value={operation}
        onChange={(_, d) => setSearch(d.value ? { operation: d.value } : {}, { replace: true })}
      />
      {query.isError && <Failure error={query.error} retry={() => void query.refetch()} />}
      {query.isSuccess && entries.length === 0 && <Empty title="No change is recorded" />}
      {entries.length > 0 && (
        <Card>
          <Grid label="Changes" columns={columns} items={entries} id={(e) => e.id} />
          {query.hasNextPage && (
            <Button disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
              Earlier changes
            </Button>
          )}
        </Card>
      )}
    </Page>
  );
}
