import { Dropdown, Field, Input, makeStyles, MessageBar, MessageBarBody, Option, Text, tokens } from "@fluentui/react-components";
import type { Schema } from "../../api/client";
import { Grid, type GridColumn } from "../../components/Grid";
import { Card } from "../../components/Page";
import { bytes } from "../../format";
import { Rows } from "../tables/Table";
import { dataTypes, semanticTypes } from "./types";

type SourceTable = Schema["SourceTable"];
type Column = Schema["Column"];
type Inspection = Schema["TableInspection"];

const useStyles = makeStyles({
  form: { display: "flex", flexWrap: "wrap", gap: "16px", marginBottom: "16px" },
  soft: { color: tokens.colorNeutralForeground2 },
  narrow: { minWidth: "120px" },
  wide: { minWidth: "210px" },
  warning: { marginBottom: "12px" },
  preview: { marginTop: "16px" },
});

interface Props {
  table: SourceTable;
  inspection: Inspection;
  change: (table: SourceTable) => void;
}

/** TableEditor shows what was found of a table, and lets its name, key, types and semantic types be changed (SRC-3). */
export function TableEditor({ table, inspection, change }: Props) {
  const styles = useStyles();
  const columns = table.columns ?? [];
  const set = (at: number, part: Partial<Column>) => change({ ...table, columns: columns.with(at, { ...columns[at]!, ...part }) });
  const keys = inspection.primaryKeys ?? [];
  const grid: GridColumn<[number, Column]>[] = [
    { title: "Column", cell: ([, c]) => c.name },
    {
      title: "Data type",
      cell: ([i, c]) => (
        <Dropdown
          size="small"
          className={styles.narrow}
          aria-label={`Data type of ${c.name}`}
          value={c.type ?? "string"}
          selectedOptions={[c.type ?? "string"]}
          onOptionSelect={(_, d) => set(i, { type: d.optionValue ?? "string" })}
        >
          {dataTypes.map((t) => (
            <Option key={t}>{t}</Option>
          ))}
        </Dropdown>
      ),
    },
    {
      title: "Semantic type",
      cell: ([i, c]) => (
        <Dropdown
          size="small"
          className={styles.wide}
          aria-label={`Semantic type of ${c.name}`}
          placeholder="none"
          value={c.semanticType ?? ""}
          selectedOptions={[c.semanticType ?? ""]}
          onOptionSelect={(_, d) => set(i, { semanticType: d.optionValue ?? "" })}
        >
          <Option value="">none</Option>
          <>
            {semanticTypes.map((t) => (
              <Option key={t}>{t}</Option>
            ))}
          </>
        </Dropdown>
      ),
    },
    {
      title: "Format",
      cell: ([i, c]) =>
        ["date", "time", "dateTime"].includes(c.type ?? "") ? (
          <Input
            size="small"
            className={styles.narrow}
            aria-label={`Format of ${c.name}`}
            placeholder="ISO 8601"
            value={c.format ?? ""}
            onChange={(_, d) => set(i, { format: d.value })}
          />
        ) : null,
    },
    { title: "Found", cell: ([i]) => <Text className={styles.soft}>{inspection.columns?.[i]?.note}</Text> },
  ];
  const files = inspection.files ?? [];
  return (
    <Card title={table.name}>
      <div className={styles.form}>
        <Field label="Name of the table" hint="It cannot be changed later.">
          <Input value={table.name} onChange={(_, d) => change({ ...table, name: d.value })} />
        </Field>
        <Field label="Primary key" hint={keys.length ? `Fits: ${keys.slice(0, 3).join(", ")}` : "No single column is unique and never empty."}>
          <Dropdown
            value={table.primaryKey ?? ""}
            selectedOptions={[table.primaryKey ?? ""]}
            placeholder="Choose a column"
            onOptionSelect={(_, d) => change({ ...table, primaryKey: d.optionValue ?? "" })}
          >
            {columns.map((c) => (
              <Option key={c.name}>{c.name}</Option>
            ))}
          </Dropdown>
        </Field>
      </div>
      {inspection.warnings?.map((w) => (
        <MessageBar key={w} intent="warning" className={styles.warning}>
          <MessageBarBody>{w}</MessageBarBody>
        </MessageBar>
      ))}
      <Text className={styles.soft}>
        {files.length === 1 ? files[0]?.name : `${files.length} files`}, {bytes(files.reduce((n, f) => n + f.bytes, 0))}, {inspection.format}
      </Text>
      <Grid label={`Columns of ${table.name}`} columns={grid} items={columns.map((c, i): [number, Column] => [i, c])} id={([i]) => String(i)} />
      <details className={styles.preview}>
        <summary>Preview of the first rows</summary>
        <Rows columns={inspection.columns ?? []} rows={inspection.sample ?? []} />
      </details>
    </Card>
  );
}
