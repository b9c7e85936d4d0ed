import { Button, Combobox, Dropdown, Field, Input, makeStyles, Option, tokens, Tooltip } from "@fluentui/react-components";
import { Add16Regular, ArrowDown16Regular, ArrowUp16Regular, Delete16Regular } from "@fluentui/react-icons";
import { type Condition, moved, newRule, normalFor, normalizations, precisions, type Rule, type Unification, unifiedFields } from "./model";

const useStyles = makeStyles({
  rule: {
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    borderRadius: tokens.borderRadiusLarge,
    padding: "12px 16px",
    marginBottom: "12px",
  },
  top: { display: "flex", flexWrap: "wrap", gap: "8px", alignItems: "end", marginBottom: "8px" },
  name: { flex: "1 1 240px" },
  condition: { display: "flex", flexWrap: "wrap", gap: "8px", alignItems: "end", padding: "6px 0" },
  and: { width: "44px", color: tokens.colorNeutralForeground2, alignSelf: "center" },
  precision: { minWidth: "140px" },
  normalize: { minWidth: "260px", flex: "1 1 260px" },
  foot: { display: "flex", flexWrap: "wrap", gap: "8px", marginTop: "8px" },
});

interface RulesProps {
  unification: Unification;
  rules: Rule[];
  change: (rules: Rule[]) => void;
  addLabel: string;
}

/** Rules is a list of rules, the first tried first; records match if one of them holds. */
export function Rules({ unification, rules, change, addLabel }: RulesProps) {
  const styles = useStyles();
  const add = () => change([...rules, newRule(unification, `Rule ${rules.length + 1}`)]);
  return (
    <>
      {rules.map((rule, i) => (
        <div key={i} className={styles.rule} role="group" aria-label={`Rule ${rule.name}`}>
          <div className={styles.top}>
            <Field label={`Rule ${i + 1}`} className={styles.name}>
              <Input value={rule.name} dir="auto" onChange={(_, d) => change(rules.with(i, { ...rule, name: d.value }))} />
            </Field>
            <IconButton label="Try earlier" icon={<ArrowUp16Regular />} disabled={i === 0} act={() => change(moved(rules, i, i - 1))} />
            <IconButton
              label="Try later"
              icon={<ArrowDown16Regular />}
              disabled={i === rules.length - 1}
              act={() => change(moved(rules, i, i + 1))}
            />
            <IconButton label="Delete the rule" icon={<Delete16Regular />} act={() => change(rules.toSpliced(i, 1))} />
          </div>
          <Conditions
            word="and"
            unification={unification}
            conditions={rule.conditions ?? []}
            change={(conditions) => change(rules.with(i, { ...rule, conditions }))}
            addLabel="Add a condition"
          />
          <Conditions
            word="not if"
            unification={unification}
            conditions={rule.exceptions ?? []}
            change={(exceptions) => change(rules.with(i, { ...rule, exceptions }))}
            addLabel="Add an exception"
          />
        </div>
      ))}
      <Button icon={<Add16Regular />} onClick={add}>
        {addLabel}
      </Button>
    </>
  );
}

interface ConditionsProps {
  word: string;
  unification: Unification;
  conditions: Condition[];
  change: (conditions: Condition[]) => void;
  addLabel: string;
}

function Conditions({ word, unification, conditions, change, addLabel }: ConditionsProps) {
  const styles = useStyles();
  const fields = unifiedFields(unification);
  const pick = (i: number, field: string) => {
    const semanticType = fields.find((f) => f.field === field)?.semanticType;
    change(conditions.with(i, { ...conditions[i], field, normalize: normalFor(semanticType) }));
  };
  const add = () => {
    const free = fields.find((f) => !conditions.some((c) => c.field === f.field)) ?? fields[0];
    if (free) change([...conditions, { field: free.field, precision: "exact", normalize: normalFor(free.semanticType) }]);
  };
  return (
    <>
      {conditions.map((c, i) => (
        <div key={i} className={styles.condition}>
          <span className={styles.and}>{i === 0 && word === "and" ? "if" : word}</span>
          <Field label="Field">
            <Dropdown value={c.field} selectedOptions={[c.field]} onOptionSelect={(_, d) => pick(i, d.optionValue ?? c.field)}>
              {fields.map((f) => (
                <Option key={f.field}>{f.field}</Option>
              ))}
            </Dropdown>
          </Field>
          <Precision condition={c} change={(precision) => change(conditions.with(i, { ...c, precision }))} />
          <Field label="Normalize" className={styles.normalize}>
            <Dropdown
              multiselect
              placeholder="nothing"
              value={(c.normalize ?? []).map((n) => normalizations.find(([v]) => v === n)?.[1] ?? n).join(", ")}
              selectedOptions={c.normalize ?? []}
              onOptionSelect={(_, d) => change(conditions.with(i, { ...c, normalize: d.selectedOptions }))}
            >
              {normalizations.map(([value, title, what]) => (
                <Option key={value} value={value} text={title}>
                  {`${title}: ${what}`}
                </Option>
              ))}
            </Dropdown>
          </Field>
          <IconButton label="Delete the condition" icon={<Delete16Regular />} act={() => change(conditions.toSpliced(i, 1))} />
        </div>
      ))}
      <Button size="small" appearance="subtle" icon={<Add16Regular />} onClick={add} disabled={fields.length === 0}>
        {addLabel}
      </Button>
    </>
  );
}

/** Precision is one of the product's four, or any percentage that is typed. */
function Precision({ condition, change }: { condition: Condition; change: (precision: string) => void }) {
  const styles = useStyles();
  const value = condition.precision || "exact";
  const title = precisions.find(([v]) => v === value)?.[1] ?? value;
  return (
    <Field label="Precision">
      <Combobox
        className={styles.precision}
        freeform
        key={value}
        defaultValue={title}
        selectedOptions={[value]}
        onOptionSelect={(_, d) => change(d.optionValue ?? "exact")}
        onBlur={(e) => {
          const percent = /^\s*(\d{1,3})\s*%?\s*$/.exec(e.target.value)?.[1];
          if (percent) change(`${percent}%`);
        }}
      >
        {precisions.map(([v, t]) => (
          <Option key={v} value={v}>
            {t}
          </Option>
        ))}
      </Combobox>
    </Field>
  );
}

interface IconButtonProps {
  label: string;
  icon: React.ReactElement;
  disabled?: boolean;
  act: () => void;
}

/** IconButton is a button that says by a tooltip what it does. */
export function IconButton({ label, icon, disabled = false, act }: IconButtonProps) {
  return (
    <Tooltip content={label} relationship="label">
      <Button appearance="subtle" icon={icon} disabled={disabled} onClick={act} />
    </Tooltip>
  );
}
