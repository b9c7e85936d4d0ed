import { Button, Field, Input, makeStyles, Text } from "@fluentui/react-components";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, data, type Schema } from "../../api/client";
import { changed } from "../../api/queries";
import { useEnvironment } from "../../app/environment";
import { Ask, Failure } from "../../components/Ask";
import { Card, Page } from "../../components/Page";
import { useDraft } from "../../components/useDraft";
import { CloudSignIn, useCloudSignIn } from "./CloudSignIn";
import { Dataverse } from "./Dataverse";
import { Job, StepList } from "./Job";
import { emptyDraft, request } from "./request";
import { WhoCanRead } from "./WhoCanRead";

const useStyles = makeStyles({
  form: { display: "grid", gridTemplateColumns: "repeat(auto-fit, minmax(260px, 1fr))", gap: "12px" },
  foot: { display: "flex", flexWrap: "wrap", gap: "8px", marginTop: "16px" },
});

type Kind = Schema["StartSharing"]["kind"];

/** Sharing shares the container of the environment by two security groups: plan, apply, check, undo; and links Dataverse. */
export function Sharing() {
  const signIn = useCloudSignIn();
  const [tail, setTail] = useState("");
  return (
    <Page
      title="Sharing"
      lead="Two security groups read and write the environment's lake: readers, such as Dataverse, and contributors."
    >
      <CloudSignIn signIn={signIn} />
      {signIn.signedIn && <Setup signIn={signIn.id} identifierFound={setTail} />}
      <Dataverse identifier={tail} />
      {signIn.signedIn && <WhoCanRead signIn={signIn.id} />}
    </Page>
  );
}

function Setup({ signIn, identifierFound }: { signIn: string; identifierFound: (identifier: string) => void }) {
  const styles = useStyles();
  const environment = useEnvironment();
  const path = { params: { path: { environment: environment.id } } };
  const [draft, change] = useDraft(`sharing.${environment.id}`, emptyDraft);
  const body = request(draft, signIn);
  const jobs = useQuery({
    queryKey: ["sharingJobs", environment.id],
    queryFn: async () => (await data(api.GET("/api/v1/environments/{environment}/sharing/jobs", path))) ?? [],
    refetchInterval: (q) => (q.state.data?.[0]?.state === "running" ? 1_000 : false),
  });
  const plan = useMutation({
    mutationFn: () => data(api.POST("/api/v1/environments/{environment}/sharing/plan", { ...path, body })),
  });
  const start = useMutation({
    mutationFn: (kind: Kind) =>
      data(api.POST("/api/v1/environments/{environment}/sharing/jobs", { ...path, body: { ...body, kind } })),
    onSettled: changed,
  });
  const last = jobs.data?.[0];
  const busy = start.isPending || last?.state === "running";
  const ready = draft.prefix.trim() !== "" || (draft.readerGroup.trim() !== "" && draft.contributorGroup.trim() !== "");
  return (
    <>
      <Card title="The two groups">
        <div className={styles.form}>
          <Field label="What the groups' names begin with" hint="They are made unless they are there.">
            <Input value={draft.prefix} onChange={(_, d) => change({ prefix: d.value })} />
          </Field>
          <Field label="Or: id of the group of readers">
            <Input value={draft.readerGroup} onChange={(_, d) => change({ readerGroup: d.value })} />
          </Field>
          <Field label="and of contributors">
            <Input value={draft.contributorGroup} onChange={(_, d) => change({ contributorGroup: d.value })} />
          </Field>
          <Field label="Resource id of the account" hint="Empty: the environment's own account.">
            <Input value={draft.account} onChange={(_, d) => change({ account: d.value })} />
          </Field>
          <Field label="Folder" hint="Empty: the whole container.">
            <Input value={draft.path} onChange={(_, d) => change({ path: d.value })} />
          </Field>
        </div>
        <div className={styles.foot}>
          <Button disabled={!ready || plan.isPending} onClick={() => plan.mutate()}>
            Plan
          </Button>
          <Button appearance="primary" disabled={!ready || busy} onClick={() => start.mutate("setup")}>
            Apply
          </Button>
          <Button disabled={!ready || busy} onClick={() => start.mutate("check")}>
            Check
          </Button>
          <Button disabled={!ready || busy} onClick={() => start.mutate("undo")}>
            Undo
          </Button>
        </div>
      </Card>
      {plan.isError && <Failure error={plan.error} title="The plan could not be made." />}
      {start.isError && <Failure error={start.error} title="It did not begin." />}
      {plan.data && (
        <Card title="Plan: what would be done">
          {plan.data.steps?.length ? <StepList steps={plan.data.steps} /> : <Text>Nothing is left to do.</Text>}
        </Card>
      )}
      <Ask query={jobs}>{() => last && <Job job={last} use={identifierFound} />}</Ask>
    </>
  );
}
