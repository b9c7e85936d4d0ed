import { Button, Field, Input, makeStyles, Radio, RadioGroup, Spinner, Textarea } from "@fluentui/react-components";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate } from "react-router";
import { api, data, type Schema } from "../../api/client";
import { began, changed, definitions } from "../../api/queries";
import { useEnvironment } from "../../app/environment";
import { Failure } from "../../components/Ask";
import { Card, Page } from "../../components/Page";
import { useDraft } from "../../components/useDraft";
import { asked, declared, type Draft, emptyDraft, found, type Kind, locationsOf, nameProblem, withLocations, withSource } from "./draft";
import { TableEditor } from "./TableEditor";
import { Upload } from "./Upload";

type Inspection = Schema["TableInspection"];

const useStyles = makeStyles({
  form: { display: "flex", flexDirection: "column", gap: "16px", maxWidth: "720px" },
  foot: { display: "flex", gap: "8px", flexWrap: "wrap", marginTop: "16px" },
});

/** NewSource adds a data source: what it is called, where it is, what was found in it (SRC-3). */
export function NewSource() {
  const styles = useStyles();
  const environment = useEnvironment();
  const navigate = useNavigate();
  const path = { params: { path: { environment: environment.id } } };
  const [draft, change, forget] = useDraft<Draft>(`source.${environment.id}`, emptyDraft);
  const [inspections, setInspections] = useState<Inspection[]>([]);
  const all = useQuery(definitions(environment.id));
  const base = `/environments/${environment.id}/sources`;

  const inspect = useMutation({
    mutationFn: async () => {
      const source = asked(draft);
      const list = await data(api.POST("/api/v1/environments/{environment}/sources/inspect", { ...path, body: { source } }));
      return { source, list: list ?? [] };
    },
    onSuccess: ({ source, list }) => {
      setInspections(list);
      change({ tables: found(source, list) });
    },
  });
  const save = useMutation({
    mutationFn: async (run: boolean) => {
      const now = await data(api.GET("/api/v1/environments/{environment}/definitions", path));
      const body = withSource(now, declared(draft));
      await data(api.PUT("/api/v1/environments/{environment}/definitions", { ...path, body }));
      if (run) await data(api.POST("/api/v1/environments/{environment}/runs", { ...path, body: {} }));
    },
    onSuccess: async (_, run) => {
      if (run) began(environment.id);
      forget();
      await changed();
      await navigate(base);
    },
  });

  const problem = nameProblem(draft.name, all.data?.sources?.map((s) => s.name) ?? []);
  const located = draft.kind === "cdm" ? draft.folder.trim() !== "" : locationsOf(draft.locations).length > 0;
  const canLook = draft.name.trim() !== "" && problem === "" && located && !inspect.isPending;
  return (
    <Page title="Add a data source" lead="Say where the records are; what is in them is found by looking.">
      <Card title="Where the records are">
        <div className={styles.form}>
          <SourceFields draft={draft} change={change} problem={problem} />
        </div>
        <div className={styles.foot}>
          <Button appearance={inspections.length ? "secondary" : "primary"} disabled={!canLook} onClick={() => inspect.mutate()}>
            Look at the data
          </Button>
          <Button appearance="subtle" onClick={() => void navigate(base)}>
            Cancel
          </Button>
        </div>
      </Card>
      {inspect.isPending && <Spinner label="Looking at the data" />}
      {inspect.isError && <Failure error={inspect.error} title="The data could not be looked at." />}
      {inspections.map((inspection, i) => {
        const table = draft.tables[i];
        if (!table) return null;
        return (
          <TableEditor
            key={i}
            table={table}
            inspection={inspection}
            change={(t) => change({ tables: draft.tables.with(i, t) })}
          />
        );
      })}
      {inspections.length > 0 && !inspect.isPending && (
        <>
          {save.isError && <Failure error={save.error} title="The data source was not saved." />}
          <div className={styles.foot}>
            <Button appearance="primary" disabled={save.isPending} onClick={() => save.mutate(true)}>
              Save and refresh
            </Button>
            <Button disabled={save.isPending} onClick={() => save.mutate(false)}>
              Save
            </Button>
          </div>
        </>
      )}
    </Page>
  );
}

interface FieldsProps {
  draft: Draft;
  change: (part: Partial<Draft>) => void;
  problem: string;
}

function SourceFields({ draft, change, problem }: FieldsProps) {
  return (
    <>
      <Field label="Kind">
        <RadioGroup value={draft.kind} onChange={(_, d) => change({ kind: d.value as Kind })}>
          <Radio value="files" label="Files: CSV or Parquet on the server or in a lake" />
          <Radio value="cdm" label="Common Data Model folder: a folder with a model.json" />
        </RadioGroup>
      </Field>
      <Field
        label="Name"
        required
        hint="It stands before the names of its tables and cannot be changed later."
        validationState={problem ? "error" : "none"}
        validationMessage={problem || undefined}
      >
        <Input value={draft.name} maxLength={60} onChange={(_, d) => change({ name: d.value })} />
      </Field>
      <Field label="Description">
        <Input value={draft.description} dir="auto" onChange={(_, d) => change({ description: d.value })} />
      </Field>
      {draft.kind === "cdm" ? (
        <Field label="Folder" required hint="A path on the server, or an address in a lake that the environment reaches.">
          <Input value={draft.folder} placeholder={lakeExample} onChange={(_, d) => change({ folder: d.value })} />
        </Field>
      ) : (
        <>
        <Upload uploaded={(locations) => change({ locations: withLocations(draft.locations, locations) })} />
        <Field
          label="Files, folders or patterns"
          required
          hint="One a line, each becomes a table: paths on the server, or addresses in a lake that the environment reaches."
        >
          <Textarea
            value={draft.locations}
            rows={4}
            resize="vertical"
            placeholder={`/data/crm/contacts.csv\n${lakeExample}/*.parquet`}
            onChange={(_, d) => change({ locations: d.value })}
          />
        </Field>
        </>
      )}
    </>
  );
}

const lakeExample = "https://ACCOUNT.dfs.core.windows.net/CONTAINER/FOLDER";
