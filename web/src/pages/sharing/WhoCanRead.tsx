import { Button, Field, Input, makeStyles, Spinner, Text } from "@fluentui/react-components";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { api, data, type Schema } from "../../api/client";
import { useEnvironment } from "../../app/environment";
import { Failure } from "../../components/Ask";
import { Grid, type GridColumn } from "../../components/Grid";
import { Card } from "../../components/Page";

const useStyles = makeStyles({ form: { display: "flex", flexWrap: "wrap", gap: "8px", alignItems: "end", marginBottom: "12px" } });

type Holder = Schema["AccessHolder"];

const right = (r: Schema["Right"] | undefined) => (r?.may ? `yes: ${r.why}` : "no");

/** WhoCanRead lists everyone who may read or write a path of the lake, and why. */
export function WhoCanRead({ signIn }: { signIn: string }) {
  const styles = useStyles();
  const environment = useEnvironment();
  const [path, setPath] = useState(`ci_${environment.id}`);
  const ask = useMutation({
    mutationFn: () =>
      data(
        api.POST("/api/v1/environments/{environment}/access/who", {
          params: { path: { environment: environment.id } },
          body: { signIn, path },
        }),
      ),
  });
  const columns: GridColumn<Holder>[] = [
    { title: "Who", cell: (h) => `${h.name || h.id}${h.gone ? " (not in the tenant any more)" : ""}` },
    { title: "Kind", cell: (h) => h.kind },
    { title: "Reads", cell: (h) => right(h.rights.read) },
    { title: "Writes", cell: (h) => right(h.rights.write) },
  ];
  return (
    <Card title="Who can read what, and why">
      <div className={styles.form}>
        <Field label="Path in the container">
          <Input value={path} onChange={(_, d) => setPath(d.value)} />
        </Field>
        <Button disabled={ask.isPending || path.trim() === ""} onClick={() => ask.mutate()}>
          Find out
        </Button>
      </div>
      {ask.isPending && <Spinner label="Looking at roles and lists" />}
      {ask.isError && <Failure error={ask.error} />}
      {ask.data &&
        (ask.data.holders?.length ? (
          <Grid label="Who can read what" columns={columns} items={ask.data.holders} id={(h) => h.id} />
        ) : (
          <Text>Nobody but holders of the account's keys.</Text>
        ))}
    </Card>
  );
}
