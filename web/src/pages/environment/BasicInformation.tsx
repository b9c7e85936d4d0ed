import { Dropdown, Field, Input, makeStyles, Option, Radio, RadioGroup } from "@fluentui/react-components";
import { useQuery } from "@tanstack/react-query";
import { environments, regions } from "../../api/queries";
import { Ask } from "../../components/Ask";
import { Card } from "../../components/Page";
import type { Draft } from "./request";

const useStyles = makeStyles({ form: { display: "flex", flexDirection: "column", gap: "16px", maxWidth: "480px" } });

interface Props {
  draft: Draft;
  change: (part: Partial<Draft>) => void;
}

/** BasicInformation is the first step: from scratch or a copy, name, type, region (ENV-2). */
export function BasicInformation({ draft, change }: Props) {
  const styles = useStyles();
  const all = useQuery(environments).data ?? [];
  const taken = all.some((e) => e.name.toLowerCase() === draft.name.trim().toLowerCase());
  return (
    <Card title="Basic information">
      <div className={styles.form}>
        {all.length > 0 && (
          <Field label="Begin" hint="A copy takes over sources and unification, not data or secrets.">
            <RadioGroup
              value={draft.copyFrom ? "copy" : "scratch"}
              onChange={(_, d) => change({ copyFrom: d.value === "copy" ? (all[0]?.id ?? "") : "" })}
            >
              <Radio value="scratch" label="From scratch" />
              <Radio value="copy" label="As a copy of another environment" />
            </RadioGroup>
          </Field>
        )}
        {draft.copyFrom && (
          <Field label="Copy from">
            <Dropdown
              value={all.find((e) => e.id === draft.copyFrom)?.name ?? ""}
              selectedOptions={[draft.copyFrom]}
              onOptionSelect={(_, d) => change({ copyFrom: d.optionValue ?? "" })}
            >
              {all.map((e) => (
                <Option key={e.id} value={e.id}>
                  {e.name}
                </Option>
              ))}
            </Dropdown>
          </Field>
        )}
        <Field
          label="Name"
          required
          validationState={taken ? "warning" : "none"}
          validationMessage={taken ? "Another environment has this name already." : undefined}
        >
          <Input value={draft.name} maxLength={100} dir="auto" onChange={(_, d) => change({ name: d.value })} />
        </Field>
        <Field label="Type" hint="A sandbox is for tests: it has no schedule.">
          <RadioGroup value={draft.type} onChange={(_, d) => change({ type: d.value as Draft["type"] })}>
            <Radio value="production" label="Production" />
            <Radio value="sandbox" label="Sandbox" />
          </RadioGroup>
        </Field>
        <RegionField region={draft.region} choose={(region) => change({ region })} />
      </div>
    </Card>
  );
}

function RegionField({ region, choose }: { region: string; choose: (region: string) => void }) {
  const query = useQuery(regions);
  return (
    <Ask query={query}>
      {(list) => (
        <Field label="Region" required hint="Own storage must be in the same region.">
          <Dropdown
            placeholder="Choose a region"
            value={list.find((r) => r.name === region)?.displayName ?? ""}
            selectedOptions={region ? [region] : []}
            onOptionSelect={(_, d) => choose(d.optionValue ?? "")}
          >
            {list.map((r) => (
              <Option key={r.name} value={r.name}>
                {r.displayName}
              </Option>
            ))}
          </Dropdown>
        </Field>
      )}
    </Ask>
  );
}
