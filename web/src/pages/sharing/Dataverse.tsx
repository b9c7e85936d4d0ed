import { Button, Checkbox, Field, Input, makeStyles } from "@fluentui/react-components";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { api, data, type Schema } from "../../api/client";
import { problemOf } from "../../api/problem";
import { changed } from "../../api/queries";
import { useEnvironment } from "../../app/environment";
import { Ask, Failure } from "../../components/Ask";
import { Copyable } from "../../components/Copyable";
import { Facts } from "../../components/Facts";
import { Card } from "../../components/Page";
import { Prerequisites } from "../../components/Prerequisites";
import { useSettled } from "../../components/useSettled";
import { time } from "../../format";

const useStyles = makeStyles({
  form: { display: "flex", flexDirection: "column", gap: "12px", maxWidth: "640px", alignItems: "stretch" },
  foot: { display: "flex", gap: "8px", marginTop: "12px" },
});

/** Dataverse shows the organisation that the environment is linked with, or links one (ENV-7). */
export function Dataverse({ identifier }: { identifier: string }) {
  const environment = useEnvironment();
  const query = useQuery({
    queryKey: ["dataverse", environment.id],
    queryFn: async () => {
      try {
        return await data(
          api.GET("/api/v1/environments/{environment}/dataverse", { params: { path: { environment: environment.id } } }),
        );
      } catch (e) {
        if (problemOf(e).status === 404) return null; // not linked yet
        throw e;
      }
    },
  });
  return (
    <Card title="Microsoft Dataverse">
      <Ask query={query}>{(link) => (link ? <Linked link={link} /> : <Link identifier={identifier} />)}</Ask>
    </Card>
  );
}

function Linked({ link }: { link: Schema["DataverseLink"] }) {
  return (
    <Facts
      facts={[
        ["Organisation", link.organization.url],
        ["Organisation id", link.organization.id],
        ["Data sharing", link.dataSharing ? "enabled" : "not enabled"],
        ["Permissions identifier", link.permissionsIdentifier && <Copyable text={link.permissionsIdentifier} what="the permissions identifier" />],
        ["Linked", time(link.linkedAt)],
      ]}
    />
  );
}

function Link({ identifier }: { identifier: string }) {
  const styles = useStyles();
  const environment = useEnvironment();
  const path = { params: { path: { environment: environment.id } } };
  const [url, setURL] = useState("");
  const [sharing, setSharing] = useState(false);
  const [typed, setTyped] = useState("");
  useEffect(() => {
    if (identifier) {
      setTyped(identifier);
      setSharing(true);
    }
  }, [identifier]);
  const pasted = useSettled(typed.trim());
  const read = useQuery({
    queryKey: ["identifier", pasted],
    queryFn: () => data(api.POST("/api/v1/sharing/identifier", { body: { identifier: pasted } })),
    enabled: sharing && pasted !== "",
    retry: false,
  });
  const body: Schema["DataverseRequest"] = {
    organization: { url: url.trim() },
    dataSharing: sharing,
    ...(sharing ? { permissionsIdentifier: typed.trim() } : {}),
  };
  const check = useMutation({
    mutationFn: () => data(api.POST("/api/v1/environments/{environment}/dataverse/check", { ...path, body })),
  });
  const link = useMutation({
    mutationFn: () => data(api.PUT("/api/v1/environments/{environment}/dataverse", { ...path, body })),
    onSuccess: changed,
  });
  const ready = URL.canParse(url.trim()) && (!sharing || typed.trim() !== "");
  const lines = link.isError ? problemOf(link.error).prerequisites : (check.data ?? []);
  return (
    <>
      <div className={styles.form}>
        <Field label="Address of the organisation">
          <Input value={url} placeholder="https://contoso.crm4.dynamics.com" onChange={(_, d) => setURL(d.value)} />
        </Field>
        <Checkbox label="Enable data sharing" checked={sharing} onChange={(_, d) => setSharing(d.checked === true)} />
        {sharing && (
          <Field
            label="Permissions identifier"
            validationState={read.isError ? "error" : read.data ? "success" : "none"}
            validationMessage={
              read.isError
                ? `${problemOf(read.error).message} ${problemOf(read.error).hint}`
                : read.data && `Account ${read.data.account}, readers ${read.data.readerGroup}, contributors ${read.data.contributorGroup}`
            }
          >
            <Input value={typed} autoComplete="off" onChange={(_, d) => setTyped(d.value)} />
          </Field>
        )}
      </div>
      <div className={styles.foot}>
        <Button disabled={!ready || check.isPending} onClick={() => check.mutate()}>
          Check
        </Button>
        <Button appearance="primary" disabled={!ready || link.isPending} onClick={() => link.mutate()}>
          Link
        </Button>
      </div>
      {check.isError && <Failure error={check.error} title="It could not be checked." />}
      {link.isError && <Failure error={link.error} title="The environment was not linked." />}
      {lines.length > 0 && <Prerequisites lines={lines} />}
    </>
  );
}
