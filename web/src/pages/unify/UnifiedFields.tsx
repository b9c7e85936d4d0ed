import { Dropdown, makeStyles, Option, Switch } from "@fluentui/react-components";
import { ArrowDown16Regular, ArrowUp16Regular } from "@fluentui/react-icons";
import { Empty } from "../../components/Ask";
import { Grid, type GridColumn } from "../../components/Grid";
import { Card } from "../../components/Page";
import { mergeOf, moved, unifiedFields, withMerge } from "./model";
import { IconButton } from "./RuleEditor";
import type { StepProps } from "./SourceFields";

const useStyles = makeStyles({
  order: { display: "flex", alignItems: "center", gap: "4px" },
  table: { minWidth: "150px" },
});

const ways: [string, string][] = [
  ["importance", "Importance"],
  ["mostRecent", "Most recent"],
  ["leastRecent", "Least recent"],
];

type Line = ReturnType<typeof unifiedFields>[number];

/** UnifiedFields is the fourth step: which table's value each field of Customer gets (UNI-12). */
export function UnifiedFields({ unification, change }: StepProps) {
  const fields = unifiedFields(unification);
  const dates = fields.filter((f) => f.semanticType?.startsWith("Calendar.") || f.semanticType === "Person.BirthDate");
  if (fields.length === 0) {
    return (
      <Empty title="No field is mapped">
        Without mapped fields everything is found from names and values, and each field takes the value of the first table that has one.
      </Empty>
    );
  }
  const columns: GridColumn<Line>[] = [
    { title: "Field", cell: (f) => f.field },
    {
      title: "In the profile",
      cell: (f) => {
        const m = mergeOf(unification, f.field);
        return (
          <Switch
            aria-label={`${f.field} in the profile`}
            checked={!m.exclude}
            onChange={(_, d) => change(withMerge(unification, { ...m, exclude: !d.checked }))}
          />
        );
      },
    },
    {
      title: "Combine by",
      cell: (f) => {
        const m = mergeOf(unification, f.field);
        const by = m.by || "importance";
        return (
          <Dropdown
            size="small"
            aria-label={`Combine ${f.field} by`}
            disabled={m.exclude || f.tables.length < 2}
            value={ways.find(([v]) => v === by)?.[1] ?? by}
            selectedOptions={[by]}
            onOptionSelect={(_, d) => {
              const next = d.optionValue ?? by;
              const column = next === "importance" ? "" : m.column || dates[0]?.field || f.field;
              change(withMerge(unification, { ...m, by: next, column }));
            }}
          >
            {ways.map(([v, title]) => (
              <Option key={v} value={v}>
                {title}
              </Option>
            ))}
          </Dropdown>
        );
      },
    },
    { title: "Sources, first wins", cell: (f) => <Order field={f} unification={unification} change={change} /> },
  ];
  return (
    <Card title="Unified customer fields">
      <Grid label="Unified customer fields" columns={columns} items={fields} id={(f) => f.field} />
    </Card>
  );
}

function Order({ field, unification, change }: StepProps & { field: Line }) {
  const styles = useStyles();
  const m = mergeOf(unification, field.field);
  const by = m.by || "importance";
  const order = [...(m.order ?? []).filter((t) => field.tables.includes(t)), ...field.tables.filter((t) => !m.order?.includes(t))];
  if (by !== "importance") {
    return (
      <Dropdown
        size="small"
        aria-label={`${field.field}: compare by the field`}
        value={m.column ?? ""}
        selectedOptions={[m.column ?? ""]}
        onOptionSelect={(_, d) => change(withMerge(unification, { ...m, column: d.optionValue ?? "" }))}
      >
        {unifiedFields(unification).map((f) => (
          <Option key={f.field}>{f.field}</Option>
        ))}
      </Dropdown>
    );
  }
  return order.map((t, i) => (
    <div key={t} className={styles.order}>
      <span className={styles.table}>{t}</span>
      {order.length > 1 && (
        <IconButton
          label={`${field.field}: prefer ${t} more`}
          icon={<ArrowUp16Regular />}
          disabled={i === 0}
          act={() => change(withMerge(unification, { ...m, order: moved(order, i, i - 1) }))}
        />
      )}
      {order.length > 1 && (
        <IconButton
          label={`${field.field}: prefer ${t} less`}
          icon={<ArrowDown16Regular />}
          disabled={i === order.length - 1}
          act={() => change(withMerge(unification, { ...m, order: moved(order, i, i + 1) }))}
        />
      )}
    </div>
  ));
}
