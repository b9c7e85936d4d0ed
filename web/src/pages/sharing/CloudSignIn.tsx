import { Button, Field, Input, makeStyles, Radio, RadioGroup, Spinner, Text, Textarea } from "@fluentui/react-components";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, data } from "../../api/client";
import { Failure } from "../../components/Ask";
import { Card } from "../../components/Page";
import { Problem, problemOf } from "../../api/problem";

const useStyles = makeStyles({
  form: { display: "flex", flexDirection: "column", gap: "12px", maxWidth: "640px", alignItems: "stretch" },
  button: { alignSelf: "start" },
});

/** useCloudSignIn is the person's sign-in to the cloud, asked again until it is done; it is kept over a reload. */
export function useCloudSignIn() {
  const [id, setId] = useState(() => sessionStorage.getItem("ownlake.cloudSignIn") ?? "");
  const keep = (next: string) => {
    sessionStorage.setItem("ownlake.cloudSignIn", next);
    setId(next);
  };
  const query = useQuery({
    queryKey: ["cloudSignIn", id],
    queryFn: () => data(api.GET("/api/v1/cloud-sign-ins/{signIn}", { params: { path: { signIn: id } } })),
    enabled: id !== "",
    refetchInterval: (q) => (q.state.data?.state === "pending" ? 2_000 : false),
  });
  const gone = query.isError && problemOf(query.error).status === 404;
  return { id: gone ? "" : id, keep, query, signedIn: query.data?.state === "signedIn" };
}

type SignIn = ReturnType<typeof useCloudSignIn>;

/** CloudSignIn lets a person sign in to the cloud of the account, as it is the person who may share it. */
export function CloudSignIn({ signIn }: { signIn: SignIn }) {
  const styles = useStyles();
  const [elsewhere, setElsewhere] = useState(false);
  const [manager, setManager] = useState("");
  const [ca, setCA] = useState("");
  const begin = useMutation({
    mutationFn: () =>
      data(
        api.POST("/api/v1/cloud-sign-ins", {
          body: { method: "deviceCode", ...(elsewhere ? { cloud: { manager: manager.trim(), ca } } : {}) },
        }),
      ),
    onSuccess: (s) => signIn.keep(s.id),
  });
  const { query } = signIn;
  if (signIn.signedIn) {
    return (
      <Card
        title="Signed in to the cloud"
        actions={
          <Button size="small" onClick={() => signIn.keep("")}>
            Sign in as another
          </Button>
        }
      >
        <Text>
          What is done below is done as <b>{query.data?.person?.name || query.data?.person?.id || "you"}</b>.
        </Text>
      </Card>
    );
  }
  return (
    <Card title="Sign in to the cloud">
      <div className={styles.form}>
        <Text>
          Sharing makes two security groups and gives them rights on your account. That is done as you, with a code that you type on a page
          of your tenant; ownlake never sees your password.
        </Text>
        <RadioGroup value={elsewhere ? "other" : "microsoft"} onChange={(_, d) => setElsewhere(d.value === "other")}>
          <Radio value="microsoft" label="Microsoft's public cloud" />
          <Radio value="other" label="Another cloud, such as the tenant in the box" />
        </RadioGroup>
        {elsewhere && (
          <>
            <Field label="Address of its Resource Manager" required>
              <Input value={manager} placeholder="https://127.0.0.1:10006" onChange={(_, d) => setManager(d.value)} />
            </Field>
            <Field label="Certificates that vouch for it" hint="In PEM, as ownlake ca prints them.">
              <Textarea value={ca} rows={3} onChange={(_, d) => setCA(d.value)} />
            </Field>
          </>
        )}
        {begin.isError && <Failure error={begin.error} title="The sign-in did not begin." />}
        {signIn.id !== "" && query.isError && <Failure error={query.error} title="The sign-in failed." />}
        {query.data?.state === "failed" && <Failure error={new Problem(0, { detail: query.data.message ?? "" })} title="The sign-in failed." />}
        {query.data?.state === "pending" && signIn.id !== "" ? (
          <div role="status">
            <Spinner size="tiny" label={query.data.message ?? "Waiting for the sign-in"} style={{ justifyContent: "start" }} />
          </div>
        ) : (
          <Button
            className={styles.button}
            appearance="primary"
            disabled={begin.isPending || (elsewhere && manager.trim() === "")}
            onClick={() => begin.mutate()}
          >
            Get a code
          </Button>
        )}
      </div>
    </Card>
  );
}
