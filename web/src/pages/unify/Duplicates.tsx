import { Dropdown, Field, makeStyles, Option, Text, tokens } from "@fluentui/react-components";
import { useQuery } from "@tanstack/react-query";
import { tables } from "../../api/queries";
import { useEnvironment } from "../../app/environment";
import { Empty } from "../../components/Ask";
import { Card } from "../../components/Page";
import type { UnifyTable } from "./model";
import { Rules } from "./RuleEditor";
import type { StepProps } from "./SourceFields";

const useStyles = makeStyles({
  winner: { display: "flex", flexWrap: "wrap", gap: "16px", marginTop: "16px" },
  soft: { color: tokens.colorNeutralForeground2 },
});

const winners: [string, string][] = [
  ["mostFilled", "Most filled"],
  ["mostRecent", "Most recent"],
  ["leastRecent", "Least recent"],
];

/** Duplicates is the second step: which records of one table are the same, and which of them stands for the others (UNI-2, UNI-3). */
export function Duplicates({ unification, change }: StepProps) {
  const styles = useStyles();
  if (!unification.tables?.length) return <Empty title="Choose tables first">They are chosen in the step Source fields.</Empty>;
  return unification.tables.map((t, i) => {
    const set = (part: Partial<UnifyTable>) => change({ ...unification, tables: unification.tables!.with(i, { ...t, ...part }) });
    return (
      <Card key={t.table} title={t.table}>
        {!t.duplicates?.length && (
          <p className={styles.soft}>
            <Text>
              Without rules of its own, the matching conditions are used within this table, too. Without any rule at all, the
              probabilistic model decides.
            </Text>
          </p>
        )}
        <Rules
          unification={{ ...unification, tables: [t] }}
          rules={t.duplicates ?? []}
          change={(duplicates) => set({ duplicates })}
          addLabel="Add a rule for duplicates"
        />
        <WinnerFields table={t} set={set} />
      </Card>
    );
  });
}

function WinnerFields({ table, set }: { table: UnifyTable; set: (part: Partial<UnifyTable>) => void }) {
  const styles = useStyles();
  const environment = useEnvironment();
  const snapshot = useQuery(tables(environment.id)).data?.find((s) => s.table === table.table);
  const by = table.winner?.by || "mostFilled";
  const timed = (snapshot?.columns ?? []).filter((c) => ["date", "dateTime", "int64", "double", "decimal"].includes(c.type ?? ""));
  return (
    <div className={styles.winner}>
      <Field label="The record to keep">
        <Dropdown
          value={winners.find(([v]) => v === by)?.[1] ?? by}
          selectedOptions={[by]}
          onOptionSelect={(_, d) => {
            const next = d.optionValue ?? by;
            set({ winner: next === "mostFilled" ? { by: next } : { by: next, column: table.winner?.column || timed[0]?.name || "" } });
          }}
        >
          {winners.map(([v, title]) => (
            <Option key={v} value={v}>
              {title}
            </Option>
          ))}
        </Dropdown>
      </Field>
      {by !== "mostFilled" && (
        <Field label="By the column">
          <Dropdown
            value={table.winner?.column ?? ""}
            selectedOptions={[table.winner?.column ?? ""]}
            onOptionSelect={(_, d) => set({ winner: { by, column: d.optionValue ?? "" } })}
          >
            {timed.map((c) => (
              <Option key={c.name}>{c.name}</Option>
            ))}
          </Dropdown>
        </Field>
      )}
    </div>
  );
}
