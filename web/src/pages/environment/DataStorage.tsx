import { Checkbox, Field, Input, makeStyles, Radio, RadioGroup, Spinner } from "@fluentui/react-components";
import { useQuery, type UseQueryResult } from "@tanstack/react-query";
import { api, data } from "../../api/client";
import type { Prerequisite } from "../../api/problem";
import { Failure } from "../../components/Ask";
import { Card } from "../../components/Page";
import { Prerequisites } from "../../components/Prerequisites";
import { useSettled } from "../../components/useSettled";
import { accountProblem, type Draft, request, storageReady } from "./request";

const useStyles = makeStyles({ form: { display: "flex", flexDirection: "column", gap: "16px", maxWidth: "560px" } });

/** useCheck asks the prerequisites of what the wizard was told, anew after each change. */
export function useCheck(draft: Draft, key: string): UseQueryResult<Prerequisite[]> {
  const asked = useSettled(JSON.stringify(request(draft, key)));
  const body = JSON.parse(asked) as ReturnType<typeof request>;
  return useQuery({
    queryKey: ["check", asked],
    queryFn: async () => (await data(api.POST("/api/v1/environments/check", { body }))) ?? [],
    enabled: body.name !== "" && body.region !== "" && storageReady(draft, key),
    gcTime: 0, // the question holds the account key
    retry: false,
  });
}

interface Props {
  draft: Draft;
  change: (part: Partial<Draft>) => void;
  secret: string;
  setSecret: (key: string) => void;
  check: UseQueryResult<Prerequisite[]>;
}

/** DataStorage is the step that says where output data goes, with the prerequisites checked as they are met (ENV-4, ENV-5). */
export function DataStorage({ draft, change, secret, setSecret, check }: Props) {
  const styles = useStyles();
  const problem = accountProblem(draft.account);
  const own = draft.storage === "own";
  return (
    <>
      <Card title="Data storage">
        <div className={styles.form}>
          <Field label="Save output data to">
            <RadioGroup value={draft.storage} onChange={(_, d) => change({ storage: d.value as Draft["storage"] })}>
              <Radio value="managed" label="Managed storage: the lake inside ownlake" />
              <Radio value="own" label="Azure Data Lake Storage Gen2: an account of your own" />
            </RadioGroup>
          </Field>
          {own && (
            <>
              <Field
                label="Storage account"
                required
                hint="Its name, or the address of its dfs endpoint."
                validationState={problem ? "error" : "none"}
                validationMessage={problem || undefined}
              >
                <Input value={draft.account} autoComplete="off" onChange={(_, d) => change({ account: d.value })} />
              </Field>
              <Field label="Account key" required hint="It is kept encrypted and never shown again.">
                <Input type="password" value={secret} autoComplete="off" onChange={(_, d) => setSecret(d.value)} />
              </Field>
              <Checkbox
                label="Create the container customerinsights if it is missing"
                checked={draft.createContainer}
                onChange={(_, d) => change({ createContainer: d.checked === true })}
              />
            </>
          )}
        </div>
      </Card>
      {storageReady(draft, secret) && (
        <Card title="Prerequisites">
          {check.isFetching && <Spinner size="tiny" label="Checking" style={{ justifyContent: "start" }} />}
          {check.isError && <Failure error={check.error} retry={() => void check.refetch()} />}
          {check.data && !check.isFetching && <Prerequisites lines={check.data} />}
        </Card>
      )}
    </>
  );
}
