import { Button, Text } from "@fluentui/react-components";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate } from "react-router";
import { api, data } from "../../api/client";
import { problemOf } from "../../api/problem";
import { changed, environments, regions } from "../../api/queries";
import { Failure } from "../../components/Ask";
import { Facts } from "../../components/Facts";
import { Card, Page } from "../../components/Page";
import { Prerequisites } from "../../components/Prerequisites";
import { type Step, Steps } from "../../components/Steps";
import { useDraft } from "../../components/useDraft";
import { BasicInformation } from "./BasicInformation";
import { DataStorage, useCheck } from "./DataStorage";
import { type Draft, emptyDraft, request, storageReady } from "./request";

/** NewEnvironment is the product's wizard: basic information, data storage, review (ENV-1). */
export function NewEnvironment() {
  const [draft, change, forget] = useDraft<Draft>("environment", emptyDraft);
  const [key, setKey] = useState("");
  const navigate = useNavigate();
  const check = useCheck(draft, key);
  const create = useMutation({
    mutationFn: async () => {
      const made = await data(api.POST("/api/v1/environments", { body: request(draft, key) }));
      if (draft.copyFrom) await copyDefinitions(draft.copyFrom, made.environment.id);
      return made.environment;
    },
    onSuccess: async (made) => {
      forget();
      await changed();
      await navigate(`/environments/${made.id}`);
    },
  });
  const passed = !!check.data?.every((l) => l.outcome !== "failed");
  const steps: Step[] = [
    {
      title: "Basic information",
      ready: draft.name.trim() !== "" && draft.region !== "",
      content: <BasicInformation draft={draft} change={change} />,
    },
    {
      title: "Data storage",
      ready: storageReady(draft, key) && passed,
      content: <DataStorage draft={draft} change={change} secret={key} setSecret={setKey} check={check} />,
    },
    { title: "Review", ready: true, content: <Review draft={draft} error={create.error} /> },
  ];
  // After a reload the key is gone: the first step that is not answered opens again.
  const unanswered = steps.findIndex((s) => !s.ready);
  const open = unanswered < 0 ? draft.step : Math.min(draft.step, unanswered);
  return (
    <Page title="New environment" lead="An environment holds data sources, how they are unified, and the result in a data lake.">
      <Steps
        steps={steps}
        at={open}
        go={(step) => change({ step })}
        cancel={() => void navigate("/")}
        last={
          <Button appearance="primary" disabled={create.isPending} onClick={() => create.mutate()}>
            {create.isPending ? "Creating" : "Create"}
          </Button>
        }
      />
    </Page>
  );
}

/** copyDefinitions gives a new environment the sources and the unification of another (ENV-10). */
async function copyDefinitions(from: string, to: string): Promise<void> {
  const path = (environment: string) => ({ params: { path: { environment } } });
  const definitions = await data(api.GET("/api/v1/environments/{environment}/definitions", path(from)));
  const { sources, unification } = definitions;
  await data(api.PUT("/api/v1/environments/{environment}/definitions", { ...path(to), body: { sources, unification } }));
}

function Review({ draft, error }: { draft: Draft; error: unknown }) {
  const all = useQuery(environments).data ?? [];
  const region = useQuery(regions).data?.find((r) => r.name === draft.region);
  const lines = error ? problemOf(error).prerequisites : [];
  return (
    <Card title="Review">
      <Facts
        facts={[
          ["Name", draft.name],
          ["Type", draft.type],
          ["Region", region?.displayName ?? draft.region],
          ["Definitions", draft.copyFrom ? `copied from ${all.find((e) => e.id === draft.copyFrom)?.name}` : "from scratch"],
          ["Save output data to", draft.storage === "own" ? "Azure Data Lake Storage Gen2" : "Managed storage of ownlake"],
          ["Account", draft.storage === "own" ? draft.account : undefined],
        ]}
      />
      <p>
        <Text>Type, region and data storage cannot be changed afterwards.</Text>
      </p>
      {!!error && <Failure error={error} title="The environment was not created." />}
      {lines.length > 0 && <Prerequisites lines={lines} />}
    </Card>
  );
}
