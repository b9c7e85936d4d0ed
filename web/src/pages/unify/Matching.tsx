import { makeStyles, Radio, RadioGroup, Switch, Text, tokens } from "@fluentui/react-components";
import { ArrowDown16Regular, ArrowUp16Regular } from "@fluentui/react-icons";
import { useState } from "react";
import { Empty } from "../../components/Ask";
import { Card } from "../../components/Page";
import { moved, newRule } from "./model";
import { IconButton, Rules } from "./RuleEditor";
import type { StepProps } from "./SourceFields";

const useStyles = makeStyles({
  list: { listStyleType: "none", margin: 0, padding: 0 },
  line: {
    display: "flex",
    flexWrap: "wrap",
    alignItems: "center",
    gap: "8px",
    padding: "4px 0",
    borderBottomWidth: "1px",
    borderBottomStyle: "solid",
    borderBottomColor: tokens.colorNeutralStroke3,
  },
  name: { flex: "1 1 240px", overflowWrap: "anywhere" },
  soft: { color: tokens.colorNeutralForeground2 },
});

/** Matching is the third step: in which order tables are matched, and when two records are one customer (UNI-5, UNI-6). */
export function Matching({ unification, change }: StepProps) {
  const styles = useStyles();
  const list = unification.tables ?? [];
  const rules = unification.rules ?? [];
  const [byRules, setByRules] = useState(rules.length > 0);
  if (list.length === 0) return <Empty title="Choose tables first">They are chosen in the step Source fields.</Empty>;
  const choose = (value: string) => {
    setByRules(value === "rules");
    change({ ...unification, rules: value === "rules" ? [newRule(unification, "Rule 1")] : [] });
  };
  return (
    <>
      <Card title="Match order">
        <p className={styles.soft}>
          <Text>The first table is the primary one: the most complete and the most trusted. Each table is matched with those above it.</Text>
        </p>
        <ol className={styles.list}>
          {list.map((t, i) => (
            <li key={t.table} className={styles.line}>
              <span className={styles.name}>
                {i + 1}. {t.table}
                {i === 0 && " (primary)"}
              </span>
              <Switch
                label="Include all records"
                checked={i === 0 || !t.dropUnmatched}
                disabled={i === 0}
                onChange={(_, d) => change({ ...unification, tables: list.with(i, { ...t, dropUnmatched: !d.checked }) })}
              />
              <IconButton
                label={`Move ${t.table} up`}
                icon={<ArrowUp16Regular />}
                disabled={i === 0}
                act={() => change({ ...unification, tables: moved(list, i, i - 1) })}
              />
              <IconButton
                label={`Move ${t.table} down`}
                icon={<ArrowDown16Regular />}
                disabled={i === list.length - 1}
                act={() => change({ ...unification, tables: moved(list, i, i + 1) })}
              />
            </li>
          ))}
        </ol>
      </Card>
      <Card title="Matching conditions">
        <RadioGroup value={byRules ? "rules" : "model"} onChange={(_, d) => choose(d.value)}>
          <Radio value="model" label="Automatic: a model that learns from the data how much each agreement says" />
          <Radio value="rules" label="By rules: records match if all conditions of one rule hold" />
        </RadioGroup>
        {byRules && (
          <div style={{ marginTop: 16 }}>
            <Rules
              unification={unification}
              rules={rules}
              change={(next) => change({ ...unification, rules: next })}
              addLabel="Add a rule"
            />
          </div>
        )}
      </Card>
    </>
  );
}
